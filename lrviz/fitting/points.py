"""What is known of a curve: learning rates at some calls of a scheduler, and how those lie along the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Points:
    """Learning rates by the calls that came before them.

    Args:
        t: calls, ascending.
        y: the LR after so many calls.
        horizon: calls in the whole run, from where t is 0.
    """

    t: Whole
    y: Array
    horizon: int

    def __len__(self) -> int:
        return len(self.t)

    def since(self, call: int) -> Points:
        """Take what comes at or after a call, counted from it."""
        later = self.t >= call
        return Points(self.t[later] - call, self.y[later], self.horizon - call)

    def until(self, call: int) -> Points:
        """Take what comes before a call."""
        before = self.t < call
        return Points(self.t[before], self.y[before], self.horizon)

    @property
    def peak(self) -> float:
        """The largest LR."""
        return float(np.max(np.abs(self.y)))

    @property
    def noise(self) -> float:
        """The rounding of the numbers, relative: that of float32, where all of them are such."""
        return 2e-7 if np.array_equal(self.y.astype(np.float32).astype(np.float64), self.y) else 1e-11

    def tail(self) -> int:
        """Find the call from which on nothing changes any more; the last call where it goes on changing."""
        still = np.abs(self.y - self.y[-1]) <= self.noise * abs(self.y[-1])
        moving = np.flatnonzero(~still)
        return int(self.t[moving[-1] + 1]) if len(moving) else int(self.t[0])

    def changes(self) -> list[tuple[int, int, float]]:
        """List where the LR changes: the last call before, the first after, and the ratio."""
        y = self.y
        moved = np.flatnonzero(np.abs(np.diff(y)) > self.noise * np.abs(y[:-1]))
        if len(moved) and np.any(y[moved] == 0):
            return []
        return [(int(self.t[i]), int(self.t[i + 1]), float(y[i + 1] / y[i])) for i in moved]

    def thinned(self, most: int = 400) -> Points:
        """Take some of them, evenly, for a search."""
        if len(self) <= most:
            return self
        chosen = np.unique(np.linspace(0, len(self) - 1, most).round().astype(np.int64))
        return Points(self.t[chosen], self.y[chosen], self.horizon)


@dataclass(frozen=True)
class Pace:
    """When a scheduler is stepped.

    Args:
        interval: as a spec says it.
        steps_per_epoch: updates per epoch of the run that is to be written; None: it counts none.
        guessed: whether nobody said how long an epoch is.
        certain: whether the LR is seen to change between epochs alone.
    """

    interval: Literal["epoch", "step"]
    steps_per_epoch: int | None
    guessed: bool = False
    certain: bool = False

    def points(self, updates: Whole, values: Array, steps: int) -> Points:
        """Count updates in calls; of the updates between two calls, the first is taken."""
        if self.interval == "step":
            return Points(updates, values, steps)
        assert self.steps_per_epoch is not None
        calls = updates // self.steps_per_epoch
        _, first = np.unique(calls, return_index=True)
        return Points(calls[first], values[first], -(-steps // self.steps_per_epoch))


def paces(updates: Whole, values: Array, per_epoch: int | None) -> Iterator[Pace]:
    """Tell at which paces the LR can have been stepped: per epoch only if it never changes within one."""
    plain = Points(updates, values, 0)
    changed = [(before, after) for before, after, _ in plain.changes()]
    if np.any(values == 0):
        moved = np.flatnonzero(np.diff(values))
        changed = [(int(updates[i]), int(updates[i + 1])) for i in moved]
    epoch = per_epoch
    if epoch is None and len(changed) > 1 and all(after == before + 1 for before, after in changed):
        epoch = gcd(*(after for _, after in changed))
    if epoch is not None and epoch > 1 and all(before // epoch < after // epoch for before, after in changed):
        seen = bool(changed) and all(after == before + 1 for before, after in changed)
        yield Pace("epoch", epoch, per_epoch is None, seen and per_epoch is not None)
    yield Pace("step", per_epoch)
