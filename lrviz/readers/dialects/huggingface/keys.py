"""The keys of TrainingArguments, and of what people write into the same file.

Those that bear on the LR are read by name elsewhere; here is what may stand in a config at all, as HfArgumentParser
refuses what it does not know.
"""

from __future__ import annotations

from lrviz.errors import suggestion
from lrviz.readers.dialects.huggingface.rules import Rules
from lrviz.readers.dialects.huggingface.values import Arguments


def words(text: str) -> frozenset[str]:
    """Split a text into the words of a table."""
    return frozenset(text.split())


ALWAYS = words(
    """
    accelerator_config adam_beta1 adam_beta2 adam_epsilon auto_find_batch_size
    average_tokens_across_devices batch_eval_metrics bf16 bf16_full_eval data_seed dataloader_drop_last
    dataloader_num_workers dataloader_persistent_workers dataloader_pin_memory
    dataloader_prefetch_factor ddp_backend ddp_broadcast_buffers ddp_bucket_cap_mb
    ddp_find_unused_parameters ddp_timeout debug deepspeed disable_tqdm do_eval do_predict do_train
    eval_accumulation_steps eval_delay eval_do_concat_batches eval_on_start eval_steps eval_strategy
    eval_use_gather_object fp16 fp16_full_eval fsdp fsdp_config full_determinism
    gradient_accumulation_steps gradient_checkpointing gradient_checkpointing_kwargs greater_is_better
    hub_always_push hub_model_id hub_private_repo hub_revision hub_strategy hub_token ignore_data_skip
    include_for_metrics include_num_input_tokens_seen label_names label_smoothing_factor learning_rate
    length_column_name liger_kernel_config load_best_model_at_end local_rank log_level log_level_replica
    log_on_each_node logging_first_step logging_nan_inf_filter logging_steps logging_strategy
    lr_scheduler_kwargs lr_scheduler_type max_grad_norm max_steps metric_for_best_model
    neftune_noise_alpha num_train_epochs optim optim_args optim_target_modules output_dir
    parallelism_config per_device_eval_batch_size per_device_train_batch_size prediction_loss_only
    project push_to_hub remove_unused_columns report_to restore_callback_states_from_checkpoint
    resume_from_checkpoint run_name save_on_each_node save_only_model save_steps save_strategy
    save_total_limit seed skip_memory_metrics tf32 torch_compile torch_compile_backend
    torch_compile_mode torch_empty_cache_steps trackio_space_id use_cpu use_liger_kernel warmup_steps
    weight_decay
    """
)
# Gone in 5, and new in it.
BEFORE_5 = words(
    """
    adafactor dispatch_batches evaluation_strategy fp16_backend fp16_opt_level fsdp_min_num_params
    fsdp_transformer_layer_cls_to_wrap group_by_length half_precision_backend include_inputs_for_metrics
    include_tokens_per_second jit_mode_eval logging_dir mp_parameters no_cuda overwrite_output_dir
    past_index per_gpu_eval_batch_size per_gpu_train_batch_size push_to_hub_model_id
    push_to_hub_organization push_to_hub_token ray_scope save_safetensors split_batches torchdynamo
    tpu_metrics_debug tpu_num_cores use_ipex use_legacy_prediction_loop use_mps_device warmup_ratio
    """
)
SINCE_5 = words(
    """
    activation_checkpointing activation_checkpointing_kwargs dataloader_in_order
    dataloader_multiprocessing_context ddp_static_graph enable_jit_checkpoint trackio_bucket_id
    trackio_static_space_id train_sampling_strategy use_cache
    """
)
# Of the other dataclasses that scripts read from the same file: none of these is read by Trainer.
OF_SCRIPTS = words(
    """
    model_name_or_path model_revision model_type config_name tokenizer_name tokenizer_name_or_path cache_dir
    use_fast_tokenizer use_auth_token token trust_remote_code torch_dtype dtype attn_implementation low_cpu_mem_usage
    config_overrides dataset_name dataset_config dataset_config_name dataset_train_split dataset_test_split
    train_file validation_file test_file max_train_samples max_eval_samples max_predict_samples streaming block_size
    overwrite_cache validation_split_percentage preprocessing_num_workers keep_linebreaks mlm_probability
    line_by_line pad_to_max_length max_seq_length max_length max_source_length max_target_length task_name
    text_column summary_column dataset_text_field dataset_kwargs dataset_num_proc packing eval_packing use_peft
    lora_r lora_alpha lora_dropout lora_target_modules lora_modules_to_save lora_task_type use_rslora use_dora
    load_in_8bit load_in_4bit bnb_4bit_quant_type use_bnb_nested_quant chat_template chat_template_path
    completion_only_loss assistant_only_loss beta loss_type max_prompt_length num_generations use_vllm
    predict_with_generate generation_max_length generation_num_beams generation_config sortish_sampler
    """
)
LONGER_DATA = (
    "packing",
    "max_train_samples",
    "streaming",
)  # of those, what changes the size of the training set
# What bears on the LR or on the number of updates, and is not supported.
REFUSED = {"parallelism_config": "it changes what the devices share"}


def check_keys(
    arguments: Arguments, rules: Rules, others: frozenset[str] = OF_SCRIPTS, whose: str = ""
) -> None:
    """Note every key that this trainer refuses, or that lrviz does not support.

    Args:
        arguments: the config's values.
        rules: the trainer's.
        others: keys that may stand beside those of TrainingArguments.
        whose: the program that these are of, where it is known.
    """
    draft = arguments.draft
    known = ALWAYS | (SINCE_5 if rules.version >= (5, 0) else BEFORE_5)
    if rules.has_warmup_ratio:
        known = known | {"warmup_ratio"}
    theirs = []
    for name, one in arguments.written.items():
        if name in REFUSED and one.value:
            draft.refuse(one.place, f"{one.name} is not supported: {REFUSED[name]}")
        elif name in known:
            continue
        elif name in others:
            theirs.append(one.name)
        elif name == "warmup_ratio":
            message = f"{rules} has no warmup_ratio, and refuses it; write warmup_steps: {one.value}"
            draft.refuse(one.place, f"{message}, or --trainer 4.57 for that version's rules")
        elif name in ALWAYS | SINCE_5 | BEFORE_5:
            message = f"{rules} has no {one.name}, and refuses it"
            draft.refuse(one.place, f"{message}; delete it, or tell the version, such as --trainer 4.57")
        else:
            hint = suggestion(one.name, known)
            hint = hint if hint.startswith("did you mean") else "delete it here, if it is your script's own"
            draft.refuse(one.place, f"{whose or 'TrainingArguments'} has no {one.name}; {hint}")
    if whose:  # and its keys are told by its own module
        return
    if theirs:
        draft.note(f"not Trainer's, and not read: {', '.join(theirs)}")
    for name in LONGER_DATA:
        if arguments.any(name) and name in theirs:
            draft.note(
                f"{name} changes how many samples there are: the dataset's size is what is left for training"
            )
