"""Level, then down to the end: a ConstantLR, then a line, a cosine, or one minus a root, in a SequentialLR."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from lrviz.fitting.families import cosine, linear
from lrviz.fitting.points import Array, Points, Whole
from lrviz.fitting.proposal import Proposal, Values

MOST = 40  # calls at which the decay may begin, where they lie far apart


def proposals(points: Points) -> Iterator[Proposal]:
    """Propose that what comes after the level is of a family that decays."""
    level = np.abs(points.y - points.y[0]) <= points.noise * abs(points.y[0])
    if level.all() or not level[:2].all():
        return
    first = int(np.argmin(level))
    for start in _starts(int(points.t[first - 1]), int(points.t[first])):
        later = points.since(start)
        if later.t[0] != 0:  # the decay begins where the level ends
            later = Points(np.insert(later.t, 0, 0), np.insert(later.y, 0, points.y[0]), later.horizon)
        for family in (linear.proposals, cosine.proposals, _root):
            for decay in family(later):
                if abs(decay.values["lr"] - points.y[0]) <= 1e-4 * points.y[0]:
                    yield _after(start, decay)


def _starts(low: int, high: int) -> list[int]:
    step = max(1, (high - low) // MOST)
    return list(range(low, high + 1, step))


def _after(start: int, decay: Proposal) -> Proposal:
    def closed(t: Whole, values: Values) -> Array:
        return np.where(t < start, values["lr"], decay.closed(np.maximum(t - start, 0), values))

    def scheduler(values: Values) -> dict[str, Any]:
        level = {"type": "ConstantLR", "factor": 1.0, "total_iters": start}
        return {
            "type": "SequentialLR",
            "milestones": [start],
            "schedulers": [level, decay.scheduler(values)],
        }

    return replace(
        decay,
        name=f"warm-up, stable, decay ({decay.name})",
        closed=closed,
        scheduler=scheduler,
        parameters=decay.parameters + 1,
    )


def _root(points: Points) -> Iterator[Proposal]:
    """Propose one minus the root of the share of the decay that is done."""
    if len(points) < 3:
        return
    lr = float(points.y[0])
    done = 1 - float(points.y[-1]) / lr
    length = round(float(points.t[-1]) / done**2) if done > 0 else 0
    if length > 0:
        yield Proposal(
            "1 - sqrt",
            {"lr": lr},
            lambda t, v: v["lr"] * (1 - np.sqrt(np.minimum(t, length) / length)),
            lambda _: {"type": "LambdaLR", "lr_lambda": f"1 - sqrt(min(t, {length}) / {length})"},
            2,
        )
