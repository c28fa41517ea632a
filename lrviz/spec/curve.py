"""The Spec: what a person wrote, validated, every length resolved to a count. An inert, frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from typing import Any, Literal

from lrviz.errors import Place
from lrviz.frozen import frozen
from lrviz.notebook import ShowsAsFigure
from lrviz.spec.clock import Clock
from lrviz.spec.named import Code as Code
from lrviz.spec.named import Model as Model
from lrviz.spec.named import Module as Module
from lrviz.spec.reactions import Course, Interval, Metric, Rule, Settings
from lrviz.spec.view import View

Places = tuple[tuple[str, Place], ...]


@frozen
class Group:
    """One parameter group: its name and what it sets for itself, ``lr`` always among it where it is known.

    Args:
        name: its name.
        settings: its hyperparameters.
        match: patterns of the names of the model's parameters that it holds; (): those that no other holds.
    """

    name: str
    settings: Settings = ()
    match: tuple[str, ...] = ()


@frozen
class Optimizer:
    """An optimizer class, its hyperparameters as written, and its parameter groups (at least one).

    Args:
        type: the class's name.
        settings, groups: as written.
        code: the class itself, where it is not torch's.
        model: whose parameters it steps; None: dummies.
        tensor_lr: whether its LRs are float32 tensors, of which groups without an LR of their own share one.
        place, places: where it and its hyperparameters were written.
    """

    type: str
    settings: Settings
    groups: tuple[Group, ...]
    code: Code | None = None
    model: Model | None = None
    tensor_lr: bool = False
    place: Place = field(default=Place("<value>"), compare=False, repr=False)
    places: Places = field(default=(), compare=False, repr=False)

    def lrs(self, default: float) -> tuple[float, ...]:
        """Tell each group's learning rate, given the class's default."""
        own = dict(self.settings).get("lr", default)
        return tuple(dict(group.settings).get("lr", own) for group in self.groups)


@frozen
class Scheduler:
    """A scheduler class with resolved arguments, and when it is stepped.

    Args:
        type: the class's name.
        arguments: as torch takes them: numbers, texts, Expressions, tuples, Schedulers.
        interval, frequency: it is stepped once every ``frequency`` intervals.
        start: the update at which it takes over; 0 but for a later phase of a SequentialLR.
        frequency_of: what ``frequency`` counts: intervals, or the batches of an epoch, as Lightning has it.
        calls: how often it is stepped at most; None: as long as the run goes.
        monitor: the metric it is given, by name.
        code: the class itself, where it is not torch's.
        place, places: where it and its arguments were written.
        measured: its lengths that were written with a unit: nobody can have taken one unit for another there.
        written: its lengths as they were written (``5%``), by argument; of a list, one text for each.
    """

    type: str
    arguments: Settings = ()
    interval: Interval = "epoch"
    frequency: int = 1
    start: int = 0
    monitor: str | None = None
    code: Code | None = None
    place: Place = field(default=Place("<value>"), compare=False, repr=False)
    places: Places = field(default=(), compare=False, repr=False)
    measured: tuple[str, ...] = field(default=(), compare=False, repr=False)
    frequency_of: Literal["interval", "batches"] = "interval"
    calls: int | None = None
    written: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), compare=False, repr=False)

    @property
    def children(self) -> tuple[Scheduler, ...]:
        """The schedulers inside a SequentialLR or ChainedScheduler."""
        own = () if self.code else self.arguments  # what stands in foreign code's arguments is its own affair
        children: tuple[Scheduler, ...] = dict(own).get("schedulers", ())
        return children

    @property
    def codes(self) -> tuple[Code, ...]:
        """The code that it and those inside it name."""
        values = [item for _, value in self.arguments for item in _each(value)]
        own = [value for value in values if isinstance(value, Code)]
        inside = [code for child in self.children for code in child.codes]
        return (*([self.code] if self.code else ()), *own, *inside)


@frozen
class Resume:
    """A stop, and how the run goes on from what was saved.

    Args:
        at: updates done when the run stopped.
        before: the curve that was run until then.
        order: whether the new schedulers are built before the optimizer's state is loaded, or after.
        restore: what is loaded: optimizer, scheduler, or both.
        last_epoch: passed to the new schedulers; None: not passed.
        replay: whether the new schedulers are called as often as the old ones were, instead of loaded.
        place: where it was written.
    """

    at: int
    before: Curve
    order: Literal["build-then-load", "load-then-build"] = "build-then-load"
    restore: tuple[Literal["optimizer", "scheduler"], ...] = ("optimizer", "scheduler")
    last_epoch: int | None = None
    replay: bool = False
    place: Place = field(default=Place("<value>"), compare=False, repr=False)


@frozen
class Train:
    """A small problem that a run really trains on.

    Args:
        problem: its name.
        seed: where its data and the model's first weights start.
        settings: the problem's own arguments.
        place: where it was written.
    """

    problem: str
    seed: int = 0
    settings: tuple[tuple[str, float], ...] = ()
    place: Place = field(default=Place("<value>"), compare=False, repr=False)


@frozen
class Ignore:
    """A check that a person allows to fire.

    Args:
        check: its name or code, as written.
        place: where it was written.
        own: whether the person wrote it, rather than a preset.
        on_line: whether it stands in a comment, and is for its own line alone.
    """

    check: str
    place: Place
    own: bool = True
    on_line: bool = False


@frozen
class Curve:
    """One curve to simulate: a clock, an optimizer, and what changes its learning rate.

    Args:
        name: its name.
        clock, optimizer, schedulers, metrics: what is built; no scheduler means a constant LR.
        rules: edits by hand.
        train: what the run trains on; None: the parameters get no gradients.
        resume: how the run was stopped and went on, if it was.
        notes: what was assumed or rounded, for people.
        place: where it was written.
        courses: hyperparameters besides the LR that are set before every update.
        cyclic: whether it is meant to rise again and again.
        ignores: checks that are allowed to fire.
        module: the LightningModule that makes the optimizer and the schedulers, which only tell of it then.
    """

    name: str
    clock: Clock
    optimizer: Optimizer
    schedulers: tuple[Scheduler, ...] = ()
    metrics: tuple[Metric, ...] = ()
    rules: tuple[Rule, ...] = ()
    train: Train | None = None
    resume: Resume | None = None
    notes: tuple[str, ...] = ()
    place: Place = field(default=Place("<value>"), compare=False, repr=False)
    courses: tuple[Course, ...] = ()
    cyclic: bool = False
    ignores: tuple[Ignore, ...] = field(default=(), compare=False, repr=False)
    module: Module | None = None

    @property
    def codes(self) -> tuple[Code, ...]:
        """All code that it names, in the order in which it is imported; () for what is torch's alone."""
        optimizer, model = self.optimizer.code, self.optimizer.model
        module = self.module.code if self.module else None
        first = [code for code in (module, model.code if model else None, optimizer) if code is not None]
        schedulers = [code for scheduler in self.schedulers for code in scheduler.codes]
        return (*first, *schedulers, *(self.resume.before.codes if self.resume else ()))


@frozen
class Recorded:
    """A curve that was simulated or recorded before: a saved trace or the log of a run, as data.

    Args:
        name: its name.
        data: what ``Trace.to_data`` lays out.
        source: where it is from.
        notes: what was assumed in reading it, for people.
    """

    name: str
    data: Mapping[str, Any] = field(repr=False)
    source: str = "trace"
    notes: tuple[str, ...] = ()


@frozen
class Spec(ShowsAsFigure):
    """Named curves, in the order in which they were written, and how to draw them.

    Args:
        curves: the curves.
        view: how to draw them.
        source: what the places of its problems call its file.
        texts: what was written, each text with the name of its file; nothing for presets and saved traces.
    """

    curves: tuple[Curve | Recorded, ...]
    view: View = field(default_factory=View)
    source: str = "<value>"
    texts: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)

    def __iter__(self) -> Iterator[Curve | Recorded]:
        return iter(self.curves)

    def __len__(self) -> int:
        return len(self.curves)

    def noted(self, notes: Iterable[str]) -> Spec:
        """Copy the spec with something told of each of its curves, before what they tell already."""
        first = tuple(notes)
        curves = (
            replace(curve, notes=(*first, *curve.notes)) if isinstance(curve, Curve) else curve
            for curve in self.curves
        )
        return replace(self, curves=tuple(curves)) if first else self

    @property
    def names(self) -> tuple[str, ...]:
        """The curves' names, in order."""
        return tuple(curve.name for curve in self.curves)


def _each(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
