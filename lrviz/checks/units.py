"""A schedule whose length does not fit its run → the unit that explains it: epochs, batches, one device's updates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from lrviz.checks.case import Case, horizon, reaching
from lrviz.checks.shapes import comes_down
from lrviz.checks.wording import counted, lengths, number, percent, written
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Scheduler

Unit = Literal["scheduler_calls", "steps_per_epoch", "accumulate", "devices"]
_LONGEST = 1_000_000  # updates of a curve that is simulated only to find out what was meant


@dataclass(frozen=True)
class Mixup:
    """A length that fits the run once it is read in another unit.

    Args:
        unit: what lies between the two units, by its name in ``run``.
        factor: its value.
        scheduler, key: the length to blame.
        whole: what the calls are counted of: that scheduler, or the one that it is the last phase of.
        planned: the calls that it was written for.
        made: the calls that the run makes.
        long: whether it was written in the finer unit, and is too long.
    """

    unit: Unit
    factor: int
    scheduler: Scheduler
    key: str
    whole: Scheduler
    planned: int
    made: int
    long: bool

    def __str__(self) -> str:
        return f"{self.whole.type} is written for {counted(self.planned, 'call')}"


def mixups(case: Case, *units: Unit) -> Iterator[Mixup]:
    """Find the lengths that some units explain: at most one for each of the curve's schedulers."""
    if case.curve.cyclic:
        return
    for scheduler in case.curve.schedulers:
        found = _mixup(scheduler, case)
        if found is not None and found.unit in units:
            yield found


def remedy(case: Case, mixup: Mixup, *others: str) -> str:
    """Say what to write for a mistaken length: it with a unit, or what else would mend it."""
    scheduler, key = mixup.scheduler, mixup.key
    first = written(key, lengths(case.calls(scheduler), scheduler, case.clock))
    if mixup.whole.type == "SequentialLR":
        first = f"{first} behind milestones with a unit"
    return f"write {', or '.join((first, *others))}"


def outcome(case: Case) -> str:
    """Say what a mistaken length does to the LR."""
    if case.happened is None:
        return "torch stops the run"
    end = case.lr[-1]
    group = int((end / (case.peaks + (case.peaks == 0))).argmax())
    return f"{case.whose(group)} ends at {number(float(end[group]))}, {_share(end[group], case.peaks[group])}"


def meant(case: Case, factor: int) -> bool:
    """Tell whether a function of the call's number comes down exactly when it is called so many times more often.

    Such a function has no length that could be compared with the run's. A curve that ends high, and would come down
    to nothing at the very end of that longer run, was written for it.
    """
    trace = case.happened
    if factor <= 1 or trace is None or case.curve.cyclic or case.steps * factor > _LONGEST:
        return False
    lambdas = case.of_type("LambdaLR") or (case.foreign and case.curve.schedulers)
    low = (trace.lr[-1] < 0.1 * case.peaks).any() or (case.peaks <= 0).any()
    if not lambdas or low or not (case.lr[-1] < case.lr[case.steps * 9 // 10]).all():
        return False
    longer = case.again(clock=_stretched(case.clock, factor))
    return longer is not None and all(comes_down(longer.lr[:, group]) for group in range(case.lr.shape[1]))


def _stretched(clock: Clock, factor: int) -> Clock:
    return replace(clock, steps=clock.steps * factor)


def _share(end: float, peak: float) -> str:
    return f"{percent(end / peak)} of its peak" if peak else "its only value"


def _mixup(scheduler: Scheduler, case: Case) -> Mixup | None:
    whole = horizon(scheduler)
    if not whole:
        return None
    last, key = reaching(scheduler)
    own = horizon(last)
    if not own or key in last.measured:
        return None
    pairs = [(last, own, case.calls(last))]
    if last is not scheduler:  # a sum of lengths, all of them mistaken
        pairs.append((scheduler, whole, case.calls(scheduler)))
    if any(abs(made - planned) <= max(1, 0.01 * planned) for _, planned, made in pairs):
        return None
    for blamed, planned, made in pairs:
        if made <= 0:
            continue
        for unit, factor, long in _units(case.clock, scheduler.interval):
            ratio = planned / made if long else made / planned
            if factor > 1 and abs(ratio - factor) <= 0.02 * factor:
                return Mixup(unit, factor, last, key, blamed, planned, made, long)
    return None


def _units(clock: Clock, interval: str) -> Iterator[tuple[Unit, int, bool]]:
    """List the units that can be mistaken for each other, the likeliest first."""
    yield "scheduler_calls", clock.scheduler_calls, False
    per_epoch = clock.steps_per_epoch or 1
    if interval == "epoch":
        yield "steps_per_epoch", per_epoch, True
        if per_epoch > 1:
            yield "steps_per_epoch", per_epoch * clock.accumulate, True
        return
    yield "steps_per_epoch", per_epoch, False
    for long in (True, False):
        yield "accumulate", clock.accumulate, long
        yield "devices", clock.devices, long
