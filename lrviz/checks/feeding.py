"""A case with a ReduceLROnPlateau → what the same plateau does when it is fed values of our choice, for a few calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lrviz.checks.case import Case, given
from lrviz.spec.curve import Scheduler
from lrviz.spec.reactions import Given, Metric
from lrviz.trace import Trace

MOST_CALLS = 10_000  # of a plateau that is tried out: one with more patience than that is not worth it


def plateaus(case: Case) -> tuple[Scheduler, ...]:
    """Find the schedulers of torch's that wait for a metric: never inside another."""
    return tuple(s for s in case.curve.schedulers if s.type == "ReduceLROnPlateau" and s.code is None)


def metric_of(case: Case, plateau: Scheduler) -> Metric | None:
    """Find the metric that a plateau is given."""
    return next((metric for metric in case.curve.metrics if metric.name == plateau.monitor), None)


def wait_of(plateau: Scheduler) -> int:
    """Count the calls without an improvement after which a plateau cuts the LR."""
    return int(given(plateau, "patience")) + 1


def alone(case: Case, plateau: Scheduler, values: Sequence[float]) -> Trace | None:
    """Simulate a plateau without the other schedulers: one call per update, a value for each.

    Returns:
        One update more than there are values, so that the LR after the last call is seen; None if torch refuses.
    """
    count = len(values) + 1
    clock = replace(case.clock, steps=count, steps_per_epoch=1, scheduler_calls=1)
    metric = Metric(str(plateau.monitor), Given((*values, values[-1])))
    return case.again(
        clock=clock,
        schedulers=(replace(plateau, interval="epoch", frequency=1),),
        metrics=(metric,),
        rules=(),
        train=None,
    )


def changed(scheduler: Scheduler, **arguments: Any) -> Scheduler:
    """Give a scheduler other arguments."""
    return replace(scheduler, arguments=tuple({**dict(scheduler.arguments), **arguments}.items()))


def cuts(case: Case, plateau: Scheduler) -> list[int]:
    """Find the updates at which a plateau cut the LR in the run itself."""
    text = f"ReduceLROnPlateau cuts the LR: {plateau.monitor} is "
    return [e.update for e in case.trace.events if e.kind == "cut" and e.text.startswith(text)]
