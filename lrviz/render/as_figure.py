"""Report → PNG, SVG or PDF, through matplotlib's objects alone; the same report gives the same bytes.

pyplot is never imported and nobody's settings are read or changed: neither a matplotlibrc nor rcParams.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrviz.render.layout import GAP, SAMPLE, Entry, Place, across_of, default_width, sheet_of
from lrviz.render.lettering import FAMILY, HEADING, LABEL, TICK, TITLE, font, line_height, printable
from lrviz.render.lines import Line
from lrviz.render.marks import cuts_of
from lrviz.render.palette import GROUNDS, Ground, towards
from lrviz.render.panels import panels_of
from lrviz.render.scales import Scale
from lrviz.render.timeline import Timeline, epoch_ticks, timeline_of
from lrviz.report import Report

SETTINGS = {
    "svg.hashsalt": "lrviz",  # else the ids of an SVG are random
    "svg.fonttype": "path",  # letters as shapes: what was measured is what is seen
    "pdf.fonttype": 42,  # TrueType: conferences refuse Type 3
    "path.simplify": False,  # the points are few already, and all of them count
    "axes.unicode_minus": False,
}


def render(report: Report, suffix: str) -> bytes:
    """Draw a report as ``.png``, ``.svg`` or ``.pdf``."""
    drawn = BytesIO()
    with _own_settings():
        figure = _figure(report)
        if suffix == ".svg":
            from matplotlib.backends.backend_svg import FigureCanvasSVG

            told = {"Title": _told(report), "Creator": "lrviz", "Date": None}
            FigureCanvasSVG(figure).print_svg(drawn, metadata=told)
        elif suffix == ".pdf":
            from matplotlib.backends.backend_pdf import FigureCanvasPdf

            told = {"Title": _told(report), "Creator": "lrviz", "Producer": None, "CreationDate": None}
            FigureCanvasPdf(figure).print_pdf(drawn, metadata=told)
        else:
            FigureCanvasAgg(figure).print_png(drawn, metadata={"Software": None})
    return drawn.getvalue()


def figure(report: Report) -> Figure:
    """Draw a report as a matplotlib figure, for whoever wants to go on drawing."""
    with _own_settings():
        return _figure(report)


@contextmanager
def _own_settings() -> Iterator[None]:
    own = {key: value for key, value in matplotlib.rcParamsDefault.items() if not key.startswith("backend")}
    with matplotlib.rc_context({**own, **SETTINGS}):
        yield


def _figure(report: Report) -> Figure:
    view = report.view
    across = across_of(len(report.curves), view.layout)
    wide = view.size[0] if view.size else default_width(across)
    panel_wide = wide / max(across, 1)
    clocks = [curve.trace.clock for curve in report.curves]
    timeline = timeline_of(clocks, view.x, max(2, round(panel_wide * (1.4 if across else 1.1))))
    panels = panels_of(report, across, timeline, round(panel_wide * max(view.dpi, 150)))
    title = printable(view.title) if view.title else ""
    sheet = sheet_of(panels, across, timeline, view.size, title)
    ground = GROUNDS[view.theme]
    paper = Figure(figsize=(sheet.width, sheet.height), dpi=view.dpi, facecolor=ground.paper)
    FigureCanvasAgg(paper)
    for place in sheet.places:
        _panel(paper, place, timeline, ground)
    if title:
        x, y = sheet.places[0].left / sheet.width, 1 - 0.1 / sheet.height
        paper.text(x, y, sheet.title, va="top", color=ground.ink, font=font(TITLE, True), parse_math=False)
    _axis_labels(paper, sheet.places, timeline, ground)
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
    _cuts(axes, place, timeline, ground)
    for caption in place.captions:
        x, y = caption.box[0] / place.width, caption.box[1] / place.height
        _text(axes, x, y, caption.text, ground.soft, TICK)
    for label in place.labels:
        x, y = label.left / place.width, label.bottom / place.height
        _text(axes, x, y, label.text, towards(label.line.colour, ground.ink, 0.35), LABEL, ground)
    above = place.height + place.epochs + 0.04
    for entry in place.legend:
        _entry(axes, place, entry, above, ground)
    if place.legend:
        above += line_height(TICK) * 0 + max(entry.above for entry in place.legend) + line_height(TICK) / 2 + 0.04
    if place.heading:
        _text(axes, 0, above / place.height, place.heading, ground.ink, HEADING, bold=True)


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
    axes.tick_params(labelsize=TICK, labelfontfamily=FAMILY, labelcolor=ground.soft, color=ground.soft, length=3)
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
    top = axes.get_figure().add_axes(axes.get_position(), facecolor="none")
    at, labels = epoch_ticks(timeline, max(2, round(place.width * 1.2)))
    top.set_xticks(at, labels=labels)
    top.set_yticks([])
    top.set_xlim(0, timeline.end)
    top.tick_params(
        top=True, labeltop=True, bottom=False, labelbottom=False, labelsize=TICK, labelfontfamily=FAMILY,
        labelcolor=ground.soft, color=ground.soft, length=3, pad=2,
    )
    for side in ("left", "right", "bottom"):
        top.spines[side].set_visible(False)
    top.spines["top"].set_color(ground.soft)
    top.spines["top"].set_linewidth(0.8)
    x, y = -0.09 / place.width, 1 + (3 + 2) / 72 / place.height
    top.text(x, y, "epoch", transform=top.transAxes, ha="right", va="bottom", color=ground.ink, font=font(TICK))


def _line(axes: Axes, line: Line) -> None:
    low = axes.get_ylim()[0]
    # Zero has no place on a log axis: a line that reaches it leaves the panel at the bottom.
    y = np.where(line.y <= 0, low * 1e-3, line.y) if axes.get_yscale() == "log" else line.y
    if line.band:
        axes.fill(line.x, y, color=line.colour, alpha=0.13, linewidth=0)
        return
    axes.plot(
        line.x, y, color=line.colour, linestyle=line.dashes if line.dashes[1] else "-", linewidth=line.width,
        solid_joinstyle="round", dash_capstyle="butt", zorder=3, scalex=False, scaley=False,
    )


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
                    x, y, linestyle="", marker="v", markersize=6, color=line.colour, markeredgecolor=ground.paper,
                    markeredgewidth=0.8, zorder=4, scalex=False, scaley=False,
                )


def _before(line: Line, x: float) -> float:
    """Read a line just left of a point: at the top of a drop."""
    at = int(np.searchsorted(line.x, x, side="left"))
    return float(line.y[min(max(at, 0), len(line.y) - 1)])


def _entry(axes: Axes, place: Place, entry: Entry, above: float, ground: Ground) -> None:
    y = (above + entry.above) / place.height
    x = entry.left / place.width
    line = entry.line
    axes.add_line(
        Line2D(
            [x, x + SAMPLE / place.width], [y, y], transform=axes.transAxes, color=line.colour,
            linestyle=line.sample if line.sample[1] else "-", linewidth=2.0, clip_on=False, dash_capstyle="butt",
        )
    )
    _text(axes, x + (SAMPLE + 0.07) / place.width, y, entry.text, ground.ink, TICK, va="center_baseline")
