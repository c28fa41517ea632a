"""Comparisons of one spec → a Change: what became of its curves, as texts that can be kept and read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lrviz.analyze.comparison import STATUSES, Comparison, Group
from lrviz.analyze.tolerance import Tolerance
from lrviz.render.diff.wording import FACTS, change, length, listed, rows_of, sets_of_groups
from lrviz.render.exhibits import Change
from lrviz.render.number import lr_text, where_text
from lrviz.render.spark import BLOCKS
from lrviz.trace import Array

ARROW = "→"
MOST_ROWS = 8  # sets of groups of one curve
COLUMNS = 48  # characters of a drawing in one row
MOST_LINEAR = 20  # times the lowest that the highest may be; beyond, the scale is logarithmic
LOWEST = 1e-4  # of the highest; what lies lower is drawn there
BLANKS = ("",) * (2 + len(FACTS))


def change_of(source: str, comparisons: Sequence[Comparison], tolerance: Tolerance) -> Change:
    """Put what became of the curves of one spec into texts.

    Args:
        source: what the spec is called.
        comparisons: its curves.
        tolerance: what counted as equal.
    """
    from lrviz.render.diff.as_text import paragraph

    statuses = [one.status for one in comparisons]
    counts: dict[str, int] = {status: statuses.count(status) for status in STATUSES if status in statuses}
    if set(counts) <= {"equal"}:
        return Change(counts)
    return Change(
        counts,
        tuple(paragraph(source, comparisons, tolerance)),
        tuple(row for one in comparisons if one.status != "equal" for row in _rows(one, tolerance)),
        tuple(said for one in comparisons if one.status == "changed" for said in _besides(one, tolerance)),
        tuple(drawn for one in comparisons if one.status == "changed" for drawn in _sparks(one)),
    )


def _rows(one: Comparison, tolerance: Tolerance) -> Iterator[tuple[str, ...]]:
    if one.status != "changed":
        yield one.status, one.name, "", *BLANKS, length(one)
        return
    sets = sets_of_groups(one)
    for groups in sets[:MOST_ROWS]:
        whose = "" if len(sets) == 1 else listed([group.name for group in groups])
        facts = [change(groups[0], fact, tolerance, ARROW) for fact in FACTS]
        yield one.status, one.name, whose, *_parting(one, groups), *facts, length(one, ARROW)
    if len(sets) > MOST_ROWS:
        more = f"and {len(sets) - MOST_ROWS} more sets of groups"
        yield one.status, "", more, *BLANKS, length(one, ARROW)
    if not sets:
        yield one.status, one.name, "", *BLANKS, length(one, ARROW)


def _parting(one: Comparison, groups: list[Group]) -> tuple[str, str]:
    """Say where the LR of some groups parts first, and how far they go apart."""
    names = {group.name for group in groups}
    found = [d.parting for d in one.divergences if d.quantity == "lr" and d.group in names]
    if not found or one.after is None:
        return "-", "-"
    first, largest = min(p.update for p in found), max(found, key=lambda p: p.largest)
    where = f"{lr_text(largest.largest)} at {where_text(largest.largest_at, one.after.clock)}"
    return where_text(first, one.after.clock), where


def _besides(one: Comparison, tolerance: Tolerance) -> Iterator[tuple[str, str]]:
    for label, said in rows_of(one, tolerance):
        if label in ("momentum", "weight decay"):
            yield one.name, f"{label} {said}"
        elif label in ("explained by", "do", "note"):
            yield one.name, f"{label}: {said}"
        elif label == "besides":
            yield one.name, said


def _sparks(one: Comparison) -> Iterator[tuple[str, str, str]]:
    """Draw the LR before and after in a row of blocks each, on one scale; of the first group that parts."""
    if one.before is None or one.after is None or not one.groups:
        return
    parted = [d.columns for d in one.divergences if d.quantity == "lr"]
    if not parted and len(one.before) == len(one.after):
        return
    name = one.groups[0].name
    old, new = parted[0] if parted else (0, one.after.groups.index(name))
    sides = one.before.lr[:, old], one.after.lr[:, new]
    seen = np.concatenate([side[np.isfinite(side)] for side in sides])
    positive = seen[seen > 0]
    if not len(positive):
        return
    logarithmic = bool(positive.min() * MOST_LINEAR < positive.max())
    if logarithmic:
        floor = max(float(positive.min()), float(positive.max()) * LOWEST)
        sides = np.log(np.maximum(sides[0], floor)), np.log(np.maximum(sides[1], floor))
    longest = max(map(len, sides))
    finite = np.concatenate([side[np.isfinite(side)] for side in sides])
    drawn = [_spark(side, longest, float(finite.min()), float(finite.max())) for side in sides]
    if drawn[0] != drawn[1]:  # what cannot be seen is told in the table
        yield f"{one.name}{' (log)' if logarithmic else ''}", drawn[0], drawn[1]


def _spark(values: Array, longest: int, lowest: float, highest: float) -> str:
    """Draw values in blocks: each column the mean of its updates, blank where the run has ended or is no number."""
    drawn = ""
    width = min(COLUMNS, longest)
    for column in range(width):
        start = longest * column // width
        some = values[start : max(longest * (column + 1) // width, start + 1)]
        some = some[np.isfinite(some)]
        if not len(some):
            drawn += " "
            continue
        share = (float(some.mean()) - lowest) / (highest - lowest) if highest > lowest else 0.0
        drawn += BLOCKS[min(round(share * (len(BLOCKS) - 1)), len(BLOCKS) - 1)]
    return drawn.rstrip()
