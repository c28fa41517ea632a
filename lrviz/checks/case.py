"""What rules look at: one curve as written, what it did, and what it would do if it were written otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from lrviz import catalog
from lrviz.errors import LrvizError, Place
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Curve, Scheduler
from lrviz.spec.optimizers import lrs_of
from lrviz.trace import Array, Trace

CYCLIC = ("CosineAnnealingWarmRestarts", "CyclicLR")
# Which compute the LR from its base and their own count, whatever it was before.
CLOSED = ("LambdaLR", "OneCycleLR", "CyclicLR", "CosineAnnealingWarmRestarts")
STEPPED = ("StepLR", "MultiStepLR", "ConstantLR", "ReduceLROnPlateau")  # whose jumps are expected


@dataclass(frozen=True)
class Phase:
    """A scheduler that is a phase of a SequentialLR.

    Args:
        inside: the SequentialLR.
        index: which of its phases it is, from 0.
        scheduler: the phase.
        first: the call of the SequentialLR at which it takes over.
        last: the call at which the next one does, or the last that the run makes; below ``first`` where it never runs.
    """

    inside: Scheduler
    index: int
    scheduler: Scheduler
    first: int
    last: int


@dataclass(frozen=True)
class Case:
    """One curve under examination.

    Args:
        name: the curve's name.
        written: the curve as written; None of a saved trace, which has only what happened.
        happened: its trace; None where torch refused to step it.
        simulate: simulates another curve.
    """

    name: str
    written: Curve | None
    happened: Trace | None
    simulate: Callable[[Curve], Trace]

    @property
    def curve(self) -> Curve:
        """The curve as written, for rules that need one."""
        assert self.written is not None
        return self.written

    @property
    def trace(self) -> Trace:
        """What happened, for rules that need it."""
        assert self.happened is not None
        return self.happened

    @property
    def clock(self) -> Clock:
        """The run's clock."""
        return self.written.clock if self.written else self.trace.clock

    @property
    def steps(self) -> int:
        """Updates in the run."""
        return self.clock.steps

    @property
    def place(self) -> Place:
        """Where the curve was written."""
        return self.written.place if self.written else Place(self.name)

    def again(self, curve: Curve | None = None, **changes: Any) -> Trace | None:
        """Simulate a curve, or this one with some of its fields changed; None if torch refuses it.

        Only rules that cannot tell otherwise ask for this: it costs as much as the curve itself.
        """
        try:
            return self.simulate(replace(curve or self.curve, **changes))
        except LrvizError:
            return None

    # What is written.

    @cached_property
    def schedulers(self) -> tuple[Scheduler, ...]:
        """Every scheduler of the curve, those inside others after them."""
        return tuple(_tree(self.written.schedulers)) if self.written else ()

    def of_type(self, *types: str) -> tuple[Scheduler, ...]:
        """Every scheduler of some classes of torch's, wherever it stands."""
        return tuple(s for s in self.schedulers if s.type in types and s.code is None)

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """Every phase of every SequentialLR."""
        return tuple(
            phase for outer in self.of_type("SequentialLR") for phase in _phases(outer, self.calls(outer))
        )

    @cached_property
    def foreign(self) -> bool:
        """Whether code that lrviz does not know decides the LR: then little can be said from what is written."""
        return bool(self.written and self.written.codes)

    @cached_property
    def cyclic(self) -> bool:
        """Whether the LR is meant to rise again and again."""
        return bool(self.written and (self.written.cyclic or self.of_type(*CYCLIC))) or any(
            stepped.type in CYCLIC for stepped in (self.happened.schedulers if self.happened else ())
        )

    @cached_property
    def stepped(self) -> bool:
        """Whether jumps of the LR are expected: drops at milestones, cuts, edits by hand."""
        edited = bool(self.written and self.written.rules)
        known = self.happened.schedulers if self.happened else ()
        return edited or bool(self.of_type(*STEPPED)) or any(s.type in STEPPED for s in known)

    @cached_property
    def lrs(self) -> tuple[float, ...]:
        """The LR that each group of the optimizer is given, before any scheduler."""
        return lrs_of(self.curve.optimizer)

    @cached_property
    def bases(self) -> tuple[float, ...]:
        """The LR that each group is meant to peak at: ``max_lr`` where a scheduler has one, else the optimizer's."""
        peaks = [given(s, "max_lr") for s in self.of_type("OneCycleLR", "CyclicLR")]
        if not peaks:
            return self.lrs
        each = [peak if isinstance(peak, tuple) else (peak,) * len(self.lrs) for peak in peaks]
        return tuple(max(values) for values in zip(*each, strict=True))

    def calls(self, scheduler: Scheduler) -> int:
        """Count the calls of a scheduler's ``step()`` that the run makes from where it takes over to its end."""
        return self.clock.calls_in(self.steps - scheduler.start, scheduler.interval, scheduler.frequency)

    def used(self, scheduler: Scheduler) -> Array:
        """The LR of the updates in which a scheduler is stepped: of a phase, until the next one takes over."""
        phase = next((phase for phase in self.phases if phase.scheduler is scheduler), None)
        if phase is None:
            return self.lr[scheduler.start :]
        outer = phase.inside
        end = outer.start + self.clock.update_of(phase.last, outer.interval, outer.frequency)
        return self.lr[scheduler.start : self.steps if phase.last >= self.calls(outer) else end]

    def at(self, scheduler: Scheduler, *names: str) -> Place:
        """Find where the first of some arguments that is written was written; else where the scheduler was."""
        places = dict(scheduler.places)
        return next((places[name] for name in names if name in places), scheduler.place)

    # What happened, of all groups: one array each.

    @cached_property
    def lr(self) -> Array:
        """The LR of every update and group: shape (updates, groups)."""
        return self.trace.lr

    @cached_property
    def peaks(self) -> Array:
        """The largest LR of each group."""
        return np.asarray(self.lr.max(axis=0))

    @cached_property
    def peaks_at(self) -> Any:
        """The first update at which each group has its largest LR, but for rounding."""
        return np.argmax(self.lr >= self.peaks - 1e-12 * np.abs(self.peaks), axis=0)

    @cached_property
    def changes(self) -> Array:
        """The change of the LR from each update to the next: shape (updates - 1, groups)."""
        return np.diff(self.lr, axis=0)

    def whose(self, group: int) -> str:
        """Say of which group a finding tells, where there are several: ``the LR`` or ``the LR of head``."""
        names = self.trace.groups if self.happened else [g.name for g in self.curve.optimizer.groups]
        return f"the LR of {names[group]}" if len(names) > 1 else "the LR"


def given(scheduler: Scheduler, name: str) -> Any:
    """Find the value of an argument of one of torch's schedulers: as written, else torch's default."""
    arguments = dict(scheduler.arguments)
    if name in arguments:
        return arguments[name]
    known = catalog.schedulers()[scheduler.type].argument(name)
    return None if known is None else known.default


def per_group(scheduler: Scheduler, name: str, groups: int) -> tuple[float, ...]:
    """Find the value of an argument for each group, where one may stand for all."""
    value = given(scheduler, name)
    return tuple(map(float, value)) if isinstance(value, tuple) else (float(value),) * groups


def exchanged(schedulers: tuple[Scheduler, ...], old: Scheduler, new: Scheduler) -> tuple[Scheduler, ...]:
    """Put a scheduler in the place of another, which may stand inside others."""
    return tuple(new if s is old else _holding(s, exchanged(s.children, old, new)) for s in schedulers)


def horizon(scheduler: Scheduler) -> int | None:
    """Count the calls after which a scheduler has done what it was written to do; None where there is no such end."""
    if scheduler.code is not None:
        return None
    if scheduler.type == "CosineAnnealingLR":
        return int(given(scheduler, "T_max"))
    if scheduler.type == "OneCycleLR":
        return onecycle_steps(scheduler)
    if scheduler.type == "PolynomialLR":
        return int(given(scheduler, "total_iters"))
    if scheduler.type == "LinearLR":
        falls = given(scheduler, "end_factor") < given(scheduler, "start_factor")
        return int(given(scheduler, "total_iters")) if falls else None
    if scheduler.type == "SequentialLR" and scheduler.children:
        milestones = given(scheduler, "milestones") or (0,)
        last = horizon(scheduler.children[-1])
        return None if last is None else int(milestones[-1]) + last
    if scheduler.type == "ChainedScheduler":
        ends = [(child, horizon(child)) for child in scheduler.children]
        if all(end is not None or child.type in _BOUNDED for child, end in ends):
            return max((end for _, end in ends if end is not None), default=None)
    return None


_BOUNDED = ("LinearLR", "ConstantLR")  # which come to rest by themselves, wherever they go


LENGTHS = {
    "CosineAnnealingLR": "T_max",
    "OneCycleLR": "total_steps",
    "PolynomialLR": "total_iters",
    "LinearLR": "total_iters",
}


def reaching(scheduler: Scheduler) -> tuple[Scheduler, str]:
    """Find the scheduler on whose length the horizon of another depends, and the argument that is that length."""
    while scheduler.type in ("SequentialLR", "ChainedScheduler") and scheduler.children:
        ends = [(horizon(child) or 0, -index) for index, child in enumerate(scheduler.children)]
        chosen = -1 if scheduler.type == "SequentialLR" else -max(ends)[1]
        scheduler = scheduler.children[chosen]
    return scheduler, LENGTHS[scheduler.type]


def onecycle_steps(scheduler: Scheduler) -> int:
    """Count the calls in the whole cycle of a OneCycleLR."""
    total = given(scheduler, "total_steps")
    return int(
        total if total is not None else given(scheduler, "epochs") * given(scheduler, "steps_per_epoch")
    )


def _tree(schedulers: tuple[Scheduler, ...]) -> Iterator[Scheduler]:
    for scheduler in schedulers:
        yield scheduler
        yield from _tree(scheduler.children)


def _holding(scheduler: Scheduler, children: tuple[Scheduler, ...]) -> Scheduler:
    if not children:
        return scheduler
    arguments = tuple((n, children if n == "schedulers" else value) for n, value in scheduler.arguments)
    return replace(scheduler, arguments=arguments)


def _phases(outer: Scheduler, calls: int) -> Iterator[Phase]:
    starts = (0, *(given(outer, "milestones") or ()))
    ends = (*starts[1:], calls)
    for index, (child, first, last) in enumerate(zip(outer.children, starts, ends, strict=True)):
        yield Phase(outer, index, child, first, min(last, calls))
