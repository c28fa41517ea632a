"""A Proposal: a scheduler with numbers that are still to be rounded, and the closed form that judges them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrviz.fitting.points import Points, Whole

Values = Mapping[str, float]
DIGITS = range(1, 18)


@dataclass(frozen=True)
class Proposal:
    """A schedule that may have made a curve.

    Args:
        name: the family, for people.
        values: its numbers, ``lr`` among them, as estimated.
        closed: tells the LR after so many calls, given the numbers: for judging, never for showing.
        scheduler: writes the scheduler as a spec does, given the numbers; None for a constant LR.
        parameters: how many numbers a person would have written.
    """

    name: str
    values: Values
    closed: Callable[[Whole, Values], Any]  # an Array
    scheduler: Callable[[Values], dict[str, Any] | None]
    parameters: int

    def misfit(self, points: Points, values: Values | None = None, floor: float = 1e-3) -> float:
        """Tell the largest deviation of the closed form, relative to the LR, or to some share of the peak if larger."""
        try:
            with np.errstate(all="ignore"):
                found = self.closed(points.t, values or self.values)
        except (ZeroDivisionError, OverflowError):
            return np.inf
        off = np.abs(found - points.y) / np.maximum(np.abs(points.y), points.peak * floor)
        largest = float(np.max(off)) if len(off) else np.inf
        return largest if np.isfinite(largest) else np.inf

    def share(self, points: Points) -> float:
        """Tell the largest deviation of the closed form, as a share of the peak."""
        return self.misfit(points, floor=1.0)

    def rounded(self, points: Points) -> Proposal:
        """Give each number the fewest digits with which the curve is still reproduced as well."""
        values, points = dict(self.values), points.thinned(3000)
        allowed = max(3 * self.misfit(points), 1e-11)
        for name, value in values.items():
            for digits in DIGITS:
                neat = float(f"{value:.{digits - 1}e}")
                if self.misfit(points, {**values, name: neat}) <= allowed:
                    values[name] = neat
                    break
        return replace(self, values=values)


def plain(number: float) -> float | int:
    """Write a whole number that is a length without its point."""
    return int(number) if float(number).is_integer() and abs(number) < 1e15 else number
