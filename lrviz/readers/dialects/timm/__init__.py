"""The ``args.yaml`` of timm's train.py → a spec: its LR rule, its loader's batches, its factory's schedule."""

from __future__ import annotations

import math
from typing import Any

from lrviz.errors import Place, shown, suggestion
from lrviz.readers.dialects.draft import Config, Draft
from lrviz.readers.dialects.timm.arguments import (
    COUNTS,
    DEFAULTS,
    HARMLESS,
    NOISE,
    NUMBERS,
    SCHEDS,
    WARMUP,
)
from lrviz.readers.dialects.timm.optimizers import put_optimizer
from lrviz.readers.given import Given
from lrviz.spec.document import Mapping

ABOUT = "the args.yaml of timm's train.py"
SIGNS = (
    "sched",
    "lr_base",
    "warmup_epochs",
    "cooldown_epochs",
    "sched_on_updates",
    "lr_cycle_limit",
    "decay_epochs",
)
SCHEDULE = "timm"  # the curve's name

FACTORY = ("schedules", SCHEDULE)


def matches(document: Mapping) -> bool:
    """Whether a document holds what train.py is told, and nothing of ours."""
    ours = any(key in document for key in ("run", "optimizer", "schedules", "trainer", "optim_wrapper"))
    return not ours and sum(sign in document for sign in SIGNS) >= 2


def translate(config: Config, given: Given) -> Draft:
    """Write what train.py does with its arguments.

    Raises:
        SpecError: with everything that is wrong with them, or missing.
    """
    draft = Draft(config.document, given, ABOUT)
    args = _Args(draft)
    args.check()
    if draft.problems.found:
        return draft.finished()
    _run(draft, args)
    put_optimizer(draft, args.values, _lr(draft, args))
    _schedule(draft, args)
    return draft.finished()


class _Args:
    """The arguments as train.py sees them: its defaults where the file does not say."""

    def __init__(self, draft: Draft) -> None:
        self.draft, self.found = draft, draft.config
        self.values = {**DEFAULTS, **{key: self.found[key] for key in DEFAULTS if key in self.found}}
        told = draft.given.batch_size
        if told and "batch_size" in self.found and told != self.found["batch_size"]:
            draft.note(f"the batch size is the config's: {self.found['batch_size']}")
        elif told:
            self.values["batch_size"] = told

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def at(self, key: str) -> Place:
        return self.found.at(key)

    def why(self, key: str) -> str:
        return key if key in self.found else f"train.py's default {key}"

    def check(self) -> None:
        """Refuse what train.py refuses, and what lrviz cannot follow."""
        refuse = self.draft.refuse
        for key in (*COUNTS, *NUMBERS):
            value = self[key]
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                refuse(self.at(key), f"{shown(value)} is no number; write {key}: {DEFAULTS[key]}")
            elif key in COUNTS and (not isinstance(value, int) or value < 1):
                refuse(self.at(key), f"{shown(value)} is no count; write 1 or more")
        sched = self["sched"]
        if sched == "none":
            refuse(
                self.at("sched"),
                "train.py crashes with sched: none, which gives no scheduler; write constant",
            )
        elif not isinstance(sched, str) or sched not in SCHEDS:
            refuse(self.at("sched"), f"timm has no schedule {shown(sched)}; {suggestion(str(sched), SCHEDS)}")
        start = self["start_epoch"]
        if start is not None and (isinstance(start, bool) or not isinstance(start, int) or start < 0):
            refuse(self.at("start_epoch"), f"{shown(start)} is no epoch; write start_epoch: 10")
        if self["resume"] and start is None:
            refuse(self.at("resume"), "the epoch it goes on from is in that file; write start_epoch: 10 too")
        if self["lr"] is not None and (isinstance(self["lr"], (bool, str, dict, list))):
            refuse(
                self.at("lr"),
                f"{shown(self['lr'])} is no LR; write lr: 0.05, or null for the rule of lr_base",
            )
        told = self.draft.given.batches_per_epoch
        for key in ("naflex_loader", "train_batch_sizes", "train_batches_per_epoch", "train_img_sizes"):
            if self[key] and not told:
                why = "its batches differ in size, and lrviz does not count them"
                refuse(self.at(key), f"{why}; add --batches-per-epoch 1000")
        for key in self.found:
            if key not in DEFAULTS and key not in HARMLESS:
                if any(part in key for part in ("lr", "sched", "warmup", "epoch", "decay", "cycle")):
                    refuse(
                        self.at(key), f"train.py of timm 1.0.31 knows no {key}; {suggestion(key, DEFAULTS)}"
                    )
                else:
                    self.draft.note(
                        f"{key}: unknown to train.py of timm 1.0.31; taken for nothing that bears on the LR"
                    )


def _run(draft: Draft, args: _Args) -> None:
    given, devices = draft.given, draft.given.devices or 1
    accumulate = args["grad_accum_steps"]
    if given.batches_per_epoch:
        batches, why = given.batches_per_epoch, "told beside the config"
    elif str(args["dataset"]).startswith(("tfds/", "wds/", "hfids/")):
        draft.ask("batches_per_epoch", "the batches of an epoch, which a streamed dataset estimates itself")
        return
    elif given.dataset_size is None:
        draft.ask("dataset_size", "the size of the training set")
        if given.devices is None:
            draft.ask("devices", "the number of processes")
        return
    else:
        if given.devices is None:
            draft.note("one process; --devices 8 tells of more")
        batches, why = _batches(given.dataset_size, devices, args)
    place = args.at("batch_size")
    if batches < 1:
        draft.refuse(
            place, f"{given.dataset_size:,} samples make no whole batch, and train.py drops the last one"
        )
        return
    epochs = _epochs(args, -(-batches // accumulate))
    start = args["start_epoch"] or 0
    if not isinstance(epochs, int) or epochs - start < 1:
        draft.refuse(
            args.at("epochs"), f"train.py would train {epochs} epochs from epoch {start} on, and cannot"
        )
        return
    draft.put(("run", "epochs"), epochs - start, args.at("epochs"), _epochs_comment(args, start))
    draft.put(("run", "batches_per_epoch"), batches, place, why)
    if accumulate > 1:
        draft.put(("run", "accumulate"), accumulate, args.at("grad_accum_steps"), "grad_accum_steps")
    if devices > 1:
        draft.put(("run", "devices"), devices, Place(draft.config.place.file), "told beside the config")


def _batches(samples: int, devices: int, args: _Args) -> tuple[int, str]:
    """Count the batches of each process: its sampler's share, without the last, incomplete one."""
    if devices == 1:
        return samples // args["batch_size"], f"{samples:,} samples // {args['batch_size']}, drop last"
    share = -(-samples // devices)
    if args["aug_repeats"] and samples >= 256:  # RepeatAugSampler shows every 256th of the data once
        share = int(samples // 256 * 256 / devices)
    text = f"{share:,} of {samples:,} samples // {args['batch_size']}, drop last"
    return share // args["batch_size"], text


def _epochs(args: _Args, updates: int) -> int | float:
    """Count the run's epochs as timm's factory does: cycles, a warm-up before them, and a cool-down after them."""
    epochs, sched = args["epochs"], args["sched"]
    prefix = args["warmup_epochs"] if args["warmup_prefix"] else 0
    per = updates if args["sched_on_updates"] else 1
    cooldown = args["cooldown_epochs"]
    total: int | float
    if sched in ("cosine", "tanh", "poly"):
        limit, mul = max(1, args["lr_cycle_limit"]), args["lr_cycle_mul"]
        total = epochs * per * limit
        if mul != 1.0:
            total = math.floor(-epochs * per * (mul**limit - 1) / (1 - mul))
        total += prefix * per + cooldown * per
    elif sched in ("wsd", "rsqrt"):
        warmup = args["warmup_epochs"] * per
        total = warmup + (epochs * per if args["warmup_prefix"] else epochs * per - warmup) + cooldown * per
    else:
        total = epochs + prefix
        return total
    return total // per if args["sched_on_updates"] else total


def _epochs_comment(args: _Args, start: int) -> str:
    parts = [f"epochs: {args['epochs']}"]
    if args["sched"] in ("cosine", "tanh", "poly") and args["lr_cycle_limit"] > 1:
        parts.append(f"{args['lr_cycle_limit']} cycles")
    if args["warmup_prefix"] and args["warmup_epochs"]:
        parts.append(f"{args['warmup_epochs']} of warm-up before them")
    if args["cooldown_epochs"] and args["sched"] in ("cosine", "tanh", "poly", "wsd", "rsqrt"):
        parts.append(f"{args['cooldown_epochs']} of cool-down")
    if start:
        parts.append(f"from epoch {start} on")
    return ", ".join(parts)


def _lr(draft: Draft, args: _Args) -> tuple[float, Place, str]:
    """Work out the LR: where it is null, or 0, from the size of the whole batch."""
    if args["lr"]:
        return args["lr"], args.at("lr"), "lr"
    devices = draft.given.devices or 1
    size = args["batch_size"] * devices * args["grad_accum_steps"]
    ratio = size / args["lr_base_size"]
    name = str(args["opt"]).lower()
    scale = args["lr_base_scale"] or ("sqrt" if "ada" in name or "lamb" in name else "linear")
    text = f"{size} / {args['lr_base_size']}"
    if scale == "sqrt":
        return args["lr_base"] * ratio**0.5, args.at("lr"), f"lr_base {args['lr_base']} * sqrt({text})"
    return args["lr_base"] * ratio, args.at("lr"), f"lr_base {args['lr_base']} * {text}"


def _schedule(draft: Draft, args: _Args) -> None:
    sched, on_updates = args["sched"], args["sched_on_updates"]
    updates = -(-draft.document.get("run", {}).get("batches_per_epoch", 1) // args["grad_accum_steps"])

    def put(key: str, value: Any, place: Place, comment: str = "") -> None:
        draft.put((*FACTORY, key), value, place, comment)

    put("type", "timm.create_scheduler_v2", args.at("sched"), "as train.py makes it")
    put("sched", sched, args.at("sched"), args.why("sched"))
    put("num_epochs", args["epochs"], args.at("epochs"), args.why("epochs"))
    wanted = dict(SCHEDS[sched])
    if args["warmup_epochs"]:
        wanted.update(WARMUP)
    elif args["warmup_prefix"]:
        wanted["warmup_prefix"] = "warmup_prefix"
    if args["lr_noise"] is not None:
        wanted.update(NOISE)
    for key, name in wanted.items():
        if args[key] is not None:
            put(name, args[key], args.at(key), args.why(key))
    if sched == "plateau":
        _metric(draft, args)
    if on_updates:
        put("step_on_epochs", False, args.at("sched_on_updates"), "sched_on_updates")
        put(
            "updates_per_epoch",
            updates,
            args.at("sched_on_updates"),
            "ceil(batches_per_epoch / grad_accum_steps)",
        )
    start = args["start_epoch"] or 0
    if start:
        put("start", start * updates if on_updates else start, args.at("start_epoch"), "start_epoch")


def _metric(draft: Draft, args: _Args) -> None:
    name, every, at = str(args["eval_metric"]), args["val_interval"], args.at("eval_metric")
    start, epochs = args["start_epoch"] or 0, draft.document.get("run", {}).get("epochs")
    values = draft.given.metrics.get(name)
    if start % every:
        draft.refuse(
            args.at("val_interval"),
            f"evaluations every {every} epochs from epoch {start} on are not supported",
        )
    if values is None or epochs is None:
        if values is None:
            message = f"plateau is given the {name} of every evaluation; add --metric {name}=0.9,0.8,..."
            draft.refuse(at, f"{message} (in Python metrics={{'{name}': [0.9, 0.8]}})")
        return
    if len(values) < epochs // every:
        draft.refuse(at, f"{len(values)} values of {name} for {epochs // every} evaluations; tell as many")
        return
    draft.put((*FACTORY, "plateau_mode"), "min" if "loss" in name else "max", at, f"eval_metric: {name}")
    draft.put((*FACTORY, "monitor"), name, at, "eval_metric")
    draft.put((*FACTORY, "metrics", name, "values"), list(values), at, "told beside the config")
    if every > 1:
        draft.put((*FACTORY, "metrics", name, "every"), f"{every}ep", args.at("val_interval"), "val_interval")
