"""Axolotl's YAML → our language: its own names, its own count of steps, and schedules of its own.

As of its builders in 2025: ``max_steps`` or the number of steps that it computes itself is what Trainer is given.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import replace
from typing import Any

from lrviz.errors import shown
from lrviz.readers.dialects.draft import Config, Draft
from lrviz.readers.dialects.huggingface.lengths import Length, put_run
from lrviz.readers.dialects.huggingface.optimizers import put_optimizer
from lrviz.readers.dialects.huggingface.rules import Rules
from lrviz.readers.dialects.huggingface.schedule import put_schedule, warmup_of
from lrviz.readers.dialects.huggingface.trainers import tell
from lrviz.readers.dialects.huggingface.values import Arguments, Written, as_pyyaml_reads
from lrviz.spec.document import Mapping

NAME = "Axolotl's config"
RENAMED = {
    "lr_scheduler": "lr_scheduler_type",
    "micro_batch_size": "per_device_train_batch_size",
    "num_epochs": "num_train_epochs",
    "optimizer": "optim",
}
SAME = (
    *("learning_rate", "lr_scheduler_kwargs", "warmup_steps", "warmup_ratio", "max_steps", "optim_args"),
    *("gradient_accumulation_steps", "weight_decay", "adam_beta1", "adam_beta2", "adam_epsilon"),
    *("dataloader_drop_last", "auto_find_batch_size", "resume_from_checkpoint", "deepspeed"),
    *("accelerator_config", "eval_strategy", "eval_steps", "logging_steps", "metric_for_best_model"),
)
NUMBERS = (
    *("learning_rate", "warmup_steps", "warmup_ratio", "max_steps", "num_epochs", "micro_batch_size"),
    *("gradient_accumulation_steps", "weight_decay", "adam_beta1", "adam_beta2", "adam_epsilon"),
    *("eval_steps", "logging_steps", "cosine_min_lr_ratio"),
)
READ = (
    "cosine_min_lr_ratio",
    "sample_packing",
    "val_set_size",
    "base_model",
    "datasets",
    "pretraining_dataset",
)
OWN_LR = "it gives parameters an LR of their own"
REFUSED = {
    **dict.fromkeys(("lr_groups", "embedding_lr", "embedding_lr_scale", "loraplus_lr_ratio"), OWN_LR),
    "loraplus_lr_embedding": OWN_LR,
    **dict.fromkeys(("cosine_constant_lr_ratio", "lr_quadratic_warmup"), "it is a schedule of Axolotl's own"),
    **dict.fromkeys(("relora", "relora_steps", "jagged_restart_steps"), "it restarts the schedule"),
    "batch_size": "write micro_batch_size and gradient_accumulation_steps",
    **dict.fromkeys(
        ("context_parallel_size", "tensor_parallel_size", "sequence_parallel_degree"),
        "it changes what the devices share",
    ),
}
OPTIMIZERS = ("optimi_adamw", "ao_adamw_4bit", "ao_adamw_8bit", "ao_adamw_fp8", "adopt_adamw", "came_pytorch")
FLOOR = "t / max(1, w) if t < w else (1 - r) * (0.5 * (1 + cos(pi * ((t - w) / max(1, n - w))))) + r"


def matches(document: Mapping) -> bool:
    """Whether a document is Axolotl's."""
    return "base_model" in document and not {"micro_batch_size", "sequence_len", "datasets"}.isdisjoint(
        document
    )


def write(config: Config, draft: Draft, rules: Rules) -> None:
    """Write the config in our own language."""
    arguments = _arguments(config, draft)
    _check_keys(config.document, draft)
    if "learning_rate" not in arguments:
        arguments.refuse("learning_rate", "Axolotl needs learning_rate; write learning_rate: 2e-4")
    total = _total(arguments, config.document)
    if total is not None:
        arguments.written["max_steps"] = total
        arguments.written.pop("num_train_epochs", None)
        arguments.written["warmup_steps"] = _warmup(arguments, total.value)
        arguments.written.pop("warmup_ratio", None)
    length = None if total is None else put_run(arguments, rules)
    if arguments.any("optim") in OPTIMIZERS:
        draft.note(
            f"{arguments.any('optim')} is stood in for by torch's AdamW: the LR of its groups is the same"
        )
        arguments.written["optim"] = replace(arguments.written["optim"], value="adamw_torch")
    put_optimizer(arguments, rules, "adamw_torch_fused")
    if config.document.get("val_set_size"):
        draft.note("val_set_size is taken out of the data: --dataset-size is what is left for training")
    if config.document.get("plugins"):
        draft.note("plugins are not read: one that makes a scheduler of its own would take this one's place")
    _put_schedule(arguments, rules, length, config.document)
    tell(arguments, rules, length)


def _arguments(config: Config, draft: Draft) -> Arguments:
    """Give the values the names of TrainingArguments; numbers in quotes are numbers to Axolotl, but in kwargs."""
    document, strict = config.document, as_pyyaml_reads(config)
    written: dict[str, Written] = {}
    for name, value in document.items():
        if value is None or not (name in RENAMED or name in SAME):
            continue
        found: Any = strict.get(name, value) if name == "lr_scheduler_kwargs" else value
        written[RENAMED.get(name, name)] = Written(_number(found, name), document.at(name), name)
    written.setdefault("per_device_train_batch_size", Written(1, document.place, "micro_batch_size"))
    return Arguments(draft, written, "PyYAML")


def _number(found: Any, name: str) -> Any:
    if name not in NUMBERS or not isinstance(found, str):
        return found
    try:
        number = float(found)
    except ValueError:
        return found
    return int(number) if found.strip().isdigit() else number


def _check_keys(document: Mapping, draft: Draft) -> None:
    known = (*RENAMED, *SAME, *READ, *REFUSED)
    for name, value in document.items():
        if name in REFUSED and value not in (None, False, 0, 1):
            draft.refuse(document.at(name), f"{name} is not supported: {REFUSED[name]}")
        close = [] if name in known else difflib.get_close_matches(name, known, n=1, cutoff=0.9)
        if close:
            draft.refuse(
                document.at(name), f"Axolotl has no {name}, and ignores it; did you mean {close[0]}?"
            )
    if document.get("rl") in ("grpo", "gdpo", "ebft"):
        draft.refuse(
            document.at("rl"), f"{document['rl']} counts its updates otherwise, and is not supported"
        )


def _total(arguments: Arguments, document: Mapping) -> Written | None:
    """Count the steps that Trainer is given: max_steps, or what Axolotl computes."""
    draft, given = arguments.draft, arguments.draft.given
    steps = arguments.count("max_steps", 0)
    if steps > 0:
        return arguments.written["max_steps"]
    if document.get("pretraining_dataset"):
        arguments.refuse("max_steps", "pretraining_dataset is streamed, and has no length; write max_steps")
        return None
    epochs = arguments.number("num_train_epochs", 1.0)
    accumulate = arguments.count("gradient_accumulation_steps", 1)
    place = arguments.place("num_train_epochs")
    if given.batches_per_epoch is not None:
        count = math.floor(max(1, given.batches_per_epoch // max(1, accumulate)) * epochs)
        return Written(count, place, f"floor({given.batches_per_epoch} / {accumulate} x {epochs:g})")
    if document.get("sample_packing"):
        draft.note(
            "sample_packing: batches are filled from several samples, so only their number tells the steps"
        )
        draft.ask("batches_per_epoch", "the number of packed batches")
        return None
    if given.dataset_size is None:
        draft.ask("dataset_size", "the size of the training set")
        return None
    batch = arguments.count("per_device_train_batch_size", 1) * accumulate * (given.devices or 1)
    if batch < 1:
        return None
    count = math.ceil(given.dataset_size * epochs / batch)
    return Written(count, place, f"ceil({given.dataset_size} x {epochs:g} / {batch}), Axolotl's own count")


def _warmup(arguments: Arguments, total: int) -> Written:
    """Count the warm-up as Axolotl does: a share is rounded down, none is 3 % and at most 100, and 1 is 2."""
    if arguments.number("warmup_steps", 0):
        found = arguments.written["warmup_steps"]
        return replace(found, value=2) if found.value == 1 else found
    share = arguments.number("warmup_ratio", 0.0)
    place = arguments.place("warmup_ratio")
    count = int(share * total) if share else min(int(0.03 * total), 100)
    how = f"floor({share:g} x {total})" if share else f"min(floor(0.03 x {total}), 100), Axolotl's default"
    return Written(2 if count == 1 else count, place, how)


def _put_schedule(arguments: Arguments, rules: Rules, length: Length | None, document: Mapping) -> None:
    name = arguments.any("lr_scheduler_type", "cosine")
    draft, place = arguments.draft, arguments.place("lr_scheduler_type")
    if name == "rex":
        arguments.refuse("lr_scheduler_type", "rex is a schedule of Axolotl's own, and is not supported")
        return
    floor = _number(document.get("cosine_min_lr_ratio"), "cosine_min_lr_ratio")
    if floor is not None and not Arguments.is_number(floor):
        draft.refuse(document.at("cosine_min_lr_ratio"), f"{shown(floor)} is not a number")
        return
    if name == "one_cycle":
        _put_one_cycle(arguments, rules, length)
    elif name == "cosine" and floor:
        warmup = warmup_of(arguments, rules, length)
        if length is None or warmup is None:
            return
        at = document.at("cosine_min_lr_ratio")
        draft.put(
            ("schedules", name, "type"), "LambdaLR", place, "cosine with a floor, as Axolotl computes it"
        )
        draft.put(("schedules", name, "interval"), "step", place)
        draft.put(("schedules", name, "lr_lambda"), FLOOR, place)
        draft.put(("schedules", name, "where", "w"), *warmup)
        draft.put(("schedules", name, "where", "n"), length.total, place, "the total of steps")
        draft.put(("schedules", name, "where", "r"), floor, at, "cosine_min_lr_ratio")
    else:
        if floor:
            draft.note(f"cosine_min_lr_ratio counts for nothing with {name}")
        put_schedule(arguments, rules, length, "cosine")


def _put_one_cycle(arguments: Arguments, rules: Rules, length: Length | None) -> None:
    draft, place = arguments.draft, arguments.place("lr_scheduler_type")
    warmup = warmup_of(arguments, rules, length)
    if length is None or warmup is None:
        return
    path = ("schedules", "one_cycle")
    draft.put((*path, "type"), "OneCycleLR", place, "lr_scheduler")
    draft.put((*path, "interval"), "step", place)
    lr = arguments.number("learning_rate", 5e-5)
    draft.put((*path, "max_lr"), lr, arguments.place("learning_rate"), "learning_rate")
    draft.put((*path, "total_steps"), length.total, place, "the total of steps")
    draft.put((*path, "pct_start"), warmup[0] / length.total, warmup[1], f"{warmup[0]} / {length.total}")
    for key, one in arguments.mapping("lr_scheduler_kwargs").items():
        draft.put((*path, key), one.value, one.place, "lr_scheduler_kwargs")
