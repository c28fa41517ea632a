"""Numbers → what people read: learning rates in four significant digits, counts with commas."""

from __future__ import annotations

from lrviz.spec.clock import Clock

_THOUSANDS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


def lr_text(value: float) -> str:
    """Write a learning rate in four significant digits: 0.1, 0.03162, 2.5e-05, 0; never 0.000."""
    return f"{value + 0.0:.4g}"  # + 0.0 takes the sign off a negative zero


def count_text(value: int) -> str:
    """Write a count: 9,000."""
    return f"{value:,}"


def short_text(value: float) -> str:
    """Write a number for the tick of an axis: 9,000, 1.5M, 0.25."""
    for size, letter in _THOUSANDS[:-1]:
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:,.0f}" if value == int(value) else f"{value:.4g}"


def epochs_text(clock: Clock) -> str:
    """Write how many epochs a run has; nothing where it counts none."""
    if clock.epochs is None:
        return ""
    return count_text(int(clock.epochs)) if clock.epochs.denominator == 1 else f"{float(clock.epochs):.2f}"


def where_text(update: int, clock: Clock) -> str:
    """Say where in a run an update stands, both counted from 0: ``update 500 (epoch 5)``."""
    if update < 0:
        return "before training"
    if clock.steps_per_epoch is None:
        return f"update {count_text(update)}"
    return f"update {count_text(update)} (epoch {count_text(update // clock.steps_per_epoch)})"
