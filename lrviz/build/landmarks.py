"""Live schedulers → the updates at which they hand over, drop and restart, read off the objects themselves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, takewhile
from typing import Any

import numpy as np

from lrviz.build.rig import Rig
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
        for event in _of(stepper.scheduler, stepper.spec, rig.curve.clock, rig.curve.clock.steps)
    ]
    return sorted(found, key=lambda event: event.update)


def diverged(training: Training | None) -> list[Event]:
    """Tell from which update on the loss was no finite number, if there is one."""
    if training is None or np.isfinite(training.loss).all():
        return []
    update = int(np.argmin(np.isfinite(training.loss)))
    return [Event(update, "diverged", f"the training diverges: the loss is {training.loss[update]:g}")]


def _of(live: Any, spec: Scheduler, clock: Clock, until: int) -> Iterator[Event]:
    def at(call: int) -> int:
        return spec.start + clock.update_of(call, spec.interval, spec.frequency)

    if spec.type == "SequentialLR":
        for milestone, after in zip(live._milestones, spec.children[1:], strict=False):
            if 0 < at(milestone) < until:
                yield Event(at(milestone), "hand-over", f"{after.type} takes over")
    if spec.type in ("SequentialLR", "ChainedScheduler"):
        starts = [child.start for child in spec.children[1:]] if spec.type == "SequentialLR" else []
        ends = [*starts, until]
        for index, (child_live, child) in enumerate(zip(live._schedulers, spec.children, strict=True)):
            end = ends[index] if spec.type == "SequentialLR" else until
            yield from _of(child_live, child, clock, min(end, until))
        return
    kind, calls = _turns(live, spec, clock.calls_in(until - spec.start, spec.interval, spec.frequency) + 1)
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
