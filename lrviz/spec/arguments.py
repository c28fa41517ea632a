"""A scheduler's arguments as written → as torch takes them: counted, worked out and checked."""

from __future__ import annotations

import keyword
from typing import Any

from lrviz.catalog import Argument
from lrviz.errors import Place, shown
from lrviz.frozen import frozen
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Optimizer, Scheduler
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.durations import FARTHEST, Length, Ruler, length_of, whole
from lrviz.spec.expressions import CONSTANTS, FUNCTIONS, expression_of
from lrviz.spec.fields import number
from lrviz.spec.foreign import UNTRUSTED, Trust, code_of, is_target
from lrviz.spec.optimizers import lrs_of

# What the expressions of each argument may name, besides `where` and the run's own constants.
VARIABLES = {"lr_lambda": ("t", "step", "epoch", "base_lr"), "scale_fn": ("x", "t")}


@frozen
class Setting:
    """What one curve's arguments are settled against.

    Args:
        clock: the run's clock.
        optimizer: the curve's optimizer, for numbers relative to its lr.
        problems: where what is wrong is noted.
        notes: where what was rounded is noted.
        trust: whether code that they name may run.
        guessed: clock, optimizer or start are stand-ins for broken ones, which have been reported: what
            depends on their values is no news.
    """

    clock: Clock
    optimizer: Optimizer
    problems: Problems
    notes: list[str]
    trust: Trust = UNTRUSTED
    guessed: bool = False

    @property
    def lr(self) -> float:
        """The optimizer's own LR, which its groups may override."""
        return float(dict(self.optimizer.settings).get("lr", self.lrs[0]))

    @property
    def lrs(self) -> tuple[float, ...]:
        """The LR of each of its groups."""
        return lrs_of(self.optimizer)

    def updates(self, calls: int, scheduler: Scheduler) -> int:
        """Count the updates done when a scheduler has been called so many times."""
        return self.clock.update_of(calls, scheduler.interval, scheduler.frequency)

    def count(
        self,
        length: Length,
        scheduler: Scheduler,
        place: Place,
        minimum: float | None = None,
        *,
        point: bool = False,
    ) -> int | None:
        """Count a length in calls of a scheduler, noting what was rounded; None if it cannot be.

        Args:
            length: what was written.
            scheduler: whose calls are counted.
            place: where it was written.
            minimum: the fewest calls that make sense.
            point: whether the length is a point of the run.
        """
        try:
            per_call = self.clock.updates_per_call(scheduler.interval, scheduler.frequency)
            ruler = Ruler(self.clock, per_call, scheduler.start)
            exact = ruler.calls(length, position=point)
        except ValueError as error:
            self.problems.add(place, f"{shown(length.text)}: {error}")
            return None
        calls = whole(exact)
        wrong = self._range_problem(length, calls, scheduler, minimum, point)
        if wrong:
            if not self.guessed:
                self.problems.add(place, wrong)
            return None
        if calls != exact:
            name = place.key.rpartition(".")[2]
            rounded = f"{float(exact):.6g} calls of {scheduler.type}, rounded to {calls:,}"
            self.notes.append(f"{name}: {length.text} is {rounded}")
        return calls

    def _range_problem(
        self, length: Length, calls: int, scheduler: Scheduler, minimum: float | None, point: bool
    ) -> str | None:
        if abs(calls) > FARTHEST:
            return f"{shown(length.text)} is longer than any run"
        if point and not length.bare and calls < 0:
            at = f"update {scheduler.start:,}, where {scheduler.type} takes over"
            return f"{length.text} lies before {at}; write a later point"
        if minimum is not None and calls < minimum and length.bare:
            return f"{length.text} is below {minimum:g}; write {minimum:g} or more"
        if minimum is not None and calls < minimum:
            nothing = length.text == "rest"
            what = "nothing is left of the run here" if nothing else f"{length.text} comes to {calls:,} calls"
            return f"{what}; {scheduler.type} needs {minimum:g} or more"
        return None

    def constants(self, found: Mapping, shell: Scheduler) -> dict[str, float] | None:
        """Read the named constants for a scheduler's expressions, under ``where``; None if one is wrong."""
        where = found.get("where")
        run = self.clock.constants()
        if not isinstance(where, Mapping):
            return run
        taken = {*FUNCTIONS, *CONSTANTS, *run, *(name for names in VARIABLES.values() for name in names)}
        before = len(self.problems.found)
        for name, value in where.items():
            place = where.at(name)
            if name in taken:
                self.problems.add(
                    place, f"{name} has a meaning of its own in expressions; write another name"
                )
            elif not (name.isidentifier() and name.isascii()) or keyword.iskeyword(name):
                message = f"{shown(name)} cannot be used in an expression; write a plain word, such as n"
                self.problems.add(place, message)
            else:
                run[name] = self._constant(value, shell, place)
        return run if len(self.problems.found) == before else None

    def _constant(self, value: Any, shell: Scheduler, place: Place) -> float:
        try:
            if not isinstance(value, str):
                return number(value)
            calls = self.count(length_of(value), shell, place)
        except ValueError as error:
            self.problems.add(place, str(error))
            calls = None
        return 1.0 if calls is None else float(calls)  # of a guess, anything: 1 breaks no arithmetic


@frozen
class Settler:
    """Settles the arguments of one scheduler.

    Args:
        setting: what they are settled against.
        shell: the scheduler, still without arguments.
        constants: names with fixed values in its expressions; None if one of them is wrong, and has been
            reported: then no expression is worth reading.
    """

    setting: Setting
    shell: Scheduler
    constants: dict[str, float] | None

    def settled(self, argument: Argument, value: Any, found: Mapping) -> Any:
        """Settle one argument, as its model read it; None if it was null, or something is wrong with it."""
        if value is None:
            return None
        place = found.at(argument.name)
        if not isinstance(value, list):
            return self._item(argument, value, place)
        written = found[argument.name]
        places = [written.at(i) if isinstance(written, Sequence) else place for i in range(len(value))]
        if argument.per_group:
            return self._per_group(argument, value, places, place)
        return tuple(self._item(argument, item, at) for item, at in zip(value, places, strict=True))

    def _per_group(self, argument: Argument, values: list[Any], places: list[Place], place: Place) -> Any:
        count = len(self.setting.optimizer.groups)
        if len(values) == 1:
            relative = argument.kind in ("lr", "number") and isinstance(values[0], str)
            if not relative or len(set(self.setting.lrs)) == 1:  # one value for all groups, as torch takes it
                return self._item(argument, values[0], places[0])
            return tuple(self._item(argument, values[0], places[0], group) for group in range(count))
        if len(values) != count:
            groups = f"{count} parameter group{'s' * (count > 1)}"
            write = f"write one, or {count}" if count > 1 else "write one"
            if not self.setting.guessed:
                self.setting.problems.add(place, f"{len(values)} values for {groups}; {write}")
            return None
        return tuple(
            self._item(argument, item, at, group)
            for group, (item, at) in enumerate(zip(values, places, strict=True))
        )

    def _item(self, argument: Argument, value: Any, place: Place, group: int | None = None) -> Any:
        if isinstance(value, Length):
            return self.setting.count(value, self.shell, place, argument.minimum, point=argument.position)
        if isinstance(value, str) and argument.kind in ("lr", "number"):
            return self._number(argument, value, place, group)
        if argument.kind == "expression" and is_target(value):
            return code_of(value, place, self.setting.trust, self.setting.problems)
        if argument.kind == "expression":
            if self.constants is None:
                return None
            try:
                return expression_of(value, VARIABLES[argument.name], self.constants)
            except ValueError as error:
                self.setting.problems.add(place, str(error))
                return None
        return value

    def _number(self, argument: Argument, value: str, place: Place, group: int | None) -> float | None:
        """Work out a number written as arithmetic over the optimizer's lr (a group's, if it is for one)."""
        if self.constants is None:
            return None
        base = self.setting.lrs[group] if group is not None else self.setting.lr
        try:
            expression = expression_of(value, ("lr",), self.constants)
        except ValueError as error:
            wanted = 'write for example 0.1, or arithmetic such as "lr * 0.1"'
            self.setting.problems.add(place, f"{shown(value)} is not a number; {wanted} ({error})")
            return None
        try:
            minimum = 0 if argument.kind == "lr" else argument.minimum
            return number(expression.function()({"lr": base}), minimum)
        except ArithmeticError as error:
            wrong = str(error)
        except ValueError as error:
            wrong = f"{shown(value)} where lr is {base:g}: {error}"
        if not self.setting.guessed:
            self.setting.problems.add(place, wrong)
        return None
