"""Report → rows: one for each curve, update and parameter group, numbers exact; for CSV and JSON records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import Any

import numpy as np

from lrviz.render.shown import visible
from lrviz.report import Report
from lrviz.trace import ARRAYS, Array, Trace

# Updates turned into Python numbers at a time: a run of millions is never in memory twice.
CHUNK = 65_536

Has = Callable[[Trace], bool]
Cells = Callable[[Trace, Sequence[int]], Iterable[Any]]


def header(report: Report) -> list[str]:
    """Name the columns; those that no curve has are left out."""
    return [name for name, (has, _) in COLUMNS.items() if any(has(curve.trace) for curve in report.curves)]


def rows(report: Report) -> Iterator[tuple[Any, ...]]:
    """Make the rows of the report's updates; ``""`` stands for what a curve does not have.

    ``update`` and ``epoch`` count from 0, ``tokens`` are those consumed before the update, ``lr``, ``momentum`` and
    ``weight_decay`` are those that the update used, and ``loss`` is that of its forward pass.
    """
    columns = [COLUMNS[name][1] for name in header(report)]
    for curve in report.curves:
        trace = curve.trace
        chosen: Sequence[int] = range(len(trace)) if report.rows is None else report.rows
        for start in range(0, len(chosen), CHUNK):
            updates = [update for update in chosen[start : start + CHUNK] if update < len(trace)]
            yield from zip(*(cells(trace, updates) for cells in columns), strict=False)


def _each(counts: Iterable[int], trace: Trace) -> Iterator[int]:
    """Repeat the count of each update once per group."""
    groups = len(trace.groups)
    return iter(counts) if groups == 1 else chain.from_iterable(repeat(count, groups) for count in counts)


def _epochs(trace: Trace, updates: Sequence[int]) -> Iterable[Any]:
    per_epoch = trace.clock.steps_per_epoch
    return repeat("") if per_epoch is None else _each((update // per_epoch for update in updates), trace)


def _tokens(trace: Trace, updates: Sequence[int]) -> Iterable[Any]:
    per_step = trace.clock.tokens_per_step
    return repeat("") if per_step is None else _each((update * per_step for update in updates), trace)


def _quantity(name: str) -> tuple[Has, Cells]:
    return (
        lambda trace: trace.by_group(name) is not None,
        lambda trace, updates: _numbers(trace.by_group(name), updates),
    )


def _numbers(array: Array | None, updates: Sequence[int]) -> Iterable[Any]:
    if array is None:
        return repeat("")
    numbers: list[float] = array[np.array(updates, dtype=np.int64)].ravel().tolist()
    return numbers


# Each column: whether a trace has it, and its cells for some updates, one per update and group.
COLUMNS: dict[str, tuple[Has, Cells]] = {
    "curve": (lambda _: True, lambda trace, _: repeat(visible(trace.name))),
    "update": (lambda _: True, lambda trace, updates: _each(updates, trace)),
    "epoch": (lambda trace: trace.clock.steps_per_epoch is not None, _epochs),
    "tokens": (lambda trace: trace.clock.tokens_per_step is not None, _tokens),
    "group": (
        lambda _: True,
        lambda trace, _: chain.from_iterable(repeat([visible(g) for g in trace.groups])),
    ),
    **{name: _quantity(name) for name in ARRAYS},
}
