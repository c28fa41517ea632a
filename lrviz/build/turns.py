"""Several schedulers, each with its own pace → the order in which they are stepped after an update.

Where an update takes several batches, what is stepped per batch and what is stepped per epoch take turns within it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from lrviz.build.rig import Stepper

Turns = Callable[[int], Iterator[Stepper]]


def turns_of(steppers: list[Stepper]) -> Turns:
    """Make the function that tells who is stepped when so many updates are done, in turn."""
    batched = [stepper for stepper in steppers if stepper.batches is not None]
    if len(batched) < 2:
        return lambda done: _one_by_one(steppers, done)
    rest = [stepper for stepper in steppers if stepper.batches is None]
    counts = [stepper.counts for stepper in batched if stepper.counts is not None]
    made = [np.cumsum(one) - one for one in counts]  # calls before those after each update

    def turns(done: int) -> Iterator[Stepper]:
        due = [
            (call * (stepper.batches or 1), index)
            for index, stepper in enumerate(batched)
            for call in range(made[index][done] + 1, made[index][done] + stepper.times_after(done) + 1)
        ]
        for _, index in sorted(due):
            yield batched[index]
        yield from _one_by_one(rest, done)

    return turns


def _one_by_one(steppers: list[Stepper], done: int) -> Iterator[Stepper]:
    for stepper in steppers:
        for _ in range(stepper.times_after(done)):
            yield stepper
