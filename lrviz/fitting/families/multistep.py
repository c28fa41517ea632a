"""Stairs with edges anywhere: MultiStepLR."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.fitting.families.steps import edges
from lrviz.fitting.points import Points
from lrviz.fitting.proposal import Proposal


def proposals(points: Points) -> Iterator[Proposal]:
    """Propose a milestone for each fall, or as many as the factors that it multiplies by."""
    found = edges(points)
    if found is None:
        return
    gamma, falls = found
    milestones = [fall.roundest for fall in falls for _ in range(fall.times)]
    yield Proposal(
        "multistep",
        {"lr": float(points.y[0]), "gamma": gamma},
        lambda t, v: v["lr"] * v["gamma"] ** np.searchsorted(milestones, t, side="right"),
        lambda v: {"type": "MultiStepLR", "milestones": milestones, "gamma": v["gamma"]},
        2 + len(milestones),
    )
