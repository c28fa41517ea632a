"""A column of values, one per update → the few points that draw it: every step upright, every spike kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lrviz.trace import Array

# Matplotlib multiplies values by pixels; beyond these that overflows, and nobody's learning rate is there.
LARGEST = 1e200
SMALLEST = 1e-200
ALONE = 0.25  # of the range of its bin: an extreme so far from its neighbour is a spike


def outline(values: Array, columns: int) -> tuple[Array, Array]:
    """Turn the value of each update into the vertices of a line, update ``i`` holding over [i, i + 1).

    Where few updates differ from the one before, the line is exact: flat runs and upright steps. Else each bin of
    updates (about one pixel wide) keeps its first, smallest, largest and last value, in their places, and what stands
    beside a spike.

    Args:
        values: shape (updates,).
        columns: width of the drawing, in pixels.

    Returns:
        Positions in updates, from 0 to ``len(values)``, and values; NaN where a value was not finite.
    """
    if np.count_nonzero(values[1:] != values[:-1]) <= 2 * columns:
        return _runs(values)
    at = extremes(values, columns)
    x = np.append(at, len(values)).astype(np.float64)
    return x, drawable(np.append(values[at], values[-1]))


def extremes(values: Array, columns: int) -> NDArray[np.int64]:
    """Choose the indices to draw: first, smallest, largest and last of each bin of values, and beside spikes."""
    size = max(1, len(values) // max(columns, 1))
    if size <= 4:
        return np.arange(len(values))
    whole = len(values) // size
    bins = values[: whole * size].reshape(whole, size)
    start = np.arange(whole) * size
    low, high = start + bins.argmin(axis=1), start + bins.argmax(axis=1)
    kept = [start, low, high, start + size - 1, *_beside(values, low, high)]
    rest = np.arange(whole * size, len(values))
    if len(rest):
        tail = values[rest]
        kept.append(rest[[0, int(tail.argmin()), int(tail.argmax()), -1]])
    return np.unique(np.concatenate(kept))


def _beside(values: Array, low: NDArray[np.int64], high: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Choose the neighbours of extremes that stand alone: without them a spike would be as wide as its bin."""
    with np.errstate(invalid="ignore", over="ignore"):
        span = values[high] - values[low]
        for extreme in (low, high):
            for side in (-1, 1):
                other = np.clip(extreme + side, 0, len(values) - 1)
                yield other[np.abs(values[other] - values[extreme]) > ALONE * span]


def drawable(values: Array) -> Array:
    """Copy values as an axis can hold them: infinities become NaN, absurd sizes bearable."""
    kept = np.where(np.isfinite(values), np.clip(values, -LARGEST, LARGEST), np.nan)
    kept[np.abs(kept) < SMALLEST] = 0.0
    return kept


def _runs(values: Array) -> tuple[Array, Array]:
    starts = np.concatenate(([0], np.flatnonzero(values[1:] != values[:-1]) + 1))
    edges = np.append(starts, len(values)).astype(np.float64)
    return np.repeat(edges, 2)[1:-1], np.repeat(drawable(values[starts]), 2)
