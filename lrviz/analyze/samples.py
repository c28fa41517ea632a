"""Traces → the updates worth a row in a table: spread over the run, the curve's turns among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

import numpy as np

from lrviz.trace import Trace

# The kinds of event that change a curve at one update.
TURNS = ("hand-over", "milestone", "restart", "cut")
# Rows that turns may take beyond those spread evenly.
EXTRA = 4


def sampled_updates(traces: Sequence[Trace], rows: int = 12) -> Sequence[int]:
    """Choose about so many updates: evenly spread, on epoch starts, and the curves' turns."""
    total = _longest(traces)
    ends = {0} | {len(trace) - 1 for trace in traces}
    turns = _spread(_turns(traces) - ends, (rows + EXTRA) // 2)
    even = _spread(set(_even(_clocked(traces), total, rows)) - ends, rows + EXTRA - len(ends) - len(turns))
    # A row beside a turn tells what the turn tells.
    near = total / rows / 3
    kept = {update for update in even if all(abs(update - turn) > near for turn in (*turns, *ends))}
    return _logged(traces, sorted(ends | set(turns) | kept))


def every(traces: Sequence[Trace], n: int) -> Sequence[int]:
    """Choose each n-th update, and the last."""
    last = _longest(traces) - 1
    chosen = range(0, last + 1, n)
    return chosen if chosen[-1] == last else [*chosen, last]


def epochs(traces: Sequence[Trace]) -> Sequence[int]:
    """Choose the first update of each epoch.

    Raises:
        ValueError: if no run counts epochs.
    """
    clocked = [trace for trace in traces if trace.clock.steps_per_epoch is not None]
    if not clocked:
        raise ValueError("the run counts no epochs")
    starts: set[int] = set()
    for trace in clocked:
        starts.update(range(0, len(trace), trace.clock.steps_per_epoch or 1))
    return sorted(starts)


def all_updates(traces: Sequence[Trace]) -> Sequence[int]:
    """Choose every update; of logs alone, every one that is known."""
    return _logged(traces, range(_longest(traces)))


def _logged(traces: Sequence[Trace], updates: Sequence[int]) -> Sequence[int]:
    """Move rows to the updates that logs know; where every curve is a log, no other update has a row."""
    logs = [trace.known for trace in traces if trace.logged is not None]
    if not logs:
        return updates
    known = np.unique(np.concatenate(logs))
    if len(logs) == len(traces) and len(updates) > len(known):
        return [int(update) for update in known]
    after = (
        np.clip(np.searchsorted(known, updates), 1, len(known) - 1) if len(known) > 1 else np.zeros(1, int)
    )
    chosen = np.asarray(updates)
    nearer = np.where(chosen - known[after - 1] <= known[after] - chosen, after - 1, after)
    moved = set(known[nearer].tolist())
    ends = {0, *(len(trace) - 1 for trace in traces if trace.logged is None)}
    return sorted(moved if len(logs) == len(traces) else moved | ends)


def _longest(traces: Sequence[Trace]) -> int:
    return max(len(trace) for trace in traces)


def _clocked(traces: Sequence[Trace]) -> int | None:
    # Curves that count epochs differently have no epoch starts in common.
    lengths = {trace.clock.steps_per_epoch for trace in traces}
    return lengths.pop() if len(lengths) == 1 else None


def _even(per_epoch: int | None, total: int, rows: int) -> Iterable[int]:
    """Spread updates over a run at a round distance, in whole epochs or parts of one."""
    if per_epoch is None or total <= per_epoch:
        return range(0, total, _round_stride(total, rows))
    whole = -(-total // per_epoch)
    if whole >= rows:
        return range(0, total, per_epoch * _round_stride(whole, rows))
    parts = min(per_epoch, rows // whole)
    starts = (
        epoch * per_epoch + part * per_epoch // parts for epoch in range(whole) for part in range(parts)
    )
    return (update for update in starts if update < total)


def _round_stride(length: int, rows: int) -> int:
    """Find the smallest round number that crosses a length in fewer strides than there are rows."""
    for power in count():
        for tenths in (10, 20, 25, 30, 40, 50):
            stride, part = divmod(tenths * int(10**power), 10)
            if part == 0 and -(-length // stride) < rows:
                return stride
    raise AssertionError("unreachable")


def _turns(traces: Sequence[Trace]) -> set[int]:
    turns = {
        int(trace.known[update]) for trace in traces for update in np.argmax(trace.lr[trace.known], axis=0)
    }
    turns |= {
        event.update
        for trace in traces
        for event in trace.events
        if event.kind in TURNS and 0 <= event.update < len(trace)
    }
    return turns


def _spread(updates: set[int], most: int) -> list[int]:
    """Keep at most so many, evenly from first to last."""
    ordered = sorted(updates)
    if len(ordered) <= most:
        return ordered
    if most < 1:
        return []
    picks = np.linspace(0, len(ordered) - 1, most).round().astype(int)
    return [ordered[pick] for pick in picks]
