"""A curve's schedulers → when each of them is in force, and how often it is called meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrviz.checks.case import Case
from lrviz.spec.curve import Scheduler


@dataclass(frozen=True)
class Phase:
    """A scheduler of the tree, and its share of the run.

    Args:
        scheduler: it.
        end: the update at which it hands over; the run's end for most.
        inside: the types of what it stands in, the outermost first.
        calls: calls of its ``step()`` while it is in force.
        seen: calls made before the last update that it governs: those that an update still sees.
    """

    scheduler: Scheduler
    end: int
    inside: tuple[str, ...]
    calls: int
    seen: int


def phases(case: Case) -> tuple[Phase, ...]:
    """List every scheduler with its phase, those inside others after them."""
    return tuple(_tree(case, case.curve.schedulers, case.steps, ()))


def _tree(
    case: Case, schedulers: tuple[Scheduler, ...], end: int, inside: tuple[str, ...]
) -> Iterator[Phase]:
    for index, scheduler in enumerate(schedulers):
        until = end
        if inside and inside[-1] == "SequentialLR" and index + 1 < len(schedulers):
            until = min(end, schedulers[index + 1].start)
        updates = max(0, until - scheduler.start)
        pace = (scheduler.interval, scheduler.frequency)
        calls, seen = (case.clock.calls_in(count, *pace) for count in (updates, max(0, updates - 1)))
        if scheduler.calls is not None:
            calls, seen = min(calls, scheduler.calls), min(seen, scheduler.calls)
        yield Phase(scheduler, until, inside, seen if until < case.steps else calls, seen)
        yield from _tree(case, scheduler.children, until, (*inside, scheduler.type))
