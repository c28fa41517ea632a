"""Traces → the updates at which what is shown of them differs from the update before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lrviz.trace import ARRAYS, Array, Trace

CHUNK = 65_536  # updates compared at a time


def changed_updates(
    traces: Sequence[Trace],
    quantities: Iterable[str] = ARRAYS,
    written: Callable[[float], str] = repr,
    metrics: bool = False,
    after: bool = False,
) -> Sequence[int]:
    """Choose the first update, each that differs from the one before it, and the last.

    Args:
        traces: the curves; an update at which one of them is over differs from the one before.
        quantities: what is shown of each parameter group.
        written: how it is shown: what reads alike does not differ.
        metrics: whether metrics are shown too.
        after: whether the LR that follows an update is shown too.
    """
    last = max(map(len, traces)) - 1
    found = [np.array([0, last]), np.array([len(trace) for trace in traces if len(trace) <= last], dtype=int)]
    for trace in traces:
        for name in quantities:
            array = trace.by_group(name)
            # All groups share the loss.
            for column in () if array is None else array.T[: 1 if name == "loss" else None]:
                if trace.logged is not None:
                    found += [trace.known[:1], trace.known[_changes(column[trace.known], written)]]
                    continue
                at = _changes(column, written)
                found += [at, at - 1] if after and name == "lr" else [at]
        if after and trace.logged is None:
            ends = zip(trace.lr[-1].tolist(), trace.final_lr, strict=True)
            found.append(
                np.array([len(trace) - 1 for lr, final in ends if written(lr) != written(final)], dtype=int)
            )
        if metrics:
            for series in trace.metrics.values():
                found += [series.updates[:1], series.updates[_changes(series.values, written)]]
    chosen: list[int] = np.unique(np.concatenate(found)).tolist()
    return range(last + 1) if len(chosen) == last + 1 else chosen


def _changes(values: Array, written: Callable[[float], str]) -> NDArray[np.int64]:
    """Find where a value reads otherwise than the one before it."""
    found = []
    for start in range(1, len(values), CHUNK):
        some, before = values[start : start + CHUNK], values[start - 1 : start - 1 + CHUNK]
        before = before[: len(some)]
        at = np.flatnonzero(some != before)
        texts = zip(map(written, some[at].tolist()), map(written, before[at].tolist()), strict=True)
        found.append(start + at[np.fromiter((a != b for a, b in texts), dtype=bool, count=len(at))])
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
