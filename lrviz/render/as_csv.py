"""Report → CSV: a row for each curve, update and parameter group, numbers exact."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from typing import Any

from lrviz.render.shown import visible
from lrviz.report import Report
from lrviz.trace import Array, Trace

# Updates turned into Python numbers at a time: a run of millions is never in memory twice.
CHUNK = 65_536


def render(report: Report, suffix: str = ".csv") -> str:  # noqa: ARG001 - every format is called alike
    """Write a header and a row per update and group; columns that no curve has are left out.

    ``update`` and ``epoch`` count from 0, ``tokens`` are those consumed before the update, and ``lr``,
    ``momentum`` and ``weight_decay`` are those that the update used.
    """
    traces = [curve.trace for curve in report.curves]
    columns = [name for name, (has, _) in COLUMNS.items() if any(map(has, traces))]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for trace in traces:
        for start in range(0, len(trace), CHUNK):
            chosen = slice(start, min(start + CHUNK, len(trace)))
            writer.writerows(zip(*(COLUMNS[name][1](trace, chosen) for name in columns), strict=False))
    return out.getvalue()


def _each(counts: Iterable[int], trace: Trace) -> Iterator[int]:
    """Repeat the count of each update once per group."""
    groups = len(trace.groups)
    return iter(counts) if groups == 1 else chain.from_iterable(repeat(count, groups) for count in counts)


def _epochs(trace: Trace, rows: slice) -> Iterable[Any]:
    per_epoch = trace.clock.steps_per_epoch
    if per_epoch is None:
        return repeat("")
    return _each((update // per_epoch for update in range(rows.start, rows.stop)), trace)


def _tokens(trace: Trace, rows: slice) -> Iterable[Any]:
    per_step = trace.clock.tokens_per_step
    if per_step is None:
        return repeat("")
    return _each((update * per_step for update in range(rows.start, rows.stop)), trace)


def _numbers(array: Array | None, rows: slice) -> Iterable[Any]:
    return repeat("") if array is None else array[rows].ravel().tolist()


Has = Callable[[Trace], bool]
Cells = Callable[[Trace, slice], Iterable[Any]]

# Each column: whether a trace has it, and its cells for some updates, one per update and group.
COLUMNS: dict[str, tuple[Has, Cells]] = {
    "curve": (lambda _: True, lambda trace, _: repeat(visible(trace.name))),
    "update": (lambda _: True, lambda trace, rows: _each(range(rows.start, rows.stop), trace)),
    "epoch": (lambda trace: trace.clock.steps_per_epoch is not None, _epochs),
    "tokens": (lambda trace: trace.clock.tokens_per_step is not None, _tokens),
    "group": (
        lambda _: True,
        lambda trace, _: chain.from_iterable(repeat([visible(g) for g in trace.groups])),
    ),
    "lr": (lambda _: True, lambda trace, rows: _numbers(trace.lr, rows)),
    "momentum": (
        lambda trace: trace.momentum is not None,
        lambda trace, rows: _numbers(trace.momentum, rows),
    ),
    "weight_decay": (
        lambda trace: trace.weight_decay is not None,
        lambda trace, rows: _numbers(trace.weight_decay, rows),
    ),
}
