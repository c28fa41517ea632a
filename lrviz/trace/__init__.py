"""What happened in a run: the learning rate in force at every update, frozen, to and from JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrviz.errors import LrvizError
from lrviz.notebook import ShowsAsFigure
from lrviz.spec.clock import Clock
from lrviz.trace.columns import Array as Array
from lrviz.trace.columns import array_of, column_pieces, columns_of, exact, whole
from lrviz.trace.logged import Logged as Logged
from lrviz.trace.logged import logged_of, rows_known, spread_out

FORMAT = "lrviz-trace"
# 1: columns are lists of numbers, or {"runs": [[value, count], ...]} where that is shorter; what TRAINED names is there
# where the run trained. 2: written of logs alone: ``logged``, and of the columns the rows of the updates that it names.
FORMAT_VERSION = 2
TRAINED = ("loss", "step_size", "effective_lr")
ARRAYS = ("lr", "momentum", "weight_decay", *TRAINED)
MOST_VALUES = 100_000_000  # of one quantity: 800 MB; a file that claims more is damaged, or means harm


@dataclass(frozen=True)
class Event:
    """Something that happened at an update.

    Args:
        update: index of the first update it bears on, from 0; -1 for the time before training.
        kind: ``hand-over``, ``milestone``, ``restart``, ``cut``, ``edit``, ``resume``, ``diverged`` or ``warning``.
        text: one line for people.
        since: the update from which it was in the making (the patience that a cut has run out of), if any.
    """

    update: int
    kind: str
    text: str
    since: int | None = None


@dataclass(frozen=True)
class Stepped:
    """A scheduler as it was stepped: its class, and how often its ``step()`` was called."""

    type: str
    interval: str
    frequency: int = 1

    def __str__(self) -> str:
        per = f"per {self.interval}" if self.frequency == 1 else f"every {self.frequency} {self.interval}s"
        return f"{self.type} {per}"


@dataclass(frozen=True)
class Series:
    """A metric: its values, and the update after which each was known."""

    updates: NDArray[np.int64]
    values: Array


@dataclass(frozen=True, eq=False)
class Trace(ShowsAsFigure):
    """The learning rate, per update and parameter group, *when* ``optimizer.step()`` *ran*.

    Args:
        name: the curve's name.
        clock: the run's clock.
        optimizer: the optimizer's class name.
        groups: a name for each parameter group.
        schedulers: what was stepped, and how often.
        lr: shape (updates, groups).
        momentum: momentum, or beta1 where the optimizer has betas; None where it has neither.
        weight_decay: None where the optimizer has none.
        final_lr: the LR of each group after the last scheduler call: what ``get_last_lr()`` then says, and
            what no update ever used.
        metrics: the metrics that schedulers were given, by name.
        events: what happened, in the order of its update.
        versions: the versions of what made the curve.
        loss: the loss of each update's forward pass; shape (updates,); None where the run did not train.
        step_size: how far an update moved the parameters: the RMS of their change, in their unit; as ``lr``, or None.
        effective_lr: ``step_size`` over the RMS of the gradient: the LR with which plain SGD would have moved them as
            far; NaN where the gradient was zero; as ``lr``, or None.
        logged: of the log of a run, the updates that it knows: the others are NaN in the arrays; None: all are known.
    """

    name: str
    clock: Clock
    optimizer: str
    groups: tuple[str, ...]
    schedulers: tuple[Stepped, ...]
    lr: Array
    momentum: Array | None
    weight_decay: Array | None
    final_lr: tuple[float, ...]
    metrics: Mapping[str, Series] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    loss: Array | None = None
    step_size: Array | None = None
    effective_lr: Array | None = None
    logged: Logged | None = None

    def __post_init__(self) -> None:
        arrays: list[Any] = [getattr(self, name) for name in ARRAYS]
        for series in self.metrics.values():
            arrays += [series.updates, series.values]
        for array in arrays:
            while array is not None:  # a view, and what it is a view of
                array.setflags(write=False)
                array = array.base if isinstance(array.base, np.ndarray) else None

    def __repr__(self) -> str:
        updates, groups = self.lr.shape
        return (
            f"Trace({self.name!r}, {updates:,} updates, {groups} group{'s' * (groups > 1)}, {self.optimizer})"
        )

    def __len__(self) -> int:
        return len(self.lr)

    @property
    def epoch(self) -> NDArray[np.int64]:
        """The epoch of each update, from 0; all 0 where the run counts no epochs."""
        per_epoch = self.clock.steps_per_epoch or self.clock.steps
        return np.arange(self.clock.steps, dtype=np.int64) // per_epoch

    @property
    def known(self) -> NDArray[np.int64]:
        """The updates whose values are known: all, but of a log."""
        return np.arange(len(self), dtype=np.int64) if self.logged is None else self.logged.updates

    def by_group(self, quantity: str) -> Array | None:
        """Find a quantity as an array of shape (updates, groups); all groups share the loss."""
        array: Array | None = getattr(self, quantity)
        return array if array is None or array.ndim == 2 else np.broadcast_to(array[:, None], self.lr.shape)

    def to_data(self) -> dict[str, Any]:
        """Lay the trace out as plain JSON values."""
        arrays = {name: rows_known(getattr(self, name), self.logged) for name in ARRAYS}
        columns = {n: columns_of(a) for n, a in arrays.items() if a is not None or n not in TRAINED}
        return {**self.head(), **columns}

    def head(self) -> dict[str, Any]:
        """Lay out everything but the arrays, as plain JSON values."""
        return {
            "format": FORMAT,
            "version": 1 if self.logged is None else FORMAT_VERSION,
            "name": self.name,
            "clock": {
                "steps": self.clock.steps,
                "steps_per_epoch": self.clock.steps_per_epoch,
                "tokens_per_step": self.clock.tokens_per_step,
                "note": self.clock.note,
            },
            "optimizer": self.optimizer,
            "groups": list(self.groups),
            "schedulers": [
                {"type": s.type, "interval": s.interval, "frequency": s.frequency} for s in self.schedulers
            ],
            "final_lr": exact(np.array(self.final_lr)),
            "metrics": {
                name: {"updates": series.updates.tolist(), "values": exact(series.values)}
                for name, series in self.metrics.items()
            },
            "events": [
                {key: value for key, value in asdict(event).items() if value is not None}
                for event in self.events
            ],
            "versions": dict(self.versions),
            **({} if self.logged is None else {"logged": self.logged.to_data()}),
        }

    def to_json(self) -> str:
        """Write the trace as JSON: one line, keys in a fixed order, numbers exact."""
        return "".join(self.json_pieces())

    def json_pieces(self) -> Iterator[str]:
        """Write what ``to_json`` returns piece by piece: no more of a long run is text at once."""
        yield json.dumps(self.head(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))[:-1]
        for name in ARRAYS:
            array = rows_known(getattr(self, name), self.logged)
            if array is not None or name not in TRAINED:
                yield f',"{name}":'
                yield from column_pieces(array)
        yield "}"

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """Read what ``to_json`` wrote.

        Raises:
            LrvizError: if the text is no trace, or one of a newer format.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise LrvizError(f"not a saved trace: {error}") from error
        return cls.from_data(data)

    @classmethod
    def from_data(cls, data: Any, source: str = "trace") -> Trace:
        """Read a trace laid out by ``to_data``.

        Raises:
            LrvizError: if the data is no trace, is damaged, or is of a newer format.
        """
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise LrvizError(f'{source}: not a saved trace: it holds no "format": "{FORMAT}"')
        version = data.get("version")
        if type(version) is not int or version < 1:
            raise LrvizError(f"{source}: a damaged trace: version {version!r} is no version of the format")
        if version > FORMAT_VERSION:
            raise LrvizError(
                f"{source}: format version {version} is newer than this lrviz reads ({FORMAT_VERSION}); upgrade lrviz"
            )
        try:
            return _read(data)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise LrvizError(f"{source}: a damaged trace: {type(error).__name__}: {error}") from error


def _read(data: dict[str, Any]) -> Trace:
    shape = (_clock(data["clock"]).steps, len(data["groups"]))
    if not shape[1] or shape[0] * shape[1] > MOST_VALUES:
        raise ValueError(f"{shape[0]:,} updates of {shape[1]:,} groups")
    logged = logged_of(data.get("logged"), shape[0])
    rows = shape[0] if logged is None else len(logged.updates)
    arrays = {name: array_of(data[name], (rows, shape[1])) for name in ARRAYS if name not in TRAINED}
    trained = {name: array_of(data.get(name), (rows, 1 if name == "loss" else shape[1])) for name in TRAINED}
    found = {name: spread_out(array, logged, shape[0]) for name, array in {**arrays, **trained}.items()}
    return trace_of(data, found, logged)


def trace_of(head: dict[str, Any], arrays: Mapping[str, Array | None], logged: Logged | None = None) -> Trace:
    """Put a trace together from what ``Trace.head`` laid out, and its arrays, of which ``loss`` may be one column.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: if the head is damaged.
    """
    final_lr = tuple(float(value) for value in head["final_lr"])
    groups = tuple(str(name) for name in head["groups"])
    if len(final_lr) != len(groups):
        raise ValueError(f"{len(final_lr)} values of final_lr for {len(groups)} groups")
    lr, loss = arrays["lr"], arrays["loss"]
    if lr is None:
        raise ValueError("lr is missing")
    return Trace(
        name=str(head["name"]),
        clock=_clock(head["clock"]),
        optimizer=str(head["optimizer"]),
        groups=groups,
        schedulers=tuple(
            Stepped(str(s["type"]), str(s["interval"]), whole(s["frequency"])) for s in head["schedulers"]
        ),
        lr=lr,
        momentum=arrays["momentum"],
        weight_decay=arrays["weight_decay"],
        final_lr=final_lr,
        metrics={str(name): _series(series) for name, series in head["metrics"].items()},
        events=tuple(_event(event) for event in head["events"]),
        versions={str(name): str(version) for name, version in head["versions"].items()},
        loss=None if loss is None else loss.reshape(-1),
        step_size=arrays["step_size"],
        effective_lr=arrays["effective_lr"],
        logged=logged,
    )


def _event(data: dict[str, Any]) -> Event:
    since = data.get("since")
    return Event(
        int(data["update"]), str(data["kind"]), str(data["text"]), None if since is None else int(since)
    )


def _clock(data: dict[str, Any]) -> Clock:
    per_epoch, tokens, note = data["steps_per_epoch"], data["tokens_per_step"], data["note"]
    return Clock(
        whole(data["steps"]),
        None if per_epoch is None else whole(per_epoch),
        None if tokens is None else whole(tokens),
        None if note is None else str(note),
    )


def _series(data: dict[str, Any]) -> Series:
    updates = np.array([int(update) for update in data["updates"]], dtype=np.int64)
    values = np.array([float(value) for value in data["values"]], dtype=np.float64)
    if len(updates) != len(values):
        raise ValueError(f"{len(values)} values of a metric at {len(updates)} updates")
    return Series(updates, values)
