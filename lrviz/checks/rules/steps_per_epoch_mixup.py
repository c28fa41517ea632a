"""A length is in epochs and the scheduler is stepped per update, or the reverse.

What it does
    Finds a length that misses the run's by as many times as an epoch has updates; a length in updates that a scheduler
    which is stepped per epoch will not reach (of a warm-up, a cycle, or milestones); milestones in epochs that are all
    over in the first twentieth of the updates; and a decay that vanishes per update but not per epoch. Lengths written
    with a unit (`30ep`) are left alone.

Why it matters
    A scheduler counts its calls and knows nothing of epochs, so a length in the wrong unit makes it run a hundredfold
    too fast or too slowly. Torch raises no error, and the loss still falls, only less than it should.

Use instead
    A length with its unit, `T_max: 90ep` or `T_max: 100%`, which is right however the scheduler is stepped. In a
    training script, step the scheduler where its length is counted: per batch for OneCycleLR and CyclicLR.

Sources
    pytorch#65417, lightning#6948, #3869, #9630 and #20436 (Lightning steps per epoch unless told otherwise),
    Tacotron#3, KAIR#101.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lrviz.checks.case import Case, given, onecycle_steps
from lrviz.checks.finding import Hit
from lrviz.checks.shapes import vanished
from lrviz.checks.units import mixups, outcome, remedy
from lrviz.checks.wording import counted, number
from lrviz.spec.curve import Scheduler

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  cosine: {type: CosineAnnealingLR, interval: step, T_max: 90}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  cosine: {type: CosineAnnealingLR, interval: step, T_max: 90ep}
"""


def check(case: Case) -> Iterator[Hit]:
    """Look for a length of the wrong unit, the surest sign first."""
    if (case.clock.steps_per_epoch or 1) < 2:
        return
    for search in (_by_ratio, _too_long_for_epochs, _milestones_in_epochs, _vanishing):
        found = next(search(case), None)
        if found is not None:
            yield found
            return


def _by_ratio(case: Case) -> Iterator[Hit]:
    for mixup in mixups(case, "steps_per_epoch"):
        finer = "updates" if mixup.factor == case.clock.steps_per_epoch else "batches"
        unit, pace, other = (finer, "epoch", "step") if mixup.long else ("epochs", "update", "epoch")
        message = (
            f"{mixup}, a number of {unit}, and is stepped {counted(mixup.made, 'time')}, once per {pace}: "
            f"{outcome(case)}"
        )
        place = case.at(mixup.scheduler, mixup.key, "epochs")
        yield Hit(message, remedy(case, mixup, f"interval: {other}"), place, case.steps - 1)


def _too_long_for_epochs(case: Case) -> Iterator[Hit]:
    """Find a length that no epoch of the run will see the end of, though its updates would."""
    epochs = case.clock.epochs or 0
    batches = case.steps * case.clock.accumulate * case.clock.devices
    for scheduler in case.schedulers:
        if scheduler.interval != "epoch" or scheduler.code is not None or case.curve.cyclic:
            continue
        key, calls = _length(scheduler)
        short = key in _OF_EPOCHS and calls < (
            case.clock.steps_per_epoch or 1
        )  # of a run made short to try it out
        if key not in scheduler.measured and not short and 2 * epochs < calls <= 1.02 * batches:
            message = (
                f"{scheduler.type} has {key} {calls:,}, a number of updates, and is stepped once per epoch, "
                f"{counted(case.calls(scheduler), 'time')} in all: {outcome(case)}"
            )
            advice = f"write interval: step, or {key} with a unit: {calls}st"
            yield Hit(message, advice, case.at(scheduler, key, "epochs"), case.steps - 1)


_OF_EPOCHS = ("step_size", "milestones", "T_0")  # which are seldom less than an epoch, even in updates


def _length(scheduler: Scheduler) -> tuple[str, int]:
    """Find the length that must fit in the run for the scheduler to make sense; 0 where there is none."""
    kind = scheduler.type
    if kind == "OneCycleLR":
        return "total_steps", onecycle_steps(scheduler)
    if kind == "MultiStepLR":
        return "milestones", min(given(scheduler, "milestones"), default=0)
    rises = kind == "LinearLR" and given(scheduler, "end_factor") > given(scheduler, "start_factor")
    holds = kind == "ConstantLR" and given(scheduler, "factor") != 1
    keys: dict[str, Any] = {
        "CyclicLR": "step_size_up",
        "CosineAnnealingWarmRestarts": "T_0",
        "StepLR": "step_size",
    }
    key = "total_iters" if rises or holds else keys.get(kind, "")
    return key, int(given(scheduler, key)) if key else 0


def _milestones_in_epochs(case: Case) -> Iterator[Hit]:
    """Find milestones that are numbers of epochs of the run, and all come before its first epochs are over."""
    epochs = case.clock.epochs or 0
    for scheduler in case.of_type("MultiStepLR"):
        points = given(scheduler, "milestones")
        last = max(points, default=0)
        pace = scheduler.interval == "step" and scheduler.frequency == 1
        epochs_only = pace and "milestones" not in scheduler.measured
        if not epochs_only or case.curve.cyclic or not epochs // 2 <= last <= epochs or last < 2:
            continue
        if last > _EARLY * case.calls(scheduler) or case.happened is None:
            continue
        message = (
            f"MultiStepLR has milestones up to {last:,}, numbers of epochs, and is stepped "
            f"{counted(case.calls(scheduler), 'time')}, once per update: {outcome(case)}"
        )
        units = ", ".join(f"{point}ep" for point in points)
        advice = f"write milestones: [{units}], or interval: epoch"
        yield Hit(message, advice, case.at(scheduler, "milestones"), case.steps - 1)


_EARLY = 0.05  # of the run: milestones that are all over by then are none of updates


def _vanishing(case: Case) -> Iterator[Hit]:
    """Find a decay that is sound per epoch, and is stepped per update."""
    falling = case.of_type("StepLR", "MultiStepLR", "ExponentialLR", "MultiplicativeLR", "LambdaLR")
    outer = case.curve.schedulers
    if (
        case.happened is None
        or not falling
        or any(s.interval != "step" or s.measured for s in case.schedulers)
    ):
        return
    if not _vanishes(case.lr):
        return
    again = case.again(schedulers=tuple(_per_epoch(scheduler) for scheduler in outer))
    if again is None or _vanishes(again.lr):
        return
    scheduler = falling[-1]
    fast, slow = (number(float(trace.lr[-1].max())) for trace in (case.trace, again))
    message = (
        f"{scheduler.type} is stepped {counted(case.calls(scheduler), 'time')}, once per update, and the LR ends at "
        f"{fast}: stepped once per epoch it would end at {slow}"
    )
    advice = "write interval: epoch"
    if scheduler.type == "StepLR":
        advice = f"{advice}, or step_size: {given(scheduler, 'step_size')}ep"
    place = case.at(scheduler, "step_size", "milestones", "gamma", "lr_lambda")
    yield Hit(message, advice, place, case.steps - 1)


def _vanishes(lr: Any) -> bool:
    return any(vanished(lr[:, group]) + (lr[-1, group] == 0) > 0.05 * len(lr) for group in range(lr.shape[1]))


def _per_epoch(scheduler: Scheduler) -> Scheduler:
    inside = tuple(
        (name, tuple(map(_per_epoch, value)) if name == "schedulers" else value)
        for name, value in scheduler.arguments
    )
    return replace(scheduler, interval="epoch", arguments=inside)
