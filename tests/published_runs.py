"""Published schedules by name → what torch does on the paper's run, or on a shorter one of its shape."""

from __future__ import annotations

from functools import cache
from typing import Any

import lrviz
from lrviz import presets
from lrviz.build import build
from lrviz.presets import Preset
from lrviz.spec.curve import Curve
from lrviz.spec.scaling import own_clock

SHORT = 40_000  # updates of a run that many tests step through


def preset_of(name: str) -> Preset:
    return presets.published()[name]


def updates_of(name: str) -> int:
    clock = own_clock(preset_of(name))
    assert clock is not None
    return clock.steps


def peak_of(name: str) -> float:
    optimizer = preset_of(name).optimizer
    assert optimizer is not None
    return float(optimizer["lr"])


def shortened(name: str) -> str:
    """Name the published run, or where it is long one of the same epochs, or lengths that divide as evenly."""
    clock = own_clock(preset_of(name))
    assert clock is not None
    if clock.steps <= SHORT:
        return name
    if clock.epochs is not None and clock.epochs.denominator == 1:
        return f"{name}:epochs={clock.epochs},steps_per_epoch={max(4, SHORT // int(clock.epochs) // 4 * 4)}"
    least = -(-clock.steps // SHORT)
    parts = next((n for n in range(least, 2 * least) if clock.steps % n == 0), least)
    return f"{name}:steps={clock.steps // parts}"


def quarter_of(name: str) -> int:
    """Count the updates of a run about a quarter as long as ``shortened``, as evenly divided."""
    (curve,) = lrviz.load(shortened(name))
    assert isinstance(curve, Curve)
    clock = curve.clock
    if clock.epochs is None or clock.epochs.denominator != 1:
        return clock.steps // 4
    assert clock.steps_per_epoch is not None
    return int(clock.epochs) * (clock.steps_per_epoch // 4)


def curve_of(word: str) -> Curve:
    (curve,) = lrviz.load(word)
    assert isinstance(curve, Curve)
    return curve


def trace_of(word: str) -> lrviz.Trace:
    (trace,) = lrviz.simulate(word, cache=False).values()
    return trace


@cache
def short_trace_of(name: str) -> lrviz.Trace:
    return trace_of(shortened(name))


def jumped(name: str, update: int) -> list[float]:
    """Set a LambdaLR before an update, from the count alone that it is a function of, and step it there."""
    scheduler = _built(name)
    scheduler.last_epoch = update - 1
    scheduler.step()
    return [float(group["lr"]) for group in scheduler.optimizer.param_groups]


@cache
def _built(name: str) -> Any:
    (stepper,) = build(curve_of(name)).steppers
    assert stepper.scheduler.optimizer is not None
    stepper.scheduler.optimizer.step()
    return stepper.scheduler
