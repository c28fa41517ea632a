"""A milestone of a MultiStepLR is doubled, 0 or past the end of the run.

What it does
    Finds milestones that are named twice (the LR drops by gamma²), a milestone of 0 (the LR has dropped before the
    first update) and milestones that the run never reaches while others are reached. Their order does not matter:
    torch counts them in any.

Why it matters
    A recipe made for a longer run loses its last drops, and with them the low LR in which a run converges. A milestone
    that is doubled by a slip of the pen drops the LR a hundredfold at once.

Use instead
    Milestones with a unit, such as `[33%, 67%, 89%]`, which follow the run when its length changes.

Sources
    The family of pytorch#20486, and what torch 2.13 was seen to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lrviz.checks.case import Case, given
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, listed, number
from lrviz.spec.curve import Scheduler

BAD = """\
run: {epochs: 60, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  step decay: {type: MultiStepLR, milestones: [30, 60, 80]}
"""
GOOD = """\
run: {epochs: 60, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  step decay: {type: MultiStepLR, milestones: [33%, 67%, 89%]}
"""
FEW = 20  # calls: in so short a run, lengths with units are rounded onto one another, and onto its end


def check(case: Case) -> Iterator[Hit]:
    """Look at each MultiStepLR's milestones: doubled ones first, then 0, then those that never come."""
    for scheduler in case.of_type("MultiStepLR"):
        hit = _hit(case, scheduler, Counter(given(scheduler, "milestones")))
        if hit is not None:
            yield hit


def _hit(case: Case, scheduler: Scheduler, points: Counter[int]) -> Hit | None:
    place, limit = case.at(scheduler, "milestones"), _calls(case, scheduler)
    if limit < FEW and "milestones" in scheduler.measured:
        return None
    twice = next((point for point, times in sorted(points.items()) if times > 1 and point < limit), None)
    if twice is not None:
        return _doubled(case, scheduler, twice, points[twice])
    if 0 in points and scheduler.start < case.steps:
        first = number(float(case.lr[scheduler.start].max()))
        message = f"a milestone of 0 drops the LR before the first update, which trains with {first}"
        return Hit(message, "delete the 0, or write the smaller lr for the optimizer", place, scheduler.start)
    late = sorted(point for point in points if point >= limit)
    flat = len(late) == len(points) and not scheduler.start  # then it does nothing, and another rule says so
    counted_late = (
        scheduler.start and "milestones" not in scheduler.measured
    )  # as sequential-relative-milestones tells
    if not late or flat or counted_late:
        return None
    before = _before(case, scheduler)
    missing = listed([f"{before + point:,}" for point in late])
    never = f"milestones {missing} never come" if len(late) > 1 else f"milestone {missing} never comes"
    called = f"{scheduler.type} ends after {counted(before + limit, 'call')}"
    message = f"{never}: {called}, and the LR ends at {number(float(case.lr[-1].max()))}"
    what = "those" if len(late) > 1 else "that one"
    return Hit(
        message, f"write milestones that follow the run, such as [33%, 67%, 89%], or delete {what}", place
    )


def _doubled(case: Case, scheduler: Scheduler, point: int, times: int) -> Hit | None:
    update = scheduler.start + case.clock.update_of(point, scheduler.interval, scheduler.frequency)
    if update >= case.steps:
        return None
    change = f"to {number(float(case.lr[update].max()))}"
    if update:
        change = f"from {number(float(case.lr[update - 1].max()))} {change}"
    named = f"milestone {point:,} is named {'twice' if times == 2 else f'{times} times'}"
    message = f"{named}: the LR goes {change} at once, by gamma to the power of {times}"
    smaller = number(float(given(scheduler, "gamma")) ** times)
    advice = f"name it once, or write gamma: {smaller} if the drop is meant"
    return Hit(message, advice, case.at(scheduler, "milestones"), update)


def _before(case: Case, scheduler: Scheduler) -> int:
    """Count the calls before the phase that the scheduler is; 0 where it starts with the run."""
    return next((phase.first for phase in case.phases if phase.scheduler is scheduler), 0)


def _calls(case: Case, scheduler: Scheduler) -> int:
    """Count the calls before the run, or the phase that the scheduler is, comes to its end."""
    for phase in case.phases:
        if phase.scheduler is scheduler:
            return max(phase.last - phase.first, 0)
    return case.calls(scheduler)
