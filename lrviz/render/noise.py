"""The noise of mini-batches → the line through it: a moving mean over an epoch, where the values jump about."""

from __future__ import annotations

import numpy as np

from lrviz.spec.clock import Clock
from lrviz.trace import Array

JUMPS = 6.0  # times its span that a line goes up and down in all, above which it is noise


def is_noisy(values: Array) -> bool:
    """Tell whether values, none of them negative, jump up and down far more than they get on."""
    finite = values[np.isfinite(values) & (values > 0)]
    if len(finite) < 32:
        return False
    logs = np.log(finite)
    return bool(np.sum(np.abs(np.diff(logs))) > JUMPS * (np.max(logs) - np.min(logs)))


def window_of(clock: Clock) -> int:
    """Choose over how many updates the noise of a run is evened out."""
    return min(max(clock.steps_per_epoch or 1, clock.steps // 40), clock.steps // 4)


def smoothed(values: Array, window: int) -> Array:
    """Take the mean of so many values around each; NaN from where one is not finite on.

    At the start, where a line is steep, of fewer, as many on both sides; at the end of the last so many.
    """
    wrong = np.flatnonzero(~np.isfinite(values))
    end = int(wrong[0]) if len(wrong) else len(values)
    sums = np.concatenate([[0.0], np.cumsum(values[:end])])
    middle = np.arange(end)
    reach = np.minimum(middle, window // 2)
    last = np.minimum(middle + reach + 1, end)
    first = np.where(last == end, np.maximum(np.minimum(middle - reach, end - window), 0), middle - reach)
    mean = np.full(len(values), np.nan)
    mean[:end] = (sums[last] - sums[first]) / (last - first)
    return mean
