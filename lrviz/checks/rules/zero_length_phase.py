"""A warm-up of no length keeps its first factor.

What it does
    Finds `total_iters: 0` of a LinearLR or ConstantLR that then holds its first factor instead of none.

Why it matters
    With total_iters 0 the factor is applied when the scheduler is built and never taken back, so the whole run trains
    at a fraction of its LR. What was meant is mostly "no warm-up".

Use instead
    No such scheduler at all; or lrviz's `warmup: 0`, which leaves it out.

Sources
    pytorch#193682 and #192655, pith-train#55 (a whole run at the lowest LR).
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case, given
from lrviz.checks.finding import Edit, Hit
from lrviz.checks.phases import Phase, phases
from lrviz.checks.wording import number

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  no warm-up:
    type: ChainedScheduler
    schedulers:
      - {type: LinearLR, start_factor: 0.01, total_iters: 0}
      - {type: StepLR, step_size: 30ep}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  no warm-up:
    type: ChainedScheduler
    schedulers:
      - {type: StepLR, step_size: 30ep}
"""


def check(case: Case) -> Iterator[Hit]:
    """Find the first phase that is stuck at its first factor."""
    for phase in phases(case):
        scheduler = phase.scheduler
        key = {"LinearLR": "start_factor", "ConstantLR": "factor"}.get(scheduler.type, "")
        if not key or given(scheduler, key) == 1 or given(scheduler, "total_iters") > 0:
            continue
        if phase.end <= scheduler.start:  # torch 2.13 leaves a phase of no updates out
            continue
        factor = number(given(scheduler, key))
        held = "the whole run" if phase.end == case.steps else f"{phase.end - scheduler.start:,} updates"
        message = f"{scheduler.type} with total_iters 0 keeps the LR at {factor} of its value for {held}"
        if case.happened is not None:
            lr = number(float(case.lr[scheduler.start].max()))
            message = f"{message}: update {scheduler.start:,} trains with {lr}"
        place = case.at(scheduler, "total_iters")
        yield Hit(message, _advice(phase), place, scheduler.start, edit=_edit(phase))
        return


def _advice(phase: Phase) -> str:
    kind = phase.scheduler.type
    if phase.inside:
        also = " and its milestone" if phase.inside[-1] == "SequentialLR" else ""
        return f"delete the {kind}{also}, or give it a length: total_iters: 5%"
    return f"give the {kind} a length, total_iters: 5%, or delete it"


def _edit(phase: Phase) -> Edit | None:
    """In a chain the others go on as they are; anything else leaves a choice."""
    chained = bool(phase.inside) and phase.inside[-1] == "ChainedScheduler"
    return Edit("remove", phase.scheduler.place) if chained else None
