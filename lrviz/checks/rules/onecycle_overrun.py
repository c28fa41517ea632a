"""A OneCycleLR is stepped past its end.

What it does
    Finds a OneCycleLR with fewer total_steps than the calls it gets in the run, or in its phase of a SequentialLR.

Why it matters
    One call past its end torch lets it go on, with an LR that belongs to nothing and may be negative, and at the next
    it raises a ValueError, so that the run dies in its last epoch.

Use instead
    `total_steps: 100%`, or `rest` behind another phase. In a script, count the batches that the loader really yields,
    over all epochs, and those of a resumed run too.

Sources
    pytorch#91765 and #38170, GrowSP#11, PiFold#6, Pointcept#153.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case, onecycle_steps
from lrviz.checks.finding import Edit, Hit
from lrviz.checks.phases import Phase, phases
from lrviz.checks.wording import lengths, number, written

BAD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1, momentum: 0.95}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: 0.1, total_steps: 900}
"""
GOOD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1, momentum: 0.95}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: 0.1, total_steps: 100%}
"""


def check(case: Case) -> Iterator[Hit]:
    """Hold every OneCycleLR's length against the calls of its phase."""
    for phase in phases(case):
        scheduler = phase.scheduler
        if scheduler.type != "OneCycleLR" or scheduler.code is not None:
            continue
        total = onecycle_steps(scheduler)
        if phase.seen < total and phase.calls <= total:
            continue
        at = scheduler.start + case.clock.update_of(total, scheduler.interval, scheduler.frequency)
        yield _hit(case, phase, total, min(at, phase.end - 1))
        return


def _hit(case: Case, phase: Phase, total: int, at: int) -> Hit:
    scheduler = phase.scheduler
    message = f"OneCycleLR is over after {total:,} calls, and "
    if phase.calls > total:
        whose = "the run" if phase.end == case.steps else "its phase"
        message += (
            f"{whose} makes {phase.calls:,}: update {at:,} trains past its end, and call {total + 1:,} raises"
        )
    else:
        wrong = f" with an LR of {number(float(case.lr[at].min()))}" if case.happened is not None else ""
        message += f"update {at:,} comes after the last of them: it trains past the end{wrong}"
    place = case.at(scheduler, "total_steps", "epochs")
    if phase.end < case.steps:
        needed = max(phase.calls, phase.seen + 1)
        return Hit(message, f"write total_steps: {needed}, or hand over earlier", place, at)
    words = lengths(max(phase.calls, phase.seen + 1), scheduler, case.clock)
    direct = dict(scheduler.arguments).get("total_steps") is not None
    advice = f"write {written('total_steps', words)}"
    if not direct:
        return Hit(message, f"{advice}, in place of epochs and steps_per_epoch", place, at)
    written_here = "total_steps" in dict(scheduler.places)
    return Hit(message, advice, place, at, edit=Edit("set", place, words[-1]) if written_here else None)
