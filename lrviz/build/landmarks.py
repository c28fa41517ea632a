"""Live schedulers → the updates at which they hand over, drop and restart, read off the objects themselves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, takewhile
from typing import Any

import numpy as np

from lrviz.build.rig import Rig, Stepper
from lrviz.build.training import Training
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Scheduler
from lrviz.trace import Event

MOST = 60  # of one kind from one scheduler: more are no landmarks but the curve itself


def landmarks(rig: Rig) -> list[Event]:
    """Tell where the schedulers of a curve turn, in the order of updates."""
    found = [
        event
        for stepper in rig.steppers
        if stepper.spec.code is None  # what someone's own code does with its class is not known
        for event in _of(
            stepper.scheduler, stepper.spec, _Calls(stepper, rig.curve.clock), rig.curve.clock.steps
        )
    ]
    return sorted(found, key=lambda event: event.update)


def diverged(training: Training | None) -> list[Event]:
    """Tell from which update on the loss was no finite number, if there is one."""
    if training is None or np.isfinite(training.loss).all():
        return []
    update = int(np.argmin(np.isfinite(training.loss)))
    return [Event(update, "diverged", f"the training diverges: the loss is {training.loss[update]:g}")]


class _Calls:
    """A scheduler's calls along the run."""

    def __init__(self, stepper: Stepper, clock: Clock) -> None:
        self.clock, self.spec = clock, stepper.spec
        self.done = None if stepper.counts is None else np.cumsum(stepper.counts)

    def update_of(self, call: int) -> int:
        """Count the updates done when it has been called so many times."""
        if self.done is not None:
            return int(np.searchsorted(self.done, call))
        return self.clock.update_of(call, self.spec.interval, self.spec.frequency)

    def within(self, updates: int) -> int:
        """Count the calls within so many updates."""
        if self.done is not None:
            return int(self.done[updates])
        return self.clock.calls_in(updates, self.spec.interval, self.spec.frequency)


def _of(live: Any, spec: Scheduler, calls_made: _Calls, until: int) -> Iterator[Event]:
    def at(call: int) -> int:
        return spec.start + calls_made.update_of(call)

    if spec.type == "SequentialLR":
        for milestone, after in zip(live._milestones, spec.children[1:], strict=False):
            if 0 < at(milestone) < until:
                yield Event(at(milestone), "hand-over", f"{after.type} takes over")
    if spec.type in ("SequentialLR", "ChainedScheduler"):
        starts = [child.start for child in spec.children[1:]] if spec.type == "SequentialLR" else []
        ends = [*starts, until]
        for index, (child_live, child) in enumerate(zip(live._schedulers, spec.children, strict=True)):
            end = ends[index] if spec.type == "SequentialLR" else until
            yield from _of(child_live, child, calls_made, min(end, until))
        return
    kind, calls = _turns(live, spec, calls_made.within(until - spec.start) + 1)
    updates = [at(call) for call in calls if 0 < at(call) < until]
    if len(updates) <= MOST:
        for update in updates:
            yield Event(update, kind, f"{spec.type} {'restarts' if kind == 'restart' else 'drops'}")


def _turns(live: Any, spec: Scheduler, calls: int) -> tuple[str, list[int]]:
    if spec.type == "StepLR" and live.step_size > 0 and calls // live.step_size <= MOST:
        return "milestone", list(range(live.step_size, calls + 1, live.step_size))
    if spec.type == "MultiStepLR":
        return "milestone", sorted(live.milestones)
    if spec.type == "CosineAnnealingWarmRestarts" and calls // live.T_0 <= MOST * 2:
        lengths = (live.T_0 * live.T_mult**cycle for cycle in range(calls // live.T_0 + 1))
        return "restart", list(takewhile(lambda call: call <= calls, accumulate(lengths)))
    return "milestone", []
