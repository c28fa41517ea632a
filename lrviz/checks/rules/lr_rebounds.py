"""The learning rate climbs back after it has come down, in a schedule that is not meant to be cyclic.

What it does
    Finds an LR that ends more than 2% of its range above the lowest value it had after its peak, unless the schedule
    is cyclic (CosineAnnealingWarmRestarts, CyclicLR, or `cyclic: true`).

Why it matters
    cos(π·t/T_max) is periodic: past T_max the LR climbs back to its peak and undoes what the decay was for. Nothing in
    torch warns of it.

Use instead
    A length that follows the run: `T_max: 100%`, or `rest` behind a warm-up. If the LR is to come down and stay down,
    put a ConstantLR behind the cosine in a SequentialLR. If it is meant to rise again, say `cyclic: true`.

Sources
    UniRL#223, casanovo#693, OneTrainer#1604, CodefyUI#205; transformers' cosine schedules climb in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case, given
from lrviz.checks.finding import Edit, Hit
from lrviz.checks.wording import lengths, number, written

BAD = """\
run: {epochs: 180, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  cosine: {type: CosineAnnealingLR, interval: step, T_max: 90ep}
"""
GOOD = """\
run: {epochs: 180, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  cosine: {type: CosineAnnealingLR, interval: step, T_max: 100%}
"""


def check(case: Case) -> Iterator[Hit]:
    """Find the group that climbs back the most."""
    if case.cyclic:
        return
    worst, at, group = 0.0, 0, -1
    for index in range(case.lr.shape[1]):
        peak_at = int(case.peaks_at[index])
        after = case.lr[peak_at:, index]
        lowest = (
            peak_at + len(after) - 1 - int(np.argmin(after[::-1]))
        )  # the last of them: a floor may be flat
        fall = float(case.peaks[index] - after.min())
        climb = float(after[-1] - after.min())
        if lowest < case.steps - 1 and fall > 0 and climb > 0.02 * fall and climb > worst:
            worst, at, group = climb, lowest, index
    if group < 0:
        return
    low, end, top = (
        float(value) for value in (case.lr[at, group], case.lr[-1, group], case.lr[at:, group].max())
    )
    back = number(top) if top == end else f"{number(top)} and ends at {number(end)},"
    message = (
        f"{case.whose(group)} climbs from {number(low)} back to {back} after update {at:,} of {case.steps:,}"
    )
    for scheduler in case.of_type("CosineAnnealingLR"):
        calls, period = case.calls(scheduler), int(given(scheduler, "T_max"))
        if calls > period:
            words = lengths(calls, scheduler, case.clock)
            place = case.at(scheduler, "T_max")
            yield Hit(
                message, f"write {written('T_max', words)}", place, at, edit=Edit("set", place, words[-1])
            )
            return
    yield Hit(
        message, "end the schedule at its lowest point, or say cyclic: true if it is meant", case.place, at
    )
