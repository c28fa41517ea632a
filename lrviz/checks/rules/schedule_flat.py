"""A scheduler is stepped, and the learning rate never changes.

What it does
    Finds an LR that moves by less than a thousandth although schedulers are there, other than a ConstantLR of factor 1
    or a LambdaLR of 1, and a ReduceLROnPlateau, which may have had no cause; and an LR that is 0 from first to last.

Why it matters
    A schedule that does nothing was hardly meant that way, and the run ends at the LR it began with. Mostly its
    milestones lie beyond the run, or it is stepped per epoch in a run of one.

Use instead
    Lengths that follow the run: `milestones: [50%, 75%]`. For a constant LR write no scheduler at all: `schedules:
    {constant: {}}`.

Sources
    BasicSR#731, Tacotron#3, KeywordsSpotting#1.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case, given
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, number
from lrviz.spec.curve import Scheduler

BAD = """\
run: {epochs: 20, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  step: {type: StepLR, step_size: 30}
"""
GOOD = """\
run: {epochs: 20, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  step: {type: StepLR, step_size: 30%}
"""


def check(case: Case) -> Iterator[Hit]:
    """Compare the highest and the lowest LR of every group."""
    inner = [scheduler for scheduler in case.schedulers if not scheduler.children]
    if case.steps < 2 or case.curve.rules or all(map(_idle, inner)):
        return
    if any(scheduler.type == "ReduceLROnPlateau" or scheduler.monitor for scheduler in inner):
        return
    if not case.lr.any():
        optimizer = case.curve.optimizer
        place = dict(optimizer.places).get("lr", optimizer.place)
        message = f"the LR stays at 0 for all {case.steps:,} updates: nothing is learnt"
        yield Hit(message, "give the optimizer an lr above 0", place, None)
        return
    if (case.peaks <= 0).all() or (case.peaks - case.lr.min(axis=0) >= 1e-3 * np.abs(case.peaks)).any():
        return
    scheduler = next(scheduler for scheduler in inner if not _idle(scheduler))
    calls = max(map(case.calls, case.curve.schedulers))
    lr = number(float(case.peaks.max()))
    message = (
        f"the LR stays at {lr} for all {case.steps:,} updates, though {scheduler.type} is stepped "
        f"{counted(calls, 'time')}"
    )
    keys = ("milestones", "step_size", "T_max", "T_0", "total_iters", "lr_lambda", "gamma")
    yield Hit(message, _advice(scheduler, calls), case.at(scheduler, *keys), None)


def _idle(scheduler: Scheduler) -> bool:
    """Whether a scheduler is there to change nothing."""
    if scheduler.code is not None:
        return False
    factor = given(scheduler, "factor") if scheduler.type == "ConstantLR" else None
    if scheduler.type == "LambdaLR":  # as libraries write a constant schedule
        functions = given(scheduler, "lr_lambda")
        each = functions if isinstance(functions, tuple) else (functions,)
        return all(getattr(function, "text", None) in ("1", "1.0") for function in each)
    return bool(factor == 1)


def _advice(scheduler: Scheduler, calls: int) -> str:
    few = calls <= 3 and scheduler.interval == "epoch"
    if scheduler.code is None and scheduler.type in ("StepLR", "MultiStepLR"):
        key, value = ("step_size", "30%") if scheduler.type == "StepLR" else ("milestones", "[50%, 75%]")
        paced = f"{key}: {value}{' with interval: step' if few else ''}"
        return f"write a length within the run, such as {paced}, or delete the scheduler"
    if few:
        return "step it per update: interval: step"
    return "let it move the LR within the run, or delete it"
