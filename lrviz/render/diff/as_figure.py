"""Diff → PNG, SVG or PDF: before and after over one another, what lies between them shaded; a panel per curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from lrviz.analyze.comparison import Comparison, Diff
from lrviz.render.as_figure import printed
from lrviz.render.diff.wording import listed, sharing, summary
from lrviz.render.drawing import drawing
from lrviz.render.joined import joined, points_of
from lrviz.render.layout import sheet_of
from lrviz.render.lettering import printable
from lrviz.render.lines import DASHES, Line
from lrviz.render.palette import GROUNDS, colour
from lrviz.render.panels import AXIS_LABELS, Panel
from lrviz.render.pixels import outline
from lrviz.render.scales import rate_scale, tight_scale
from lrviz.render.timeline import Timeline, timeline_of
from lrviz.report import Curve
from lrviz.trace import Array, Trace

MOST = 8  # panels of curves; a figure of more is looked at by nobody
DPI = 150
COLUMNS = 1_000  # pixels across a panel
GROUPS = 6  # parameter groups drawn of one curve
BEFORE, AFTER = 1, 0  # indices of colours


def render(diff: Diff, suffix: str) -> bytes:
    """Draw a diff as ``.png``, ``.svg`` or ``.pdf``."""
    told = "; ".join(f"{printable(one.name)} ({one.status})" for one in _shown(diff))
    return printed(lambda: figure(diff), f"{summary(diff)}: {told}", suffix)


def figure(diff: Diff) -> Figure:
    """Draw a diff as a matplotlib figure."""
    shown = _shown(diff)
    timeline = _timeline(shown)
    panels: list[Panel] = []
    for nth, one in enumerate(shown):
        panels += _panels(nth, one, diff, timeline, len(panels))
    title = summary(diff) if len(diff.comparisons) > 1 else ""
    if len(shown) < len(diff.having("changed", "added", "removed")):
        title += f"; the first {len(shown)} are shown"
    return drawing(sheet_of(panels, 0, timeline, None, title), timeline, GROUNDS["light"], DPI)


def _shown(diff: Diff) -> Sequence[Comparison]:
    """Choose the curves to draw: those that are not what they were, or all."""
    return (diff.having("changed", "added", "removed") or diff.comparisons)[:MOST]


def _timeline(shown: Sequence[Comparison]) -> Timeline:
    """Lay out one x axis: updates, or where the pairs are of several lengths the share of the longer run of each."""
    sides = [_sides(one) for one in shown]
    clocks = [trace.clock for pair in sides for trace in pair]
    longest = [max(len(trace) for trace in pair) for pair in sides]
    if len(set(longest)) <= 1:
        return timeline_of(clocks, None, 8)
    shares = tuple(100 / most for most, pair in zip(longest, sides, strict=True) for _ in pair)
    return replace(timeline_of(clocks, "run", 8), per_update=shares, label="% of the longer run")


def _sides(one: Comparison) -> tuple[Trace, Trace]:
    """Give the traces before and after; of a curve that has only one of them, that twice."""
    before, after = one.before or one.after, one.after or one.before
    assert before is not None
    assert after is not None
    return before, after


def _panels(nth: int, one: Comparison, diff: Diff, timeline: Timeline, row: int) -> list[Panel]:
    """Draw the LR of a curve, and under it what else parts."""
    others = dict.fromkeys(d.quantity for d in one.divergences if d.quantity != "lr")
    made: list[Panel] = []
    for quantity in ("lr", *others):
        lines = _lines(nth, one, quantity, diff, timeline)
        drawn = [line.y for line in lines]
        made.append(
            Panel(
                row=row + len(made),
                column=0,
                curves=((2 * nth, Curve(_sides(one)[0], ())),),
                main=quantity == "lr",
                tall=quantity == "lr",
                axis_label=AXIS_LABELS[quantity],
                heading=_heading(one) if quantity == "lr" else "",
                lines=tuple(lines),
                scale=rate_scale(drawn, 5) if quantity == "lr" else tight_scale(drawn, 3),
            )
        )
    return made


def _heading(one: Comparison) -> str:
    return printable(
        f"{one.source} · {one.name}: {one.status}" if one.name != one.source else f"{one.name}: {one.status}"
    )


def _lines(nth: int, one: Comparison, quantity: str, diff: Diff, timeline: Timeline) -> list[Line]:
    """Draw the groups that part (where none does, the first), before and after, over the area between."""
    sides = (one.before, diff.before, BEFORE), (one.after, diff.after, AFTER)
    chosen = _columns(one, quantity)
    lines: list[Line] = []
    bands: list[Line] = []
    for count, (columns, group) in enumerate(chosen):
        dashes = DASHES[count % len(DASHES)]
        pair: list[Line] = []
        for at, (trace, side, shade) in enumerate(sides):
            array = None if trace is None else joined(trace, quantity)
            if array is None:
                continue
            values, index = array[:, columns[at]], 2 * nth + at
            x, y = outline(values, COLUMNS)
            name = f"{side} · {group}" if len(chosen) > 1 else side
            label = printable(name) if quantity == "lr" else None
            x, step = x * timeline.per_update[index], timeline.per_update[index]
            points = points_of(trace) if trace is not None else None
            marks = None if trace is None or points is None else (points * step, values[trace.known])
            if marks is not None:  # what was logged is joined straight; nothing is known in between
                x, y = marks
            pair.append(Line(index, values, x, y, label, colour(shade), dashes, dashes, marks=marks))
        if len(pair) == 2:
            bands.append(_between(*pair))
        lines += pair
    return [*(band for band in bands if len(band.x)), *_apart(lines)]


def _columns(one: Comparison, quantity: str) -> list[tuple[tuple[int, int], str]]:
    """Choose the groups to draw, those that part alike once: their indices before and after, and their names."""
    own = [divergence for divergence in one.divergences if divergence.quantity == quantity]
    if own:
        sets = sharing(own, lambda divergence: divergence.parting)
        return [(some[0].columns, listed([d.group for d in some])) for some in sets[:GROUPS]]
    if one.before is None or one.after is None:
        return [((at, at), name) for at, name in enumerate(_sides(one)[0].groups[:GROUPS])]
    first = one.groups[0].name if one.groups else one.after.groups[0]
    return [
        (
            (
                one.before.groups.index(first) if first in one.before.groups else 0,
                one.after.groups.index(first),
            ),
            first,
        )
    ]


def _between(before: Line, after: Line) -> Line:
    """Shade what lies between two lines, as long as both run."""
    start, end = max(before.x[0], after.x[0]), min(before.x[-1], after.x[-1])
    x, y = (
        np.concatenate(sides)
        for sides in zip(_reversed(_within(before, start, end)), _within(after, start, end), strict=True)
    )
    seen = np.isfinite(y)
    return replace(after, x=x[seen], y=y[seen], label=None, band=True)


def _within(line: Line, start: float, end: float) -> tuple[Array, Array]:
    kept = (start <= line.x) & (line.x <= end)
    first, last = np.interp([start, end], line.x, line.y)
    return np.concatenate(([start], line.x[kept], [end])), np.concatenate(([first], line.y[kept], [last]))


def _reversed(pair: tuple[Array, Array]) -> tuple[Array, Array]:
    return pair[0][::-1], pair[1][::-1]


def _apart(lines: Sequence[Line]) -> list[Line]:
    """Let a line that lies on another show through it."""
    shown: list[Line] = []
    for line in lines:
        same = any(np.array_equal(line.x, o.x) and np.array_equal(line.y, o.y) for o in shown)
        shown.append(replace(line, dashes=(-4.0, (4.0, 4.0)), sample=(0, (2.5, 1.2))) if same else line)
    return shown
