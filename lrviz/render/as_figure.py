"""Report → PNG, SVG or PDF, through matplotlib's objects alone; the same report gives the same bytes.

pyplot is never imported, and nobody's settings are read or changed: neither a matplotlibrc nor rcParams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lrviz.render.drawing import drawing
from lrviz.render.layout import across_of, default_width, sheet_of
from lrviz.render.lettering import printable
from lrviz.render.palette import GROUNDS
from lrviz.render.panels import panels_of
from lrviz.render.timeline import timeline_of
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
    return renders(report, (suffix,))[suffix]


def renders(report: Report, suffixes: Sequence[str]) -> dict[str, bytes]:
    """Draw a report in several formats, laying it out once; by suffix."""
    with _own_settings():
        figure = _figure(report) if suffixes else Figure()
        return {suffix: _printed(figure, suffix, _told(report)) for suffix in suffixes}


def printed(make: Callable[[], Figure], title: str, suffix: str) -> bytes:
    """Print the figure that a function makes as ``.png``, ``.svg`` or ``.pdf``; the title is for those who search."""
    with _own_settings():
        return _printed(make(), suffix, title)


def _printed(figure: Figure, suffix: str, title: str) -> bytes:
    """Print a figure by its canvas: Figure.savefig would draw everything twice."""
    drawn = BytesIO()
    told: dict[str, str | None] = {"Title": title, "Creator": "lrviz"}
    canvas: Any
    if suffix == ".svg":
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        canvas = FigureCanvasSVG(figure)
        canvas.print_svg(drawn, metadata={**told, "Date": None})
    elif suffix == ".pdf":
        from matplotlib.backends.backend_pdf import FigureCanvasPdf

        canvas = FigureCanvasPdf(figure)
        canvas.print_pdf(drawn, metadata={**told, "Producer": None, "CreationDate": None})
    else:
        canvas = FigureCanvasAgg(figure)
        canvas.print_png(drawn, metadata={"Software": None})
    return drawn.getvalue()


def figure(report: Report) -> Figure:
    """Draw a report as a matplotlib figure, for whoever wants to go on drawing."""
    with _own_settings():
        return _figure(report)


@contextmanager
def _own_settings() -> Iterator[None]:
    settings: Any = {key: value for key, value in matplotlib.rcParamsDefault.items() if "backend" not in key}
    settings.update(SETTINGS)
    with matplotlib.rc_context(settings):
        yield


def _figure(report: Report) -> Figure:
    report = report.drawn()
    view = report.view
    across = across_of(len(report.curves), view.layout)
    wide = (view.size[0] if view.size else default_width(across)) / max(across, 1)
    clocks = [curve.trace.clock for curve in report.curves]
    timeline = timeline_of(clocks, view.x, max(2, round(wide * (1.4 if across else 1.1))))
    panels = panels_of(report, across, timeline, round(wide * max(view.dpi, 150)))
    title = printable(view.title) if view.title else ""
    sheet = sheet_of(panels, across, timeline, view.size, title)
    return drawing(sheet, timeline, GROUNDS[view.theme], view.dpi)


def _told(report: Report) -> str:
    """Say in words what the figure shows: letters drawn as shapes can neither be searched nor read aloud."""
    names = ", ".join(printable(curve.name) for curve in report.curves)
    return f"{printable(report.view.title)}: {names}" if report.view.title else names
