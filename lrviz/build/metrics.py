"""A Metric of the spec → the function that tells its next value."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from lrviz.build.training import Training
from lrviz.spec.clock import Clock
from lrviz.spec.reactions import Formula, Given, Loss, Metric, Noise


class Now(NamedTuple):
    """The moment of an evaluation: evaluations before it, updates done, the first group's LR."""

    times: int
    done: int
    lr: float


Tell = Callable[[Now], float]


@dataclass
class LiveMetric:
    """A metric in a run: when it is due, and what it has been.

    Args:
        name: its name.
        period: updates between two evaluations.
        tell: tells the next value.
        updates: the update after which each value was known.
        values: the values so far.
    """

    name: str
    period: int
    tell: Tell
    updates: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def evaluate(self, done: int, lr: float) -> None:
        """Add the value after so many updates."""
        self.values.append(float(self.tell(Now(len(self.values), done, lr))))
        self.updates.append(done - 1)


def live_metric(metric: Metric, clock: Clock, training: Training | None = None) -> LiveMetric:
    """Build a metric; its random numbers are its own, and start anew in every run."""
    period = metric.every or clock.steps_per_epoch or clock.steps
    source = metric.source
    if isinstance(source, Given):
        tell = _given(source)
    elif isinstance(source, Noise):
        tell = _noise(source)
    elif isinstance(source, Loss):
        assert training is not None, "the language gives a loss to runs that train alone"
        tell = _loss(training, period)
    else:
        tell = _formula(source, clock)
    return LiveMetric(metric.name, period, tell)


def _loss(training: Training, period: int) -> Tell:
    return lambda now: training.mean_loss(now.done, period)


def _given(source: Given) -> Tell:
    values, steps = source.values, source.steps

    def tell(now: Now) -> float:
        if steps:  # the last that was known by then; before the first, the first
            return values[max(0, bisect_right(steps, now.done) - 1)]
        if now.times < len(values):
            return values[now.times]
        return values[now.times % len(values)] if source.then == "repeat" else values[-1]

    return tell


def _formula(source: Formula, clock: Clock) -> Tell:
    evaluate = source.expression.function()
    per_epoch = clock.steps_per_epoch or clock.steps

    def tell(now: Now) -> float:
        step = now.done - 1
        known = {"t": now.times, "step": step, "epoch": step // per_epoch, "lr": now.lr}
        return evaluate({name: float(value) for name, value in known.items()})

    return tell


def _noise(source: Noise) -> Tell:
    # Python's own generator: its numbers are the same on every machine and version.
    numbers, known = random.Random(source.seed), dict(source.settings)
    if source.kind == "uniform":
        low, high = known.get("low", 0.0), known.get("high", 1.0)
        return lambda _: low + (high - low) * numbers.random()
    if source.kind == "normal":
        mean, std = known.get("mean", 0.0), known.get("std", 1.0)
        return lambda _: numbers.gauss(mean, std)
    start, rate, floor = known.get("start", 1.0), known.get("rate", 0.95), known.get("floor", 0.0)
    noise = known.get("noise", 0.02)
    return lambda now: floor + (start - floor) * rate**now.times + numbers.gauss(0.0, noise)
