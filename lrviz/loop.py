"""A Curve → a Trace: real torch objects, built fresh, stepped as a training loop steps them.

In one update: record, ``optimizer.step()``, schedulers stepped per update. After the last update of an epoch: the
metrics, then schedulers stepped per epoch.
"""

from __future__ import annotations

import platform
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from operator import length_hint
from typing import Any

import numpy as np
import torch

from lrviz import __version__
from lrviz.build import Rig, Stepper, build
from lrviz.build.landmarks import landmarks
from lrviz.build.quantities import filled, momentum_of, moves_momentum, state_of, weight_decay_of
from lrviz.build.rig import refusal
from lrviz.build.stepping import bare_step, plain_step
from lrviz.errors import Problem, RefusedByTorch
from lrviz.spec.curve import Curve, Scheduler
from lrviz.trace import Array, Event, Series, Stepped, Trace

Progress = Callable[[int], None]
CHUNK = 10_000  # updates between two reports of progress


def simulate(curve: Curve, progress: Progress | None = None) -> Trace:
    """Step one curve's real optimizer and schedulers through its run.

    Args:
        curve: what to build.
        progress: called now and then with the number of updates just done.

    Raises:
        RefusedByTorch: if torch raises, or a learning rate is no finite number.
    """
    run = _Run(curve)
    with run.listening():
        rig = build(curve)
        run.loop(rig, progress or (lambda _: None))
    return run.trace(rig)


class _Run:
    """One run through the loop: the columns it fills, the events it meets, the update it is at."""

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        self.events: list[Event] = []
        self.lr: Array = np.empty((0, 0))
        self.momentum: Array | None = None
        self.weight_decay: Array | None = None
        self.series: dict[str, tuple[list[int], list[float]]] = {m.name: ([], []) for m in curve.metrics}
        # The updates of the stretch under way, and where it ends: together they tell the update without counting.
        self.ticks, self.stop = iter(range(0)), 0
        self.calling: Scheduler | None = None

    @property
    def update(self) -> int:
        """The update under way; -1 while things are built."""
        return self.stop - length_hint(self.ticks) - 1

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keep torch's warnings as events, each text once."""
        heard: set[str] = set()

        def keep(message: Warning | str, *_: Any, **__: Any) -> None:
            text = " ".join(str(message).split())
            if text not in heard:
                heard.add(text)
                self.events.append(Event(self.update, "warning", text))

        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = keep
            yield

    def loop(self, rig: Rig, progress: Progress) -> None:
        """Step everything through the whole run."""
        steps, groups = self.curve.clock.steps, rig.optimizer.param_groups
        per_epoch = self.curve.clock.steps_per_epoch or steps
        # One contiguous column per group, written as a plain buffer: the cheapest store there is.
        self.lr = np.empty((len(groups), steps))
        self.momentum = filled(groups, steps, momentum_of)
        self.weight_decay = filled(groups, steps, weight_decay_of)
        columns = [memoryview(column) for column in self.lr]
        betas = (
            [memoryview(column) for column in self.momentum]
            if self.momentum is not None and moves_momentum(rig)
            else []
        )
        # Where an epoch is one update and no metric is due, per epoch is per update, without stopping for it.
        stops = per_epoch > 1 or bool(self.curve.metrics)
        each_epoch = [s for s in rig.steppers if s.spec.interval == "epoch" and stops]
        each_update = sorted(
            (s for s in rig.steppers if s not in each_epoch), key=lambda s: s.spec.interval == "epoch"
        )
        per_epoch = per_epoch if stops else steps
        before = (state_of(groups, momentum_of), state_of(groups, weight_decay_of))
        step = plain_step(rig)  # the first update in full, so that torch's own checks of the order see it
        with torch.no_grad():
            while self.stop < steps:
                first = self.stop
                self.stop = min(first + CHUNK, steps, (first // per_epoch + 1) * per_epoch) if first else 1
                self.ticks = iter(range(first, self.stop))
                self._stretch(columns, betas, groups, step, each_update)
                if not first:
                    step = bare_step(rig)
                if self.stop % per_epoch == 0:
                    self._end_epoch(self.stop, per_epoch, each_epoch, groups)
                progress(self.stop - first)
        after = (state_of(groups, momentum_of), state_of(groups, weight_decay_of))
        if (not betas and before[0] != after[0]) or before[1] != after[1]:
            raise AssertionError("a scheduler moved what it is not known to move")
        self._check_finite()

    def _stretch(
        self,
        columns: list[memoryview],
        betas: list[memoryview],
        groups: list[dict[str, Any]],
        step: Callable[[], Any],
        steppers: list[Stepper],
    ) -> None:
        """Do the updates of one stretch, within which no epoch ends."""
        self.calling = steppers[0].spec if steppers else None
        try:
            if len(steppers) == 1 and steppers[0].per_call == 1:
                call = steppers[0].scheduler.step
                if len(groups) > 1:
                    _all_groups(self.ticks, columns, betas, groups, step, call)
                elif betas:
                    _one_group_cycled(self.ticks, columns[0], betas[0], groups[0], step, call)
                else:
                    _one_group(self.ticks, columns[0], groups[0], step, call)
            else:
                _all_groups(self.ticks, columns, betas, groups, step, self._calls(steppers))
        except Exception as error:
            raise self._refused(error) from error

    def _calls(self, steppers: list[Stepper]) -> Callable[[], None]:
        """Make the call that steps several schedulers, each at its own pace."""

        def call() -> None:
            done = self.update + 1
            for stepper in steppers:
                if done % stepper.per_call == 0:
                    self.calling = stepper.spec
                    stepper.scheduler.step()

        return call if steppers else _nothing

    def _refused(self, error: Exception) -> RefusedByTorch:
        spec, curve = self.calling, self.curve
        if spec is None:
            refused = refusal(
                error, curve.optimizer.type, curve, curve.optimizer.place, curve.optimizer.places
            )
        else:
            refused = refusal(error, spec.type, curve, spec.place, spec.places)
        problem = refused.problem
        return RefusedByTorch(Problem(problem.place, f"{problem.message} (after update {self.update:,})"))

    def _end_epoch(
        self, update: int, per_epoch: int, each_epoch: list[Stepper], groups: list[dict[str, Any]]
    ) -> None:
        epoch = update // per_epoch - 1
        for metric in self.curve.metrics:
            updates, values = self.series[metric.name]
            updates.append(update - 1)
            values.append(metric.at(epoch))
        for stepper in each_epoch:
            if update % stepper.per_call:
                continue
            if stepper.metric is None:
                self._call(stepper)
                continue
            before, value = [group["lr"] for group in groups], stepper.metric.at(epoch)
            self._call(stepper, value)
            if before != [group["lr"] for group in groups] and update < self.curve.clock.steps:
                text = f"{stepper.spec.type} cuts the LR: {stepper.metric.name} is {value:g}"
                self.events.append(Event(update, "cut", text))

    def _call(self, stepper: Stepper, *metric: float) -> None:
        self.calling = stepper.spec
        try:
            stepper.scheduler.step(*metric)
        except Exception as error:
            raise self._refused(error) from error

    def _check_finite(self) -> None:
        wrong = ~np.isfinite(self.lr)
        if wrong.any():
            update = int(np.argmax(wrong.any(axis=0)))
            value = self.lr[int(np.argmax(wrong[:, update])), update]
            message = f"{self.curve.name}: the LR of update {update:,} is {value:g}; training would end there"
            raise RefusedByTorch(Problem(self.curve.place, message))

    def trace(self, rig: Rig) -> Trace:
        """Freeze what was recorded."""
        curve = self.curve
        events = sorted([*self.events, *landmarks(rig)], key=lambda event: event.update)
        return Trace(
            name=curve.name,
            clock=curve.clock,
            optimizer=curve.optimizer.type,
            groups=tuple(group.name for group in curve.optimizer.groups),
            schedulers=tuple(Stepped(s.type, s.interval, s.frequency) for s in curve.schedulers),
            lr=self.lr.T,
            momentum=None if self.momentum is None else self.momentum.T,
            weight_decay=None if self.weight_decay is None else self.weight_decay.T,
            final_lr=tuple(float(group["lr"]) for group in rig.optimizer.param_groups),
            metrics={
                name: Series(np.array(updates, dtype=np.int64), np.array(values, dtype=np.float64))
                for name, (updates, values) in self.series.items()
            },
            events=tuple(events),
            versions=versions(),
        )


def _one_group(
    ticks: Iterator[int],
    column: memoryview,
    group: dict[str, Any],
    step: Callable[[], Any],
    call: Callable[[], Any],
) -> None:
    # The tightest form of the loop, for what most runs are: every look-up here is paid a million times.
    for update in ticks:
        column[update] = group["lr"]
        step()
        call()


def _one_group_cycled(
    ticks: Iterator[int],
    column: memoryview,
    momentum: memoryview,
    group: dict[str, Any],
    step: Callable[[], Any],
    call: Callable[[], Any],
) -> None:
    for update in ticks:
        column[update] = group["lr"]
        momentum[update] = group["momentum"] if "momentum" in group else group["betas"][0]
        step()
        call()


def _all_groups(
    ticks: Iterator[int],
    columns: list[memoryview],
    betas: list[memoryview],
    groups: list[dict[str, Any]],
    step: Callable[[], Any],
    call: Callable[[], Any],
) -> None:
    lrs = list(zip(columns, groups, strict=True))
    momenta = list(zip(betas, groups, strict=True)) if betas else []
    for update in ticks:
        for column, group in lrs:
            column[update] = group["lr"]
        for column, group in momenta:
            column[update] = group["momentum"] if "momentum" in group else group["betas"][0]
        step()
        call()


def _nothing() -> None:
    """Stand for the schedulers of a run that has none to step per update."""


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    return (
        ("lrviz", __version__),
        ("numpy", np.__version__),
        ("python", platform.python_version()),
        ("torch", str(torch.__version__)),
    )


def versions() -> dict[str, str]:
    """Tell the versions of what makes a curve."""
    return dict(_versions())
