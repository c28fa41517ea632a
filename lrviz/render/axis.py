"""A range of values → the round numbers to write along an axis, and where each stands."""

from __future__ import annotations

import math

import numpy as np

from lrviz.render.braille import Scale
from lrviz.render.number import lr_text, short_text


def lr_ticks(scale: Scale, rows: int) -> dict[int, str]:
    """Write learning rates beside the rows of a drawing, row 0 at the top: round ones, and the top."""
    wanted = max(2, rows // 3)
    values = _decades(scale, wanted) if scale.log else round_numbers(scale.low, scale.high, wanted)
    ticks: dict[int, str] = {}
    heights = scale.heights(np.array(values))
    for value, height in zip(values, heights.tolist(), strict=True):
        ticks[rows - 1 - round(height * (rows - 1))] = lr_text(value)
    for row, value in ((0, scale.high), (rows - 1, scale.low)):
        if not any(abs(row - taken) < 2 for taken in ticks):
            ticks[row] = lr_text(value)
    return ticks


def time_ticks(extent: float, columns: int) -> dict[int, str]:
    """Write updates, epochs or tokens beneath the columns of a drawing."""
    return {
        int(value / extent * columns + 1e-9): short_text(value)
        for value in round_numbers(0.0, extent, max(2, columns // 12))
        if value / extent * columns < columns - 0.5
    }


def round_numbers(low: float, high: float, about: int) -> list[float]:
    """List about so many round numbers from low to high, evenly apart."""
    rough = (high - low) / about
    power = math.floor(math.log10(rough))
    step, decimals = next(
        (factor * 10.0**power, places - power)
        for factor, places in ((1, 0), (2, 0), (2.5, 1), (5, 0), (10, 0))
        if factor * 10.0**power >= rough * 0.999
    )
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, max(0, decimals)) for number in range(first, last + 1)]


def _decades(scale: Scale, wanted: int) -> list[float]:
    first, last = math.ceil(math.log10(scale.low) - 1e-9), math.floor(math.log10(scale.high) + 1e-9)
    stride = max(1, -(-(last - first + 1) // wanted))
    return [float(f"1e{power}") for power in range(last, first - 1, -stride)]
