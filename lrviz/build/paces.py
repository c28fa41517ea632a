"""A Scheduler and the run's Clock → how often it is called after each update, where that is not the same all along."""

from __future__ import annotations

from itertools import islice

import numpy as np
from numpy.typing import NDArray

from lrviz.spec.batches import Batches
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Scheduler

Counts = NDArray[np.int32]


def calls_after(spec: Scheduler, clock: Clock, by_batch: bool = False) -> Counts | None:
    """Count a scheduler's calls after so many updates: before the first, after the first, ..., after the last.

    Args:
        spec: the scheduler.
        clock: the run's.
        by_batch: whether it takes turns with one that is called per batch, within the batches of an update.

    Returns:
        An array of ``clock.steps + 1`` counts; None where it is called every so many updates, as often each time.
    """
    counts = _uneven(spec, clock, by_batch)
    if spec.calls is None:
        return counts
    if counts is None:
        counts = np.zeros(clock.steps + 1, dtype=np.int32)
        period = clock.period(spec.interval, spec.frequency)
        counts[period::period] = clock.scheduler_calls
    return np.diff(np.minimum(np.cumsum(counts), spec.calls), prepend=0).astype(np.int32)


def _uneven(spec: Scheduler, clock: Clock, by_batch: bool) -> Counts | None:
    """Count the calls where they follow the batches; None where they come every so many updates."""
    batches = clock.batches or Batches(
        clock.accumulate * (clock.steps_per_epoch or clock.steps), ((0, clock.accumulate),)
    )
    of_batches = spec.frequency_of == "batches"
    if spec.interval == "step" and not of_batches:
        return None
    if spec.interval == "epoch" and clock.steps_per_epoch is not None and (not by_batch or spec.monitor):
        return None
    batch = np.fromiter(islice(batches.of_updates(), clock.steps), dtype=np.int64, count=clock.steps)
    if of_batches:
        called = np.cumsum(((batch - 1) % batches.per_epoch + 1) % spec.frequency == 0)
        done = np.concatenate(([0], called[:-1]))
    else:
        unit = batches.per_epoch if spec.interval == "epoch" else 1
        done = (batch - 1) // (unit * spec.frequency)  # before each update
    total = called[-1] if of_batches else batch[-1] // (unit * spec.frequency)
    counts: Counts = np.diff(done, prepend=0, append=total).astype(np.int32) * clock.scheduler_calls
    return counts


def batches_between(spec: Scheduler, clock: Clock) -> int | None:
    """Count the batches from one call of a scheduler to the next; None where it is not batches that it waits for."""
    unit = {"batch": 1, "epoch": clock.batches.per_epoch if clock.batches else None}.get(spec.interval)
    alone = spec.frequency_of == "interval" and clock.scheduler_calls == 1
    return unit * spec.frequency if unit is not None and alone else None
