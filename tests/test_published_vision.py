"""The published schedules of vision, detection, diffusion and the rest that is no language: the LRs of paper and code.

Runs are stepped through, each once. Of long ones by a LambdaLR, which is a function of its count alone, torch's own
objects are set before the update that is asked for and stepped there; that this comes to the same is held too.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from published_runs import curve_of, jumped, preset_of, trace_of, updates_of

import lrviz
from lrviz.catalog import yaml12

GIVEN = yaml12.load((Path(__file__).parent / "data" / "published_vision.yaml").read_bytes())
NAMES = sorted(GIVEN)
LONG = 320_000  # updates
JUMPED = [
    name
    for name in NAMES
    if updates_of(name) > LONG
    and preset_of(name).schedule.get("type") == "LambdaLR"
    and GIVEN[name].keys() == {"points"}
]


@cache
def run_of(name: str) -> lrviz.Trace:
    on = GIVEN[name].get("on")
    return trace_of(f"{name}:{on}" if on else name)


def lrs_at(name: str, update: int) -> list[float]:
    lrs: list[float] = jumped(name, update) if name in JUMPED else run_of(name).lr[update].tolist()
    return lrs


@pytest.mark.parametrize("name", NAMES)
def test_the_lr_is_the_published_one(name: str) -> None:
    given = {0: GIVEN[name]["points"], **GIVEN[name].get("groups", {})}
    assert len(given[0]) >= 2
    for group, points in given.items():
        found = {update: lrs_at(name, update)[group] for update, _ in points}
        assert found == pytest.approx(dict(points), rel=1e-6, abs=0), group


@pytest.mark.parametrize("quantity", ["momentum", "weight_decay"])
def test_momentum_and_weight_decay_follow_the_recipe(quantity: str) -> None:
    names = [name for name in NAMES if quantity in GIVEN[name]]
    assert names
    for name in names:
        values = getattr(run_of(name), quantity)
        for group, points in GIVEN[name][quantity].items():
            found = {update: values[update, group] for update, _ in points}
            assert found == pytest.approx(dict(points), rel=1e-6, abs=0), name


@pytest.mark.parametrize("name", ["ppo-cleanrl-atari", "3dgs-position", "convnext-t", "vit-b16-in1k-paper"])
def test_to_set_a_lambda_before_an_update_is_to_step_through_all_before_it(name: str) -> None:
    run = run_of(name)
    for update in np.linspace(0, len(run.lr) - 1, 23, dtype=int).tolist():
        assert jumped(name, update) == run.lr[update].tolist()


def test_some_are_long_enough_to_be_set() -> None:
    assert len(JUMPED) >= 5
    assert all(schedule.interval == "step" for name in JUMPED for schedule in curve_of(name).schedulers)


def test_swins_lr_drops_where_the_warm_up_ends_in_the_first_code_and_not_in_todays() -> None:
    first, today = ([jumped(name, update)[0] for update in (25020, 25021)]
                    for name in ("swin-t-2021", "swin-t-current"))  # fmt: skip
    # the drop is onto g(25020) = 1e-5 + 0.000495 * (1 + cos(π / 15)) = 1e-5 + 0.000495 * 1.9781476007338057
    assert first == pytest.approx([1e-6 + 25019 * 0.000999 / 25020, 0.0009891830623632338])
    assert today == pytest.approx([1e-6 + 25019 * 0.000999 / 25020, 0.001])


def test_ppos_stairs_are_16_updates_wide() -> None:
    lr = run_of("ppo-cleanrl-atari").lr[:, 0]
    assert np.flatnonzero(np.diff(lr)).tolist() == list(range(15, 156239, 16))
