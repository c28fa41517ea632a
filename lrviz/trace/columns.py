"""Arrays → lists of numbers that JSON holds exactly, short where values repeat; and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PIECE = 16_384  # numbers written at a time


def columns_of(array: Array | None) -> list[Any] | None:
    """Lay an array out by group: lists of numbers, or ``{"runs": [[value, count], ...]}`` where that is shorter."""
    return None if array is None else [_column(column) for column in np.atleast_2d(array.T)]


def column_pieces(array: Array | None) -> Iterator[str]:
    """Write what ``columns_of`` lays out as JSON, piece by piece."""
    if array is None:
        yield "null"
        return
    for index, column in enumerate(np.atleast_2d(array.T)):
        starts, counts = runs_of(column)
        runs = 2 * len(starts) < len(column)
        yield ("," if index else "[") + ('{"runs":[' if runs else "[")
        for first in range(0, len(starts) if runs else len(column), PIECE):
            some = slice(first, first + PIECE)
            listed: list[Any] = exact(column[starts[some]] if runs else column[some])
            if runs:
                listed = list(zip(listed, counts[some].tolist(), strict=True))
            yield ("," if first else "") + json.dumps(listed, separators=(",", ":"))[1:-1]
        yield "]}" if runs else "]"
    yield "]"


def array_of(columns: Any, shape: tuple[int, int]) -> Array | None:
    """Read what ``columns_of`` laid out.

    Raises:
        ValueError, TypeError, KeyError: if it is no array of that shape.
    """
    if columns is None:
        return None
    array = np.empty(shape, dtype=np.float64)
    for group, column in zip(range(shape[1]), columns, strict=True):
        if isinstance(column, dict):
            values = [float(value) for value, _ in column["runs"]]
            counts = [whole(count) for _, count in column["runs"]]
            if sum(counts) != shape[0]:  # before an array of that size is made
                raise ValueError(f"{sum(counts):,} values for {shape[0]:,} updates")
            array[:, group] = np.repeat(np.array(values), counts)
        elif len(column) != shape[0]:
            raise ValueError(f"{len(column):,} values for {shape[0]:,} updates")
        else:
            array[:, group] = np.array(column, dtype=np.float64)
    return array


def exact(values: Array) -> list[float | str]:
    """List numbers for JSON, which has no NaN or infinity: those are written as words."""
    if np.isfinite(values).all():
        listed: list[float | str] = values.tolist()
        return listed
    return [value if np.isfinite(value) else str(value) for value in values.tolist()]


def runs_of(values: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find where runs of one and the same value begin, and how long each is."""
    # As bits: 0.0 is no -0.0, and what is no number is the same as itself.
    bits = np.ascontiguousarray(values).view(np.int64)
    starts = np.flatnonzero(np.concatenate(([True], bits[1:] != bits[:-1])))
    return starts, np.diff(starts, append=len(values))


def whole(value: Any) -> int:
    """Read a count: 1, 2, ..."""
    if type(value) is not int or value < 1:
        raise ValueError(f"{value!r} is no count")
    return value


def _column(values: Array) -> Any:
    starts, counts = runs_of(values)
    if 2 * len(starts) >= len(values):
        return exact(values)
    return {
        "runs": [[value, count] for value, count in zip(exact(values[starts]), counts.tolist(), strict=True)]
    }
