"""A constant LR."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.fitting.points import Points
from lrviz.fitting.proposal import Proposal


def proposals(points: Points) -> Iterator[Proposal]:
    """Propose the LR in the middle of those that there are."""
    middle = float((np.min(points.y) + np.max(points.y)) / 2)
    yield Proposal(
        "constant",
        {"lr": middle},
        lambda t, v: np.full(len(t), v["lr"]),
        lambda _: None,
        1,
    )
