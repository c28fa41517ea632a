"""The run's clock: updates per epoch as data loaders, samplers and trainers count them."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from lrviz.errors import SpecError
from lrviz.spec.clock import Clock
from lrviz.spec.document import Problems, located
from lrviz.spec.runs import clock_of

COUNTED = [
    # run: (steps, steps_per_epoch, interval)
    ({"epochs": 10}, (10, 1, "epoch")),
    ({"epochs": 10, "steps_per_epoch": 100}, (1000, 100, "epoch")),
    ({"steps": 1000}, (1000, None, "step")),
    ({"steps": 250, "steps_per_epoch": 100}, (250, 100, "step")),
    ({"epochs": 90, "dataset_size": 1_281_167, "batch_size": 32, "devices": 8}, (450_450, 5005, "epoch")),
    ({"epochs": 3, "dataset_size": 100, "batch_size": 32}, (12, 4, "epoch")),
    ({"epochs": 3, "dataset_size": 100, "batch_size": 32, "drop_last": True}, (9, 3, "epoch")),
    ({"epochs": 3, "dataset_size": 100, "batch_size": 32, "drop_last": False}, (12, 4, "epoch")),
    ({"epochs": 3, "dataset_size": 100, "batch_size": 10, "accumulate": 4}, (9, 3, "epoch")),
    (
        {"epochs": 3, "dataset_size": 100, "batch_size": 10, "accumulate": 4, "drop_last": True},
        (9, 3, "epoch"),
    ),
    ({"epochs": 3, "dataset_size": 7, "batch_size": 100, "devices": 8, "accumulate": 64}, (3, 1, "epoch")),
    ({"steps": 50, "dataset_size": 100, "batch_size": 10}, (50, 10, "step")),
]


def clocked(run: dict[str, Any]) -> tuple[Clock, str]:
    problems = Problems()
    read = clock_of(located(run, "run"), problems)
    problems.raise_if_any()
    assert read is not None
    return read


@pytest.mark.parametrize(("run", "wanted"), COUNTED, ids=str)
def test_a_run_is_counted_in_updates(run: dict[str, Any], wanted: tuple[int, int | None, str]) -> None:
    clock, interval = clocked(run)
    assert (clock.steps, clock.steps_per_epoch, interval) == wanted


def test_an_epoch_has_the_batches_that_a_sampler_and_a_loader_make_of_it() -> None:
    """DistributedSampler gives each device ceil(size / devices) samples, DataLoader ceil of those over the batch,
    Trainer and Lightning one update per ``accumulate`` batches and one for what is left."""
    cases = list(product((1, 7, 100, 1001), (1, 8, 32), (1, 2, 3, 8), (1, 3, 4)))
    assert cases
    for size, batch, devices, accumulate in cases:
        batches = math.ceil(math.ceil(size / devices) / batch)
        full, left = divmod(batches, accumulate)
        run = {
            "epochs": 1,
            "dataset_size": size,
            "batch_size": batch,
            "devices": devices,
            "accumulate": accumulate,
        }
        assert clocked(run)[0].steps_per_epoch == full + (left > 0)


def test_what_was_computed_or_assumed_is_noted() -> None:
    assert clocked({"epochs": 3})[0].note == "no steps_per_epoch given: an epoch is one update"
    assert clocked({"epochs": 3, "steps_per_epoch": 5})[0].note is None
    note = clocked({"epochs": 3, "dataset_size": 50_000, "batch_size": 10})[0].note
    assert note == "50,000 samples make 5,000 updates per epoch"


def test_epochs_are_exact_where_the_last_is_cut_short() -> None:
    assert clocked({"steps": 250, "steps_per_epoch": 100})[0].epochs == Fraction(5, 2)
    assert clocked({"steps": 250})[0].epochs is None


def test_a_call_is_so_many_updates() -> None:
    clock = Clock(steps=1000, steps_per_epoch=100)
    assert clock.updates_per_call("step") == 1
    assert clock.updates_per_call("step", 4) == 4
    assert clock.updates_per_call("epoch") == 100
    assert clock.updates_per_call("epoch", 2) == 200
    with pytest.raises(ValueError, match="the run counts no epochs"):
        Clock(steps=1000).updates_per_call("epoch")


def test_the_longest_run_is_read_and_one_more_update_is_not() -> None:
    assert clocked({"steps": 20_000_000})[0].steps == 20_000_000
    with pytest.raises(SpecError) as caught:
        clocked({"steps": 20_000_001})
    assert str(caught.value) == "run: steps: 20,000,001 updates in the run; at most 20,000,000 are simulated"
