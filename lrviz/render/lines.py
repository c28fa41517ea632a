"""Curves → the lines of a panel: which parameter groups are drawn, in what colour, dashes and name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lrviz.render.joined import joined, points_of
from lrviz.render.lettering import printable
from lrviz.render.noise import is_noisy, smoothed, window_of
from lrviz.render.palette import CURVES, GROUNDS, colour, towards
from lrviz.render.pixels import drawable, extremes, outline
from lrviz.render.timeline import Timeline
from lrviz.report import Curve
from lrviz.spec.view import Quantity, Theme
from lrviz.trace import TRAINED, Array, Trace

Dashes = tuple[float, tuple[float, ...]]

SOLID: Dashes = (0, ())
# In line widths: solid, dashed, dotted, dash-dot, long dashes, dash-dot-dot.
DASHES: tuple[Dashes, ...] = (
    SOLID,
    (0, (4, 1.6)),
    (0, (1, 1.3)),
    (0, (5, 1.4, 1, 1.4)),
    (0, (9, 2)),
    (0, (4, 1.3, 1, 1.3, 1, 1.3)),
)
THIN, FAINT = 1.4, 0.7  # in points: of what a training gives, and of the noise in it
FAN = 24  # the most lines drawn for the groups of one curve when there are too many to tell apart by dashes


@dataclass(frozen=True, eq=False)
class Line:
    """One line: its vertices, how it looks, what it is called (None where another line speaks for it).

    Args:
        curve: index of its curve.
        values: what was drawn, per update (for a metric: per value).
        x: vertices, in the timeline's unit.
        y: vertices.
        label: its name beside the line or in the legend.
        colour: its colour.
        dashes: its dashes.
        sample: its dashes in a legend.
        width: in points.
        band: whether the vertices are the outline of an area.
        marks: where on it a log has a value: x and y.
    """

    curve: int
    values: Array
    x: Array
    y: Array
    label: str | None
    colour: str
    dashes: Dashes = SOLID
    sample: Dashes = SOLID
    width: float = 1.8
    band: bool = False
    marks: tuple[Array, Array] | None = None


def lines_of(
    curves: Sequence[tuple[int, Curve]],
    quantity: Quantity,
    timeline: Timeline,
    columns: int,
    theme: Theme,
    alone: bool = False,
) -> tuple[Line, ...]:
    """Draw one quantity of the curves given, told apart where they coincide.

    Args:
        curves: the curves, each with its index in the report.
        quantity: what to draw of them.
        timeline: the x axis.
        columns: width of the panel, in pixels.
        theme: light or dark.
        alone: whether the panel is for one curve: its heading names the curve, its lines name their groups.
    """
    lines: list[Line] = []
    noise: list[Line] = []
    for index, curve in curves:
        columned = joined(curve.trace, quantity)
        if columned is not None:
            noisy = quantity in TRAINED and any(is_noisy(values) for values in columned.T)
            if noisy:  # each value faintly, and a mean over an epoch through them
                faint = _curve(index, curve.trace, columned, alone, timeline, columns, theme, FAINT)
                noise += [
                    replace(line, label=None, colour=towards(line.colour, GROUNDS[theme].paper, 0.7))
                    for line in faint
                ]
                window = window_of(curve.trace.clock)
                columned = np.stack([smoothed(values, window) for values in columned.T], axis=1)
            width = THIN if quantity in TRAINED else 1.8
            lines += _curve(index, curve.trace, columned, alone, timeline, columns, theme, width)
    return (*noise, *_told_apart(lines))


def metric_lines(
    curves: Sequence[tuple[int, Curve]], metric: str, timeline: Timeline, columns: int, theme: Theme
) -> tuple[Line, ...]:
    """Draw a metric of the curves that have it; a value is known at the end of its update."""
    lines = []
    for index, curve in curves:
        if metric in curve.trace.metrics and len(curve.trace.metrics[metric].values):
            series = curve.trace.metrics[metric]
            values = drawable(series.values)
            at = extremes(np.nan_to_num(values), columns)
            x = (series.updates[at].astype(np.float64) + 1.0) * timeline.per_update[index]
            dashes = DASHES[index // len(CURVES) % len(DASHES)]
            shown = colour(index, theme)
            lines.append(Line(index, values, x, values[at], None, shown, dashes, dashes, 1.5))
    return _told_apart(lines)


def _curve(
    index: int,
    trace: Trace,
    array: Array,
    alone: bool,
    timeline: Timeline,
    columns: int,
    theme: Theme,
    width: float,
) -> list[Line]:
    distinct = _distinct(trace, array)
    step = timeline.per_update[index]
    name = printable(trace.name)
    shown = colour(index, theme)

    points = points_of(trace)

    def line(values: Array, label: str | None, dashes: Dashes = SOLID, width: float = width) -> Line:
        if points is not None:  # through its points, and not in steps
            at, known = points * step, drawable(values[trace.known])
            return Line(index, values, at, known, label, shown, dashes, dashes, width, marks=(at, known))
        x, y = outline(values, columns)
        return Line(index, values, x * step, y, label, shown, dashes, dashes, width)

    cycle = 0 if alone else index // len(CURVES)
    if len(distinct) == 1:
        return [line(distinct[0][0], None if alone else name, DASHES[cycle % len(DASHES)])]
    if len(distinct) <= len(DASHES):
        return [
            line(values, groups if alone else f"{name} · {groups}", DASHES[(cycle + nth) % len(DASHES)])
            for nth, (values, groups) in enumerate(distinct)
        ]
    by_peak = sorted(distinct, key=lambda pair: -float(np.max(pair[0])))
    chosen = [by_peak[i] for i in np.unique(np.linspace(0, len(by_peak) - 1, FAN).astype(int))]
    count, top, bottom = f"{len(trace.groups)} groups", by_peak[0][1], by_peak[-1][1]
    said = f"{count}: {top} highest, {bottom} lowest" if alone else f"{name} ({count})"
    high, low = outline(array.max(axis=1), columns), outline(array.min(axis=1), columns)
    area = np.concatenate([high[0], low[0][::-1]]) * step, np.concatenate([high[1], low[1][::-1]])
    band = Line(index, array[:, 0], *area, None, shown, band=True)
    return [band, *(line(values, None if nth else said, width=1.0) for nth, (values, _) in enumerate(chosen))]


def _distinct(trace: Trace, array: Array) -> list[tuple[Array, str]]:
    """List the columns that differ, each with the groups that share it."""
    seen: dict[bytes, tuple[Array, list[str]]] = {}
    for group, name in enumerate(trace.groups):
        column = array[:, group]
        key = hashlib.blake2b(np.ascontiguousarray(column).data).digest() if len(trace.groups) > 1 else b""
        seen.setdefault(key, (column, []))[1].append(printable(name))
    return [(column, _listed(names)) for column, names in seen.values()]


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 2 else f"{names[0]} + {len(names) - 1} more"


def _told_apart(lines: list[Line]) -> tuple[Line, ...]:
    """Dash lines that lie on one another in turn, so that each shows through."""
    shown = list(lines)
    free = [at for at, line in enumerate(lines) if not line.band]
    while free:
        first, *others = free
        same = [first, *(at for at in others if _coincide(lines[first], lines[at]))]
        free = [at for at in others if at not in same]
        for nth, at in enumerate(same[1:], start=1):
            # The first stays solid underneath; each other one covers its own share of every period.
            dashes = (-4.0 * nth, (4.0, 4.0 * (len(same) - 1)))
            shown[at] = replace(lines[at], dashes=dashes, sample=(0, (2.5, 1.2)))
    return tuple(shown)


def _coincide(one: Line, other: Line) -> bool:
    if len(one.values) != len(other.values) or one.x[-1] != other.x[-1]:
        return False
    every = max(1, len(one.values) // 2000)
    a, b = drawable(one.values[::every]), drawable(other.values[::every])
    largest = max(np.abs(y[np.isfinite(y)]).max(initial=0.0) for y in (one.y, other.y))
    return bool(np.all(np.abs(a - b)[np.isfinite(a - b)] <= 2e-3 * largest))
