"""A Curve → a Trace: real torch objects, built fresh, stepped as a training loop steps them.

In one update: record, ``optimizer.step()`` (in a run that trains: zero_grad, forward, backward before it), schedulers
stepped per update. After the last update of an epoch: the metrics, then schedulers stepped per epoch.
"""

from __future__ import annotations

import platform
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from operator import length_hint
from typing import Any

import numpy as np
import torch

from lrviz import __version__
from lrviz.build import Rig, Stepper, build
from lrviz.build.blame import guarded
from lrviz.build.columns import Column, all_columns, columns_of, one_column, two_columns
from lrviz.build.landmarks import diverged, landmarks
from lrviz.build.plan import MOVING, Plan
from lrviz.build.quantities import filled, momentum_of, state_of, weight_decay_of
from lrviz.build.restoring import checkpoint, restored
from lrviz.build.rig import refusal
from lrviz.build.stepping import bare_step
from lrviz.build.training import ready
from lrviz.build.turns import Turns
from lrviz.build.uncompiled import uncompiled
from lrviz.errors import Problem, RefusedByTorch
from lrviz.spec.curve import Code, Curve, Scheduler
from lrviz.trace import Array, Event, Series, Stepped, Trace

Progress = Callable[[int], None]


def simulate(curve: Curve, progress: Progress | None = None, rig: Rig | None = None) -> Trace:
    """Step one curve's real optimizer and schedulers through its run.

    Args:
        curve: what to build.
        progress: called now and then with the number of updates just done.
        rig: what was built of it, where that is there already.

    Raises:
        RefusedByTorch: if torch raises, or a learning rate is no finite number.
    """
    run = _Run(curve, progress or (lambda _: None))
    resume = curve.resume
    with run.listening(), uncompiled(), guarded(curve, lambda: run.update, run.code):
        if rig is None:
            rig = build(resume.before, goes_on_as=curve) if resume else build(curve)
        run.begin(rig)
        if resume is None:
            run.loop(rig, curve.clock.steps)
        else:
            run.loop(rig, resume.at)
            rig = restored(curve, resume, checkpoint(rig), rig)
            run.events.append(Event(resume.at, "resume", "resumed from a checkpoint"))
            run.loop(rig, curve.clock.steps)
    return run.trace(rig)


class _Run:
    """One run through the loop: the columns it fills, the events it meets, the update it is at."""

    def __init__(self, curve: Curve, progress: Progress) -> None:
        self.curve, self.progress = curve, progress
        self.events: list[Event] = []
        self.lr: Array = np.empty((0, 0))
        self.momentum: Array | None = None
        self.weight_decay: Array | None = None
        # The updates of the stretch under way, and where it ends: together they tell the update without counting.
        self.ticks, self.stop = iter(range(0)), 0
        self.calling: Scheduler | None = None

    @property
    def update(self) -> int:
        """The update under way; -1 while things are built."""
        return self.stop - length_hint(self.ticks) - 1

    def code(self) -> Code | None:
        """The foreign code that is being called, where it is known."""
        return self.calling.code if self.calling else None

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

    def begin(self, rig: Rig) -> None:
        """Make the columns, one contiguous one per group: written as plain buffers, the cheapest store there is."""
        steps, groups = self.curve.clock.steps, rig.optimizer.param_groups
        self.lr = np.empty((len(groups), steps))
        moves = {name: moves or self.curve.resume is not None for name, moves in Plan(rig).moves.items()}
        self.momentum = filled(groups, steps, momentum_of, moves["momentum"])
        self.weight_decay = filled(groups, steps, weight_decay_of, moves["weight_decay"])

    def loop(self, rig: Rig, end: int) -> None:
        """Step everything of a rig up to an update."""
        groups, plan = rig.optimizer.param_groups, Plan(rig)
        for follower in rig.followers:
            follower.start(self.stop, groups)
        columns = columns_of(groups, plan, self.lr, self.momentum, self.weight_decay)
        before = (state_of(groups, momentum_of), state_of(groups, weight_decay_of))
        training, recorded = rig.training, list(groups)
        step = training.step if training else bare_step(rig)
        if self.stop == 0 and plan.turns is not None:
            self._take_turns(plan.turns)
        with ready(training):
            while self.stop < end:
                first = self.stop
                self.stop = min(end, plan.stop_after(first))
                self.ticks = iter(range(first, self.stop))
                self._stretch(columns, groups, step, plan.flowing, plan.turns)
                if any(self.stop % period == 0 for period in plan.periods):
                    self._react(rig, plan)
                self.progress(self.stop - first)
        after = (state_of(groups, momentum_of), state_of(groups, weight_decay_of))
        still = [index for index, quantity in enumerate(MOVING) if not plan.moves[quantity]]
        if any(before[index] != after[index] for index in still):
            raise AssertionError("a scheduler moved what it is not known to move")
        if list(map(id, rig.optimizer.param_groups)) != list(map(id, recorded)):
            raise RuntimeError(
                "the parameter groups were replaced while it ran, and lrviz sees only the first"
            )
        for update, lrs in rig.used.items():
            self.lr[:, update] = lrs
        self._check_finite(end)

    def _stretch(
        self,
        columns: list[Column],
        groups: list[dict[str, Any]],
        step: Callable[[], Any],
        steppers: list[Stepper],
        turns: Turns | None,
    ) -> None:
        """Do the updates of one stretch, within which nothing is due but an update's own schedulers."""
        self.calling = steppers[0].spec if steppers else None
        alone = len(steppers) == 1 and _after_every_update(steppers[0])
        call = steppers[0].scheduler.step if alone else self._calls(steppers, turns)
        try:
            if len(columns) == 1:
                one_column(self.ticks, columns[0].cells, groups[0], step, call)
            elif len(columns) == 2 and len(groups) == 1:
                two_columns(self.ticks, columns[0], columns[1], step, call)
            else:
                all_columns(self.ticks, columns, step, call)
        except Exception as error:
            raise self._refused(error) from error

    def _take_turns(self, turns: Turns) -> None:
        """Step what is due after the update under way, or before the first: who counts batches is due then too."""
        for stepper in turns(self.update + 1):
            self.calling = stepper.spec
            stepper.scheduler.step()

    def _calls(self, steppers: list[Stepper], turns: Turns | None) -> Callable[[], None]:
        """Make the call that steps several schedulers, each at its own pace."""
        if turns is not None:
            return partial(self._take_turns, turns)

        def call() -> None:
            done = self.update + 1
            for stepper in steppers:
                if done % stepper.period == 0:
                    self.calling = stepper.spec
                    for _ in range(stepper.times):
                        stepper.scheduler.step()

        return call if steppers else _nothing

    def _refused(self, error: Exception) -> RefusedByTorch:
        spec, curve = self.calling, self.curve
        if spec is None:
            refused = refusal(
                error, curve.optimizer.type, curve, curve.optimizer.place, curve.optimizer.places
            )
        else:
            whose = (spec.code and spec.code.family) or "torch"
            refused = refusal(error, spec.type, curve, spec.place, spec.places, whose)
        problem = refused.problem
        return RefusedByTorch(Problem(problem.place, f"{problem.message} (after update {self.update:,})"))

    def _react(self, rig: Rig, plan: Plan) -> None:
        """Do what is due after an update besides its own schedulers: metrics, then schedulers, then edits."""
        done = self.stop
        for metric in rig.metrics:
            if done % metric.period == 0:
                lr = float(rig.optimizer.param_groups[0]["lr"])
                self._guarded(metric.name, partial(metric.evaluate, done, lr))
        for stepper in plan.waiting:
            if done % stepper.period == 0:
                self._call(rig, stepper)
        for editor in plan.editors:
            if done % editor.period == 0:
                edit = partial(editor.edit, done, rig.optimizer.param_groups, rig.metrics, rig.training)
                self._note("edit", self._guarded("adjust", edit))

    def _call(self, rig: Rig, stepper: Stepper) -> None:
        """Step one scheduler between stretches, with its metric if it has one."""
        self.calling = stepper.spec
        monitor, groups = stepper.spec.monitor, rig.optimizer.param_groups
        latest = rig.latest(stepper, self.stop)
        before = [float(group["lr"]) for group in groups]  # a tensor would move with it
        try:
            for _ in range(stepper.times):
                stepper.scheduler.step(*latest)
        except Exception as error:
            raise self._refused(error) from error
        if latest and before != [float(group["lr"]) for group in groups]:
            calls = getattr(stepper.scheduler, "patience", 0) + 1
            waited = -(-calls // stepper.times) * stepper.period
            text = f"{stepper.spec.type} cuts the LR: {monitor} is {latest[0]:g}"
            self._note("cut", text, since=max(0, self.stop - waited))

    def _note(self, kind: str, text: str | None, since: int | None = None) -> None:
        """Note what bears on the next update, if there is one."""
        if text and self.stop < self.curve.clock.steps:
            self.events.append(Event(self.stop, kind, text, since))

    def _guarded(self, what: str, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (ArithmeticError, ValueError) as error:
            message = f"{self.curve.name}: {what}: {error} (after update {self.stop - 1:,})"
            raise RefusedByTorch(Problem(self.curve.place, message)) from error

    def _check_finite(self, end: int) -> None:
        wrong = ~np.isfinite(self.lr[:, :end])
        if wrong.any():
            update = int(np.argmax(wrong.any(axis=0)))
            value = self.lr[int(np.argmax(wrong[:, update])), update]
            message = f"{self.curve.name}: the LR of update {update:,} is {value:g}; training would end there"
            raise RefusedByTorch(Problem(self.curve.place, message))

    def trace(self, rig: Rig) -> Trace:
        """Freeze what was recorded."""
        curve, training = self.curve, rig.training
        events = sorted([*self.events, *landmarks(rig), *diverged(training)], key=lambda event: event.update)
        return Trace(
            name=curve.name,
            clock=curve.clock,
            optimizer=curve.optimizer.type,
            groups=tuple(group.name for group in curve.optimizer.groups),
            schedulers=tuple(Stepped(s.type, s.interval, s.frequency) for s in curve.schedulers),
            lr=self.lr.T,
            momentum=None if self.momentum is None else self.momentum.T,
            weight_decay=None if self.weight_decay is None else self.weight_decay.T,
            loss=training.loss if training else None,
            step_size=training.step_size.T if training else None,
            effective_lr=training.effective_lr.T if training else None,
            final_lr=tuple(float(group["lr"]) for group in rig.optimizer.param_groups),
            metrics={
                metric.name: Series(
                    np.array(metric.updates, dtype=np.int64), np.array(metric.values, dtype=np.float64)
                )
                for metric in rig.metrics
            },
            events=tuple(events),
            versions=versions(),
        )


def _after_every_update(stepper: Stepper) -> bool:
    return stepper.period == stepper.times == 1 and stepper.counts is None


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
