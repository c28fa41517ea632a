"""Report → rows: one for each curve, update and parameter group, numbers exact; for CSV and JSON records."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np

from lrviz.render.shown import visible
from lrviz.report import Report
from lrviz.trace import ARRAYS, Array, Trace
from lrviz.trace.columns import runs_of

# Updates written at a time: a run of millions is never in memory twice.
CHUNK = 16_384


@dataclass(frozen=True)
class Writing:
    """How a format writes what stands in a cell.

    Args:
        word: writes a name.
        odd: writes NaN or an infinity; numbers are written alike by all, as Python does: exact.
        nothing: stands for what a curve does not have.
    """

    word: Callable[[str], str]
    odd: Callable[[float], str]
    nothing: str


Has = Callable[[Trace], bool]
Cells = Callable[[Trace, Sequence[int], Writing], Iterable[str]]


def header(report: Report) -> list[str]:
    """Name the columns; those that no curve has are left out."""
    return [name for name, (has, _) in COLUMNS.items() if any(has(curve.trace) for curve in report.curves)]


def rows(report: Report, writing: Writing) -> Iterator[Iterator[tuple[str, ...]]]:
    """Write the rows of the report's updates, some thousands of them at a time.

    ``update`` and ``epoch`` count from 0, ``tokens`` are those consumed before the update, ``lr``, ``momentum`` and
    ``weight_decay`` are those that the update used, and ``loss`` is that of its forward pass.
    """
    columns = [COLUMNS[name][1] for name in header(report)]
    for curve in report.curves:
        trace = curve.trace
        chosen: Sequence[int] = range(len(trace)) if report.rows is None else report.rows
        chosen = chosen[: bisect_left(chosen, len(trace))]
        if trace.logged is not None:
            chosen = [update for update in trace.known.tolist() if update in chosen]
        for start in range(0, len(chosen), CHUNK):
            updates = chosen[start : start + CHUNK]
            yield zip(*(cells(trace, updates, writing) for cells in columns), strict=False)


def _counts(has: Has, count: Callable[[Trace, Sequence[int]], Iterable[int]]) -> tuple[Has, Cells]:
    """Write a count of each update, once per group."""

    def cells(trace: Trace, updates: Sequence[int], writing: Writing) -> Iterable[str]:
        if not has(trace):
            return repeat(writing.nothing)
        texts = map(str, count(trace, updates))
        groups = len(trace.groups)
        return texts if groups == 1 else chain.from_iterable(repeat(text, groups) for text in texts)

    return has, cells


def _quantity(name: str) -> tuple[Has, Cells]:
    def cells(trace: Trace, updates: Sequence[int], writing: Writing) -> Iterable[str]:
        array = trace.by_group(name)
        if array is None:
            return repeat(writing.nothing)
        return _numbers(array[np.array(updates, dtype=np.int64)].ravel(), writing)

    return lambda trace: trace.by_group(name) is not None, cells


def _numbers(values: Array, writing: Writing) -> Iterable[str]:
    """Write numbers, and those that repeat once: what a run never changes costs next to nothing."""
    starts, counts = runs_of(values)
    runs = 2 * len(starts) < len(values)
    once = values[starts] if runs else values
    texts: Iterable[str] = map(repr, once.tolist())
    if not np.isfinite(once).all():
        texts = (repr(value) if value * 0 == 0 else writing.odd(value) for value in once.tolist())
    if not runs:
        return texts
    return chain.from_iterable(map(repeat, texts, counts.tolist()))


def _epochs(trace: Trace, updates: Sequence[int]) -> Iterable[int]:
    per_epoch = trace.clock.steps_per_epoch or 1
    return [update // per_epoch for update in updates]


def _tokens(trace: Trace, updates: Sequence[int]) -> Iterable[int]:
    per_step = trace.clock.tokens_per_step or 0
    return [update * per_step for update in updates]


def _name(trace: Trace, _: Sequence[int], writing: Writing) -> Iterable[str]:
    return repeat(writing.word(visible(trace.name)))


def _groups(trace: Trace, updates: Sequence[int], writing: Writing) -> Iterable[str]:
    names = [writing.word(visible(name)) for name in trace.groups]
    return chain.from_iterable(repeat(names, len(updates)))


# Each column: whether a trace has it, and its cells for some updates, one per update and group.
COLUMNS: dict[str, tuple[Has, Cells]] = {
    "curve": (lambda _: True, _name),
    "update": _counts(lambda _: True, lambda _, updates: updates),
    "epoch": _counts(lambda trace: trace.clock.steps_per_epoch is not None, _epochs),
    "tokens": _counts(lambda trace: trace.clock.tokens_per_step is not None, _tokens),
    "group": (lambda _: True, _groups),
    **{name: _quantity(name) for name in ARRAYS},
}
