"""A ReduceLROnPlateau stands beside a scheduler that writes the learning rate anew at each call.

What it does
    Lets the ReduceLROnPlateau of a curve cut the LR once, early in the run, and reports it if the schedulers beside it
    then bring the LR back to what it is without the ReduceLROnPlateau.

Why it matters
    LambdaLR, OneCycleLR, CyclicLR and CosineAnnealingWarmRestarts compute the LR from its first value and their count:
    a cut is gone at their next call. The plateau seems to work, says that it reduces, and has no effect.

Use instead
    A scheduler that multiplies what it finds beside the plateau (LinearLR for a warm-up, StepLR, ExponentialLR), or
    the plateau alone.

Sources
    pytorch#82859, pytorch#26423.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lrviz.checks.case import Case
from lrviz.checks.feeding import changed, metric_of, plateaus
from lrviz.checks.finding import Hit
from lrviz.checks.wording import number
from lrviz.spec.curve import Scheduler
from lrviz.spec.reactions import Given

BAD = """\
run: {epochs: 60, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  decay and plateau:
    schedulers:
      - {type: LambdaLR, lr_lambda: "0.99 ** t"}
      - {type: ReduceLROnPlateau, monitor: val_loss, factor: 0.5, patience: 5}
    metrics: {val_loss: {expr: "max(0.2, 0.9 ** epoch)"}}
"""
GOOD = """\
run: {epochs: 60, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  decay and plateau:
    schedulers:
      - {type: ExponentialLR, gamma: 0.99}
      - {type: ReduceLROnPlateau, monitor: val_loss, factor: 0.5, patience: 5}
    metrics: {val_loss: {expr: "max(0.2, 0.9 ** epoch)"}}
"""
CLOSED = ("LambdaLR", "OneCycleLR", "CyclicLR", "CosineAnnealingWarmRestarts")
MOST = 200_000  # updates that are simulated to find out


def check(case: Case) -> Iterator[Hit]:
    """Have each plateau cut once, and see whether the cut lasts."""
    for plateau in plateaus(case):
        others = tuple(s for s in case.curve.schedulers if s != plateau)
        closed = [s for s in others if _writes_anew(s)]
        if not closed:
            continue
        found = _undone(case, plateau, others)
        if found is not None:
            at, cut, back = found
            message = (
                f"a cut of the ReduceLROnPlateau to {number(cut)} is undone by {closed[0].type}, which writes "
                f"{number(back)} at its next call"
            )
            advice = (
                f"put a scheduler that multiplies the LR (ExponentialLR, StepLR, LinearLR) in place of "
                f"{closed[0].type}, or leave the ReduceLROnPlateau out"
            )
            yield Hit(message, advice, plateau.place, at)


def _writes_anew(scheduler: Scheduler) -> bool:
    inside = scheduler.children[:1] if scheduler.type == "SequentialLR" else scheduler.children
    return scheduler.code is not None or scheduler.type in CLOSED or any(map(_writes_anew, inside))


def _undone(case: Case, plateau: Scheduler, others: tuple[Scheduler, ...]) -> tuple[int, float, float] | None:
    """Find where a cut is made, the LR it leaves, and the LR that comes back; None if it lasts."""
    clock, metric = case.clock, metric_of(case, plateau)
    periods = [clock.period(s.interval, s.frequency) for s in (plateau, *others)]
    every = 1 if metric is None else metric.every or clock.steps_per_epoch or clock.steps
    steps = 3 * max(periods[0], every) + 2 * max(periods) + 1
    if metric is None or steps > min(clock.steps, MOST):
        return None
    worse = 2.0 if _waits_for_less(plateau) else 0.5
    count = steps // every + 1
    values = (1.0, worse, *(worse ** -(call + 1) for call in range(min(count, 900))))
    eager = changed(plateau, patience=0, cooldown=0, threshold=0.0, threshold_mode="abs")
    short = replace(clock, steps=steps)
    metrics = tuple(
        replace(m, source=Given(values, "hold")) if m.name == plateau.monitor else m
        for m in case.curve.metrics
    )
    schedulers = tuple(eager if s == plateau else s for s in case.curve.schedulers)
    bare = replace(case.curve, clock=short, rules=(), train=None)
    cut = case.again(bare, schedulers=schedulers, metrics=metrics)
    without = case.again(bare, schedulers=others, metrics=())
    if cut is None or without is None or not any(event.kind == "cut" for event in cut.events):
        return None
    if not np.allclose(cut.lr[-1], without.lr[-1], rtol=1e-9, atol=0):
        return None
    differ = np.any(cut.lr < without.lr * (1 - 1e-9), axis=1)
    if not differ.any():
        at = next(event.update for event in cut.events if event.kind == "cut")
        factor = float(dict(plateau.arguments).get("factor", 0.1))
        return at, factor * float(cut.lr[at - 1].max()), float(cut.lr[at].max())
    at = int(np.argmax(differ))
    after = at + int(np.argmax(~differ[at:]))
    return at, float(cut.lr[at].max()), float(cut.lr[after].max())


def _waits_for_less(plateau: Scheduler) -> bool:
    """Whether a plateau takes a fall of its metric for an improvement."""
    return str(dict(plateau.arguments).get("mode", "min")) == "min"
