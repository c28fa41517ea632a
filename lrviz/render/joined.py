"""A quantity of a trace → values to draw: of a log, a straight line from each known update to the next."""

from __future__ import annotations

import numpy as np

from lrviz.trace import Array, Trace


def joined(trace: Trace, quantity: str) -> Array | None:
    """Find a quantity of each update and group, to be drawn and never to be written as a number.

    What lies between two updates that a log knows is drawn straight; before the first and after the last is nothing.
    """
    array = trace.by_group(quantity)
    if array is None or trace.logged is None:
        return array
    known, every = trace.known, np.arange(len(trace))
    columns = [np.interp(every, known, column[known], left=np.nan, right=np.nan) for column in array.T]
    return np.stack(columns, axis=1)


def points_of(trace: Trace) -> Array | None:
    """Find where a log has points of its own to be marked, in updates; None where it has every update."""
    if trace.logged is None or trace.logged.gap == 1:
        return None
    return trace.known.astype(np.float64) + 0.5  # an update lasts from its index to the next
