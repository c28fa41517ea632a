"""A Comparison → what to say of it, in rows of a label and words; groups with the same to be said share a row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from typing import TypeVar

from lrviz.analyze.comparison import STATUSES, Comparison, Diff, Divergence, Group
from lrviz.analyze.tolerance import Tolerance
from lrviz.render.number import count_text, lr_text, where_text
from lrviz.render.shown import visible

FACTS = ("peak", "end", "mean")
MOST_ROWS = 8  # sets of groups that people are told of
Row = tuple[str, str]
T = TypeVar("T")


def rows_of(comparison: Comparison, tolerance: Tolerance) -> list[Row]:
    """Say how a changed curve differs: where each quantity parts, then what became of its facts and its length."""
    rows: list[Row] = []
    quantities = dict.fromkeys(one.quantity for one in comparison.divergences)
    for quantity in quantities:
        own = [one for one in comparison.divergences if one.quantity == quantity]
        shared = sharing(own, lambda one: astuple(one.parting))
        rows += [
            (
                quantity.replace("_", " "),
                f"{_whose(comparison, [o.group for o in some])}{parts(comparison, some[0])}",
            )
            for some in shared[:MOST_ROWS]
        ]
        rows += _more(quantity.replace("_", " "), len(shared))
    sets = sets_of_groups(comparison)
    for groups in sets[:MOST_ROWS]:
        whose = _whose(comparison, [group.name for group in groups])
        rows += [(fact, f"{whose}{change(groups[0], fact, tolerance)}") for fact in FACTS]
    rows += _more("facts", len(sets))
    rows.append(("length", length(comparison)))
    rows += [("besides", visible(remark)) for remark in comparison.remarks]
    if comparison.explanation is not None:
        rows += [("explained by", comparison.explanation.sentence), ("do", comparison.explanation.advice)]
    return rows + [("note", visible(note)) for note in comparison.notes]


def parts(comparison: Comparison, divergence: Divergence) -> str:
    """Say where a quantity parts, and how far."""
    assert comparison.after is not None
    clock, apart = comparison.after.clock, divergence.parting
    before, after = told_apart(apart.before, apart.after)
    return (
        f"parts at {where_text(apart.update, clock)}: {after} instead of {before}; "
        f"by up to {lr_text(apart.largest)} at {where_text(apart.largest_at, clock)}"
    )


def change(group: Group, fact: str, tolerance: Tolerance, arrow: str = "->") -> str:
    """Say what became of a fact of a group: ``0.1 -> 0.2 (+100%)``."""
    before, after = getattr(group.before, fact), getattr(group.after, fact)
    if _close(before, after, tolerance):
        return f"{lr_text(after)}, as before"
    return f"{f' {arrow} '.join(told_apart(before, after))}{_share(before, after)}"


def length(comparison: Comparison, arrow: str = "->") -> str:
    """Say what became of a curve's length."""
    before, after = comparison.lengths
    if before is None or after is None:
        return f"{count_text(before or after or 0)} updates"
    if before == after:
        return f"{count_text(after)} updates, as before"
    if comparison.after is not None and (log := comparison.after.logged) is not None and not log.ended:
        return f"{count_text(before)} {arrow} at least {count_text(after)} updates"
    return f"{count_text(before)} {arrow} {count_text(after)} updates{_share(before, after)}"


def summary(diff: Diff) -> str:
    """Count the curves: ``4 curves: 1 changed, 3 equal``."""
    counts = {status: len(diff.having(status)) for status in STATUSES}
    told = ", ".join(f"{count_text(count)} {status}" for status, count in counts.items() if count)
    curves = len(diff.comparisons)
    wrong = len(diff.problems)
    said = f"{count_text(curves)} curve{'s' * (curves != 1)}{': ' * bool(told)}{told}"
    return f"{said}; {wrong} problem{'s' * (wrong > 1)}" if wrong else said


def sets_of_groups(comparison: Comparison) -> list[list[Group]]:
    """Put together the groups whose facts are the same before and after."""
    return sharing(
        comparison.groups,
        lambda group: tuple(getattr(side, fact) for side in (group.before, group.after) for fact in FACTS),
    )


def sharing(found: Iterable[T], key: Callable[[T], object]) -> list[list[T]]:
    """Put together what has the same key, in order."""
    sets: dict[str, list[T]] = {}
    for one in found:
        sets.setdefault(repr(key(one)), []).append(one)  # written out, what is no number equals itself
    return list(sets.values())


def told_apart(before: float, after: float) -> tuple[str, str]:
    """Write two values in four significant digits, or in as many as it takes to tell them apart."""
    for digits in range(4, 18):
        one, other = f"{before + 0.0:.{digits}g}", f"{after + 0.0:.{digits}g}"
        if one != other:
            break
    return one, other


def listed(names: Sequence[str]) -> str:
    """List the names of groups."""
    shown = [visible(name) for name in names]
    return ", ".join(shown) if len(shown) <= 3 else f"{shown[0]} and {len(shown) - 1} more"


def _whose(comparison: Comparison, names: Sequence[str]) -> str:
    """Name the groups, where they are not all that the curve has."""
    return "" if len(names) == len(comparison.groups) else f"{listed(names)}: "


def _more(label: str, sets: int) -> list[Row]:
    return [(label, f"and {sets - MOST_ROWS} more sets of groups")] if sets > MOST_ROWS else []


def _close(before: float, after: float, tolerance: Tolerance) -> bool:
    both = math.isnan(before) and math.isnan(after)
    return both or math.isclose(before, after, rel_tol=tolerance.rtol, abs_tol=tolerance.atol)


def _share(before: float, after: float) -> str:
    share = (after / before - 1) * 100 if before and math.isfinite(before) else math.nan
    if not math.isfinite(share):
        return ""
    return f" ({share:+,.0f}%)" if abs(share) >= 100 else f" ({share:+.3g}%)"
