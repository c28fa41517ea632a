"""A published schedule, and a run of another length → the same schedule at the same fractions of that run.

Every length with a unit (``2000st``, ``30ep``, ``375Mtok``) is measured on the paper's own run and written as so many
updates of the new one; shares (``5%``, ``rest``) follow by themselves. Counts that stand bare, as exponents do, stay.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from lrviz.presets import Preset
from lrviz.spec.clock import Clock
from lrviz.spec.document import Problems, located
from lrviz.spec.durations import Length, Ruler, length_of, whole
from lrviz.spec.runs import clock_of


def own_clock(preset: Preset) -> Clock | None:
    """Tell the clock of a published schedule's own run; None of a preset that has none."""
    if preset.run is None:
        return None
    clocked = clock_of(located(preset.run, preset.name), Problems())
    assert clocked is not None  # the presets' test reads every one
    return clocked[0]


def scaled(schedule: dict[str, Any], own: Clock, clock: Clock) -> dict[str, Any]:
    """Scale a schedule from its own run to another.

    Args:
        schedule: as its preset has it.
        own: the clock of the run that it was written for.
        clock: the clock of the run that it is put on.
    """
    made: dict[str, Any] = _node(schedule, own, Fraction(clock.steps, own.steps), clock)
    return made


def note_of(preset: Preset, own: Clock, clock: Clock) -> str:
    """Say that a schedule is not on the run that it was published with."""
    return f"{preset.name} is scaled from its own {own.steps:,} updates to {clock.steps:,}"


def _node(node: Any, own: Clock, factor: Fraction, clock: Clock) -> Any:
    if isinstance(node, dict):
        made = {key: _node(value, own, factor, clock) for key, value in node.items()}
        if made.get("interval") == "epoch" and clock.steps_per_epoch is None:
            made["interval"] = "step"  # a run without epochs has nothing else to step by
        return made
    if isinstance(node, list):
        return [_node(item, own, factor, clock) for item in node]
    return _length(node, own, factor) if isinstance(node, str) else node


def _length(text: str, own: Clock, factor: Fraction) -> str:
    try:
        length = length_of(text)
    except ValueError:
        return text  # an expression, a name
    units = {unit for _, unit in length.terms}
    if not units <= {"step", "epoch", "token"}:
        return text
    return f"{whole(Ruler(own, Fraction(1)).calls(Length(length.terms, text)) * factor)}st"
