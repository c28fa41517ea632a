"""A decay by a factor per call: ExponentialLR; with a floor, a LambdaLR."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.fitting.points import Points
from lrviz.fitting.proposal import Proposal
from lrviz.fitting.solving import straight


def proposals(points: Points) -> Iterator[Proposal]:
    """Propose the straight line through the logarithms, down to where nothing changes any more."""
    if len(points) < 3 or np.any(points.y <= 0) or points.y[0] == points.y[-1]:
        return
    a, b = straight(points.t.astype(np.float64), np.log(points.y))
    yield Proposal(
        "exponential",
        {"lr": float(np.exp(a)), "gamma": float(np.exp(b))},
        lambda t, v: v["lr"] * v["gamma"] ** t,
        lambda v: {"type": "ExponentialLR", "gamma": v["gamma"]},
        2,
    )
    before = points.until(points.tail())
    if len(before) < 3:
        return
    a, b = straight(before.t.astype(np.float64), np.log(before.y))
    lr = float(np.exp(a))
    yield Proposal(
        "exponential with a floor",
        {"lr": lr, "gamma": float(np.exp(b)), "low": float(points.y[-1]) / lr},
        lambda t, v: v["lr"] * np.maximum(v["gamma"] ** t, v["low"]),
        lambda v: {
            "type": "LambdaLR",
            "lr_lambda": "max(gamma ** t, low)",
            "where": {"gamma": v["gamma"], "low": v["low"]},
        },
        3,
    )
