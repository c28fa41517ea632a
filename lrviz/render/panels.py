"""Report → the panels of its figure: in which row and column, with what lines, axis, heading and marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrviz.render.lettering import printable
from lrviz.render.lines import Line, lines_of, metric_lines
from lrviz.render.marks import Mark, marks_of
from lrviz.render.pixels import drawable
from lrviz.render.scales import Scale, rate_scale, tight_scale
from lrviz.render.shown import bounded, made_of_lr, on_log_scale
from lrviz.render.timeline import Timeline
from lrviz.report import Curve, Report
from lrviz.spec.view import Quantity, View
from lrviz.trace import TRAINED, Array, Trace

AXIS_LABELS = {
    "lr": "learning rate",
    "momentum": "momentum",
    "weight_decay": "weight decay",
    "loss": "loss",
    "step_size": "step size",
    "effective_lr": "effective LR",
}
Curves = tuple[tuple[int, Curve], ...]

METRICS = 3  # the most panels of metrics
SAMPLES = 100_000  # the most updates that choose the limits of a log axis


@dataclass(frozen=True)
class Panel:
    """One panel.

    Args:
        row: counted from the top.
        column: counted from the left.
        curves: the curves it shows, each with its index in the report.
        main: whether it is the panel that carries the names: the first of its curves.
        tall: whether it has the full height, or is a strip under a full one.
        axis_label: what its y axis shows.
        heading: the line above it, or nothing.
        lines: its lines, in the order they are drawn.
        scale: its y axis.
        marks: the phases marked along its x axis.
        cuts: whether the cuts of ReduceLROnPlateau are marked on its lines.
    """

    row: int
    column: int
    curves: Curves
    main: bool
    tall: bool
    axis_label: str
    heading: str
    lines: tuple[Line, ...]
    scale: Scale
    marks: tuple[Mark, ...] = ()
    cuts: bool = False


def quantities_of(report: Report) -> tuple[Quantity, ...]:
    """Choose what to draw: what was asked for and exists, or the LR and whatever else moves."""
    traces = [curve.trace for curve in report.curves]
    if report.view.show:
        asked = tuple(
            q for q in dict.fromkeys(report.view.show) if any(getattr(t, q) is not None for t in traces)
        )
        return asked or ("lr",)
    moving: list[Quantity] = ["lr"]
    if report.view.layout == "grid" and len(traces) > 1:
        return ("lr", *made_of_lr(report))
    if any(_moves(trace.momentum, trace) for trace in traces):
        moving.append("momentum")
    if any(_moves(trace.weight_decay, trace) for trace in traces):
        moving.append("weight_decay")
    return (*moving, *made_of_lr(report))


def panels_of(report: Report, across: int, timeline: Timeline, columns: int) -> tuple[Panel, ...]:
    """Lay the report's curves out in panels.

    Args:
        report: the report.
        across: panels beside one another, for a grid; 0 for all curves in one.
        timeline: the x axis.
        columns: width of a panel, in pixels.
    """
    curves = tuple(enumerate(report.curves))
    quantities, theme = quantities_of(report), report.view.theme
    cells: list[tuple[int, int, Curves]] = [(0, 0, curves)]
    if across:
        cells = [(at // across, at % across, (curve,)) for at, curve in enumerate(curves)]
    panels: list[Panel] = []
    for nth, quantity in enumerate(quantities):
        drawn = [
            lines_of(_having(shown, quantity, report), quantity, timeline, columns, theme, len(shown) == 1)
            for _, _, shown in cells
        ]
        marked = [_marks(shown, across) for _, _, shown in cells]
        ticks = 4 if quantity in TRAINED and not across else 3 if nth else 4 if across else 6
        head = 0.09 if quantity == "lr" and any(marked) else 0.0
        scale = _scale([line for lines in drawn for line in lines], quantity, report.view.y, ticks, head)
        for (row, column, shown), lines, marks in zip(cells, drawn, marked, strict=True):
            panels.append(
                Panel(
                    row=row * len(quantities) + nth,
                    column=column,
                    curves=shown,
                    main=nth == 0,
                    tall=nth == 0 or (quantity in TRAINED and not across),
                    axis_label=axis_label(quantity, report.curves, report.view),
                    heading=_heading(shown[0][1]) if nth == 0 and len(shown) == 1 else "",
                    lines=lines,
                    scale=scale,
                    marks=marks,
                    cuts=quantity == "lr",
                )
            )
    return (*panels, *([] if across else _metrics(report, timeline, columns, len(panels))))


def _scale(lines: Sequence[Line], quantity: Quantity, y: str, ticks: int, head: float) -> Scale:
    values = bounded([line.y for line in lines], quantity)
    log = y == "log" if quantity == "lr" else quantity in TRAINED and on_log_scale(values)
    if log:
        return rate_scale(bounded([_sampled(line) for line in lines], quantity), ticks, head, log=True)
    return rate_scale(values, ticks, head) if quantity == "lr" else tight_scale(values, ticks)


def _sampled(line: Line) -> Array:
    """Choose the values that a log axis is fitted to: spread over the run, as vertices are not, and both extremes."""
    above = line.y[line.y > 0]
    if line.band or not len(above):
        return line.y
    spread = drawable(line.values[:: len(line.values) // SAMPLES + 1])
    return np.append(spread, [above.min(), above.max()])


def _metrics(report: Report, timeline: Timeline, columns: int, row: int) -> list[Panel]:
    curves = tuple(enumerate(report.curves))
    names = list(dict.fromkeys(name for _, curve in curves for name in curve.trace.metrics))
    panels: list[Panel] = []
    for name in names[:METRICS]:
        lines = metric_lines(curves, name, timeline, columns, report.view.theme)
        if lines:
            scale = tight_scale([line.y for line in lines], 3)
            marks = _marks(curves, 0)
            panels.append(
                Panel(
                    row + len(panels), 0, curves, False, False, printable(name), "", lines, scale, marks, True
                )
            )
    return panels


def _having(shown: Curves, quantity: Quantity, report: Report) -> Curves:
    # An SGD without momentum has a momentum of 0, which would flatten those that move.
    if quantity == "lr" or report.view.show:
        return shown
    return tuple((at, curve) for at, curve in shown if np.any(getattr(curve.trace, quantity)))


def _marks(shown: Curves, across: int) -> tuple[Mark, ...]:
    # Several curves have several sets of phases, and a small panel no room for words.
    return marks_of(shown[0][1]) if len(shown) == 1 and not across else ()


def _heading(curve: Curve) -> str:
    name, groups = printable(curve.name), len(curve.trace.groups)
    return f"{name} (all {groups} groups)" if groups > 1 and _alike(curve.trace) else name


def _alike(trace: Trace) -> bool:
    array = trace.lr if trace.logged is None else trace.lr[trace.known]
    return all(np.array_equal(array[:, 0], array[:, group]) for group in range(1, array.shape[1]))


def _moves(array: Array | None, trace: Trace) -> bool:
    if array is None:
        return False
    array = array if trace.logged is None else array[trace.known]
    low, high = array.min(axis=0), array.max(axis=0)
    return bool(np.any(high - low > 1e-9 * np.maximum(np.abs(low), np.abs(high))))


def axis_label(quantity: Quantity, curves: Sequence[Curve], view: View) -> str:
    """Name the axis of a quantity as the optimizers of the curves do."""
    if quantity == "lr" and view.normalize:
        return "LR / peak"
    if quantity != "momentum":
        return AXIS_LABELS[quantity]
    # torch has betas in the family of Adam; SGD and RMSprop have momentum; of others the trace does not say.
    kinds = {
        "beta1"
        if "adam" in curve.trace.optimizer.lower()
        else "momentum"
        if curve.trace.optimizer in ("SGD", "RMSprop")
        else "momentum / beta1"
        for curve in curves
        if curve.trace.momentum is not None
    }
    return kinds.pop() if len(kinds) == 1 else "momentum / beta1"
