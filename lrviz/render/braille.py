"""Values → dots on a grid of character cells, eight to a cell, with every spike and every step among them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lrviz.trace import Array

Dots = NDArray[np.bool_]
# The bit of each dot of a braille character, from U+2800: four rows of two.
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
# Smaller numbers have too few bits left to divide by.
TINY = 1e-300
MOST = float(np.finfo(np.float64).max)
# Below the largest value by more than this many powers of ten, a log axis tells nothing more.
DECADES = 9


@dataclass(frozen=True)
class Scale:
    """What lies at the bottom and at the top of a drawing.

    Args:
        low: value at the bottom.
        high: value at the top.
        log: whether the scale is logarithmic.
        clipped: whether some values lie beneath the bottom, as 0 does on a log scale.
    """

    low: float
    high: float
    log: bool = False
    clipped: bool = False

    def heights(self, values: Array) -> Array:
        """Place values between 0 (bottom) and 1 (top); what a log scale cannot show lies at the bottom."""
        if not self.log:
            return np.asarray((values - self.low) / (self.high - self.low))
        low, high = np.log10(self.low), np.log10(self.high)
        with np.errstate(invalid="ignore"):
            return np.asarray((np.log10(np.maximum(values, self.low)) - low) / (high - low))


def scale_of(columns: list[Array], log: bool = False) -> Scale:
    """Choose a scale that holds every finite value; a linear one starts at 0 unless all lies far above."""
    # Extremes first: a million updates are not copied.
    ends = [_extremes(values, positive=log) for values in columns]
    found = [value for pair in ends if pair is not None for value in pair]
    if not found:
        return Scale(0.1, 1.0, log) if log else Scale(0.0, 1.0)
    low, high = min(found), max(found)
    if log:
        low = max(low, high * 10.0**-DECADES)
        clipped = any(bool(np.any(values < low)) for values in columns)
        if low == high:
            low, high = low / 10, min(10 * high, MOST)
        return Scale(low, high, log, clipped)
    if 0 < low <= 0.5 * high or low == high > 0:
        low = 0.0
    elif low == high:
        low, high = (low, 0.0) if low < 0 else (0.0, 1.0)
    return Scale(low, high if high - low > TINY else low + 1.0)


def dots(values: Array, extent: Fraction, scale: Scale, columns: int, rows: int) -> Dots:
    """Draw values from left to right as a connected line, on a grid whose row 0 is the top.

    Args:
        values: one per update; each stands from its update to the next.
        extent: updates of this curve that the whole width holds; a shorter run stops before the right edge.
        scale: bottom and top.
        columns: dots across.
        rows: dots down.
    """
    starts = np.array([int(column * extent / columns) for column in range(columns)], dtype=np.int64)
    starts = starts[starts < len(values)]
    # Between two starts all updates count; where several dots show one update, reduceat takes that one.
    low, high = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    last = values[np.maximum(np.append(starts[1:], len(values)) - 1, starts)]
    grid = np.zeros((rows, columns), dtype=np.bool_)
    bottom, top, end = (_rows(part, scale, rows) for part in (low, high, last))
    before = -1
    for column in range(len(starts)):
        if bottom[column] < 0:
            before = -1
            continue
        lower, upper = bottom[column], top[column]
        if before >= 0:  # a step is drawn as the vertical between where the line was and where it goes on
            lower, upper = min(lower, before + 1), max(upper, before - 1)
        grid[rows - 1 - upper : rows - lower, column] = True
        before = end[column]
    return grid


def characters(grid: Dots) -> list[str]:
    """Write a grid of dots as lines of braille; where there is no dot, a space."""
    rows, columns = grid.shape
    cells = grid.reshape(rows // 4, 4, columns // 2, 2)
    codes = np.einsum("rick,ik->rc", cells.astype(np.int64), _BITS)
    return ["".join(chr(0x2800 + code) if code else " " for code in row) for row in codes.tolist()]


def _extremes(values: Array, positive: bool) -> tuple[float, float] | None:
    finite = values[np.isfinite(values) & ((values > TINY) | (not positive))]
    return (float(np.min(finite)), float(np.max(finite))) if len(finite) else None


def _rows(values: Array, scale: Scale, rows: int) -> list[int]:
    """Place values on rows counted from the bottom; -1 for one that is not a number."""
    heights = np.rint(np.clip(scale.heights(values), 0.0, 1.0) * (rows - 1))
    placed: list[int] = np.where(np.isnan(heights), -1, heights).astype(np.int64).tolist()
    return placed
