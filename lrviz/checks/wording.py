"""Numbers → the words of a finding."""

from __future__ import annotations

from lrviz.errors import one_of
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Scheduler


def number(value: float) -> str:
    """Write a learning rate or a factor in four significant digits."""
    return f"{value:.4g}"


def percent(share: float) -> str:
    """Write a share of the run in two significant digits, as a percentage."""
    return f"{100 * share:.2g}%" if share < 0.995 else f"{100 * share:.0f}%"


def counted(n: int, what: str) -> str:
    """Write a count of things: ``1 call``, ``2,000 calls``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def listed(words: list[str]) -> str:
    """Write a list of words: ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def lengths(calls: int, scheduler: Scheduler, clock: Clock) -> list[str]:
    """Write a number of calls of a scheduler as lengths with units, the most telling first.

    Args:
        calls: how many.
        scheduler: whose.
        clock: the run's clock.

    Returns:
        Such as ``["180ep", "100%"]``; ``["rest"]`` for what is left of the run where it takes over.
    """
    updates = clock.update_of(calls, scheduler.interval, scheduler.frequency)
    left = clock.calls_in(clock.steps - scheduler.start, scheduler.interval, scheduler.frequency)
    if scheduler.start and calls == left:
        return ["rest"]
    found = []
    per_epoch = clock.steps_per_epoch
    if per_epoch and per_epoch > 1 and updates % per_epoch == 0:
        found.append(f"{updates // per_epoch}ep")
    if updates == clock.steps:
        found.append("100%")
    return found or [f"{updates}st"]


def written(key: str, values: list[str]) -> str:
    """Write what to write for a key: ``T_max: 180ep or T_max: 100%``."""
    return one_of(f"{key}: {value}" for value in values)
