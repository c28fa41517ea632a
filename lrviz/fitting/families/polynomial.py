"""A power of what is left of the run: PolynomialLR; with a floor, a LambdaLR."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.fitting.points import Array, Points
from lrviz.fitting.proposal import Proposal
from lrviz.fitting.solving import straight, whole_lengths

FARTHEST = 60  # times what is seen of it


def proposals(points: Points) -> Iterator[Proposal]:
    """Propose the length with which the logarithms are on a line; where there is a tail, it begins there."""
    tail, last = points.tail(), float(points.y[-1])
    before = points.until(tail) if tail > points.t[0] and tail < points.t[-1] else points
    if before is not points and last > 0:
        # Just above the floor nothing but rounding is left; and the last calls before it may already look level.
        clear = before.y - last > 1e4 * points.noise * points.peak
        above = Points(before.t[clear], before.y[clear] - last, points.horizon)
        ends = {tail, *(-(-tail // unit) * unit for unit in (5, 10, 50, 100))}
        for power, lr, length in _powers(above, ends):
            yield _with_floor(lr + last, last, power, length)
    if before is not points and last > 0:
        return
    falling = Points(points.t[points.y > 0], points.y[points.y > 0], points.horizon)
    ends = {tail} if len(falling) < len(points) else set()
    for power, lr, length in _powers(falling, ends):
        yield _to_zero(lr, power, length)


def _to_zero(lr: float, power: float, length: int) -> Proposal:
    return Proposal(
        "polynomial",
        {"lr": lr, "power": power},
        lambda t, v: v["lr"] * (1 - np.minimum(t, length) / length) ** v["power"],
        lambda v: {"type": "PolynomialLR", "total_iters": length, "power": v["power"]},
        3,
    )


def _powers(points: Points, ends: set[int]) -> Iterator[tuple[float, float, int]]:
    """Find powers, with the LR and the length that go with each."""
    if len(points) < 3 or np.any(points.y <= 0) or points.y[-1] >= points.y[0]:
        return
    logs, last = Points(points.t, np.log(points.y), points.horizon), int(points.t[-1])
    if not ends:
        ends = {*whole_lengths(logs, _left, last + 1, (last + 1) * FARTHEST, last), points.horizon}
    for length in sorted(ends):
        if length > last:
            a, b = straight(_left(points.t.astype(np.float64), length), logs.y)
            yield b, float(np.exp(a)), length


def _left(t: Array, length: float) -> Array:
    with np.errstate(all="ignore"):
        left: Array = np.log(1 - t / length)
    return left


def _with_floor(lr: float, floor: float, power: float, length: int) -> Proposal:
    return Proposal(
        "polynomial with a floor",
        {"lr": lr, "power": power, "low": floor / lr},
        lambda t, v: (
            v["lr"] * (v["low"] + (1 - v["low"]) * (1 - np.minimum(t, length) / length) ** v["power"])
        ),
        lambda v: {
            "type": "LambdaLR",
            "lr_lambda": f"low + (1 - low) * (1 - min(t, {length}) / {length}) ** power",
            "where": {"power": v["power"], "low": v["low"]},
        },
        4,
    )
