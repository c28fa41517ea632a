"""What only some trainers of Hugging Face's kind have (DeepSpeed, checkpoints) → refusals and notes."""

from __future__ import annotations

from typing import Any

from lrviz.errors import one_of, shown
from lrviz.readers.dialects.huggingface.lengths import Length
from lrviz.readers.dialects.huggingface.rules import NEWEST, Rules
from lrviz.readers.dialects.huggingface.values import Arguments

BY_TIME = ("no", "steps", "epoch")
STRATEGIES = {"eval_strategy": BY_TIME, "logging_strategy": BY_TIME, "save_strategy": (*BY_TIME, "best")}


def check_strategies(arguments: Arguments) -> None:
    """Refuse what TrainingArguments refuses as a strategy: ``no`` without quotes is false to PyYAML."""
    for key, known in STRATEGIES.items():
        if key in arguments and arguments.any(key) not in known:
            found = arguments.text(key, known[0])
            if found not in known:
                arguments.refuse(key, f"{shown(found)} is no strategy; write {one_of(known)}")


def tell(arguments: Arguments, rules: Rules, length: Length | None) -> None:
    """Note what bears on the LR beside the schedule: DeepSpeed's own, checkpoints, batches that shrink."""
    draft = arguments.draft
    for kind, usual in (("eval", "no"), ("logging", "steps")):
        share = arguments.any(f"{kind}_steps")
        due = arguments.any(f"{kind}_strategy", usual) == "steps" and Arguments.is_number(share) and share < 1
        if due and length is not None and length.total == 0:
            message = "a share of 0 steps, and Trainer fails with a division by zero; write a whole number"
            arguments.refuse(f"{kind}_steps", message)
    _check_deepspeed(arguments)
    accelerator = arguments.any("accelerator_config")
    kwargs = accelerator.get("gradient_accumulation_kwargs") if isinstance(accelerator, dict) else None
    if isinstance(kwargs, dict) and "num_steps" in kwargs:
        message = (
            "gradient_accumulation_kwargs with num_steps is not supported; write gradient_accumulation_steps"
        )
        arguments.refuse("accelerator_config", message)
    if isinstance(accelerator, str):
        draft.note(
            f"accelerator_config: {accelerator} is not read; with split_batches in it the updates are others"
        )
    if arguments.flag("fp16") and arguments.flag("bf16"):
        arguments.refuse("bf16", "fp16 and bf16 are both true, which Trainer refuses; delete one")
    if arguments.any("resume_from_checkpoint"):
        draft.note("resume_from_checkpoint: this is the run from its start; a checkpoint brings its own LR")
    if arguments.flag("auto_find_batch_size"):
        draft.note(
            "auto_find_batch_size: if memory runs out, batches get smaller and epochs longer than here"
        )
    best = arguments.any("eval_strategy", "no"), arguments.any("save_strategy", "steps")
    if arguments.flag("load_best_model_at_end") and best[1] != "best" and best[0] != best[1]:
        message = f"load_best_model_at_end needs eval_strategy ({best[0]}) and save_strategy ({best[1]}) to be the same"
        arguments.refuse("load_best_model_at_end", message)
    if rules.version > NEWEST:
        draft.note("the rules are those of transformers {}.{}, the newest known".format(*NEWEST))


def _check_deepspeed(arguments: Arguments) -> None:
    found: Any = arguments.any("deepspeed")
    if isinstance(found, dict):
        if found.get("scheduler"):
            message = (
                "DeepSpeed's own scheduler is not supported; delete scheduler there, and Trainer's is used"
            )
            arguments.refuse("deepspeed", message)
        optimizer = found.get("optimizer")
        params = optimizer.get("params") if isinstance(optimizer, dict) else None
        lr = params.get("lr", "auto") if isinstance(params, dict) else "auto"
        if lr != "auto" and lr != arguments.any("learning_rate", 5e-5):
            arguments.refuse("deepspeed", f"its optimizer has an lr of its own, {lr}; write auto there")
    elif found:
        what = "a scheduler or optimizer in it would take the place of Trainer's"
        arguments.draft.note(f"{arguments.called('deepspeed')}: {found} is not read: {what}")
