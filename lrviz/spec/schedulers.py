"""A scheduler as written → a Scheduler: class found, pace known, arguments settled, those inside it read."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from lrviz import catalog
from lrviz.catalog import Entry
from lrviz.catalog.families import Member
from lrviz.errors import Place, one_of, shown
from lrviz.frozen import frozen
from lrviz.spec.arguments import Setting, Settler
from lrviz.spec.curve import Code, Scheduler
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.durations import Length
from lrviz.spec.foreign import Foreign, arguments_of, class_word, code_of, foreign_of, member_word
from lrviz.spec.model import STEPPING, scheduler_model, stepping_model, validate
from lrviz.spec.optimizers import entry_of, places_of
from lrviz.spec.pacing import stepping
from lrviz.spec.points import through_points
from lrviz.spec.reactions import Interval
from lrviz.spec.spelling import spelled

SCHEDULER_KEYS = ("type", "args", "class_path", "init_args", "_target_", *STEPPING)
DEEPEST = 8  # SequentialLR inside SequentialLR inside ...


@frozen
class Head:
    """A scheduler whose class and pace are known, and whose arguments are not settled yet."""

    entry: Entry
    given: dict[str, Any]
    found: Mapping
    shell: Scheduler
    foreign: Foreign | None = None


@frozen
class Reader:
    """Reads the schedulers of one curve.

    Args:
        setting: what their arguments are settled against.
        interval: how schedulers are stepped where they do not say.
        also_known: keys that may stand beside a curve's scheduler, for suggestions.
    """

    setting: Setting
    interval: Interval
    also_known: tuple[str, ...] = ()

    @property
    def problems(self) -> Problems:
        """Where what is wrong is noted."""
        return self.setting.problems

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
            message = f"{shown(found)} is not a scheduler; write {{type: LinearLR, total_iters: 5%}}"
            self.problems.add(place, message)
            return None
        if depth > DEEPEST:
            self.problems.add(place, f"schedulers nested more than {DEEPEST} deep")
            return None
        if "points" in found:
            made = through_points(found, self.setting.lr, self.problems)
            return None if made is None else self.head(made, place, inside, depth)
        named = member_word(found, self.problems)
        if named is not None:
            return None if named[1] is None else self._member(found, named[0], named[1], inside)
        path = class_word(found, catalog.schedulers())
        if path is not None:
            code = code_of(found[path], found.at(path), self.setting.trust, self.problems)
            return self._foreign(found, path, code, inside)
        before = len(self.problems.found)
        spelt = spelled(found, self.problems)
        entry = None if spelt is None else entry_of(spelt, catalog.schedulers(), "scheduler", self.problems)
        if spelt is None or entry is None:
            return None
        found = spelt
        beside = () if inside else self.also_known
        given = validate(scheduler_model(entry), found.without("type"), entry.name, self.problems, beside)
        if given is not None:
            self._check_one_of(entry, given, found)
            shell = stepping(entry, given, found, inside, self.setting, self.interval)
            if len(self.problems.found) == before and shell is not None:
                return Head(entry, given, found, replace(shell, monitor=given.get("monitor")))
        self._check_inside(entry, found, inside, depth)
        return None

    def _member(self, found: Mapping, key: str, member: Member, inside: Scheduler | None) -> Head | None:
        """Read what a scheduler of another library is and when it is stepped."""
        code = Code(member.family, member.name, place=found.at(key), family=member.family)
        written = found.without()
        own = found.get("args") or found.get("init_args")
        arguments = {**(own if isinstance(own, Mapping) else {}), **found}
        for name, length in member.missing(arguments):
            written.put(name, length, found.at(key))
        pace = member.pace(arguments)
        if pace and "interval" not in found and inside is None:
            written.put("interval", pace, found.at(key))
        return self._foreign(written, key, code, inside)

    def _foreign(self, found: Mapping, path: str, code: Code | None, inside: Scheduler | None) -> Head | None:
        """Read what a scheduler by path is and when it is stepped."""
        foreign = foreign_of(found, path, code, self.problems)
        if foreign is None:
            return None
        beside = foreign.beside
        ours = beside.without(*(key for key in beside if key not in STEPPING))
        given = validate(stepping_model(), ours, str(foreign.code), self.problems)
        entry = Entry(str(foreign.code), foreign.code.source, "code by path", ())
        shell = None if given is None else stepping(entry, given, beside, inside, self.setting, self.interval)
        if given is None or shell is None:
            return None
        places = (*shell.places, *places_of(foreign.verbatim))
        shell = replace(shell, code=foreign.code, monitor=given.get("monitor"), places=places)
        return Head(entry, given, beside, shell, foreign)

    def filled(self, head: Head, start: int = 0, depth: int = 0) -> Scheduler | None:
        """Settle a scheduler's arguments, given the update at which it takes over."""
        before = len(self.problems.found)
        shell = replace(head.shell, start=start)
        arguments = self._arguments(head, shell, depth)
        if len(self.problems.found) > before:
            return None
        measured = tuple(name for name, value in head.given.items() if _measured(value))
        texts = [(name, _texts(value)) for name, value in head.given.items()]
        written = tuple((name, lengths) for name, lengths in texts if lengths)
        return replace(shell, arguments=tuple(arguments.items()), measured=measured, written=written)

    def guessing(self) -> Reader:
        """Make the reader for what follows a mistake: it notes only what is wrong wherever it starts."""
        return replace(self, setting=replace(self.setting, guessed=True))

    def _check_inside(self, entry: Entry, found: Mapping, inside: Scheduler | None, depth: int) -> None:
        """Note what is wrong with the schedulers inside one that is wrong itself."""
        written = found.get("schedulers")
        if entry.argument("schedulers") is None or not isinstance(written, Sequence):
            return
        guess = self.guessing()
        interval = self.interval if self.setting.clock.steps_per_epoch else "step"
        shell = inside or Scheduler(entry.name, interval=interval)
        for index, child in enumerate(written):
            if isinstance(child, Mapping):  # the class's model has said it of what is none
                guess.scheduler(child, written.at(index), inside=shell, depth=depth + 1)

    def _check_one_of(self, entry: Entry, given: dict[str, Any], found: Mapping) -> None:
        sets = entry.needs_one_of
        if sets and not any(all(given.get(name) is not None for name in names) for names in sets):
            wanted = one_of(" and ".join(names) for names in sets)
            self.problems.add(found.at("type"), f"{entry.name} needs {wanted}; write {sets[0][0]}: 100%")

    def _arguments(self, head: Head, shell: Scheduler, depth: int) -> dict[str, Any]:
        entry, given, found = head.entry, head.given, head.found
        if head.foreign is not None:
            count = partial(self._count, shell)
            return dict(arguments_of(head.foreign, tuple(STEPPING), count, self.problems))
        settler = Settler(self.setting, shell, self.setting.constants(found, shell))
        arguments: dict[str, Any] = {}
        for argument in entry.arguments:
            if argument.name in given and argument.kind != "schedulers":
                value = settler.settled(argument, given[argument.name], found)
                if value is not None or argument.default is None:
                    arguments[argument.name] = value
        if "schedulers" in given:  # after the milestones at which they start
            arguments["schedulers"] = self._inside(entry, found, shell, arguments.get("milestones"), depth)
        order = [argument.name for argument in entry.arguments]
        return {name: arguments[name] for name in order if name in arguments}

    def _count(self, shell: Scheduler, length: Length, place: Place) -> int | None:
        return self.setting.count(length, shell, place)

    def _inside(
        self, entry: Entry, found: Mapping, shell: Scheduler, milestones: Any, depth: int
    ) -> tuple[Scheduler, ...]:
        written: Sequence = found["schedulers"]
        starts = [shell.start] * len(written)
        reader = self
        if not written:
            self.problems.add(
                found.at("schedulers"), f"an empty list; {entry.name} needs at least one scheduler"
            )
            return ()
        if entry.argument("milestones") is not None:
            if milestones is not None and len(milestones) == len(written) - 1 and None not in milestones:
                starts[1:] = [
                    shell.start + self.setting.updates(milestone, shell) for milestone in milestones
                ]
            else:  # where they start is not known
                reader = self.guessing()
                self._check_milestones(found, milestones, len(written))
        children = [
            reader.scheduler(child, written.at(index), start=start, inside=shell, depth=depth + 1)
            for index, (child, start) in enumerate(zip(written, starts, strict=True))
        ]
        if entry.name == "SequentialLR":
            self._check_phases(children)
        return tuple(child for child in children if child is not None)

    def _check_phases(self, children: list[Scheduler | None]) -> None:
        for child in children[1:]:
            if child is not None and child.type == "ChainedScheduler":
                message = "torch's SequentialLR cannot hand over to a ChainedScheduler"
                self.problems.add(child.place, f"{message}; write one LambdaLR in its place")

    def _check_milestones(self, found: Mapping, milestones: Any, schedulers: int) -> None:
        if milestones is None or len(milestones) == schedulers - 1:
            return  # some milestone is wrong in itself, and has been reported
        some = f"{len(milestones)} milestone{'s' * (len(milestones) != 1)}"
        many = f"{schedulers} scheduler{'s' * (schedulers != 1)}"
        wanted = f"write {schedulers - 1}, one fewer than schedulers"
        self.problems.add(found.at("milestones"), f"{some} for {many}; {wanted}")


def _measured(value: Any) -> bool:
    each = value if isinstance(value, list) else [value]
    return any(isinstance(item, Length) and not item.bare for item in each)


def _texts(value: Any) -> tuple[str, ...]:
    each = value if isinstance(value, list) else [value]
    return tuple(item.text for item in each if isinstance(item, Length))
