"""The published schedules of language models and speech: the LRs that papers and code give, and the same on other runs.

Runs of up to 320,000 updates are stepped through, each once. Of the longer ones, whose every scheduler is a LambdaLR
and so a function of its count alone, torch's own objects are set before the update that is asked for and stepped there;
that this comes to the same is held against all that were stepped through. Texts, drawings and checks of every published
schedule are held by test_published.py.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import lrviz
from lrviz import presets
from lrviz.build import build
from lrviz.catalog import yaml12

GIVEN = yaml12.load((Path(__file__).parent / "data" / "published_language.yaml").read_bytes())
NAMES = sorted(GIVEN)
SHORT = 320_000  # updates


def updates_of(name: str) -> int:
    run = presets.published()[name].run
    assert run is not None
    return run["steps"]


STEPPED = [name for name in NAMES if updates_of(name) <= SHORT]


@cache
def trace_of(name: str) -> lrviz.Trace:
    (trace,) = lrviz.simulate(name, cache=False).values()
    return trace


@cache
def scheduler_of(name: str):
    (curve,) = lrviz.load(name).curves
    (stepper,) = build(curve).steppers
    stepper.scheduler.optimizer.step()
    return stepper.scheduler


def jumped(name: str, update: int) -> list[float]:
    """Step the real scheduler to one update, from the one before it."""
    scheduler = scheduler_of(name)
    scheduler.last_epoch = update - 1
    scheduler.step()
    return [float(group["lr"]) for group in scheduler.optimizer.param_groups]


def lr_at(name: str, update: int, group: int = 0) -> float:
    if name in STEPPED:
        return float(trace_of(name).lr[update, group])
    return jumped(name, update)[group]


@pytest.mark.parametrize("name", NAMES)
def test_the_lr_is_the_published_one(name):
    found = {update: lr_at(name, update) for update, _ in GIVEN[name]["points"]}
    assert len(found) >= 2
    assert found == pytest.approx(dict(GIVEN[name]["points"]), rel=1e-6, abs=0)


@pytest.mark.parametrize("name", [name for name in NAMES if "groups" in GIVEN[name]])
def test_the_lr_of_each_group_is_the_published_one(name):
    for group, points in GIVEN[name]["groups"].items():
        for update, lr in points:
            assert lr_at(name, update, group) == pytest.approx(lr, rel=1e-6)


@pytest.mark.parametrize("name", [name for name in NAMES if "tokens" in GIVEN[name]])
def test_the_lr_follows_the_tokens_seen(name):
    preset = presets.published()[name]
    scheduler = scheduler_of(name)
    for tokens, lr in GIVEN[name]["tokens"]:
        factor = scheduler.lr_lambdas[0](tokens / preset.run["tokens_per_step"])
        assert preset.optimizer["lr"] * factor == pytest.approx(lr, rel=1e-6)


@pytest.mark.parametrize("name", STEPPED)
def test_to_set_a_scheduler_before_an_update_is_to_step_through_all_before_it(name):
    steps = updates_of(name)
    for update in np.linspace(0, steps - 1, 11, dtype=int).tolist():
        assert jumped(name, update) == trace_of(name).lr[update].tolist()


@pytest.mark.parametrize("name", NAMES)
def test_on_another_run_with_another_lr_it_has_the_same_shape(name):
    own, peak = updates_of(name), presets.published()[name].optimizer["lr"]
    steps = min(own // 4, 20_000)
    (trace,) = lrviz.simulate(f"{name}:steps={steps},lr={2 * peak!r}", cache=False).values()
    for update in np.linspace(0, steps - 1, 97, dtype=int).tolist():
        # What is rounded to whole updates of the shorter run, here and there two of them, and at both ends one: the LR
        # lies among those of as many around the same fraction of the published run.
        reach = 1.6 * own / steps
        at = update * own / steps
        around = np.linspace(max(at - reach, 0), min(at + reach, own - 1), 41).round().astype(int)
        near = np.array([jumped(name, there) for there in around.tolist()])
        scaled = trace.lr[update] / 2
        assert (near.min(axis=0) * (1 - 1e-3) - 1e-3 * peak <= scaled).all(), update
        assert (scaled <= near.max(axis=0) * (1 + 1e-3)).all(), update


def test_muons_momentum_rises_over_300_updates_beside_the_flat_lr():
    momentum = trace_of("modded-nanogpt-2025-01-26").momentum
    assert momentum is not None
    assert momentum[[0, 150, 300, 1769], 0].tolist() == pytest.approx([0.85, 0.9, 0.95, 0.95])
    assert set(momentum[:, 1]) == {0.8}


def test_muons_momentum_goes_back_over_the_last_50_updates():
    momentum = trace_of("modded-nanogpt-2026-08").momentum
    assert momentum is not None
    # 1,284 is 49 of 50 updates past 1,235: 0.95 - 0.1 * 49 / 50
    assert momentum[[0, 300, 1235, 1260, 1284], 0].tolist() == pytest.approx([0.85, 0.95, 0.95, 0.9, 0.852])


def test_palms_weight_decay_is_the_square_of_its_lr():
    trace = trace_of("palm-540b")
    assert trace.weight_decay is not None
    assert trace.weight_decay[[0, 40_000, 250_000], 0] == pytest.approx([1e-4, 2.5e-5, 4e-6])


def test_the_batches_of_bloom_are_summed_as_megatron_sums_them():
    seen, samples = 0, [0]
    while seen < 220_000_000:
        seen += 2048 if seen > 9_765_625 else 192 + 16 * int(seen / (9_765_625 / 116))
        samples.append(seen)
    assert len(samples) - 1 == updates_of("bloom-176b") == 115_312
    s = np.array(samples[:-1], dtype=float)
    cosine = 0.1 + 0.45 * (1 + np.cos(np.pi * (np.minimum(s, 2e8) - 183_105) / 199_816_895))
    expected = 6e-5 * np.where(s <= 183_105, s / 183_105, cosine)
    np.testing.assert_allclose(trace_of("bloom-176b").lr[:, 0], expected, rtol=1e-9)


def test_where_chinchillas_batch_doubles_half_of_the_tokens_are_seen():
    # 466,667 updates of 1.5M tokens are half of 1.4T: the middle of the cosine, 1e-5 + 4.5e-5
    assert jumped("chinchilla-70b", 466_667)[0] == pytest.approx(5.5e-5, rel=3e-6)


def test_pythia_as_run_stands_still_where_pythia_as_described_falls():
    run, described = (trace_of(f"pythia-6.9b-as-{how}").lr[:, 0] for how in ("run", "described"))
    # the cosine reaches a tenth where cos is -0.8, at 1430 + 143000 · acos(-0.8) / π = 115,138.9
    assert run[115_138] > run[115_139] == run[-1] == pytest.approx(1.2e-5)
    assert (np.diff(described[1_430:]) < 0).all()
