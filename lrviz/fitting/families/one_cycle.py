"""Up and down again in one cycle: OneCycleLR, by cosines or in straight lines."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from lrviz.fitting.families.cosine import half
from lrviz.fitting.points import Array, Points, Whole
from lrviz.fitting.proposal import Proposal, Values
from lrviz.fitting.solving import lengths, straight, whole_lengths

DEFAULTS = {"pct_start": 0.3, "div_factor": 25.0, "final_div_factor": 1e4}
FARTHEST = 20  # times what is seen of the way down


def proposals(points: Points) -> Iterator[Proposal]:
    """Propose what goes up to the peak, and down from it to the end of the run, or beyond."""
    peak = int(np.argmax(points.y))
    if not 2 <= peak < len(points) - 3 or points.t[0] != 0:
        return
    for shape, strategy in ((half, "cos"), (_line, "linear")):
        yield from _cycles(points, peak, shape, strategy)


def _line(t: Array, length: float) -> Array:
    return 1 - t / length


def _late(lag: float, t: Array, length: float) -> Array:
    return half(t + lag, length)


def _cycles(points: Points, peak: int, shape: Any, strategy: str) -> Iterator[Proposal]:
    up = points.until(int(points.t[peak]))  # the peak itself may lie on the way down
    down = points.since(int(points.t[peak]) + 1)
    if strategy == "cos":
        around = float(points.t[peak])
        tops = lengths(up, shape, max(1.0, around - 1), around + 2)
    else:
        a, b = straight(up.t.astype(np.float64), up.y)
        c, d = straight(down.t.astype(np.float64) + points.t[peak] + 1, down.y)
        tops = [(c - a) / (b - d)] if b > d else []
    for top in tops:
        if top <= 0:
            continue
        x = 1 - shape(up.t.astype(np.float64), top)
        low, rise = straight(x, up.y)
        if low <= 0 or rise <= 0:
            continue
        totals = {points.horizon}
        if strategy == "cos":
            later = points.since(int(np.ceil(top)))
            moved = Points(later.t, later.y, later.horizon)
            lag = np.ceil(top) - top
            found = whole_lengths(moved, partial(_late, lag), 1, FARTHEST * int(later.t[-1] + 1))
            totals |= {round(top + n + 1 - lag) for n in found}
        for total in sorted(totals):
            if total - 1 > top:
                yield _cycle(points, total, top, low, low + rise, strategy, shape)


def _cycle(
    points: Points, total: int, top: float, low: float, high: float, strategy: str, shape: Any
) -> Proposal:
    after = points.t > top
    x = shape(points.t[after] - top, total - 1 - top)
    rest = 1 - x
    last = float(np.sum((points.y[after] - high * x) * rest) / max(float(np.sum(rest * rest)), 1e-300))
    values = {
        "max_lr": high,
        "pct_start": (top + 1) / total,
        "div_factor": high / low,
        "final_div_factor": low / last if last > 0 else 1e4,
    }

    def closed(t: Whole, v: Values) -> Array:
        first = v["max_lr"] / v["div_factor"]
        end = first / v["final_div_factor"]
        knot = v["pct_start"] * total - 1
        up = v["max_lr"] + (first - v["max_lr"]) * shape(np.minimum(t, knot), knot)
        down = end + (v["max_lr"] - end) * shape(np.maximum(t - knot, 0), total - 1 - knot)
        both: Array = np.where(t <= knot, up, down)
        return both

    return Proposal("one-cycle", values, closed, partial(_written, total, strategy), 5)


def _written(total: int, strategy: str, values: Values) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "OneCycleLR", "max_lr": values["max_lr"], "total_steps": total}
    found |= {name: values[name] for name, default in DEFAULTS.items() if values[name] != default}
    if strategy != "cos":
        found["anneal_strategy"] = strategy
    return {**found, "cycle_momentum": False}
