"""The learning rate climbs back after it has come down, in a schedule that is not meant to be cyclic.

What it does
    Finds an LR that ends more than 2% of its range above the lowest value it had after its peak, unless the schedule
    is cyclic (CosineAnnealingWarmRestarts, CyclicLR, or `cyclic: true`), edited by hand, or ends in an SWALR.

Why it matters
    A rising LR late in the run undoes what the decay was for. It mostly comes of cos(π·t/T_max), which is periodic:
    past T_max the LR climbs back to its peak, and nothing in torch warns of it.

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
from lrviz.checks.phases import Phase, phases
from lrviz.checks.wording import lengths, number, written
from lrviz.trace import Array

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
    edited = case.written is not None and bool(case.written.rules)
    if case.cyclic or edited or case.of_type("SWALR"):  # whose swa_lr may lie above what was reached before
        return
    groups = range(case.lr.shape[1])
    found = {group: at for group in groups if (at := rebound(case.lr[:, group])) is not None}
    if not found:
        return
    group = max(found, key=lambda group: float(case.lr[-1, group] - case.lr[found[group], group]))
    at, lr = found[group], case.lr[:, group]
    low, end, top = float(lr[at]), float(lr[-1]), float(lr[at:].max())
    back = number(top) if top == end else f"{number(top)} and ends at {number(end)},"
    message = (
        f"{case.whose(group)} climbs from {number(low)} back to {back} after update {at:,} of {case.steps:,}"
    )
    past = next(_past_their_end(case), None)
    if past is None:
        advice = "end the schedule at its lowest point, or say cyclic: true if it is meant"
        yield Hit(message, advice, case.place, at)
        return
    words = lengths(past.calls, past.scheduler, case.clock) if past.end == case.steps else []
    place = case.at(past.scheduler, "T_max")
    if words:
        # Of several climbs, cycles may have been meant.
        once = past.calls <= 2 * int(given(past.scheduler, "T_max"))
        edit = Edit("set", place, words[-1]) if once else None
        yield Hit(message, f"write {written('T_max', words)}", place, at, edit=edit)
    else:  # it hands over past its end: either length may be the wrong one
        advice = f"write T_max: {past.calls}, the calls until it hands over, or hand over earlier"
        yield Hit(message, advice, place, at)


def rebound(lr: Array) -> int | None:
    """Find the update from which the LR of a group climbs back to its end; None if it stays down."""
    peak_at = int(np.argmax(lr >= lr.max() - 1e-12 * abs(lr.max())))
    after = lr[peak_at:]
    lowest = len(lr) - 1 - int(np.argmin(after[::-1]))  # the last of them: a floor may be flat
    fall, climb = float(after[0] - after.min()), float(after[-1] - after.min())
    if fall <= 1e-3 * abs(float(lr.max())) or climb <= 0.02 * fall:  # no more than rounding
        return None
    return lowest


def _past_their_end(case: Case) -> Iterator[Phase]:
    for phase in phases(case) if case.written else ():
        scheduler = phase.scheduler
        cosine = scheduler.type == "CosineAnnealingLR" and scheduler.code is None
        if cosine and phase.calls > int(given(scheduler, "T_max")):
            yield phase
