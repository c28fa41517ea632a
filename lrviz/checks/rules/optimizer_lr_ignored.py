"""OneCycleLR or CyclicLR replaces the optimizer's lr with numbers of its own.

What it does
    Finds an lr, written for the optimizer, that lies outside the range between the first LR and max_lr of a OneCycleLR,
    or between base_lr and max_lr of a CyclicLR. An lr within OneCycleLR's range that is neither of its ends is told as
    an info.

Why it matters
    OneCycleLR and CyclicLR set the optimizer's lr aside when they are built, and a sweep over it changes nothing. Only
    max_lr (and base_lr) count.

Use instead
    `max_lr: lr`, or arithmetic over it such as `max_lr: lr * 10`, which keeps one number in one place.

Sources
    pytorch#73305, pytorch#21965.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case, given, per_group
from lrviz.checks.finding import Hit
from lrviz.checks.wording import number
from lrviz.spec.curve import Scheduler

BAD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.5, momentum: 0.9}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: 0.1, total_steps: 100%}
"""
GOOD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: lr, total_steps: 100%}
"""


def check(case: Case) -> Iterator[Hit]:
    """Compare each group's lr with the range of the scheduler that replaces it."""
    optimizer = case.curve.optimizer
    for scheduler in case.of_type("OneCycleLR", "CyclicLR"):
        for group, lr in enumerate(case.lrs):
            if "lr" not in {**dict(optimizer.settings), **dict(optimizer.groups[group].settings)}:
                continue
            low, high = _range(scheduler, group, len(case.lrs))
            inside = low * (1 - 1e-9) <= lr <= high * (1 + 1e-9)
            if inside and (scheduler.type == "CyclicLR" or _close(lr, low) or _close(lr, high)):
                continue
            used = case.used(scheduler)[:, group]
            if not len(used):
                continue
            range_used = f"from {number(float(used[0]))}, and its highest is {number(float(used.max()))}"
            aside = f"{scheduler.type} sets the optimizer's lr of {number(lr)} aside"
            message = f"{aside}: {case.whose(group)} starts {range_used}"
            advice = f"write max_lr: lr to use the optimizer's {number(lr)}, or lr: {number(high)} in the optimizer"
            place = case.at(scheduler, "max_lr")
            yield Hit(message, advice, place, scheduler.start, severity="info" if inside else None)
            return


def _range(scheduler: Scheduler, group: int, groups: int) -> tuple[float, float]:
    high = per_group(scheduler, "max_lr", groups)[group]
    if scheduler.type == "CyclicLR":
        return per_group(scheduler, "base_lr", groups)[group], high
    return high / (given(scheduler, "div_factor") or 1.0), high


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
