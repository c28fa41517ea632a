"""What happened in a run: the learning rate in force at every update, frozen, to and from JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrviz.errors import LrvizError
from lrviz.notebook import ShowsAsFigure
from lrviz.spec.clock import Clock

FORMAT = "lrviz-trace"
# 1: first version. Columns are lists of numbers, or {"runs": [[value, count], ...]} where that is shorter.
FORMAT_VERSION = 1

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Event:
    """Something that happened at an update.

    Args:
        update: index of the first update it bears on, from 0; -1 for the time before training.
        kind: ``hand-over``, ``milestone``, ``restart``, ``cut`` or ``warning``.
        text: one line for people.
    """

    update: int
    kind: str
    text: str


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

    def __post_init__(self) -> None:
        for array in (self.lr, self.momentum, self.weight_decay):
            if array is not None:
                array.setflags(write=False)

    def __repr__(self) -> str:
        updates, groups = self.lr.shape
        return f"Trace({self.name!r}, {updates:,} updates, {groups} group{'s' * (groups > 1)}, {self.optimizer})"

    def __len__(self) -> int:
        return len(self.lr)

    @property
    def epoch(self) -> NDArray[np.int64]:
        """The epoch of each update, from 0; all 0 where the run counts no epochs."""
        per_epoch = self.clock.steps_per_epoch or self.clock.steps
        return np.arange(self.clock.steps, dtype=np.int64) // per_epoch

    def to_data(self) -> dict[str, Any]:
        """Lay the trace out as plain JSON values."""
        return {
            "format": FORMAT,
            "version": FORMAT_VERSION,
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
            "lr": _columns(self.lr),
            "momentum": _columns(self.momentum),
            "weight_decay": _columns(self.weight_decay),
            "final_lr": list(self.final_lr),
            "metrics": {
                name: {"updates": series.updates.tolist(), "values": _finite_list(series.values)}
                for name, series in self.metrics.items()
            },
            "events": [{"update": e.update, "kind": e.kind, "text": e.text} for e in self.events],
            "versions": dict(self.versions),
        }

    def to_json(self) -> str:
        """Write the trace as JSON: one line, keys in a fixed order, numbers exact."""
        return json.dumps(self.to_data(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """Read what ``to_json`` wrote.

        Raises:
            LrvizError: if the text is no trace, or one of a newer format.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise LrvizError(f"not a saved trace: {error}") from error
        return cls.from_data(data)

    @classmethod
    def from_data(cls, data: Any, source: str = "trace") -> Trace:
        """Read a trace laid out by ``to_data``.

        Raises:
            LrvizError: if the data is no trace, is damaged, or is of a newer format.
        """
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise LrvizError(f"{source}: not a saved trace: it holds no \"format\": \"{FORMAT}\"")
        version = data.get("version")
        if not isinstance(version, int) or version > FORMAT_VERSION:
            raise LrvizError(
                f"{source}: format version {version!r} is newer than this lrviz reads ({FORMAT_VERSION}); upgrade lrviz"
            )
        try:
            clock = Clock(**data["clock"])
            groups = tuple(str(name) for name in data["groups"])
            shape = (int(clock.steps), len(groups))
            return cls(
                name=str(data["name"]),
                clock=clock,
                optimizer=str(data["optimizer"]),
                groups=groups,
                schedulers=tuple(Stepped(**stepped) for stepped in data["schedulers"]),
                lr=_required(_array(data["lr"], shape)),
                momentum=_array(data["momentum"], shape),
                weight_decay=_array(data["weight_decay"], shape),
                final_lr=tuple(float(lr) for lr in data["final_lr"]),
                metrics={
                    name: Series(
                        np.array(series["updates"], dtype=np.int64),
                        np.array([_number(v) for v in series["values"]], dtype=np.float64),
                    )
                    for name, series in data["metrics"].items()
                },
                events=tuple(Event(**event) for event in data["events"]),
                versions=dict(data["versions"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise LrvizError(f"{source}: a damaged trace: {type(error).__name__}: {error}") from error


def _columns(array: Array | None) -> list[Any] | None:
    return None if array is None else [_column(array[:, group]) for group in range(array.shape[1])]


def _column(values: Array) -> Any:
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    if 2 * len(starts) >= len(values):
        return values.tolist()
    counts = np.diff(np.append(starts, len(values)))
    return {"runs": [[value, count] for value, count in zip(values[starts].tolist(), counts.tolist(), strict=True)]}


def _array(columns: Any, shape: tuple[int, int]) -> Array | None:
    if columns is None:
        return None
    array = np.empty(shape, dtype=np.float64)
    for group, column in zip(range(shape[1]), columns, strict=True):
        if isinstance(column, dict):
            values, counts = zip(*column["runs"], strict=True)
            column = np.repeat(np.array(values, dtype=np.float64), np.array(counts, dtype=np.int64))
        if len(column) != shape[0]:
            raise ValueError(f"{len(column)} values for {shape[0]} updates")
        array[:, group] = column
    return array


def _required(array: Array | None) -> Array:
    if array is None:
        raise ValueError("lr is missing")
    return array


def _finite_list(values: Array) -> list[float | str]:
    # JSON has no NaN or infinity; metrics may hold them.
    return [v if np.isfinite(v) else str(v) for v in values.tolist()]


def _number(value: float | str) -> float:
    return float(value)
