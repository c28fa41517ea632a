"""A Log → a Recorded curve: each value put at the update that it is of, nothing filled in between."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from lrviz.errors import Place, Problem, SpecError
from lrviz.readers.runs.log import MOST_STEPS, Log, last_written
from lrviz.spec.curve import Recorded
from lrviz.spec.fields import unshowable
from lrviz.spec.logs import Logs

FORMAT, VERSION = "lrviz-trace", 2
Values = dict[int, float]  # by update, from 0


def recording_of(log: Log, name: str, place: Place, logs: Logs, notes: tuple[str, ...] = ()) -> Recorded:
    """Lay out what a log knows as the data of a trace.

    Raises:
        SpecError: if it knows of no update.
    """
    after = log.after if logs.logged is None else logs.logged == "next"
    first, how = _first(log)
    said = [*log.notes, *how]
    if after is None:
        said.append(
            "an LR is taken as the one that its update used: --logged next reads it as the next update's"
        )
    found = {key: last_written(log.series[key]) for key in (*log.lr, *log.momentum, *log.weight_decay)}
    back = [step for _, step in found.values() if step is not None]
    if back:
        said.append(f"steps go back to {min(back):,}, as when a run is resumed: what was written last counts")
    shift = (1 if after else 0) - first
    columns = {key: _placed(values, shift) for key, (values, _) in found.items()}
    known = sorted(set.intersection(*(set(columns[key]) for key in log.lr)))
    done = None if log.updates is None else log.updates
    last = None if done is None or done not in known else {k: columns[k][done] for k in log.lr}
    known = [update for update in known if done is None or update < done]
    if not known:
        raise SpecError([Problem(place, "no update of it has a learning rate for every parameter group")])
    if log.single:
        said.append("values went through float32: they are compared to a millionth")
    steps = done or known[-1] + 1
    groups = len(log.lr)
    if steps * groups > MOST_STEPS:
        raise SpecError([Problem(place, f"{steps:,} updates of {groups} groups are more than a trace holds")])
    data: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "clock": {
            "steps": steps,
            "steps_per_epoch": _per_epoch(log, first),
            "tokens_per_step": None,
            "note": None,
        },
        "optimizer": log.optimizer,
        "groups": list(log.groups),
        "schedulers": [],
        "final_lr": [math.nan if last is None else last[key] for key in log.lr],
        "metrics": {},
        "events": [],
        "versions": {},
        "logged": {"updates": known, "single": log.single, "ended": done is not None},
    }
    for quantity, keys in (("lr", log.lr), ("momentum", log.momentum), ("weight_decay", log.weight_decay)):
        whole = bool(keys) and all(set(known) <= set(columns[key]) for key in keys)
        data[quantity] = [[columns[key][update] for update in known] for key in keys] if whole else None
    hidden = unshowable(name)
    return Recorded(place.file if hidden else name, data, place.file, (*notes, *said))


def _placed(values: Values, shift: int) -> Values:
    return {step + shift: value for step, value in values.items() if step + shift >= 0}


def _first(log: Log) -> tuple[int, list[str]]:
    """Find the step that the first update is logged under; where nobody tells, from the steps that are there."""
    if log.first is not None:
        return log.first, []
    steps = sorted({step for key in log.lr for step, _ in log.series[key]})
    gap = min((b - a for a, b in pairwise(steps)), default=1)
    if steps and (steps[0] == 0 or (gap > 1 and steps[0] % gap == gap - 1)):
        return 0, ["a step is taken as the index of its update, from 0"]
    return 1, ["a step is taken as the number of updates done, the first being 1"]


def _per_epoch(log: Log, first: int) -> int | None:
    """Find the updates in an epoch that all (step, epoch) pairs allow, if it is one number."""
    epochs = [(step, epoch) for step, epoch in log.epochs if 0 <= epoch < MOST_STEPS]
    if any(epoch != int(epoch) for _, epoch in epochs):
        step, epoch = epochs[-1]
        return _whole(step / epoch) if epoch * MOST_STEPS > step else None
    low, high = 1, MOST_STEPS
    for step, epoch in _indexed(epochs, first):
        low = max(low, step // (int(epoch) + 1) + 1)
        high = min(high, step // int(epoch)) if epoch >= 1 else high
    return low if low == high else None


def _indexed(epochs: Iterable[tuple[int, float]], first: int) -> list[tuple[int, float]]:
    return [(step - first, epoch) for step, epoch in epochs if step >= first]


def _whole(number: float) -> int | None:
    return round(number) if number >= 1 and abs(number - round(number)) < 1e-6 * number else None
