"""Hugging Face's ``trainer_state.json`` → a Log.

``log_history`` has the learning rate that was in force at a step, counted from 1. Up to transformers 4.50 the value is
the one *after* the scheduler's step, that of the next update; since 4.51 (PR 36973) it is the one that the update used.
The file does not name its version, but ``best_global_step`` (PR 35885) was added just before that change: a file
without it is of the old kind.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lrviz.errors import Place, Problem, SpecError, shown
from lrviz.readers.runs.log import MOST_STEPS, Log, Points
from lrviz.readers.texts import text_of
from lrviz.spec.logs import Logs

NAME = "trainer_state.json"


def matches(name: str) -> bool:
    """Whether a file of this name is such a log."""
    return name == NAME


def read(files: list[Path], place: Place, logs: Logs) -> Log:
    """Read the learning rates in ``log_history``.

    Raises:
        SpecError: if there are none.
    """
    state, history = _state(text_of(str(files[0]))[0], place)
    column = logs.column("lr") or "learning_rate"
    points: Points = []
    epochs: list[tuple[int, float]] = []
    for index, row in enumerate(history):
        if not isinstance(row, dict) or column not in row:
            continue
        step, value = row.get("step"), row[column]
        at = f"log_history[{index}]"
        if type(step) is not int or not 0 < step <= MOST_STEPS:
            raise SpecError([Problem(place, f"{at}.step: {shown(step)} is no count of updates")])
        number = _number(value)
        if number is None:
            raise SpecError([Problem(place, f"{at}.{column}: {shown(value)} is no number")])
        points.append((step, number))
        if (epoch := _number(row.get("epoch"))) is not None:
            epochs.append((step, epoch))
    done, planned = (_count(state.get(key)) for key in ("global_step", "max_steps"))
    if done and (epoch := _number(state.get("epoch"))) is not None:
        epochs.append((done, epoch))
    if not points:
        message = f"log_history holds no {column}; a run shorter than logging_steps logs none"
        raise SpecError([Problem(place, message)])
    after, why = _after(state, points, planned)
    notes = [] if logs.logged else [f"{why}: --logged {'used' if after else 'next'} reads it the other way"]
    if done and planned and done < planned:
        notes.append(f"the run was saved after {done:,} of the {planned:,} updates that it planned")
    return Log(
        kind="a Hugging Face trainer_state.json",
        series={column: points},
        lr=(column,),
        first=1,
        after=after,
        epochs=tuple(epochs),
        updates=done if done and done >= points[-1][0] else None,
        notes=tuple(notes),
    )


def _state(text: str, place: Place) -> tuple[dict[str, Any], list[Any]]:
    try:
        state = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecError([Problem(place, f"not JSON: {error}")]) from None
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(history, list):
        raise SpecError([Problem(place, "holds no log_history; Hugging Face's Trainer writes one")])
    return state, history


def _after(state: dict[str, Any], points: Points, planned: int | None) -> tuple[bool, str]:
    """Tell whether a logged value is that of the next update, and how that is seen."""
    if "best_global_step" not in state:
        return True, "an LR logged here is taken as the next update's, as transformers before 4.51 logs it"
    before, (last, end) = points[-2:-1], points[-1]
    if (
        before and last == planned and end == 0 < before[0][1]
    ):  # what only the step after the last update makes 0
        return True, "an LR logged here is taken as the next update's: after the last update it is 0"
    return False, "an LR logged here is taken as the one its update used, as transformers since 4.51 logs it"


def _number(value: Any) -> float | None:
    """Read a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e308 < value < 1e308:
        return None
    return float(value)


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 < value <= MOST_STEPS else None
