"""A sheet with everything in its place → the matplotlib figure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D

from lrviz.render.layout import GAP, SAMPLE, Entry, Place, Sheet
from lrviz.render.lettering import FAMILY, HEADING, LABEL, TICK, TITLE, fitted, font, line_height, width
from lrviz.render.lines import Line
from lrviz.render.marks import cuts_of, waits_of
from lrviz.render.palette import Ground, towards
from lrviz.render.timeline import Timeline, epoch_ticks

# Beside a panel that is too low for the whole name.
SHORT = {
    "learning rate": "LR",
    "momentum": "mom.",
    "momentum / beta1": "mom. / beta1",
    "weight decay": "w. decay",
    "effective LR": "eff. LR",
}


def drawing(sheet: Sheet, timeline: Timeline, ground: Ground, dpi: int) -> Figure:
    """Draw the sheet."""
    paper = Figure(figsize=(sheet.width, sheet.height), dpi=dpi, facecolor=ground.paper)
    FigureCanvasAgg(paper)
    for place in sheet.places:
        _panel(paper, place, timeline, ground)
    if sheet.title:
        x, y = sheet.places[0].left / sheet.width, 1 - 0.1 / sheet.height
        paper.text(x, y, sheet.title, va="top", color=ground.ink, font=font(TITLE, True), parse_math=False)
    _axis_labels(paper, sheet, timeline, ground)
    return paper


def _panel(paper: Figure, place: Place, timeline: Timeline, ground: Ground) -> None:
    wide, high = paper.get_size_inches()
    panel = place.panel
    axes = paper.add_axes(
        (place.left / wide, place.bottom / high, place.width / wide, place.height / high), facecolor="none"
    )
    _axes(axes, place, timeline, ground)
    for mark in panel.marks:
        x = mark.update * timeline.per_update[panel.curves[0][0]]
        axes.axvline(x, color=towards(ground.soft, ground.paper, 0.35), linewidth=0.7, zorder=1.5)
    for line in panel.lines:
        _line(axes, line)
    if panel.cuts and not panel.main:
        _waits(axes, place, timeline, ground)
    if panel.cuts:
        _cuts(axes, place, timeline, ground)
    if panel.cuts and panel.main:
        _findings(axes, place, timeline)
    for caption in place.captions:
        _text(axes, place, caption.box[0], caption.box[1], caption.text, ground.soft, font(TICK))
    for label in place.labels:
        colour = towards(label.line.colour, ground.ink, 0.35)
        _text(axes, place, label.left, label.bottom, label.text, colour, font(LABEL))
    above = place.height + place.epochs + 0.04
    for entry in place.legend:
        _entry(axes, place, entry, above, ground)
    if place.legend:
        above += max(entry.above for entry in place.legend) + line_height(TICK) / 2 + 0.04
    if place.heading:
        _text(axes, place, 0, above, place.heading, ground.ink, font(HEADING, True))


def _axes(axes: Axes, place: Place, timeline: Timeline, ground: Ground) -> None:
    scale = place.panel.scale
    if scale.log:
        axes.set_yscale("log")
    axes.set_xlim(0, timeline.end)
    axes.set_ylim(scale.low, scale.high)
    axes.set_xticks(timeline.ticks, labels=timeline.labels if place.lowest else [""] * len(timeline.ticks))
    axes.set_yticks(scale.ticks, labels=scale.labels if place.panel.column == 0 else [""] * len(scale.ticks))
    axes.set_yticks(scale.minor, labels=[""] * len(scale.minor), minor=True)
    axes.set_xlim(0, timeline.end)
    axes.set_ylim(scale.low, scale.high)
    axes.tick_params(
        labelsize=TICK, labelfontfamily=FAMILY, labelcolor=ground.soft, color=ground.soft, length=3
    )
    axes.tick_params(which="minor", length=1.5, color=ground.soft)
    axes.grid(True, color=ground.faint, linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(ground.soft)
        axes.spines[side].set_linewidth(0.8)
    if place.epochs:
        _epochs(axes, place, timeline, ground)


def _epochs(axes: Axes, place: Place, timeline: Timeline, ground: Ground) -> None:
    figure = axes.get_figure(root=True)
    assert figure is not None
    top = figure.add_axes(axes.get_position().bounds, facecolor="none")
    at, labels = epoch_ticks(timeline, max(2, round(place.width * 1.2)))
    top.set_xticks(at, labels=labels)
    top.set_yticks([])
    top.set_xlim(0, timeline.end)
    top.tick_params(
        top=True,
        labeltop=True,
        bottom=False,
        labelbottom=False,
        labelsize=TICK,
        labelfontfamily=FAMILY,
        labelcolor=ground.soft,
        color=ground.soft,
        length=3,
        pad=2,
    )
    for side in ("left", "right", "bottom"):
        top.spines[side].set_visible(False)
    top.spines["top"].set_color(ground.soft)
    top.spines["top"].set_linewidth(0.8)
    x, y = -0.09 / place.width, 1 + (3 + 2) / 72 / place.height
    top.text(
        x, y, "epoch", transform=top.transAxes, ha="right", va="bottom", color=ground.ink, font=font(TICK)
    )


def _line(axes: Axes, line: Line) -> None:
    low = axes.get_ylim()[0]
    # Zero has no place on a log axis: a line that reaches it leaves the panel at the bottom.
    y = np.where(line.y <= 0, low * 1e-3, line.y) if axes.get_yscale() == "log" else line.y
    if line.band:
        axes.fill(line.x, y, color=line.colour, alpha=0.13, linewidth=0)
        return
    axes.plot(
        line.x,
        y,
        color=line.colour,
        linestyle=line.dashes if line.dashes[1] else "-",
        linewidth=line.width,
        solid_joinstyle="round",
        dash_capstyle="butt",
        zorder=3,
        scalex=False,
        scaley=False,
    )
    if line.marks is not None:
        x, known = line.marks
        axes.plot(x, known, ".", color=line.colour, markersize=7, zorder=3, scalex=False, scaley=False)


def _waits(axes: Axes, place: Place, timeline: Timeline, ground: Ground) -> None:
    """Shade the patience that each cut has run out of, where one curve's are not taken for another's."""
    if len(place.panel.curves) > 1:
        return
    for index, curve in place.panel.curves:
        for since, until in waits_of(curve.trace):
            span = (since * timeline.per_update[index], until * timeline.per_update[index])
            axes.axvspan(*span, color=ground.faint, linewidth=0, zorder=0)


def _cuts(axes: Axes, place: Place, timeline: Timeline, ground: Ground) -> None:
    for index, curve in place.panel.curves:
        cuts = np.array(cuts_of(curve.trace), dtype=np.int64)
        if not len(cuts):
            continue
        for line in place.panel.lines:
            if line.curve == index and not line.band:
                x = cuts * timeline.per_update[index]
                y = np.array([_before(line, at) for at in x])
                axes.plot(
                    x,
                    y,
                    linestyle="",
                    marker="v",
                    markersize=6.5,
                    color=line.colour,
                    markeredgecolor=ground.paper,
                    markeredgewidth=0.8,
                    zorder=4,
                    scalex=False,
                    scaley=False,
                )


def _findings(axes: Axes, place: Place, timeline: Timeline) -> None:
    """Put a thin ring around the place on a curve where an error shows."""
    for index, curve in place.panel.curves:
        lines = [line for line in place.panel.lines if line.curve == index and not line.band]
        updates = [finding.update for finding in curve.findings if finding.update is not None]
        if not lines or not updates:
            continue
        x = np.array(updates) * timeline.per_update[index]
        axes.plot(
            x,
            [_before(lines[0], at) for at in x],
            linestyle="",
            marker="o",
            markersize=9,
            markerfacecolor="none",
            markeredgecolor=lines[0].colour,
            markeredgewidth=1.1,
            clip_on=False,
            zorder=4,
            scalex=False,
            scaley=False,
        )


def _before(line: Line, x: float) -> float:
    """Read a line just left of a point: at the top of a drop."""
    at = int(np.searchsorted(line.x, x, side="left"))
    return float(line.y[min(max(at, 0), len(line.y) - 1)])


def _entry(axes: Axes, place: Place, entry: Entry, above: float, ground: Ground) -> None:
    x, y = entry.left / place.width, (above + entry.above) / place.height
    axes.add_line(
        Line2D(
            [x, x + SAMPLE / place.width],
            [y, y],
            transform=axes.transAxes,
            color=entry.line.colour,
            linestyle=entry.line.sample if entry.line.sample[1] else "-",
            linewidth=2.0,
            clip_on=False,
            dash_capstyle="butt",
        )
    )
    left = entry.left + SAMPLE + 0.07
    _text(axes, place, left, above + entry.above - 0.64 * TICK / 72, entry.text, ground.ink, font(TICK))


def _text(
    axes: Axes, place: Place, left: float, bottom: float, text: str, colour: str, face: FontProperties
) -> None:
    """Write above a point given in inches from the lower left corner of the axes."""
    size = face.get_size_in_points()
    for nth, line in enumerate(reversed(text.split("\n"))):
        # Each line on its baseline: matplotlib would set "cosine" lower than "step", for want of a descender.
        y = bottom + nth * line_height(size) + 0.28 * size / 72
        axes.text(
            left / place.width,
            y / place.height,
            line,
            transform=axes.transAxes,
            va="baseline",
            color=colour,
            font=face,
            parse_math=False,
            zorder=5,
        )


def _axis_labels(paper: Figure, sheet: Sheet, timeline: Timeline, ground: Ground) -> None:
    """Name the axes: x once, under the middle of all columns; y once where all rows show the same."""
    first, last = sheet.places[0], max(sheet.places, key=lambda place: place.left)
    middle = (first.left + last.left + last.width) / 2
    looks: dict[str, Any] = {"color": ground.ink, "font": font(LABEL), "parse_math": False}
    paper.text(middle / sheet.width, 0.08 / sheet.height, timeline.label, ha="center", va="bottom", **looks)
    column = [place for place in sheet.places if place.panel.column == 0]
    if len({place.panel.axis_label for place in column}) == 1:
        column = [replace(column[-1], height=column[0].bottom + column[0].height - column[-1].bottom)]
    for place in column:
        name, room = place.panel.axis_label, place.height + GAP
        if width(name, LABEL) > room:
            name = SHORT.get(name, name)
        x, y = 0.08 / sheet.width, (place.bottom + place.height / 2) / sheet.height
        name = fitted(name, max(room, 0.5), LABEL)
        paper.text(x, y, name, ha="left", va="center", rotation=90, **looks)
