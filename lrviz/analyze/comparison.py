"""Two traces → a Comparison: whether a curve is equal, changed, added or removed, where it parts, what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lrviz.analyze.facts import Facts, facts_of
from lrviz.analyze.partings import Parting, parting_of
from lrviz.analyze.tolerance import Tolerance
from lrviz.errors import Problem
from lrviz.trace import Array, Trace

Status = Literal["equal", "changed", "added", "removed"]
STATUSES: tuple[Status, ...] = ("changed", "added", "removed", "equal")
NONE_KNOWN = "no update is known of both"
QUANTITIES = ("lr", "momentum", "weight_decay")  # what a training may do is no matter of the schedule


@dataclass(frozen=True)
class Divergence:
    """Where one quantity of one parameter group parts.

    Args:
        quantity: ``lr``, ``momentum`` or ``weight_decay``.
        group: the group's name.
        parting: where; it knows of no other group.
        columns: the group's index before and after.
    """

    quantity: str
    group: str
    parting: Parting
    columns: tuple[int, int]


@dataclass(frozen=True)
class Group:
    """What became of the LR of a parameter group: its facts before and after."""

    name: str
    before: Facts
    after: Facts


@dataclass(frozen=True)
class Explanation:
    """The known mistake that explains what a run did.

    Args:
        sentence: what happened.
        advice: what to write, or to change.
    """

    sentence: str
    advice: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """What became of one curve.

    Args:
        source: the file or word that it is from.
        name: its name.
        status: ``equal``, ``changed``, ``added`` or ``removed``.
        before: what it did; None where it was not there.
        after: what it does; None where it is not there any more.
        divergences: where its quantities part, over the updates that both have; a row per quantity and group.
        groups: the parameter groups that both have.
        remarks: what else differs, a sentence each.
        notes: what was assumed in reading a run's log, and where it was compared.
        explanation: the known mistake that explains all of it, if one does.
    """

    source: str
    name: str
    status: Status
    before: Trace | None
    after: Trace | None
    divergences: tuple[Divergence, ...] = ()
    groups: tuple[Group, ...] = ()
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    explanation: Explanation | None = None

    @property
    def lengths(self) -> tuple[int | None, int | None]:
        """Its updates before and after."""
        before, after = (None if trace is None else len(trace) for trace in (self.before, self.after))
        return before, after


@dataclass(frozen=True, eq=False)
class Diff:
    """Curves before and after.

    Args:
        before: what the one side is called.
        after: what the other is called.
        tolerance: what counts as equal.
        comparisons: the curves, by source.
        problems: what is wrong with specs that could not be compared.
    """

    before: str
    after: str
    tolerance: Tolerance
    comparisons: tuple[Comparison, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether every curve was compared and is what it was."""
        return not self.problems and all(one.status == "equal" for one in self.comparisons)

    def having(self, *statuses: Status) -> tuple[Comparison, ...]:
        """List the curves of which something became."""
        return tuple(one for one in self.comparisons if one.status in statuses)

    @property
    def exit_code(self) -> int:
        """What a command ends with: 0 equal, 1 changed, 2 something is wrong."""
        return 2 if self.problems else 0 if self.equal else 1


def comparisons_of(
    source: str, before: Sequence[Trace], after: Sequence[Trace], tolerance: Tolerance
) -> list[Comparison]:
    """Compare the curves of one spec by their names; where each has one alone, whatever their names."""
    if len(before) == len(after) == 1:
        return [compared(source, before[0], after[0], tolerance)]
    old = {trace.name: trace for trace in before}
    new = {trace.name for trace in after}
    found = [
        compared(source, old[trace.name], trace, tolerance)
        if trace.name in old
        else Comparison(source, trace.name, "added", None, trace)
        for trace in after
    ]
    gone = [trace for trace in before if trace.name not in new]
    return found + [Comparison(source, trace.name, "removed", trace, None) for trace in gone]


def compared(source: str, before: Trace, after: Trace, tolerance: Tolerance) -> Comparison:
    """Compare a curve with what it was, over the updates that both have."""
    pairs, remarks = _groups(before, after)
    known, tolerance = _both(before, after), _for(tolerance, before, after)
    if before.optimizer and after.optimizer and before.optimizer != after.optimizer:
        remarks.append(f"the optimizer is {after.optimizer}, and was {before.optimizer}")
    divergences: list[Divergence] = []
    for quantity in QUANTITIES:
        one, other = before.by_group(quantity), after.by_group(quantity)
        if one is None and other is None:
            continue
        if (one is None and before.logged) or (other is None and after.logged):
            continue  # a log need not hold it
        if one is None or other is None:
            what = quantity.replace("_", " ")
            remarks.append(f"there is a {what} now" if one is None else f"there is no {what} any more")
            continue
        divergences += _divergences(quantity, (one, other), known, pairs, after.groups, tolerance)
    if known is not None and not len(known):
        return Comparison(source, after.name, "changed", before, after, remarks=(*remarks, NONE_KNOWN))
    facts = facts_of(before, known), facts_of(after, known)
    groups = tuple(Group(after.groups[new], facts[0][old], facts[1][new]) for old, new in pairs)
    changed = divergences or remarks or _last_otherwise(before, after)
    status: Status = "changed" if changed else "equal"
    notes = [f"compared at the {trace.logged}" for trace in (before, after) if trace.logged is not None]
    if len(before.groups) != len(after.groups) and notes:
        notes.append(
            f"of {len(before.groups)} parameter groups and {len(after.groups)}, {len(pairs)} compared"
        )
    return Comparison(
        source, after.name, status, before, after, tuple(divergences), groups, tuple(remarks), tuple(notes)
    )


def _both(before: Trace, after: Trace) -> NDArray[np.int64] | None:
    """List the updates that are known of both; None where all are, as long as both run."""
    if before.logged is None and after.logged is None:
        return None
    return np.intersect1d(before.known, after.known)


def _for(tolerance: Tolerance, before: Trace, after: Trace) -> Tolerance:
    """Let pass what a log's own precision has cost."""
    lost = max(trace.logged.rtol if trace.logged is not None else 0.0 for trace in (before, after))
    return replace(tolerance, rtol=max(tolerance.rtol, lost))


def _last_otherwise(before: Trace, after: Trace) -> bool:
    """Whether one run is longer; a log that does not tell where its run ended may stop short by what it leaves out."""
    longer, shorter = (before, after) if len(before) > len(after) else (after, before)
    open_ended = shorter.logged is not None and not shorter.logged.ended
    slack = shorter.logged.gap - 1 if shorter.logged is not None and open_ended else 0
    return len(longer) - len(shorter) > slack


def _divergences(
    quantity: str,
    sides: tuple[Array, Array],
    known: NDArray[np.int64] | None,
    pairs: Iterable[tuple[int, int]],
    names: Sequence[str],
    tolerance: Tolerance,
) -> Iterator[Divergence]:
    one, other = sides if known is None else (sides[0][known], sides[1][known])
    for old, new in pairs:
        columns = one[:, old : old + 1], other[:, new : new + 1]
        found = parting_of(*columns, tolerance.rtol, tolerance.atol)
        if found is not None:
            if known is not None:
                at = int(known[found.update]), int(known[found.largest_at])
                found = replace(found, update=at[0], largest_at=at[1])
            yield Divergence(quantity, names[new], found, (old, new))


def _groups(before: Trace, after: Trace) -> tuple[list[tuple[int, int]], list[str]]:
    """Pair the parameter groups: by name where the names tell, else by place; and say which have no other."""
    old, new = before.groups, after.groups
    if len(old) != len(new) and (before.logged or after.logged):  # a log may hold one group alone
        fewer, more = sorted((old, new), key=len)
        named = set(fewer) <= set(more)
        return [(old.index(n), new.index(n)) if named else (at, at) for at, n in enumerate(fewer)], []
    unique = len(set(old)) == len(old) and len(set(new)) == len(new)
    if len(old) == len(new) and not (unique and set(old) == set(new)):
        return [(at, at) for at in range(len(old))], []
    if not unique:
        both = min(len(old), len(new))
        remarks = [f"there are {len(new)} parameter groups, and were {len(old)}"]
        return [(at, at) for at in range(both)], remarks
    pairs = [(old.index(name), at) for at, name in enumerate(new) if name in old]
    added = [f"the parameter group {name!r} is new" for name in new if name not in old]
    return pairs, added + [f"the parameter group {name!r} is gone" for name in old if name not in new]
