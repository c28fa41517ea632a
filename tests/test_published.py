"""Published schedules as presets: complete, drawn, without a known mistake, and of the same shape on any run.

That the LRs are the published ones is held by test_published_vision.py and test_published_language.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from published_runs import (
    curve_of,
    peak_of,
    preset_of,
    quarter_of,
    short_trace_of,
    shortened,
    trace_of,
    updates_of,
)

import lrviz
from lrviz import pipeline, presets, readers
from lrviz.catalog import yaml12
from lrviz.render.as_plot import sparkline
from lrviz.spec.curve import Spec

NAMES = sorted(path.stem for path in presets.PUBLISHED.glob("*.yaml"))
DATA = Path(__file__).parent / "data"
DRAWN = 9_600  # updates: a hundred for each column of dots
# Presets whose shape is not that of their run's fractions: why.
UNSCALED: dict[str, str] = {}


def test_every_preset_is_read_and_none_hides_another() -> None:
    assert list(presets.published()) == NAMES
    assert not set(NAMES) & set(presets.names())


def test_every_preset_has_values_to_hold_against() -> None:
    known = [yaml12.load(file.read_bytes()) for file in sorted(DATA.glob("published_*.yaml"))]
    assert {name for given in known for name in given} >= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_has_all_its_texts(name: str) -> None:
    preset = preset_of(name)
    for key in ("title", "about", "formula", "source"):
        text = getattr(preset, key)
        assert isinstance(text, str), f"{name}: {key} is {text!r}"
        assert text.strip() == text != "", f"{name}: {key} is {text!r}"
        assert "\n" not in text, f"{name}: {key} has a line break"
    assert preset.about.endswith("."), f"{name}: about does not end in a full stop"
    assert len(preset.about) <= 200, f"{name}: about has {len(preset.about)} characters"
    assert len(preset.title) <= 80, f"{name}: title has {len(preset.title)} characters"
    assert preset.notes == "" or preset.notes.endswith("."), f"{name}: notes do not end in a full stop"
    assert preset.family in presets.FAMILIES, f"{name}: {preset.family}"
    assert 2010 <= preset.year <= 2030, f"{name}: {preset.year}"
    assert (preset.use_when, preset.strength, preset.weakness, preset.parameters) == ("", "", "", ())


@pytest.mark.parametrize("name", NAMES)
def test_every_source_can_be_looked_up(name: str) -> None:
    assert re.search(r"arXiv:\d{4}\.\d{4,5}|https://", preset_of(name).source), preset_of(name).source


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_lower_case_words_with_hyphens(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9.]+(-[a-z0-9.]+)*", name)
    found = presets.find(name)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("name", NAMES)
def test_on_its_own_run_nothing_is_assumed_and_no_length_but_a_share_is_rounded(name: str) -> None:
    curve = curve_of(name)
    assert curve.clock.steps == updates_of(name)
    assert [note for note in curve.notes if "no steps_per_epoch" in note] == []
    assert [note for note in curve.notes if "rounded" in note and "% is" not in note] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_known_mistake_is_found(name: str) -> None:
    curve = curve_of(shortened(name))
    found, refused = pipeline.check(Spec((curve,)), {curve.name: short_trace_of(name)}, cache=False)
    assert refused == []
    assert [finding for finding in found if finding.severity in ("error", "warning")] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_drawing_is_what_its_simulation_draws(name: str) -> None:
    shape = sparkline(trace_of(f"{name}:steps={DRAWN}").lr[:, 0])
    block = "shape: |2-\n" + "".join(f"  {line}\n" if line else "\n" for line in shape.split("\n"))
    kept = preset_of(name).shape
    assert kept.rstrip("\n") == shape.rstrip("\n"), f"write in lrviz/presets/published/{name}.yaml:\n{block}"


@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNSCALED])
def test_on_a_shorter_run_with_twice_the_lr_it_has_the_same_shape(name: str) -> None:
    own, peak = short_trace_of(name), peak_of(name)
    steps = quarter_of(name)
    trace = trace_of(f"{name}:steps={steps},lr={2 * peak!r}")
    # Lengths are rounded to whole updates of the shorter run: its LR lies, to a thousandth, among those of two updates
    # around, and of the epoch around where the published run steps per epoch and the shorter one, which has none, per
    # update.
    ratio, epoch = len(own.lr) / steps, own.clock.steps_per_epoch or 0
    reach = 2 * ratio + epoch * any(stepped.interval == "epoch" for stepped in own.schedulers)
    lrs = np.vstack([own.lr, own.final_lr])
    for update in np.linspace(0, steps - 1, 197, dtype=int).tolist():
        near = lrs[max(0, int(update * ratio - reach)) : int(update * ratio + reach) + 2]
        scaled = trace.lr[update] / 2
        assert (scaled >= near.min(axis=0) * (1 - 1e-3) - 1e-6 * peak).all(), update
        assert (scaled <= near.max(axis=0) * (1 + 1e-3) + 1e-6 * peak).all(), update


@pytest.mark.parametrize("name", NAMES)
def test_the_groups_keep_their_ratios_on_another_lr(name: str) -> None:
    peak = peak_of(name)
    once, twice = (curve_of(word).optimizer.lrs(peak) for word in (name, f"{name}:lr={2 * peak!r}"))
    assert twice == pytest.approx([2 * lr for lr in once])


@pytest.mark.parametrize("name", NAMES)
def test_on_another_run_a_note_says_so(name: str) -> None:
    own = updates_of(name)
    notes = curve_of(f"{name}:steps=5000").notes
    assert (f"{name} is scaled from its own {own:,} updates to 5,000" in notes) == (own != 5000)


def test_on_a_tenth_of_the_epochs_detr_drops_at_two_thirds_too() -> None:
    lr = trace_of("detr-r50-300:epochs=30,steps_per_epoch=10").lr
    assert lr[[0, 199]].tolist() == pytest.approx(np.array([[1e-4, 1e-5]] * 2))
    assert lr[[200, 299]].tolist() == pytest.approx(np.array([[1e-5, 1e-6]] * 2))


def test_a_spec_of_ones_own_scales_published_schedules_to_its_run_and_keeps_its_optimizer() -> None:
    spec = readers.read_text(
        "run: {steps: 9000}\noptimizer: {type: AdamW, lr: 1e-3}\n"
        "schedules: {a: {preset: detectron2-mask-rcnn-1x}, b: {preset: resnet50-tv-90ep}}",
        "a.yaml",
    )
    traces = lrviz.simulate(spec, cache=False)
    assert traces["a"].lr[[0, 50, 100, 5999, 6000, 8000], 0] == pytest.approx(
        [1e-6, 5.005e-4, 1e-3, 1e-3, 1e-4, 1e-5]
    )
    assert traces["b"].lr[[0, 2999, 3000, 6000, 8999], 0] == pytest.approx([1e-3, 1e-3, 1e-4, 1e-5, 1e-5])
