"""Trace → facts: where a curve starts, peaks and ends, how it warms up, how often it rises and drops."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lrviz.trace import Array, Trace


@dataclass(frozen=True)
class Facts:
    """What is worth saying of one parameter group's learning rate.

    Args:
        group: the group's name.
        start: LR of the first update.
        peak: largest LR of any update.
        peak_at: index of the first update that uses the peak.
        end: LR of the last update.
        warmup: updates before the peak, where the curve climbs to it from the start without a fall; else 0.
        mean: mean LR over the updates of the run.
        rises: number of separate climbs.
        drops: number of separate falls.
        final_loss: loss of the last update; None where the run did not train. The same for all groups.
        lowest_loss: lowest loss of any update; None likewise, or where no loss was finite.
    """

    group: str
    start: float
    peak: float
    peak_at: int
    end: float
    warmup: int
    mean: float
    rises: int
    drops: int
    final_loss: float | None = None
    lowest_loss: float | None = None


def facts_of(trace: Trace, known: NDArray[np.int64] | None = None) -> tuple[Facts, ...]:
    """Tell the facts of each parameter group, in the trace's order; those of some updates alone where these are given.

    Of a log they are those of the updates that it knows.
    """
    losses = _losses(trace.loss)
    if known is None and trace.logged is None:
        return tuple(_facts(name, trace.lr[:, index], *losses) for index, name in enumerate(trace.groups))
    at = trace.known if known is None else known
    found = (_facts(name, trace.lr[at, index], *losses) for index, name in enumerate(trace.groups))
    return tuple(
        replace(one, peak_at=int(at[one.peak_at]), warmup=int(at[one.warmup]) if one.warmup else 0)
        for one in found
    )


def _losses(loss: Array | None) -> tuple[float | None, float | None]:
    if loss is None:
        return None, None
    finite = loss[np.isfinite(loss)]
    return float(loss[-1]), float(np.min(finite)) if len(finite) else None


def _facts(group: str, lr: Array, final_loss: float | None, lowest_loss: float | None) -> Facts:
    # A later peak that is higher by rounding alone is the same peak.
    peak_at = int(np.argmax(lr >= np.max(lr) - _noise(lr)))
    rises, drops = _turns(lr)
    return Facts(
        group=group,
        start=float(lr[0]),
        peak=float(lr[peak_at]),
        peak_at=peak_at,
        end=float(lr[-1]),
        warmup=peak_at if _warms_up(lr, peak_at) else 0,
        mean=float(np.mean(lr)),
        rises=rises,
        drops=drops,
        final_loss=final_loss,
        lowest_loss=lowest_loss,
    )


def _warms_up(lr: Array, peak_at: int) -> bool:
    """Whether the curve climbs from its first update to its peak without a fall, and goes on after it."""
    if not 0 < peak_at < len(lr) - 1:  # a climb to the very end is a range test, not a warm-up
        return False
    return bool(np.all(np.diff(lr[: peak_at + 1]) >= -_noise(lr)))


def _turns(lr: Array) -> tuple[int, int]:
    """Count separate climbs and falls; a fall in several drops with flat pieces between counts each drop."""
    finite = lr[np.isfinite(lr)]
    change = np.diff(finite)
    direction = np.where(change > _noise(lr), 1, np.where(change < -_noise(lr), -1, 0))
    begins = np.concatenate((direction[:1], np.where(direction[1:] != direction[:-1], direction[1:], 0)))
    return int(np.sum(begins == 1)), int(np.sum(begins == -1))


def _noise(lr: Array) -> float:
    # Recursive schedulers wobble by an ulp around a flat piece; that is no rise and no drop.
    finite = lr[np.isfinite(lr)]
    return 1e-12 * float(np.max(np.abs(finite))) if len(finite) else 0.0
