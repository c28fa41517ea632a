"""The Spec: what a person wrote, validated, every length resolved to a count. An inert, frozen value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lrviz.errors import Place
from lrviz.notebook import ShowsAsFigure
from lrviz.spec.clock import Clock
from lrviz.spec.view import View

Interval = Literal["epoch", "step"]
Settings = tuple[tuple[str, Any], ...]
Places = tuple[tuple[str, Place], ...]


@dataclass(frozen=True)
class Group:
    """One parameter group: its name and what it sets for itself, ``lr`` always among it where it is known."""

    name: str
    settings: Settings = ()


@dataclass(frozen=True)
class Optimizer:
    """An optimizer class, its hyperparameters as written, and its parameter groups (at least one)."""

    type: str
    settings: Settings
    groups: tuple[Group, ...]
    place: Place = field(default=Place("<value>"), compare=False, repr=False)
    places: Places = field(default=(), compare=False, repr=False)

    def lrs(self, default: float) -> tuple[float, ...]:
        """Tell each group's learning rate, given the class's default."""
        own = dict(self.settings).get("lr", default)
        return tuple(dict(group.settings).get("lr", own) for group in self.groups)


@dataclass(frozen=True)
class Scheduler:
    """A scheduler class with resolved arguments, and when it is stepped.

    Args:
        type: the class's name.
        arguments: as torch takes them: numbers, texts, Expressions, tuples, Schedulers.
        interval, frequency: it is stepped once every ``frequency`` intervals.
        start: the update at which it takes over; 0 but for a later phase of a SequentialLR.
        monitor: the metric it is given, by name.
        place, places: where it and its arguments were written.
    """

    type: str
    arguments: Settings = ()
    interval: Interval = "epoch"
    frequency: int = 1
    start: int = 0
    monitor: str | None = None
    place: Place = field(default=Place("<value>"), compare=False, repr=False)
    places: Places = field(default=(), compare=False, repr=False)

    @property
    def children(self) -> tuple[Scheduler, ...]:
        """The schedulers inside a SequentialLR or ChainedScheduler."""
        children: tuple[Scheduler, ...] = dict(self.arguments).get("schedulers", ())
        return children


@dataclass(frozen=True)
class Metric:
    """A metric given as values, one per epoch; ``then`` says what follows the last one."""

    name: str
    values: tuple[float, ...]
    then: Literal["hold", "repeat"] | None = None

    def at(self, epoch: int) -> float:
        """Tell the metric's value after an epoch (from 0)."""
        if epoch < len(self.values):
            return self.values[epoch]
        return self.values[epoch % len(self.values)] if self.then == "repeat" else self.values[-1]


@dataclass(frozen=True)
class Curve:
    """One curve to simulate: a clock, an optimizer, and the schedulers stepped on it.

    Args:
        name: its name.
        clock, optimizer, schedulers, metrics: what is built; no scheduler means a constant LR.
        notes: what was assumed or rounded, for people.
        place: where it was written.
    """

    name: str
    clock: Clock
    optimizer: Optimizer
    schedulers: tuple[Scheduler, ...] = ()
    metrics: tuple[Metric, ...] = ()
    notes: tuple[str, ...] = ()
    place: Place = field(default=Place("<value>"), compare=False, repr=False)


@dataclass(frozen=True)
class Recorded:
    """A curve that was simulated or recorded before: a saved trace, as data."""

    name: str
    data: Mapping[str, Any] = field(repr=False)
    source: str = "trace"


@dataclass(frozen=True)
class Spec(ShowsAsFigure):
    """Named curves, in the order in which they were written, and how to draw them."""

    curves: tuple[Curve | Recorded, ...]
    view: View = field(default_factory=View)
    source: str = "<value>"

    def __iter__(self) -> Iterator[Curve | Recorded]:
        return iter(self.curves)

    def __len__(self) -> int:
        return len(self.curves)

    @property
    def names(self) -> tuple[str, ...]:
        """The curves' names, in order."""
        return tuple(curve.name for curve in self.curves)
