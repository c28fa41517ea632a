"""Report → curves drawn in the terminal, in braille and colours, or with a letter for each."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from rich.cells import cell_len, chop_cells
from rich.style import Style
from rich.text import Text

from lrviz.render.as_table import colour_of, style_of
from lrviz.render.axis import lr_ticks, time_ticks
from lrviz.render.braille import Dots, characters, dots, scale_of
from lrviz.render.joined import joined
from lrviz.render.number import lr_text
from lrviz.render.palette import CURVES
from lrviz.render.shown import Line, bounded, lines_of, made_of_lr, on_log_scale, visible
from lrviz.report import Report
from lrviz.spec.clock import Clock
from lrviz.trace import TRAINED, Array

LETTERS = string.ascii_lowercase + string.ascii_uppercase + string.digits
HEADINGS = {
    "lr": "learning rate",
    "momentum": "momentum",
    "weight_decay": "weight decay",
    "loss": "loss",
    "step_size": "step size (RMS of the parameters' change)",
    "effective_lr": "effective LR (step size over the RMS of the gradient)",
}
STRIP = 8  # rows of a panel under that of the LR, unless all have fewer
UNITS = {"step": "update", "epoch": "epoch", "tokens": "tokens", "run": "% of the run"}


@dataclass(frozen=True)
class _Ink:
    """What a drawing may be drawn with."""

    colour: bool
    unicode: bool
    letters: bool  # a letter for each line, where colours do not tell the lines apart

    def mark(self, line: Line) -> str:
        if self.letters:
            return LETTERS[line.index % len(LETTERS)]
        return "━━" if self.unicode else "*"


def drawing(
    report: Report, width: int = 80, height: int = 16, colour: bool = True, unicode: bool = True
) -> Text:
    """Draw the curves of a report, axes around them and their names beneath.

    Args:
        report: the curves, and the view: its x axis, the scale of its y axis, its quantities and its layout.
        width: columns of the terminal.
        height: rows of each panel, without the line and the numbers of its x axis.
        colour: tell curves apart by colour; else each is drawn with a letter of its own.
        unicode: use braille and box characters; else ASCII.
    """
    report = report.drawn()
    lines = lines_of(report)
    ink = _Ink(colour, unicode, letters=len(lines) > (len(CURVES) if colour and unicode else 1))
    text = Text(no_wrap=True, overflow="ignore")
    if report.view.title:
        text.append(visible(report.view.title) + "\n\n", style="bold")
    panels = [lines] if report.view.layout == "overlay" else [(line,) for line in lines]
    for panel in panels:
        for quantity in report.view.show or ("lr", *made_of_lr(report)):
            shown = [line for line in panel if line.quantity(quantity) is not None]
            if quantity == "loss":  # which all groups share
                shown = list({line.curve.name: line for line in reversed(shown)}.values())[::-1]
            if shown:
                rows = min(height, STRIP) if quantity in TRAINED else height
                _panel(text, report, shown, quantity, (width, rows), ink)
        _legend(text, panel, width, ink)
    text.rstrip()
    return text


def sparkline(values: Sequence[float] | Array, width: int = 48, height: int = 4, unicode: bool = True) -> str:
    """Draw the shape of a curve, without axes: from 0, or its lowest value, to its highest."""
    array = np.asarray(values, dtype=np.float64)
    if not len(array):
        return ""
    scale = scale_of([array])
    fine = (2 * width, 4 * height) if unicode else (width, height)
    grid = dots(array, Fraction(len(array)), scale, *fine)
    rows = characters(grid) if unicode else ["".join("*" if dot else " " for dot in row) for row in grid]
    return "\n".join(row.rstrip() for row in rows)


def _panel(
    text: Text, report: Report, lines: Sequence[Line], quantity: str, size: tuple[int, int], ink: _Ink
) -> None:
    """Draw one quantity of some lines, with its axes."""
    width, rows = size
    values = [_values(line, quantity) for line in lines]
    log = on_log_scale(values) if quantity in TRAINED else report.view.y == "log" and quantity == "lr"
    scale = scale_of(list(bounded(values, quantity)), log)
    labels = lr_ticks(scale, rows)
    if scale.clipped:
        labels[rows - 1] = ("≤" if ink.unicode else "<=") + lr_text(scale.low)
    margin = max(map(len, labels.values())) + 1
    columns = max(10, width - margin - 1)

    unit = _unit(report)
    rates = [_updates_per(unit, line.curve.trace.clock) for line in lines]
    span = max(len(line.lr) / rate for line, rate in zip(lines, rates, strict=True))
    across, down = (1, 1) if ink.letters or not ink.unicode else (2, 4)
    grids = [
        dots(array, span * rate, scale, columns * across, rows * down)
        for array, rate in zip(values, rates, strict=True)
    ]
    heading = "LR / peak" if report.view.normalize and quantity == "lr" else HEADINGS[quantity]
    text.append(" " * (margin + 1) + heading + "\n", style="bold")
    tick, bar = ("┤", "│") if ink.unicode else ("+", "|")
    for row, cells in enumerate(_cells(grids, lines, (across, down), ink)):
        text.append(labels.get(row, "").rjust(margin - 1) + " ")
        text.append(tick if row in labels else bar, style="dim")
        for cell, style in cells:
            text.append(cell, style=style)
        text.append("\n")
    axis, numbers = _time_axis(float(span), columns, UNITS[unit], ink)
    text.append(" " * margin + axis + "\n", style="dim")
    text.append(" " * margin + numbers + "\n")


def _cells(
    grids: Sequence[Dots], lines: Sequence[Line], dots_per_cell: tuple[int, int], ink: _Ink
) -> list[list[tuple[str, Style | None]]]:
    """Lay the lines over each other; those that share a cell take turns, so that none is hidden."""
    across, down = dots_per_cell
    rows, columns = grids[0].shape[0] // down, grids[0].shape[1] // across
    taken: list[Dots] = [np.any(grid.reshape(rows, down, columns, across), axis=(1, 3)) for grid in grids]
    together: Dots = np.any(np.stack(grids), axis=0)
    drawn = characters(together) if down == 4 else ["*" * columns] * rows
    styles = [colour_of(line) if ink.colour else None for line in lines]
    picture = []
    for row in range(rows):
        cells: list[tuple[str, Style | None]] = []
        for column in range(columns):
            owners = [index for index, cells_of in enumerate(taken) if cells_of[row, column]]
            if not owners:
                cells.append((" ", None))
                continue
            owner = owners[column % len(owners)]
            cells.append((ink.mark(lines[owner]) if ink.letters else drawn[row][column], styles[owner]))
        while cells and cells[-1][0] == " ":
            cells.pop()
        picture.append(cells)
    return picture


def _time_axis(span: float, columns: int, unit: str, ink: _Ink) -> tuple[str, str]:
    """Write the line beneath a drawing, and the numbers and the unit beneath the line."""
    corner, tick, bar = ("└", "┬", "─") if ink.unicode else ("+", "+", "-")
    line = [bar] * columns
    # The unit stands at the right; a number that would touch it is left out.
    written = [" "] * (columns + 1)
    written[-len(unit) :] = unit
    free = 0
    for column, label in time_ticks(span, columns).items():
        start = max(0, column + 1 - len(label) // 2)
        if start >= free and start + len(label) < len(written) - len(unit):
            written[start : start + len(label)] = label
            line[column] = tick
            free = start + len(label) + 1
    return corner + "".join(line), "".join(written)


def _legend(text: Text, lines: Sequence[Line], width: int, ink: _Ink) -> None:
    """Write the lines' names, each with its mark, as many beside each other as fit."""
    text.append("\n")
    used = 0
    for line in lines:
        mark = "" if len(lines) == 1 and not ink.letters and not ink.colour else ink.mark(line) + " "
        pieces = chop_cells(line.label, width - cell_len(mark) - 2)
        if used and used + 3 + cell_len(mark) + cell_len(pieces[0]) > width - 2:
            text.append("\n")
            used = 0
        text.append("   " if used else "  ")
        text.append(mark, style=colour_of(line) if ink.colour else None)
        text.append(
            ("\n" + " " * (2 + cell_len(mark))).join(pieces), style=style_of(line) if ink.colour else None
        )
        used = width if len(pieces) > 1 else used + 3 + cell_len(mark) + cell_len(pieces[0])
    text.append("\n")


def _values(line: Line, quantity: str) -> Array:
    values = joined(line.curve.trace, quantity)
    assert values is not None
    return values[:, line.group]


def _unit(report: Report) -> str:
    """Choose what runs along the x axis: what was asked for, else epochs where all runs count them."""
    in_epochs = all(curve.trace.clock.steps_per_epoch for curve in report.curves)
    return report.view.x or ("epoch" if in_epochs else "step")


def _updates_per(unit: str, clock: Clock) -> Fraction:
    if unit == "tokens" and clock.tokens_per_step:
        return Fraction(1, clock.tokens_per_step)
    if unit == "run":
        return Fraction(clock.steps, 100)
    return Fraction(clock.steps_per_epoch if unit == "epoch" and clock.steps_per_epoch else 1)
