"""Half a cosine down: CosineAnnealingLR, to zero or to eta_min; also one that was cut, or goes up again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.fitting.points import Array, Points, Whole
from lrviz.fitting.proposal import Proposal, Values
from lrviz.fitting.solving import straight, whole_lengths

FARTHEST = 60  # times what is seen of it


def half(t: Array, length: float) -> Array:
    """Go from 1 to 0 in half a cosine."""
    return (1 + np.cos(np.pi * t / length)) / 2


def proposals(points: Points) -> Iterator[Proposal]:
    """Propose the lengths with which half a cosine fits best, and the run's own; to zero, and to anywhere."""
    if len(points) < 3 or points.y[0] == points.y[-1]:
        return
    span = int(points.t[-1])
    found = whole_lengths(points, half, max(1, span // 4), FARTHEST * span)
    lengths = dict.fromkeys([*found, *_to_zero(points), points.horizon])
    for length in lengths:
        if length < 1:
            continue
        x = half(points.t.astype(np.float64), length)
        squares = float(np.sum(x * x))
        if squares:
            yield _cosine(length, float(np.sum(x * points.y)) / squares, None)
        floor, rise = straight(x, points.y)
        yield _cosine(length, floor + rise, floor)
    yield from _then_level(points)


def _then_level(points: Points) -> Iterator[Proposal]:
    """Propose half a cosine that stays where it ends, as language models are trained."""
    tail, last = points.tail(), float(points.y[-1])
    before = points.until(tail)
    if len(before) < 4 or tail == points.t[-1]:
        return
    for length in dict.fromkeys([*whole_lengths(before, half, max(1, tail // 2), 2 * tail), tail]):
        x = half(before.t.astype(np.float64), length)
        rise = float(np.sum(x * (before.y - last)) / np.sum(x * x))
        yield _level(length, last + rise, last)


def _level(length: int, lr: float, last: float) -> Proposal:
    def closed(t: Whole, v: Values) -> Array:
        x = half(np.minimum(t, length).astype(np.float64), length)
        both: Array = v["lr"] * (v["low"] + (1 - v["low"]) * x)
        return both

    return Proposal(
        "cosine, then level",
        {"lr": lr, "low": last / lr},
        closed,
        lambda v: {
            "type": "LambdaLR",
            "lr_lambda": f"low + (1 - low) * (1 + cos(pi * min(t, {length}) / {length})) / 2",
            "where": {"low": v["low"]},
        },
        4,
    )


def _cosine(length: int, lr: float, floor: float | None) -> Proposal:
    values = {"lr": lr} if floor is None else {"lr": lr, "eta_min": floor}
    return Proposal(
        "cosine",
        values,
        lambda t, v: (
            v.get("eta_min", 0.0) + (v["lr"] - v.get("eta_min", 0.0)) * half(t.astype(np.float64), length)
        ),
        lambda v: (
            {"type": "CosineAnnealingLR", "T_max": length}
            | ({"eta_min": v["eta_min"]} if "eta_min" in v else {})
        ),
        len(values) + 1,
    )


def _to_zero(points: Points) -> list[int]:
    """Find the length from the last point, if the floor is zero: exact however little of it is seen."""
    first, last = float(points.y[0]), float(points.y[-1])
    if points.t[0] != 0 or first <= 0 or not 0 <= last < first:
        return []
    angle = float(np.arccos(2 * last / first - 1))
    return [round(np.pi * float(points.t[-1]) / angle)] if angle else []
