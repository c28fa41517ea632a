"""Stairs: where their edges can be, and the factor that they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrviz.fitting.points import Points

MOST = 60  # edges


@dataclass(frozen=True)
class Edge:
    """A fall of the LR.

    Args:
        after, by: the last call before it and the first call after it.
        times: how many factors it multiplies by.
    """

    after: int
    by: int
    times: int

    @property
    def roundest(self) -> int:
        """The roundest call at which it can be."""
        units = (leading * 10**zeros for zeros in range(12, -1, -1) for leading in (5, 2, 1))
        return next((at for unit in units if (at := self.by // unit * unit) > self.after), self.by)


def edges(points: Points) -> tuple[float, list[Edge]] | None:
    """Find the factor of stairs and their edges; None where the falls share no factor."""
    found = points.changes()
    if not found or len(found) > MOST or any(ratio <= 0 for _, _, ratio in found):
        return None
    logs = np.log([ratio for _, _, ratio in found])
    factor = float(logs[np.argmin(np.abs(logs))])
    times = np.round(logs / factor)
    if np.any(times < 1) or np.max(np.abs(logs - times * factor)) > 1e-5 * abs(factor):
        return None
    gamma = float(np.exp(np.sum(logs) / np.sum(times)))
    return gamma, [Edge(before, after, int(n)) for (before, after, _), n in zip(found, times, strict=True)]
