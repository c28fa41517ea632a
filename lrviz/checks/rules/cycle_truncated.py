"""The run ends in the middle of a cycle, at a high learning rate.

What it does
    Finds a cyclic schedule whose last update has more than half of the peak LR.

Why it matters
    The weights at the bottom of a cycle are the good ones, so a run that ends high keeps worse weights than it already
    had. The updates since the last bottom are lost, or worse.

Use instead
    Cycles that end with the run. With CosineAnnealingWarmRestarts and T_mult 2, three cycles are 7 times T_0.

Sources
    pytorch#47560.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case, given
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, number
from lrviz.spec.curve import Scheduler

BAD = """\
run: {epochs: 100, steps_per_epoch: 50}
optimizer: {type: SGD, lr: 0.1}
schedules:
  restarts: {type: CosineAnnealingWarmRestarts, T_0: 10ep, T_mult: 2}
"""
GOOD = """\
run: {epochs: 100, steps_per_epoch: 50}
optimizer: {type: SGD, lr: 0.1}
schedules:
  restarts: {type: CosineAnnealingWarmRestarts, T_0: 15ep, T_mult: 2}
"""


def check(case: Case) -> Iterator[Hit]:
    """Compare the last LR of each group with its peak."""
    moving = case.peaks - case.lr.min(axis=0) > 0.5 * case.peaks
    if not case.cyclic or not (moving & (case.peaks > 0)).any():
        return
    shares = np.where(moving, case.lr[-1] / np.where(case.peaks > 0, case.peaks, 1.0), 0.0)
    group = int(np.argmax(shares))
    if shares[group] <= 0.5:
        return
    end, peak = (number(float(value)) for value in (case.lr[-1, group], case.peaks[group]))
    message = (
        f"the run ends within a cycle: {case.whose(group)} is {end}, {shares[group]:.0%} of its peak {peak}"
    )
    scheduler = next(iter(case.of_type("CosineAnnealingWarmRestarts", "CyclicLR")), None)
    if scheduler is None:
        yield Hit(
            message,
            "choose the period so that the run ends at the bottom of a cycle",
            case.place,
            case.steps - 1,
        )
        return
    place = case.at(scheduler, "T_0", "step_size_up")
    yield Hit(message, _advice(scheduler, case.calls(scheduler)), place, case.steps - 1)


def _advice(scheduler: Scheduler, calls: int) -> str:
    """Work out the cycle nearest to the one written, of which a whole number fills the run."""
    if scheduler.type == "CyclicLR":
        up, down = given(scheduler, "step_size_up"), given(scheduler, "step_size_down")
        if down is not None and down != up:
            return "choose step_size_up and step_size_down so that a cycle ends with the run"
        cycles = max(1, round(calls / (2 * up)))
        while cycles > 1 and not _ends_low(calls, cycles, -(-calls // (2 * cycles))):
            cycles -= 1
        return f"write step_size_up: {-(-calls // (2 * cycles))}, for {counted(cycles, 'whole cycle')}"
    first, growth = given(scheduler, "T_0"), given(scheduler, "T_mult")
    sizes = [1]  # of so many cycles together, in units of the first
    while first * sizes[-1] < calls:
        sizes.append(sizes[-1] + growth ** len(sizes))
    whole = [size for n, size in enumerate(sizes) if _ends_cold(calls, size, growth**n)]
    size = min(whole or sizes[:1], key=lambda size: abs(calls - first * size))
    cycles = sizes.index(size) + 1
    return f"write T_0: {-(-calls // size)}, for {counted(cycles, 'whole cycle')}"


def _ends_low(calls: int, cycles: int, up: int) -> bool:
    """Whether so many triangles, rounded up to whole calls, end in the lowest quarter of the last fall."""
    return 2 * cycles * up - (calls - 1) <= up / 4


def _ends_cold(calls: int, size: int, last: int) -> bool:
    """Whether restarts of so many first cycles in all, rounded up to whole calls, end in the last half of one."""
    first = -(-calls // size)
    return size * first - (calls - 1) < first * last / 2
