"""Report → what the page's script draws: panels of lines, their updates and values as bytes, as few as one page holds.

A line with few changes is exact: the first update of each run of the same value. Of any other the extremes of each of
some thousand stretches are kept, as the figures keep those of each pixel.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrviz.render.lines import DASHES, FAN
from lrviz.render.marks import marks_of
from lrviz.render.noise import is_noisy, smoothed, window_of
from lrviz.render.palette import CURVES, colour
from lrviz.render.panels import METRICS, axis_label, quantities_of
from lrviz.render.pixels import extremes
from lrviz.render.scales import DECADES
from lrviz.render.shown import WORSE, Line, lines_of, on_log_scale, visible
from lrviz.report import Report
from lrviz.spec.clock import Clock
from lrviz.spec.view import Quantity
from lrviz.trace import TRAINED, Array
from lrviz.trace.columns import runs_of

POINTS = 170_000  # values in one page: 16 bytes each
WIDE, FINE = 2.2, 1.4  # in pixels
Points = tuple[NDArray[np.int64], Array, bool]  # updates, values, and whether these are all there is to know


@dataclass(frozen=True, eq=False)
class Drawn:
    """One line of a panel.

    Args:
        keys: the entries of the legend that it stands for.
        curve: the index of its curve.
        values: of each update; of a metric, of each of ``updates``.
        updates: the updates after which a metric was known.
        role: ``line``, or of a noisy quantity the ``noise`` and its ``mean``.
    """

    keys: tuple[int, ...]
    curve: int
    values: Array
    updates: NDArray[np.int64] | None = None
    role: str = "line"


def chosen_lines(report: Report) -> tuple[Line, ...]:
    """Choose the lines to draw: of a curve with very many groups some, from the highest to the lowest."""
    kept: list[Line] = []
    lines = lines_of(report)
    for curve in report.curves:
        own = [line for line in lines if line.curve is curve]
        by_peak = sorted(own, key=lambda line: -float(np.max(line.lr)))
        at = np.unique(np.linspace(0, len(own) - 1, min(FAN, len(own))).astype(int))
        chosen = {by_peak[i].index for i in at}
        kept += [line for line in own if line.index in chosen]
    return tuple(kept)


def drawn_of(report: Report, lines: Sequence[Line]) -> dict[str, Any]:
    """Lay out what the script draws, as JSON takes it.

    Args:
        report: the curves, or their shapes.
        lines: those of ``chosen_lines``.
    """
    panels = [*_panels(report, lines), *_metrics(report, lines)]
    allotted = iter(_allotted([_need(line) for _, some in panels for line in some]))
    axes, axis = _axes(report)
    return {
        "axes": axes,
        "axis": axis,
        "curves": [_clock(curve.trace.clock) for curve in report.curves],
        "keys": _looks(report, lines),
        "marks": _marks(report),
        "panels": [
            {**panel, "lines": [_line(line, next(allotted)) for line in some]} for panel, some in panels
        ],
    }


def _looks(report: Report, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Choose colours and dashes: curves differ in colour, groups of one in dashes; what lies on another is dashed."""
    looks: list[dict[str, Any]] = []
    seen: Counter[int] = Counter()
    alike: Counter[bytes] = Counter()
    for line in lines:
        curve = _index(report, line)
        _, dashes = DASHES[(curve // len(CURVES) + seen[curve]) % len(DASHES)]
        drawn = sha256(line.lr.tobytes()).digest()
        # The first stays solid underneath; each other one covers its own share of every period.
        over = (4.0, 4.0 * alike[drawn])
        dash = [round(length * WIDE, 1) for length in (over if alike[drawn] and not dashes else dashes)]
        looks.append({"color": colour(curve, report.view.theme), "dash": dash, "label": line.label})
        seen[curve] += 1
        alike[drawn] += 1
    return looks


def _marks(report: Report) -> list[dict[str, Any]]:
    """List the phases of a curve that is alone: those of several would be told apart by nobody."""
    if len(report.curves) != 1:
        return []
    return [{"text": mark.text, "update": mark.update} for mark in marks_of(report.curves[0])]


def _index(report: Report, line: Line) -> int:
    return next(index for index, curve in enumerate(report.curves) if curve is line.curve)


def _panels(report: Report, lines: Sequence[Line]) -> list[tuple[dict[str, Any], list[Drawn]]]:
    panels = []
    report = replace(report, view=replace(report.view, layout="overlay"))  # all curves share a panel here
    for quantity in quantities_of(report):
        drawn: list[Drawn] = []
        for index, curve in enumerate(report.curves):
            alike: dict[object, list[tuple[int, Array]]] = {}
            for key, line in enumerate(lines):
                values = line.quantity(quantity) if line.curve is curve else None
                if values is not None and (quantity == "lr" or report.view.show or np.any(values)):
                    # Learning rates that are alike are lines of their own: their groups differ in something else.
                    same = key if quantity == "lr" else values.tobytes()
                    alike.setdefault(same, []).append((key, values))
            for found in alike.values():
                one = Drawn(tuple(key for key, _ in found), index, np.ascontiguousarray(found[0][1]))
                drawn += _with_mean(one, quantity, curve.trace.clock)
        if drawn:
            panels.append((_panel(report, quantity, drawn), drawn))
    return panels


def _with_mean(line: Drawn, quantity: Quantity, clock: Clock) -> list[Drawn]:
    if quantity not in TRAINED or not is_noisy(line.values):
        return [line]
    mean = smoothed(line.values, window_of(clock))
    return [replace(line, role="noise"), replace(line, values=mean, role="mean")]


def _panel(report: Report, quantity: Quantity, drawn: Sequence[Drawn]) -> dict[str, Any]:
    values = [line.values for line in drawn]
    first = [float(one[0]) for one in values if len(one) and np.isfinite(one[0])]
    trained = quantity in TRAINED
    return {
        "label": axis_label(quantity, report.curves, report.view),
        "log": report.view.y == "log" if quantity == "lr" else trained and on_log_scale(values),
        "positive": any(bool(np.any(one > 0)) for one in values),
        "tall": quantity == "lr" or trained,
        "from_zero": quantity == "lr",
        "ceiling": WORSE * max(first) if quantity == "loss" and first else None,
    }


def _metrics(report: Report, lines: Sequence[Line]) -> list[tuple[dict[str, Any], list[Drawn]]]:
    names = dict.fromkeys(name for curve in report.curves for name in curve.trace.metrics)
    panels = []
    for name in list(names)[:METRICS]:
        drawn = []
        for index, curve in enumerate(report.curves):
            series = curve.trace.metrics.get(name)
            if series is not None and len(series.values):
                keys = tuple(key for key, line in enumerate(lines) if line.curve is curve)
                drawn.append(Drawn(keys, index, series.values, series.updates))
        positive = any(bool(np.any(line.values > 0)) for line in drawn)
        panel = {"label": visible(name), "log": False, "positive": positive}
        panels.append(({**panel, "tall": False, "from_zero": False, "ceiling": None}, drawn))
    return [pair for pair in panels if pair[1]]


def _line(line: Drawn, most: int) -> dict[str, Any]:
    updates, values, exact = _points(line, most)
    return {
        "curve": line.curve,
        "exact": exact,
        "floor": _floor(line.values),
        "keys": list(line.keys),
        "metric": line.updates is not None,
        "role": line.role,
        "x": b64encode(updates.astype("<i4").tobytes()).decode(),
        "y": b64encode(values.astype("<f8").tobytes()).decode(),
    }


def _points(line: Drawn, most: int) -> Points:
    """Choose at most about so many points of a line."""
    if line.updates is None:
        starts, _ = runs_of(line.values)
        if len(starts) <= most:
            return starts, line.values[starts], True
    finite = np.nan_to_num(line.values)
    every: NDArray[np.int64] = np.arange(len(finite))
    if len(finite) > most:
        for share in (2, 4, 8, 16):
            every = extremes(finite, most // share)
            if len(every) <= most:
                break
    updates = every if line.updates is None else line.updates[every]
    return updates, line.values[every], len(every) == len(finite)


def _floor(values: Array) -> float | None:
    """Tell where a log axis for the values ends: at the smallest, or not far into the last few of a decay to zero."""
    positive = values[np.isfinite(values) & (values > 0)]
    if not len(positive):
        return None
    low, deep = float(positive.min()), float(positive.max()) * 10**-DECADES
    return max(low, min(deep, float(np.quantile(positive, 0.01)))) if low < deep else low


def _need(line: Drawn) -> int:
    if line.updates is not None:
        return len(line.values)
    need = len(runs_of(line.values)[0])
    return min(need, POINTS // 8) if line.role == "mean" else need


def _allotted(needs: Sequence[int]) -> list[int]:
    """Share the points of a page out: to all what they need, or to those that need most the same."""
    left, found = POINTS, [0] * len(needs)
    for rank, at in enumerate(sorted(range(len(needs)), key=lambda at: needs[at])):
        found[at] = max(64, min(needs[at], left // (len(needs) - rank)))
        left = max(0, left - found[at])
    return found


def _clock(clock: Clock) -> dict[str, int | None]:
    return {
        "steps": clock.steps,
        "per_epoch": clock.steps_per_epoch,
        "per_tokens": clock.tokens_per_step,
    }


def _axes(report: Report) -> tuple[list[dict[str, Any]], str]:
    """List the x axes that all curves have, and choose the one to begin with."""
    clocks = [curve.trace.clock for curve in report.curves]
    made: dict[str, tuple[str, Callable[[Clock], float | None]]] = {
        "step": ("update", lambda _: 1.0),
        "epoch": ("epoch", lambda clock: clock.steps_per_epoch and 1 / clock.steps_per_epoch),
        "tokens": ("tokens", lambda clock: clock.tokens_per_step and float(clock.tokens_per_step)),
        "run": ("% of the run", lambda clock: 100 / clock.steps),
    }
    axes = []
    for key, (label, per_update) in made.items():
        per = [per_update(clock) for clock in clocks]
        several = len({clock.steps for clock in clocks}) > 1 or report.view.x == "run"
        if None not in per and (key != "run" or several):
            axes.append({"key": key, "label": label, "per": per})
    each = all(clock.steps_per_epoch == 1 for clock in clocks)
    return axes, report.view.x or ("epoch" if each and clocks else "step")
