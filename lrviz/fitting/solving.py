"""Points and a family of shapes with one unknown length → the lengths with which they fit best."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lrviz.fitting.points import Array, Points

Shape = Callable[[Array, float], Array]
GOLDEN = (5**0.5 - 1) / 2
GRID, ROUNDS, BEST = 240, 80, 3


def straight(x: Array, y: Array) -> tuple[float, float]:
    """Fit ``a + b x`` by least squares; (a, b)."""
    middle_x, middle_y = float(np.mean(x)), float(np.mean(y))
    spread = float(np.sum((x - middle_x) ** 2))
    slope = float(np.sum((x - middle_x) * (y - middle_y))) / spread if spread else 0.0
    return middle_y - slope * middle_x, slope


def deviation(points: Points, shape: Shape, length: float) -> float:
    """Tell how far ``a + b shape(t)`` is from the points, with the best a and b."""
    x = shape(points.t.astype(np.float64), length)
    if not np.all(np.isfinite(x)):
        return np.inf
    a, b = straight(x, points.y)
    return float(np.sum((a + b * x - points.y) ** 2))


def lengths(points: Points, shape: Shape, least: float, most: float, beyond: float = 0.0) -> list[float]:
    """Find the lengths at which a shape fits best.

    Args:
        points: what is to be met.
        shape: of calls and a length, up to a factor and an offset.
        least: the shortest that is looked at.
        most: the longest.
        beyond: lengths are spaced evenly by the logarithm of what they are beyond this.
    """
    some = points.thinned()
    grid = beyond + np.geomspace(max(least - beyond, 1e-3), most - beyond, GRID)
    off = np.array([deviation(some, shape, float(length)) for length in grid])
    order = [
        index
        for index in np.argsort(off)
        if (index == 0 or off[index] <= off[index - 1])
        and (index == GRID - 1 or off[index] <= off[index + 1])
    ]
    found = []
    for index in order[:BEST]:
        low, high = float(grid[max(index - 1, 0)]), float(grid[min(index + 1, GRID - 1)])
        found.append(_least(lambda length: deviation(some, shape, length), low, high))
    return found


def whole_lengths(points: Points, shape: Shape, least: int, most: int, beyond: int = 0) -> list[int]:
    """As ``lengths``, rounded, the best first."""
    found = {round(length) for length in lengths(points, shape, least, most, beyond)}
    near = {length + by for length in found for by in (-1, 0, 1) if least <= length + by <= most}
    return sorted(near, key=lambda length: deviation(points, shape, length))[:BEST]


def _least(off: Callable[[float], float], low: float, high: float) -> float:
    """Find where a function is least between two numbers, by the golden section."""
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = off(left), off(right)
    for _ in range(ROUNDS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = off(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = off(right)
    return (low + high) / 2
