"""Numbers → an axis: where it begins and ends, where its ticks stand, and what they say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.ticker import MaxNLocator

from lrviz.trace import Array

DECADES = (
    4.0  # a log axis goes this far below the peak for the last few values of a decay to zero, no further
)


@dataclass(frozen=True)
class Scale:
    """A y axis: its limits, its ticks and their labels."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    log: bool = False
    minor: tuple[float, ...] = ()

    def fraction(self, values: Array) -> Array:
        """Place values between the limits: 0 at the bottom, 1 at the top; NaN stays NaN."""
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            values = np.log10(np.maximum(values, self.low * 0.01))
        else:
            low, high = self.low, self.high
        placed: Array = (values - low) / (high - low)
        return placed


def rate_scale(drawn: Iterable[Array], ticks: int, head: float = 0.0, log: bool = False) -> Scale:
    """Choose an axis that starts at zero (or, on a log axis, at the smallest value that matters).

    Args:
        drawn: the values of each line.
        ticks: the most ticks wanted.
        head: share of the height to leave free above the highest value.
        log: whether the axis is logarithmic; it is linear where no value is positive.
    """
    values = _finite(drawn)
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    if log and high > 0:
        return _log_scale(values[values > 0], ticks, head)
    if low == high:
        return Scale(-0.05, 1.0, (0.0,), ("0",))
    span = high - low
    return _linear(low - 0.03 * span, high + span * (0.05 + head / (1 - head)), ticks)


def tight_scale(drawn: Iterable[Array], ticks: int) -> Scale:
    """Choose an axis just wide enough for the values, from zero if that is near."""
    values = _finite(drawn)
    low, high = float(values.min()), float(values.max())
    if 0 <= low < 0.4 * high:
        low = 0.0
    span = high - low
    if span <= 1e-9 * max(abs(low), abs(high)):
        span = abs(high) or 1.0
        return _linear(low - 0.2 * span, high + 0.2 * span, min(ticks, 3))
    return _linear(low - 0.08 * span, high + 0.08 * span, ticks)


def thinned(scale: Scale, height: float, apart: float) -> Scale:
    """Leave out ticks that would stand closer than so many inches on an axis of a height."""
    if len(scale.ticks) < 2:
        return scale
    first, second = scale.fraction(np.array(scale.ticks[:2])) * height
    every = math.ceil(apart / max(float(second - first), 1e-9))
    return replace(scale, ticks=scale.ticks[::every], labels=scale.labels[::every])


def rates(ticks: Sequence[float]) -> tuple[str, ...]:
    """Write ticks of one linear axis alike: ``0.05``, ``0.10``; or ``5e-5``, ``1e-4``."""
    largest = max(map(abs, ticks), default=0.0)
    if 5e-3 <= largest < 1e5:
        for decimals in range(10):
            if all(abs(round(tick, decimals) - tick) <= 1e-6 * largest for tick in ticks):
                break
        return tuple("0" if abs(tick) < 1e-9 * largest else f"{tick:.{decimals}f}" for tick in ticks)
    return tuple("0" if abs(tick) < 1e-9 * largest else scientific(tick) for tick in ticks)


def scientific(value: float) -> str:
    """Write a number as people write learning rates: ``3e-4``, ``2.5e-5``."""
    mantissa, exponent = f"{value:.3e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def amounts(ticks: Sequence[float]) -> tuple[str, ...]:
    """Write counts of one axis alike, by their thousands: ``500``, ``20k``, ``1.5M``."""
    largest = max(map(abs, ticks), default=0.0)
    size, suffix = next(
        (
            (size, suffix)
            for size, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
            if largest >= size
        ),
        (1.0, ""),
    )
    return tuple("0" if tick == 0 else f"{tick / size:g}{suffix}" for tick in ticks)


def nice(low: float, high: float, most: int, whole: bool = False) -> tuple[float, ...]:
    """Choose at most so many round numbers between two limits."""
    locator = MaxNLocator(
        nbins=max(1, most), steps=[1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10], integer=whole
    )
    slack = 1e-9 * (high - low)
    found = [float(t) for t in locator.tick_values(low, high) if low - slack <= t <= high + slack]
    return tuple(0.0 if abs(tick) <= slack else tick for tick in found)


def _linear(low: float, high: float, ticks: int) -> Scale:
    at = nice(low, high, ticks)
    return Scale(low, high, at, rates(at))


def _log_scale(positive: Array, ticks: int, head: float) -> Scale:
    high = float(positive.max())
    low = float(positive.min())
    if low < high * 10**-DECADES:
        low = max(low, min(high * 10**-DECADES, float(np.quantile(positive, 0.01))))
    span = max(math.log10(high / low), 0.3)
    bottom, top = math.log10(low) - 0.04 * span, math.log10(high) + span * (0.05 + head / (1 - head))
    tens = [10.0**power for power in range(math.ceil(bottom - 1e-9), math.floor(top + 1e-9) + 1)]
    minor = list(tens)
    if span <= 5:
        minor += [k * 10.0**p for p in range(math.floor(bottom), math.ceil(top)) for k in range(2, 10)]
        minor = [tick for tick in minor if 10**bottom <= tick <= 10**top]
    at = _between_tens(bottom, top, tens, ticks)
    if len(tens) > 2:
        at = tens[:: math.ceil(len(tens) / (ticks + 1))]
    labels = tuple(f"{tick:g}" if 0.01 <= tick < 1e5 else scientific(tick) for tick in at)
    return Scale(
        10**bottom, 10**top, tuple(at), labels, True, tuple(tick for tick in minor if tick not in at)
    )


def _between_tens(bottom: float, top: float, tens: list[float], ticks: int) -> list[float]:
    for digits in ((1, 3), (1, 2, 5), (1, 2, 3, 4, 5, 6, 7, 8, 9)):
        powers = range(math.floor(bottom), math.ceil(top) + 1)
        at = [digit * 10.0**power for power in powers for digit in digits]
        at = [tick for tick in at if 10**bottom <= tick <= 10**top]
        if len(at) >= 3:
            return at if len(at) <= ticks + 2 else at[:: math.ceil(len(at) / (ticks + 1))]
    return list(nice(10**bottom, 10**top, 3)) or tens


def _finite(drawn: Iterable[Array]) -> Array:
    values = np.concatenate([np.zeros(0), *drawn])
    values = values[np.isfinite(values)]
    return values if len(values) else np.zeros(1)
