"""LLaMA-Factory's YAML → our language: TrainingArguments, among keys for the model, the data and the method."""

from __future__ import annotations

from lrviz.readers.dialects.draft import Config, Draft
from lrviz.readers.dialects.huggingface.keys import ALWAYS, BEFORE_5, OF_SCRIPTS, SINCE_5, check_keys, words
from lrviz.readers.dialects.huggingface.lengths import put_run
from lrviz.readers.dialects.huggingface.optimizers import put_optimizer
from lrviz.readers.dialects.huggingface.rules import Rules
from lrviz.readers.dialects.huggingface.schedule import put_schedule
from lrviz.readers.dialects.huggingface.trainers import check_strategies, tell
from lrviz.readers.dialects.huggingface.values import Arguments, Written, as_pyyaml_reads
from lrviz.spec.document import Mapping

NAME = "LLaMA-Factory's config"
RULES = Rules((4, 57))  # of the transformers that it is used with, where nobody says
REFUSED = {
    **dict.fromkeys(("loraplus_lr_ratio", "loraplus_lr_embedding"), "it gives parameters an LR of their own"),
    **dict.fromkeys(
        ("use_galore", "use_apollo", "use_badam", "use_adam_mini", "use_muon"), "it is another optimizer"
    ),
}
CHANGES_DATA = ("val_size", "max_samples", "packing", "neat_packing", "streaming", "cutoff_len", "dataset")
PREFIXES = (  # of keys that Trainer does not read
    *(
        "lora_",
        "pissa_",
        "freeze_",
        "pref_",
        "dpo_",
        "kto_",
        "simpo_",
        "ppo_",
        "ref_model",
        "reward_model",
        "vllm_",
    ),
    *(
        "image_",
        "video_",
        "audio_",
        "galore_",
        "apollo_",
        "badam_",
        "swanlab_",
        "quantization_",
        "export_",
        "mix_",
    ),
    *(
        "infer_",
        "sglang_",
        "generation_",
        "tokenized_",
        "ray_",
        "adapter_",
        "eval_",
        "crop_",
        "use_audio_",
        "rope_",
    ),
)
OWN = words(
    """
    stage finetuning_type template dataset dataset_dir eval_dataset media_dir cutoff_len train_on_prompt
    mask_history streaming buffer_size interleave_probs overwrite_cache preprocessing_batch_size
    preprocessing_num_workers max_samples ignore_pad_token_for_loss val_size packing neat_packing tool_format
    default_system_prompt enable_thinking data_shared_file_system additional_target create_new_adapter use_rslora
    use_dora loraplus_lr_ratio loraplus_lr_embedding use_galore use_apollo use_badam use_adam_mini use_muon
    use_llama_pro use_swanlab pure_bf16 plot_loss compute_accuracy disable_shuffling include_effective_tokens_per_second
    early_stopping_steps freeze_vision_tower freeze_multi_modal_projector train_mm_proj_only use_unsloth use_unsloth_gc
    enable_liger_kernel flash_attn shift_attn mixture_of_depths moe_aux_loss_coef disable_gradient_checkpointing
    use_reentrant_gc upcast_layernorm upcast_lmhead_output train_from_scratch use_kv_cache double_quantization
    resize_vocab split_special_tokens add_tokens add_special_tokens use_fast_tokenizer offload_folder hf_hub_token
    ms_hub_token om_hub_token print_param_status trust_remote_code model_revision low_cpu_mem_usage
    predict_with_generate do_sample temperature top_p top_k num_beams max_length max_new_tokens repetition_penalty
    skip_special_tokens length_penalty master_addr master_port
    """
)


def matches(document: Mapping) -> bool:
    """Whether a document is LLaMA-Factory's."""
    return "finetuning_type" in document or ("stage" in document and "template" in document)


def write(config: Config, draft: Draft, rules: Rules) -> None:
    """Write the config in our own language."""
    document, given = config.document, draft.given
    strict = as_pyyaml_reads(config)
    # OmegaConf, which reads it since 2025, takes 5e-5 for a number.
    written = {name: Written(document[name], document.at(name), name) for name in document}
    if given.trainer is None:
        rules = RULES
        draft.note(f"the rules are those of {rules}; --trainer 5 tells of another")
    texts = [name for name in ("learning_rate", "weight_decay") if isinstance(strict.get(name), str)]
    if texts and isinstance(document[texts[0]], float):
        draft.note(
            f"{texts[0]} is a number to LLaMA-Factory since it reads configs with OmegaConf, and a text before"
        )
    for name, why in REFUSED.items():
        if document.get(name):
            draft.refuse(document.at(name), f"{name} is not supported: {why}")
    if document.get("stage") == "ppo":
        draft.refuse(document.at("stage"), "ppo has a loop of its own, and is not supported")
    arguments = Arguments(draft, written)
    theirs = frozenset(
        name for name in document if name.startswith(PREFIXES) and name not in ALWAYS | BEFORE_5 | SINCE_5
    )
    check_keys(arguments, rules, OWN | OF_SCRIPTS | theirs, "LLaMA-Factory")
    length = put_run(arguments, rules)
    if length is not None and given.dataset_size is not None:
        changing = [name for name in CHANGES_DATA if document.get(name)]
        if changing:
            draft.note(f"--dataset-size is what is left for training after {', '.join(changing)}")
    put_optimizer(arguments, rules)
    put_schedule(arguments, rules, length)
    check_strategies(arguments)
    tell(arguments, rules, length)
