"""The LR of one group, update by update → what of its shape rules look for."""

from __future__ import annotations

import numpy as np

from lrviz.checks.case import Case
from lrviz.trace import Array


def per_call(case: Case) -> Array:
    """Thin the LR out to one row for each time that a scheduler was due: steps within an epoch tell nothing."""
    periods = [case.clock.period(s.interval, s.frequency) for s in case.trace.schedulers]
    return case.lr[:: min(periods, default=1)]


def dead_tail(lr: Array) -> int:
    """Count the updates at the end whose LR is 0, but for rounding; 0 for a group that never trains."""
    peak = float(np.abs(lr).max())
    alive = np.flatnonzero(np.abs(lr) > 1e-12 * peak)
    return len(lr) - 1 - int(alive[-1]) if len(alive) else 0


def dead_head(lr: Array) -> int:
    """Count the updates at the start whose LR is exactly 0; 0 for a group that never trains."""
    alive = np.flatnonzero(lr)
    return int(alive[0]) if len(alive) else 0


def vanished(lr: Array) -> int:
    """Count the updates after the peak whose LR is below a millionth of it, but not 0."""
    peak = float(lr.max())
    after = lr[int(np.argmax(lr)) :]
    return int(np.count_nonzero((after > 0) & (after < 1e-6 * peak)))


def rises(lr: Array) -> int:
    """Count how often the LR rises by more than 2% of its range, having come down as far before."""
    least = 0.02 * float(lr.max() - lr.min())
    if least <= 1e-9 * float(np.abs(lr).max()):
        return 0
    count, rising, extreme = 0, False, float(lr[0])  # the lowest since it fell, or the highest since it rose
    for value in _turning(lr):
        if rising and value < extreme - least:
            rising, extreme = False, value
        elif not rising and value > extreme + least:
            count, rising, extreme = count + 1, True, value
        else:
            extreme = max(extreme, value) if rising else min(extreme, value)
    return count


def _turning(lr: Array) -> list[float]:
    """List the values between which the LR only rises or only falls."""
    moving = np.append(lr[:1], lr[1:][np.diff(lr) != 0])
    ways = np.sign(np.diff(moving))
    turns: list[float] = moving[1:][np.append(ways[1:] != ways[:-1], True)].tolist() if len(ways) else []
    return turns


def comes_down(lr: Array) -> bool:
    """Tell whether the LR ends at 1% of its peak or less, and only just: at nine tenths it is still at 2% or more."""
    peak = float(lr.max())
    return bool(peak > 0 and lr[-1] <= 0.01 * peak and lr[len(lr) * 9 // 10] >= 0.02 * peak)
