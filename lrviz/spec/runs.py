"""The ``run:`` section → the run's clock."""

from __future__ import annotations

from typing import Any

from lrviz.spec.clock import Clock
from lrviz.spec.document import Mapping, Problems
from lrviz.spec.model import Run, validate
from lrviz.spec.reactions import Interval

LONGEST = 20_000_000  # updates: more than any published run has, and what memory can hold
DATA = ("batch_size", "drop_last")


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
    per_epoch, note = _steps_per_epoch(run, given, problems)
    steps = _steps(run, given, per_epoch, problems)
    if len(problems.found) > before or steps is None:
        return None
    if steps > LONGEST:
        key = "steps" if "steps" in given else "epochs"
        problems.add(run.at(key), f"{steps:,} updates in the run; at most {LONGEST:,} are simulated")
        return None
    if per_epoch is None and "epochs" in given:
        per_epoch, note = 1, "no steps_per_epoch given: an epoch is one update"
    interval: Interval = "epoch" if "epochs" in given else "step"
    counts = {name: given.get(name, 1) for name in ("accumulate", "devices")}
    calls = given.get("scheduler_calls_per_step", 1)
    return Clock(
        steps, per_epoch, given.get("tokens_per_step"), note, **counts, scheduler_calls=calls
    ), interval


def _steps(run: Mapping, given: dict[str, Any], per_epoch: int | None, problems: Problems) -> int | None:
    if "steps" in given and "epochs" in given:
        problems.add(run.at("steps"), "a run has epochs or steps, not both; delete one")
        return None
    if "steps" in given:
        return int(given["steps"])
    if "epochs" not in given:
        message = "no length; write epochs: 90 and steps_per_epoch: 100, or steps: 9000"
        problems.add(run.place, message)
        return None
    return int(given["epochs"]) * (per_epoch or 1)


def _steps_per_epoch(
    run: Mapping, given: dict[str, Any], problems: Problems
) -> tuple[int | None, str | None]:
    """Count the updates of an epoch as data loaders, samplers and trainers do.

    Each device sees its share of the batches; the last accumulation of an epoch, however short, is an update.
    """
    if "dataset_size" not in given:
        for key in DATA:
            if key in given:
                message = f"{key} counts only beside dataset_size; write dataset_size too, or delete {key}"
                problems.add(run.at(key), message)
        return given.get("steps_per_epoch"), None
    if "steps_per_epoch" in given:
        message = "steps_per_epoch follows from dataset_size; delete one of them"
        problems.add(run.at("steps_per_epoch"), message)
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
    updates = -(-batches // given.get("accumulate", 1))
    return updates, f"{size:,} samples make {updates:,} updates per epoch"
