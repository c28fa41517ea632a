"""A scheduler as written → a Scheduler: its class found, its lengths counted, its numbers and expressions settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lrviz import catalog
from lrviz.catalog import Argument, Entry
from lrviz.errors import Place, one_of
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Interval, Optimizer, Scheduler
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.durations import Length, Ruler, length_of, whole
from lrviz.spec.expressions import CONSTANTS, FUNCTIONS, expression_of
from lrviz.spec.fields import number, shown
from lrviz.spec.model import STEPPING, scheduler_model, validate
from lrviz.spec.optimizers import entry_of, places_of
from lrviz.spec.spelling import spelled

# What the expressions of each argument may name, besides `where` and the run's own constants.
VARIABLES = {"lr_lambda": ("t", "step", "epoch", "base_lr"), "scale_fn": ("x", "t")}
DEEPEST = 8  # SequentialLR inside SequentialLR inside ...


@dataclass(frozen=True)
class Head:
    """A scheduler whose class and pace are known, and whose arguments are not settled yet."""

    entry: Entry
    given: dict[str, Any]
    found: Mapping
    shell: Scheduler


@dataclass
class Reader:
    """Reads the schedulers of one curve.

    Args:
        clock: the run's clock.
        interval: how schedulers are stepped where they do not say.
        optimizer: the curve's optimizer, for numbers relative to its lr.
        problems: where what is wrong is noted.
        notes: where what was rounded is noted.
        also_known: keys that may stand beside a curve's scheduler, for suggestions.
    """

    clock: Clock
    interval: Interval
    optimizer: Optimizer
    problems: Problems
    notes: list[str]
    also_known: tuple[str, ...] = ()

    def scheduler(
        self, found: Any, place: Place, *, start: int = 0, inside: Scheduler | None = None, depth: int = 0
    ) -> Scheduler | None:
        """Read one scheduler, and those inside it.

        Args:
            found: what was written.
            place: where.
            start: the update at which it takes over.
            inside: the SequentialLR or ChainedScheduler that steps it.
            depth: how deep it is nested.

        Returns:
            The scheduler, or None if something is wrong with it.
        """
        head = self.head(found, place, inside, depth)
        return None if head is None else self.filled(head, start, depth)

    def head(self, found: Any, place: Place, inside: Scheduler | None = None, depth: int = 0) -> Head | None:
        """Read what a scheduler is and when it is stepped: all that can be known before where it starts."""
        if not isinstance(found, Mapping):
            self.problems.add(
                place, f"{shown(found)} is not a scheduler; write {{type: LinearLR, total_iters: 5%}}"
            )
            return None
        if depth > DEEPEST:
            self.problems.add(place, f"schedulers nested more than {DEEPEST} deep")
            return None
        before = len(self.problems.found)
        found = spelled(found, self.problems)
        entry = entry_of(found, catalog.schedulers(), "scheduler", self.problems)
        if entry is None:
            return None
        beside = () if inside else self.also_known
        given = validate(scheduler_model(entry), found.without("type"), entry.name, self.problems, beside)
        if given is None:
            return None
        self._check_one_of(entry, given, found)
        shell = self._stepping(entry, given, found, inside)
        if len(self.problems.found) > before or shell is None:
            return None
        return Head(entry, given, found, replace(shell, monitor=given.get("monitor")))

    def filled(self, head: Head, start: int = 0, depth: int = 0) -> Scheduler | None:
        """Settle a scheduler's arguments, given the update at which it takes over."""
        before = len(self.problems.found)
        shell = replace(head.shell, start=start)
        arguments = self._arguments(head, shell, depth)
        return (
            replace(shell, arguments=tuple(arguments.items())) if len(self.problems.found) == before else None
        )

    def ruler(self, scheduler: Scheduler) -> Ruler:
        """Make what a scheduler's lengths are measured with."""
        return Ruler(
            self.clock, self.clock.updates_per_call(scheduler.interval, scheduler.frequency), scheduler.start
        )

    def count(
        self,
        length: Length,
        scheduler: Scheduler,
        place: Place,
        *,
        position: bool = False,
        minimum: float | None = None,
    ) -> int | None:
        """Count a length in calls of a scheduler, noting what was rounded; None if it cannot be."""
        try:
            exact = self.ruler(scheduler).calls(length, position=position)
        except ValueError as error:
            self.problems.add(place, f"{length.text!r}: {error}")
            return None
        calls = whole(exact)
        if minimum is not None and calls < minimum:
            what = (
                "nothing is left of the run where this phase starts"
                if "rest" in length.text
                else f"{length.text} comes to {calls:,} calls"
            )
            self.problems.add(place, f"{what}; {scheduler.type} needs {minimum:g} or more")
            return None
        if position and not length.bare and calls < 0:
            self.problems.add(
                place,
                f"{length.text} of the run lies before this scheduler takes over, at update {scheduler.start:,}",
            )
            return None
        if calls != exact:
            self.notes.append(
                f"{place.key.rpartition('.')[2]}: {length.text} is {float(exact):.6g} calls of {scheduler.type}, rounded to {calls:,}"
            )
        return calls

    def _check_one_of(self, entry: Entry, given: dict[str, Any], found: Mapping) -> None:
        if entry.needs_one_of and not any(
            all(given.get(name) is not None for name in names) for names in entry.needs_one_of
        ):
            sets = [" and ".join(names) for names in entry.needs_one_of]
            self.problems.add(
                found.at("type"), f"{entry.name} needs {one_of(sets)}; write {entry.needs_one_of[0][0]}: 100%"
            )

    def _stepping(
        self, entry: Entry, given: dict[str, Any], found: Mapping, inside: Scheduler | None
    ) -> Scheduler | None:
        place, places = found.at("type"), places_of(found)
        if inside is not None:
            for key in ("interval", "frequency"):
                if key in given:
                    self.problems.add(
                        found.at(key),
                        f"{inside.type} steps the schedulers inside it; write {key} beside {inside.type}",
                    )
            return Scheduler(entry.name, (), inside.interval, inside.frequency, place=place, places=places)
        interval: Interval = given.get("interval") or self._documented(entry, found) or self.interval
        if interval == "epoch" and self.clock.steps_per_epoch is None:
            self.problems.add(
                found.at("interval"),
                "the run counts no epochs; write interval: step, or give run.epochs or run.steps_per_epoch",
            )
            return None
        return Scheduler(entry.name, (), interval, given.get("frequency", 1), place=place, places=places)

    def _documented(self, entry: Entry, found: Mapping) -> Interval | None:
        # A chain or sequence goes at the pace of the one child that torch documents as stepped per batch.
        if entry.interval == "step":
            return "step"
        children = found.get("schedulers")
        for child in children if isinstance(children, Sequence) else ():
            named = spelled(child, Problems()).get("type") if isinstance(child, Mapping) else None
            known = catalog.find(named, catalog.schedulers()) if isinstance(named, str) else None
            if known is not None and known.interval == "step":
                return "step"
        return None

    def _arguments(self, head: Head, shell: Scheduler, depth: int) -> dict[str, Any]:
        entry, given, found = head.entry, head.given, head.found
        constants = self._constants(found, shell)
        arguments: dict[str, Any] = {}
        for argument in entry.arguments:  # milestones are settled before the schedulers that start at them
            if argument.name in given and argument.kind != "schedulers":
                value = self._value(argument, given[argument.name], found, shell, constants)
                if value is not None or argument.default is None:
                    arguments[argument.name] = value
        for argument in entry.arguments:
            if argument.name in given and argument.kind == "schedulers":
                arguments[argument.name] = self._children(argument, found, shell, arguments, depth)
        order = [argument.name for argument in entry.arguments]
        return {name: arguments[name] for name in order if name in arguments}

    def _value(
        self, argument: Argument, value: Any, found: Mapping, shell: Scheduler, constants: dict[str, float]
    ) -> Any:
        if value is None:
            return None
        place = found.at(argument.name)
        if not isinstance(value, list):
            return self._item(argument, value, place, shell, constants)
        written = found[argument.name]
        places = [written.at(i) if isinstance(written, Sequence) else place for i in range(len(value))]
        if argument.per_group:
            return self._per_group(argument, value, places, shell, constants)
        return tuple(
            self._item(argument, item, at, shell, constants) for item, at in zip(value, places, strict=True)
        )

    def _per_group(
        self,
        argument: Argument,
        values: list[Any],
        places: list[Place],
        shell: Scheduler,
        constants: dict[str, float],
    ) -> Any:
        groups = self.optimizer.groups
        if len(values) == 1:
            lrs = set(self._lrs())
            relative = argument.kind in ("lr", "number") and isinstance(values[0], str) and len(lrs) > 1
            if not relative:  # one value for all groups, as torch takes it
                return self._item(argument, values[0], places[0], shell, constants)
            return tuple(
                self._item(argument, values[0], places[0], shell, constants, group)
                for group in range(len(groups))
            )
        if len(values) != len(groups):
            self.problems.add(
                places[0],
                f"{len(values)} values for {len(groups)} parameter group{'s' * (len(groups) > 1)}; write one, or one per group",
            )
            return None
        return tuple(
            self._item(argument, v, at, shell, constants, i)
            for i, (v, at) in enumerate(zip(values, places, strict=True))
        )

    def _item(
        self,
        argument: Argument,
        value: Any,
        place: Place,
        shell: Scheduler,
        constants: dict[str, float],
        group: int | None = None,
    ) -> Any:
        if isinstance(value, Length):
            return self.count(value, shell, place, position=argument.position, minimum=argument.minimum)
        if isinstance(value, str) and argument.kind in ("lr", "number"):
            return self._settled(argument, value, place, constants, group)
        if argument.kind == "expression":
            with_run = {**self._run_constants(), **constants}
            try:
                return expression_of(value, VARIABLES[argument.name], with_run)
            except ValueError as error:
                self.problems.add(place, str(error))
                return None
        return value

    def _settled(
        self, argument: Argument, value: str, place: Place, constants: dict[str, float], group: int | None
    ) -> float | None:
        """Work out a number written as arithmetic over the optimizer's lr (of one group, if it is for one)."""
        lrs = self._lrs()
        base = lrs[group] if group is not None else float(dict(self.optimizer.settings).get("lr", lrs[0]))
        try:
            expression = expression_of(value, ("lr",), {**self._run_constants(), **constants})
        except ValueError as error:
            message = f'{value!r} is not a number; write for example 0.1, or arithmetic such as "lr * 0.1" ({error})'
            self.problems.add(place, message)
            return None
        try:
            return number(
                expression.function()({"lr": base}), 0 if argument.kind == "lr" else argument.minimum
            )
        except (ArithmeticError, ValueError) as error:
            self.problems.add(place, f"{value!r}, where lr is {base:g}: {error}")
            return None

    def _lrs(self) -> tuple[float, ...]:
        known = catalog.optimizers()[self.optimizer.type].argument("lr")
        assert known is not None  # every optimizer has an lr: the catalog's test
        return self.optimizer.lrs(float(known.default))

    def _run_constants(self) -> dict[str, float]:
        per_epoch = self.clock.steps_per_epoch
        epochs = (
            {}
            if per_epoch is None
            else {"steps_per_epoch": float(per_epoch), "epochs": self.clock.steps / per_epoch}
        )
        return {"steps": float(self.clock.steps), **epochs}

    def _constants(self, found: Mapping, shell: Scheduler) -> dict[str, float]:
        where = found.get("where")
        if not isinstance(where, Mapping):
            return {}
        taken = {
            *FUNCTIONS,
            *CONSTANTS,
            *self._run_constants(),
            *(name for names in VARIABLES.values() for name in names),
        }
        constants: dict[str, float] = {}
        for name, value in where.items():
            if not name.isidentifier() or name in taken:
                self.problems.add(
                    where.at(name),
                    f"{name!r} cannot be a constant's name; it {'is taken' if name in taken else 'is no plain word'}",
                )
                continue
            try:
                if isinstance(value, str):
                    calls = self.count(length_of(value), shell, where.at(name))
                    constants[name] = 0.0 if calls is None else float(calls)
                else:
                    constants[name] = float(number(value))
            except ValueError as error:
                self.problems.add(where.at(name), str(error))
        return constants

    def _children(
        self, argument: Argument, found: Mapping, shell: Scheduler, arguments: dict[str, Any], depth: int
    ) -> tuple[Scheduler, ...]:
        written: Sequence = found[argument.name]
        milestones = arguments.get("milestones")
        starts = [shell.start] * len(written)
        if milestones is not None:
            if len(milestones) != len(written) - 1:
                self.problems.add(
                    found.at("milestones"),
                    f"{len(milestones)} milestone{'s' * (len(milestones) != 1)} for {len(written)} schedulers; write {len(written) - 1}, one less than schedulers",
                )
                return ()
            per_call = self.clock.updates_per_call(shell.interval, shell.frequency)
            starts = [
                shell.start,
                *(shell.start + milestone * per_call for milestone in milestones if milestone is not None),
            ]
        elif any(name == "milestones" for name, _ in shell.places):
            return ()  # the milestones are wrong, and have been reported
        children = [
            self.scheduler(child, written.at(index), start=start, inside=shell, depth=depth + 1)
            for index, (child, start) in enumerate(zip(written, starts, strict=False))
        ]
        return tuple(child for child in children if child is not None)


SCHEDULER_KEYS = ("type", "args", "class_path", "init_args", "_target_", *STEPPING)
