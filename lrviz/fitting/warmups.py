"""A curve that begins with a straight line up → the same curve without it, and with it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from lrviz.fitting.points import Array, Points, Whole
from lrviz.fitting.proposal import Proposal, Values
from lrviz.fitting.solving import straight

MOST = 64  # calls at which it may end, where they lie far apart


def warmed(points: Points, body: Any) -> Iterator[Proposal]:
    """Propose a warm-up in front of what a family proposes for what comes after it.

    Args:
        points: the whole curve.
        body: the family's ``proposals``.
    """
    line = _line(points)
    if line is None:
        return
    a, b, last, after = line
    step = max(1, (after - last) // MOST)
    for length in range(last, after + 1, step):
        top = a + b * length
        rest = points.since(length)
        if len(rest) and rest.t[0] != 0:
            rest = Points(np.insert(rest.t, 0, 0), np.insert(rest.y, 0, top), rest.horizon)
        for proposal in body(rest):
            if abs(proposal.values.get("lr", 0.0) - top) <= 2e-2 * top:
                yield _after(length, a, proposal)


def _line(points: Points) -> tuple[float, float, int, int] | None:
    """Find the line up at the start: its height and slope, its last call, and the first that is not on it."""
    y, t = points.y, points.t.astype(np.float64)
    if len(points) < 4 or y[1] <= y[0]:
        return None
    rising = np.flatnonzero(np.diff(y) <= 0)
    end = int(rising[0]) + 1 if len(rising) else len(y)
    slope = (y[1] - y[0]) / (t[1] - t[0])
    # Rounding weighs most in the first difference: what is on the line so far says where the next is to be.
    count = 2
    while count < end and abs(y[count] - y[0] - slope * (t[count] - t[0])) <= 50 * points.noise * y[count]:
        slope = (y[count] - y[0]) / (t[count] - t[0])
        count += 1
    a, b = straight(t[:count], y[:count])
    last = int(points.t[count - 1])
    return a, b, last, int(points.t[count]) if count < len(y) else last


def _after(length: int, start: float, body: Proposal) -> Proposal:
    lr = body.values["lr"]
    factor = start / lr
    from_zero = abs(factor) < 1e-6

    def closed(t: Whole, v: Values) -> Array:
        first = v.get("start_factor", 0.0)
        ramp = v["lr"] * (first + (1 - first) * t / length)
        return np.where(t < length, ramp, body.closed(np.maximum(t - length, 0), v))

    def scheduler(v: Values) -> dict[str, Any]:
        after = body.scheduler(v)
        if from_zero:
            return _from_zero(length, after)
        ramp = {"start_factor": v["start_factor"]}
        if after is None:
            return {"type": "LinearLR", **ramp, "total_iters": length}
        return {**after, "warmup": {"length": length, **ramp}}

    values = dict(body.values) if from_zero else {**body.values, "start_factor": factor}
    return replace(
        body,
        name=f"{body.name} after a warm-up",
        values=values,
        closed=closed,
        scheduler=scheduler,
        parameters=body.parameters + (1 if from_zero else 2),
    )


def _from_zero(length: int, after: dict[str, Any] | None) -> dict[str, Any]:
    """Write a warm-up from zero, which torch's LinearLR does not take."""
    if after is None:
        return {"type": "LambdaLR", "lr_lambda": f"min(t / {length}, 1)"}
    ramp = {"type": "LambdaLR", "lr_lambda": f"t / {length}"}
    if after["type"] == "SequentialLR":
        milestones = [length, *(length + milestone for milestone in after["milestones"])]
        return {**after, "milestones": milestones, "schedulers": [ramp, *after["schedulers"]]}
    return {"type": "SequentialLR", "milestones": [length], "schedulers": [ramp, after]}
