"""One over the root of the calls done: a LambdaLR, as fairseq, transformers and the Transformer's paper have it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.fitting.points import Points
from lrviz.fitting.proposal import Proposal, plain
from lrviz.fitting.solving import straight


def proposals(points: Points) -> Iterator[Proposal]:
    """Propose the line through one over the squares, down to where nothing changes any more."""
    found = _scale(points)
    if found is not None:
        yield Proposal(
            "inverse square root",
            {"lr": found[0], "scale": found[1]},
            lambda t, v: v["lr"] * np.sqrt(v["scale"] / (v["scale"] + t)),
            lambda v: {
                "type": "LambdaLR",
                "lr_lambda": "sqrt(scale / (scale + t))",
                "where": {"scale": plain(v["scale"])},
            },
            2,
        )
    floored = _scale(points.until(points.tail()))
    if floored is not None and points.y[-1] > 0:
        lr, scale = floored
        yield Proposal(
            "inverse square root with a floor",
            {"lr": lr, "scale": scale, "low": float(points.y[-1]) / lr},
            lambda t, v: v["lr"] * np.maximum(np.sqrt(v["scale"] / (v["scale"] + t)), v["low"]),
            lambda v: {
                "type": "LambdaLR",
                "lr_lambda": "max(sqrt(scale / (scale + t)), low)",
                "where": {"scale": plain(v["scale"]), "low": v["low"]},
            },
            3,
        )


def with_its_own_warmup(points: Points) -> Iterator[Proposal]:
    """Propose the Transformer's own: up in a straight line, and down from where the root meets it."""
    peak = int(np.argmax(points.y))
    found = (
        _scale(Points(points.t[peak:], points.y[peak:], points.horizon))
        if 0 < peak < len(points) - 3
        else None
    )
    if found is None or points.t[0] != 0 or points.y[0] <= 0:
        return
    late = points.since(int(points.t[peak]))
    top = float(late.y[-1]) ** 2 * (float(points.t[-1]) + 1)  # lr² w
    width = (top / float(points.y[0]) ** 2) ** (1 / 3) if points.y[0] else 0.0  # y0 = lr / w
    width = round(width)
    if width > 1:
        yield Proposal(
            "inverse square root",
            {"lr": float(np.sqrt(top / width))},
            lambda t, v: v["lr"] * np.minimum((t + 1) / width, np.sqrt(width / (t + 1))),
            lambda _: {
                "type": "LambdaLR",
                "lr_lambda": "min((t + 1) / w, sqrt(w / (t + 1)))",
                "where": {"w": width},
            },
            2,
        )


def _scale(points: Points) -> tuple[float, float] | None:
    if len(points) < 3 or np.any(points.y <= 0) or points.y[-1] >= points.y[0]:
        return None
    a, b = straight(points.t.astype(np.float64), points.y**-2.0)
    return (a**-0.5, a / b) if a > 0 and b > 0 else None
