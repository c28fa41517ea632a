"""Stairs of equal length: StepLR; with a floor, a LambdaLR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lrviz.fitting.families.steps import Edge, edges
from lrviz.fitting.points import Points
from lrviz.fitting.proposal import Proposal


def proposals(points: Points) -> Iterator[Proposal]:
    """Propose the stairs on which all falls are, and those that end on a floor."""
    found = edges(points)
    if found is not None:
        size = _size(found[1])
        if size:
            yield _stairs(float(points.y[0]), found[0], size)
    tail = points.tail()
    before = points.until(tail)
    known = edges(before) if len(before) > 1 else None
    size = _size(known[1]) if known else None
    if known and size:
        lr = float(points.y[0])
        yield Proposal(
            "step with a floor",
            {"lr": lr, "gamma": known[0], "low": float(points.y[-1]) / lr},
            lambda t, v: v["lr"] * np.maximum(v["gamma"] ** (t // size), v["low"]),
            lambda v: {
                "type": "LambdaLR",
                "lr_lambda": f"max(gamma ** (t // {size}), low)",
                "where": {"gamma": v["gamma"], "low": v["low"]},
            },
            4,
        )


def _stairs(lr: float, gamma: float, size: int) -> Proposal:
    return Proposal(
        "step",
        {"lr": lr, "gamma": gamma},
        lambda t, v: v["lr"] * v["gamma"] ** (t // size),
        lambda v: {"type": "StepLR", "step_size": size, "gamma": v["gamma"]},
        3,
    )


def _size(falls: Sequence[Edge]) -> int | None:
    """Find the length of the steps: a multiple of it lies between each two calls."""
    count, low, high = 0, 0.0, np.inf
    for fall in falls:
        count += fall.times
        low, high = max(low, fall.after / count), min(high, fall.by / count)
    least, most = int(low) + 1, int(high) if np.isfinite(high) else 0
    return Edge(least - 1, most, 1).roundest if least <= most else None
