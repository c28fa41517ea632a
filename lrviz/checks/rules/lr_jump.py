"""The learning rate jumps from one phase to the next.

What it does
    Finds a change between two calls of more than 5% of the peak and more than five times the changes around it: upwards
    anywhere, downwards where one phase of a SequentialLR hands over to the next. Schedulers that are made of steps,
    stairs in general, and cyclic schedules are left alone.

Why it matters
    A jump upwards hits weights and optimizer state that were adapted to a smaller LR, as if there had been no warm-up.
    It mostly shows that a warm-up and the milestone behind it have different lengths.

Use instead
    One length for both, as in `warmup: 5%`, or total_iters equal to the milestone. Say `cyclic: true` for a restart.

Sources
    fairchem#1967, pytorch-image-models#1242, mlx#2617, PaddleDetection#4611.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case, given
from lrviz.checks.finding import Hit
from lrviz.checks.phases import Phase, phases
from lrviz.checks.shapes import per_call
from lrviz.checks.wording import number
from lrviz.spec.curve import Scheduler
from lrviz.trace import Array

BAD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1}
schedules:
  warm-up, cosine:
    type: SequentialLR
    milestones: [50]
    schedulers:
      - {type: LinearLR, start_factor: 0.01, total_iters: 100}
      - {type: CosineAnnealingLR, T_max: rest}
"""
GOOD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1}
schedules:
  warm-up, cosine:
    type: SequentialLR
    milestones: [100]
    schedulers:
      - {type: LinearLR, start_factor: 0.01, total_iters: 100}
      - {type: CosineAnnealingLR, T_max: rest}
"""
_STEPS = ("StepLR", "MultiStepLR", "ReduceLROnPlateau", "SWALR", "MultiplicativeLR")


def check(case: Case) -> Iterator[Hit]:
    """Find the largest jump of all groups."""
    outer = case.curve.schedulers
    if case.cyclic or case.curve.rules or len(outer) != 1 or any(map(_stepwise, case.schedulers)):
        return
    lr = per_call(case)
    period = case.clock.period(outer[0].interval, outer[0].frequency)
    handing = {phase.end // period: phase for phase in phases(case) if phase.end < case.steps}
    found = [
        (abs(jump), row, group) for group in range(lr.shape[1]) for row, jump in _jumps(lr[:, group], handing)
    ]
    if not found:
        return
    _, row, group = max(found)
    before, after = (number(float(value)) for value in lr[row - 1 : row + 1, group])
    message = f"{case.whose(group)} jumps from {before} to {after} at update {row * period:,}"
    phase = handing.get(row)
    if phase is None:
        yield Hit(message, "join the pieces, or say cyclic: true if it restarts", case.place, row * period)
        return
    scheduler = phase.scheduler
    message = f"{message}, where {scheduler.type} hands over"
    place = case.at(scheduler, "total_iters", "T_max")
    yield Hit(message, _advice(phase), place, row * period)


def _stepwise(scheduler: Scheduler) -> bool:
    return scheduler.type in _STEPS or (scheduler.type == "ConstantLR" and given(scheduler, "factor") != 1)


def _jumps(lr: Array, handing: dict[int, Phase]) -> Iterator[tuple[int, float]]:
    """Find the changes of one group that stand out from those beside them, and what they lead to."""
    peak, changes = float(lr.max()), np.diff(lr)
    if len(changes) < 4 or peak <= 0:
        return
    size = np.abs(changes)
    beside = np.maximum(size[:-2], size[2:])
    for index in np.flatnonzero((size[1:-1] > 0.05 * peak) & (size[1:-1] > 5 * beside)).tolist():
        jump, row = float(changes[index + 1]), index + 2
        stair = beside[index] <= 1e-9 * peak
        thawed = lr[row - 1] == 0 == lr[row - 2]  # a group that was frozen until then
        if row in handing or (jump > 0 and not stair and not thawed):
            yield row, jump


def _advice(phase: Phase) -> str:
    scheduler = phase.scheduler
    if scheduler.type == "LinearLR":
        return f"write total_iters: {phase.calls + 1}, the calls until it hands over, or move the milestone"
    return "let the first phase end where the next begins, or say cyclic: true if it restarts"
