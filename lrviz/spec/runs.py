"""The ``run:`` section → the run's clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lrviz.spec.batches import Batches
from lrviz.spec.clock import Clock
from lrviz.spec.document import Mapping, Problems
from lrviz.spec.model import Run, validate
from lrviz.spec.reactions import Interval

LONGEST = 20_000_000  # updates: more than any published run has, and what memory can hold
DATA = ("batch_size", "drop_last")
ONE = ((0, 1),)  # batches per update, from the first epoch on


def clock_of(run: Mapping, problems: Problems) -> tuple[Clock, Interval] | None:
    """Work out a run's clock.

    Returns:
        The clock, and the interval at which schedulers are stepped where they do not say; None if something
        is wrong.
    """
    given = validate(Run, run, "run", problems)
    if given is None:
        return None
    before = len(problems.found)
    batches, note = _batches(run, given, problems)
    per_epoch = given.get("steps_per_epoch")
    if batches is not None and batches.regular:
        per_epoch = batches.updates(1)
    steps = _steps(run, given, per_epoch, batches, problems)
    if len(problems.found) > before or steps is None:
        return None
    if steps > LONGEST:
        key = "steps" if "steps" in given else "epochs"
        problems.add(run.at(key), f"{steps:,} updates in the run; at most {LONGEST:,} are simulated")
        return None
    if per_epoch is None and batches is None and "epochs" in given:
        per_epoch, note = 1, "no steps_per_epoch given: an epoch is one update"
    interval: Interval = "epoch" if "epochs" in given else "step"
    if batches is not None and batches.across and "epochs" in given:
        batches = replace(batches, last=batches.per_epoch * given["epochs"])
    return Clock(
        steps,
        per_epoch,
        given.get("tokens_per_step"),
        note,
        given.get("accumulate", ONE)[0][1],
        given.get("devices", 1),
        given.get("scheduler_calls_per_step", 1),
        batches,
    ), interval


def _steps(
    run: Mapping, given: dict[str, Any], per_epoch: int | None, batches: Batches | None, problems: Problems
) -> int | None:
    if "steps" in given and "epochs" in given:
        problems.add(run.at("steps"), "a run has epochs or steps, not both; delete one")
        return None
    if "steps" in given:
        return int(given["steps"])
    if "epochs" not in given:
        message = "no length; write epochs: 90 and steps_per_epoch: 100, or steps: 9000"
        problems.add(run.place, message)
        return None
    epochs = int(given["epochs"])
    if batches is None or batches.regular:
        return epochs * (per_epoch or 1)
    return batches.updates(epochs) if epochs <= LONGEST else LONGEST + 1


def _batches(run: Mapping, given: dict[str, Any], problems: Problems) -> tuple[Batches | None, str | None]:
    """Work out how batches make updates, and what to tell of it.

    Each device sees its share of the batches; the last accumulation of an epoch, however short, is an update, unless
    accumulation goes on across epochs.
    """
    per_epoch, note = _batches_per_epoch(run, given, problems)
    accumulate, across = given.get("accumulate", ONE), given.get("accumulate_across_epochs", False)
    if per_epoch is None:
        for key, unusual in (("accumulate", len(accumulate) > 1), ("accumulate_across_epochs", across)):
            if unusual:
                wanted = "the batches of an epoch; write batches_per_epoch too"
                problems.add(run.at(key), f"{key} needs to know {wanted}")
        return None, None
    if across and len(accumulate) > 1:
        message = (
            "accumulation that changes begins anew with an epoch; delete this, or write one number there"
        )
        problems.add(run.at("accumulate_across_epochs"), message)
        return None, None
    batches = Batches(per_epoch, accumulate, across)
    if batches.regular:
        return batches, f"{note} make {batches.updates(1):,} updates per epoch" if note else None
    unlike = "goes on across them" if across else "changes"
    return batches, f"epochs of {per_epoch:,} batches; accumulation {unlike}, so they differ in updates"


def _batches_per_epoch(
    run: Mapping, given: dict[str, Any], problems: Problems
) -> tuple[int | None, str | None]:
    """Count the batches of an epoch on each device, as data loaders and samplers do, and tell from what."""
    if "dataset_size" not in given:
        for key in DATA:
            if key in given:
                message = f"{key} counts only beside dataset_size; write dataset_size too, or delete {key}"
                problems.add(run.at(key), message)
        if "batches_per_epoch" in given and "steps_per_epoch" in given:
            message = "steps_per_epoch follows from batches_per_epoch; delete one of them"
            problems.add(run.at("steps_per_epoch"), message)
            return None, None
        found = given.get("batches_per_epoch")
        return found, None if found is None else f"{found:,} batches"
    for key in ("steps_per_epoch", "batches_per_epoch"):
        if key in given:
            problems.add(run.at(key), f"{key} follows from dataset_size; delete one of them")
            return None, None
    if "batch_size" not in given:
        problems.add(
            run.at("dataset_size"),
            "dataset_size needs batch_size (samples per batch and device); write it too",
        )
        return None, None
    size, per_batch = given["dataset_size"], given["batch_size"] * given.get("devices", 1)
    batches = size // per_batch if given.get("drop_last") else -(-size // per_batch)
    if batches == 0:
        message = f"{size:,} samples make no whole batch of {per_batch:,}; write drop_last: false"
        problems.add(run.at("drop_last"), message)
        return None, None
    return batches, f"{size:,} samples"
