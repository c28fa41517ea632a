"""Report → event files for TensorBoard: a run for each curve, a scalar for each quantity, a point for each update.

A scalar's step is the index of the update, its wall time the same in seconds, so that the same curves give the same
bytes. TensorBoard keeps scalars as 32-bit floats. Of a run longer than ALL_UPDATES those updates are left out at which
nothing differs from the update before and the update after: the lines stay the same.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from lrviz.render.folder import EVENTS
from lrviz.report import Report
from lrviz.trace import Array, Trace

ALL_UPDATES = 100_000
_VERSION = "brain.Event:2"
_LONGEST = 120  # bytes of a folder's name

Points = dict[int, list[tuple[str, float]]]


def files(report: Report) -> Iterator[tuple[str, bytes]]:
    """Make the files, each with its path in the folder."""
    taken: set[str] = set()
    for curve in report.curves:
        name, again = _safe(curve.name), 2
        while name.lower() in taken:
            name, again = f"{_safe(curve.name)}-{again}", again + 1
        taken.add(name.lower())
        yield f"{name}/{EVENTS}", _events(curve.trace)


def _events(trace: Trace) -> bytes:
    columns, points = _columns(trace), _points(trace)
    file = io.BytesIO()
    records = RecordWriter(file)
    records.write(Event(wall_time=0.0, file_version=_VERSION).SerializeToString())
    values = [column.tolist() for _, column in columns]
    tags = [tag for tag, _ in columns]
    kept = _kept([column for _, column in columns]) if trace.logged is None else trace.known.tolist()
    for update in sorted({*kept, *points}) if points else kept:
        scalars = [(tag, value[update]) for tag, value in zip(tags, values, strict=True)]
        scalars += points.get(update, [])
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in scalars])
        records.write(Event(wall_time=float(update), step=update, summary=summary).SerializeToString())
    return file.getvalue()


def _columns(trace: Trace) -> list[tuple[str, Array]]:
    """Choose the quantities that have a value at each update: the LR, and what else moves."""
    columns = [(_tag("lr", trace, group), trace.lr[:, group]) for group in range(len(trace.groups))]
    for name in ("momentum", "weight_decay"):
        array: Array | None = getattr(trace, name)
        for group in range(len(trace.groups)) if array is not None else ():
            column = array[:, group]  # type: ignore[index]  # there is one: see above
            if (column != column[0]).any():
                columns.append((_tag(name, trace, group), column))
    loss = getattr(trace, "loss", None)
    if isinstance(loss, np.ndarray):
        columns.append(("loss", loss.reshape(len(trace), -1)[:, 0]))
    return columns


def _points(trace: Trace) -> Points:
    """Choose what has a value only now and then: the metrics, after the update at which each was known."""
    points: Points = {}
    for name, series in trace.metrics.items():
        for update, value in zip(series.updates.tolist(), series.values.tolist(), strict=True):
            points.setdefault(update, []).append((name, value))
    return points


def _kept(columns: list[Array]) -> list[int]:
    steps = len(columns[0])
    if steps <= ALL_UPDATES:
        return list(range(steps))
    moves: NDArray[np.bool_] = np.zeros(steps - 1, dtype=bool)
    for column in columns:
        moves |= column[1:] != column[:-1]
    edges = np.concatenate(([True], moves)) | np.concatenate((moves, [True]))
    kept: list[int] = np.flatnonzero(edges).tolist()
    return kept


def _tag(quantity: str, trace: Trace, group: int) -> str:
    return quantity if len(trace.groups) == 1 else f"{quantity}/{trace.groups[group]}"


def _safe(name: str) -> str:
    """Make a folder's name of a curve's."""
    plain = "".join(c if c.isalnum() or c in "-_.=+" else "-" for c in name)
    return plain.encode()[:_LONGEST].decode(errors="ignore").strip("-.") or "curve"
