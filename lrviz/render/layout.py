"""Panels and the size wanted → where everything stands on the paper, in inches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lrviz.render.beside import LONGEST, Label, end_labels, inside_labels
from lrviz.render.lettering import HEADING, LABEL, TICK, TITLE, fitted, line_height, told_apart, width
from lrviz.render.lines import Line
from lrviz.render.marks import Caption, captions
from lrviz.render.panels import Panel
from lrviz.render.scales import thinned
from lrviz.render.timeline import Timeline

WIDTH = 7.2
TALL, STRIP = 3.15, 1.2  # heights of a full panel and of a strip under one
EVEN = 1.95  # height of a full panel where several stand under one another
GAP = 0.16  # between rows
BETWEEN = 0.2  # between columns
SAMPLE = 0.3  # length of the sample of a line in a legend


@dataclass(frozen=True)
class Entry:
    """One line of a legend: its text, and its left end and middle height in inches above the panel."""

    line: Line
    text: str
    left: float
    above: float


@dataclass(frozen=True)
class Place:
    """Where a panel stands (inches from the figure's lower left corner) and what is written in and above it.

    Args:
        panel: the panel.
        left: left edge of its axes.
        bottom: bottom edge of its axes.
        width: width of its axes.
        height: height of its axes.
        heading: the line above it.
        labels: names beside their lines.
        legend: names above it, where they are not beside their lines.
        captions: what is said of its marks.
        lowest: whether it is the last of its column, which carries the x axis.
        epochs: height of the epoch axis above it; 0 where there is none.
    """

    panel: Panel
    left: float
    bottom: float
    width: float
    height: float
    heading: str = ""
    labels: tuple[Label, ...] = ()
    legend: tuple[Entry, ...] = ()
    captions: tuple[Caption, ...] = ()
    lowest: bool = True
    epochs: float = 0.0


@dataclass(frozen=True)
class Sheet:
    """The figure's size in inches, its panels in their places, and its title."""

    width: float
    height: float
    places: tuple[Place, ...]
    title: str


def across_of(curves: int, layout: str) -> int:
    """Choose how many panels of a grid stand beside one another; 0 for no grid."""
    if layout != "grid" or curves == 1:
        return 0
    return 2 if curves in (2, 4) else 3 if curves <= 18 else 4 if curves <= 48 else 8


def default_width(across: int) -> float:
    """Choose the width of a figure in inches."""
    return {4: 8.4, 8: 16.8}.get(across, WIDTH)


def sheet_of(
    panels: Sequence[Panel], across: int, timeline: Timeline, size: tuple[float, float] | None, title: str
) -> Sheet:
    """Give every panel its place, and every name its place beside its line or, failing that, in a legend."""
    ways = ["nothing" if not any(line.label for line in p.lines) or not p.main else "end" for p in panels]
    ways = ["inside" if way == "end" and across else way for way in ways]
    while True:
        sheet = _sheet(panels, ways, across, timeline, size, title)
        failed = [
            at
            for at, (place, way) in enumerate(zip(sheet.places, ways, strict=True))
            if way in ("end", "inside") and not place.labels
        ]
        if not failed:
            return sheet
        for at in failed:
            ways[at] = {"end": "inside", "inside": "legend"}[ways[at]]


def _sheet(
    panels: Sequence[Panel],
    ways: Sequence[str],
    across: int,
    timeline: Timeline,
    size: tuple[float, float] | None,
    title: str,
) -> Sheet:
    wide = size[0] if size else default_width(across)
    left = 0.1 + line_height(LABEL) + 0.05 + _widest(panels) + 0.09
    columns, rows = max(p.column for p in panels) + 1, max(p.row for p in panels) + 1
    right = 0.1 + max(width(timeline.labels[-1], TICK) / 2, 0.06)
    if "end" in ways:
        right = max(right, 0.2 + _longest_end(panels[ways.index("end")]))
    inner = max(0.4, (wide - left - right - BETWEEN * (columns - 1)) / columns)
    title = fitted(title, wide - left - 0.15, TITLE, True, 2)
    above = 0.1 + (line_height(TITLE) * (title.count("\n") + 1) + 0.06 if title else 0.0)
    below = line_height(TICK) + line_height(LABEL) + 0.2

    headings = told_apart([panel.heading for panel in panels], inner, HEADING, True, 2 if across else 1)
    legends: list[tuple[Entry, ...]] = []
    strips = [0.0] * rows
    epochs = line_height(TICK) + 0.07 if timeline.epoch and not across else 0.0
    for panel, way, heading in zip(panels, ways, headings, strict=True):
        entries, high_legend = (
            _legend(panel, inner if across else wide - left - 0.1) if way == "legend" else ((), 0.0)
        )
        legends.append(entries)
        strip = _block(heading, HEADING) + high_legend + (epochs if panel.row == 0 else 0.0)
        strips[panel.row] = max(strips[panel.row], strip or 0.05)
    heights = [0.0] * rows
    full = TALL if len({panel.row for panel in panels if panel.tall}) == 1 else EVEN
    for panel in panels:
        heights[panel.row] = full if panel.tall else STRIP
        if across:
            heights[panel.row] = max(1.0, inner * (0.8 if rows == 1 else 0.62)) * (1 if panel.tall else 0.6)
    fixed = above + sum(strips) + GAP * (rows - 1) + below
    high = size[1] if size else fixed + sum(heights)
    shrink = max(0.25 * rows, high - fixed) / sum(heights)

    places = []
    for panel, way, heading, legend in zip(panels, ways, headings, legends, strict=True):
        at = panel.row + 1
        bottom = high - above - sum(strips[:at]) - GAP * panel.row - sum(heights[:at]) * shrink
        tall = heights[panel.row] * shrink
        said: tuple[Caption, ...] = ()
        if panel.main:
            said = captions(panel.marks, timeline.per_update[panel.curves[0][0]], timeline.end, (inner, tall))
        labels: tuple[Label, ...] | None = ()
        if way == "end":
            labels = end_labels(panel.lines, panel.scale, timeline.end, inner, tall)
        elif way == "inside":
            boxes = [caption.box for caption in said]
            labels = inside_labels(panel.lines, panel.scale, timeline.end, (inner, tall), boxes)
        lowest = not any(p.column == panel.column and p.row > panel.row for p in panels)
        x = left + panel.column * (inner + BETWEEN)
        top = epochs if panel.row == 0 else 0.0
        drawn = replace(panel, scale=thinned(panel.scale, tall, line_height(TICK)))
        places.append(Place(drawn, x, bottom, inner, tall, heading, labels or (), legend, said, lowest, top))
    return Sheet(wide, high, tuple(places), title)


def _block(text: str, size: float) -> float:
    return line_height(size) * (text.count("\n") + 1) + 0.05 if text else 0.0


def _widest(panels: Sequence[Panel]) -> float:
    return max((width(label, TICK) for panel in panels for label in panel.scale.labels), default=0.0)


def _longest_end(panel: Panel) -> float:
    return max(
        width(fitted(line.label, LONGEST, LABEL, lines=2), LABEL) for line in panel.lines if line.label
    )


def _legend(panel: Panel, room: float) -> tuple[tuple[Entry, ...], float]:
    """Set the names in as many columns as fit; tell the height they take."""
    named = [line for line in panel.lines if line.label]
    texts = told_apart([line.label or "" for line in named], max(0.3, room - SAMPLE - 0.1), TICK)
    before, after = SAMPLE + 0.07, 0.22
    for columns in range(len(named), 0, -1):
        widths = [
            max(width(text, TICK) for text in texts[at::columns]) + before + after for at in range(columns)
        ]
        if sum(widths) - after <= room or columns == 1:
            break
    rows = math.ceil(len(named) / columns)
    pitch = line_height(TICK) + 0.03
    entries = tuple(
        Entry(line, text, sum(widths[: at % columns]), (rows - 0.5 - at // columns) * pitch)
        for at, (line, text) in enumerate(zip(named, texts, strict=True))
    )
    return entries, rows * pitch + 0.07
