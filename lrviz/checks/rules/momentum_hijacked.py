"""A cyclic schedule replaces the momentum, or beta1, that was written for the optimizer.

What it does
    Finds a OneCycleLR or CyclicLR with its default `cycle_momentum: true` where the momentum (or beta1) that is written
    for the optimizer lies outside the range through which it is moved; where nobody wrote a momentum, it is only noted.

Why it matters
    `cycle_momentum` is on by default, so that choosing a schedule also switches momentum on. From 0 to 0.9 it makes
    each update about ten times as large, which no plot of the LR shows.

Use instead
    `cycle_momentum: false`, or a `base_momentum` and `max_momentum` of your own around the value that you chose.

Sources
    torch's documentation of both classes, and what torch 2.13 was seen to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lrviz import catalog
from lrviz.checks.case import Case, given
from lrviz.checks.finding import Hit, Severity
from lrviz.checks.wording import number

BAD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1, momentum: 0}
schedules:
  triangles: {type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 5ep}
"""
GOOD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1, momentum: 0}
schedules:
  triangles: {type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 5ep, cycle_momentum: false}
"""
_CHOSEN = ("cycle_momentum", "base_momentum", "max_momentum")


def check(case: Case) -> Iterator[Hit]:
    """Compare the momentum that each group trains with and the one that is written for it."""
    optimizer, momentum = case.curve.optimizer, case.trace.momentum
    if momentum is None or optimizer.code is not None:
        return
    cycling = [s for s in case.of_type("OneCycleLR", "CyclicLR") if given(s, "cycle_momentum")]
    unasked = [s for s in cycling if not set(_CHOSEN) & set(dict(s.arguments))]
    if not unasked:
        return
    scheduler = unasked[0]
    for group, own in enumerate(optimizer.groups):
        settings = {**dict(optimizer.settings), **dict(own.settings)}
        name, value = _written(optimizer.type, settings)
        unasked_for = value is None and name == "momentum"  # torch's default: none at all
        value = 0.0 if unasked_for else value
        low, high = float(momentum[:, group].min()), float(momentum[:, group].max())
        if value is None or low - 1e-9 <= value <= high + 1e-9:
            continue
        whose = f"the {name} of {case.trace.groups[group]}" if len(optimizer.groups) > 1 else name
        between = f"moves {whose} between {number(low)} and {number(high)}"
        moved = f"{scheduler.type} {f'sets {whose} to {number(low)}' if low == high else between}"
        what = (
            "though none is asked for"
            if unasked_for
            else f"and the {number(value)} that is written never holds"
        )
        severity: Severity | None = "info" if unasked_for else None
        advice = (
            "write cycle_momentum: false, or a momentum" if unasked_for else "write cycle_momentum: false"
        )
        yield Hit(f"{moved}, {what}", advice, case.at(scheduler, *_CHOSEN), severity=severity)
        return


def _written(optimizer: str, settings: dict[str, Any]) -> tuple[str, float | None]:
    """Find what an optimizer's momentum is called, and its value where one is written."""
    if catalog.optimizers()[optimizer].argument("momentum") is not None:
        return "momentum", settings.get("momentum")
    betas = settings.get("betas")
    return "beta1", None if betas is None else float(betas[0])
