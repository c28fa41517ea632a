"""A straight line down, and then level: PolynomialLR to zero, LinearLR to anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from lrviz.fitting.points import Array, Points, Whole
from lrviz.fitting.proposal import Proposal, Values
from lrviz.fitting.solving import straight


def proposals(points: Points) -> Iterator[Proposal]:
    """Propose the line through what moves; it ends where the tail is met, at zero, or with the run."""
    tail = points.tail()
    before = points.until(tail) if tail > points.t[0] else points
    if len(before) < 2 or before.y[-1] >= before.y[0]:
        return
    a, b = straight(before.t.astype(np.float64), before.y)
    if b == 0 or a == 0:
        return
    end = float(points.y[-1])
    ends = {round(-a / b): 0.0, round((end - a) / b): end}
    ends[points.horizon] = a + b * points.horizon
    for length, last in ends.items():
        if length < 1 or last < -1e-9 * a:
            continue
        yield from _line(a, length, max(last, 0.0) / a, points)


def _line(lr: float, length: int, factor: float, points: Points) -> Iterator[Proposal]:
    def level(t: Whole, v: Values) -> Array:
        return v["lr"] * (1 + (v["end_factor"] - 1) * np.minimum(t, length) / length)

    if abs(factor) <= 1e3 * points.noise:
        yield Proposal(
            "linear",
            {"lr": lr},
            lambda t, v: v["lr"] * (1 - np.minimum(t, length) / length),
            lambda _: {"type": "PolynomialLR", "total_iters": length},
            2,
        )
        factor = 0.0
    yield Proposal("linear", {"lr": lr, "end_factor": factor}, level, partial(_written, length), 3)


def _written(length: int, values: Values) -> dict[str, Any]:
    return {
        "type": "LinearLR",
        "start_factor": 1.0,
        "end_factor": values["end_factor"],
        "total_iters": length,
    }
