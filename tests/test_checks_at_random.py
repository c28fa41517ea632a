"""No false alarm on random sound specs, no miss on random mistaken ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from mistaken_specs import MISTAKES
from sound_specs import specs

from lrviz import SpecError, pipeline, presets, readers
from lrviz.checks.finding import Finding
from lrviz.spec.document import located
from lrviz.spec.parse import spec_of

SOUND, EACH = 2_000, 40  # specs; of each mistake
CONFIGS = Path(__file__).parent.parent / "configs"
SEEN: Counter[str] = Counter()


def found_in(data: dict[str, Any]) -> list[Finding]:
    spec = spec_of(located(data, "spec"))
    found, refused = pipeline.check(spec, pipeline.attempt(spec, cache=False), cache=False)
    assert not refused, refused
    return found


@settings(
    max_examples=SOUND,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=specs())
def test_a_sound_spec_brings_no_error(data: dict[str, Any]) -> None:
    found = found_in(data)
    SEEN["specs"] += 1
    SEEN.update({finding.severity for finding in found})
    assert [str(finding) for finding in found if finding.severity == "error"] == []


def test_under_one_in_a_hundred_sound_specs_brings_a_warning() -> None:
    if not SEEN["specs"]:  # this test alone was asked for
        test_a_sound_spec_brings_no_error()
    assert SEEN["specs"] >= SOUND * 0.9
    assert SEEN["warning"] < 0.01 * SEEN["specs"]


def test_enough_mistakes_are_made() -> None:
    assert len(MISTAKES) * EACH >= 1_500


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_however_it_is_made(mistake: str) -> None:
    make, rules = MISTAKES[mistake]
    rng = Random(mistake)
    missed = []
    for _ in range(EACH):
        data = make(rng)
        try:
            names = {finding.name for finding in found_in(data)}
        except SpecError as error:
            raise AssertionError(f"{data}: {error}") from error
        if not names & rules:
            missed.append((data, names))
    assert missed == []


CLOCKS = (
    {"epochs": 100},
    {"epochs": 90, "steps_per_epoch": 20},
    {"steps": 1000},
    {"epochs": 5, "steps_per_epoch": 200},
)
SWA_NEVER = "swa"  # stepped per epoch, it anneals over more calls than a run of 5 epochs makes: it says so


@pytest.mark.parametrize("run", CLOCKS, ids=str)
def test_no_preset_brings_anything_but_notes_on_any_clock(run: dict[str, int]) -> None:
    names = [name for name in presets.names() if "epochs" in run or name != "plateau"]
    assert len(names) > 30
    data = {
        "run": run,
        "optimizer": {"type": "SGD", "lr": 0.1},
        "schedules": {name: {"preset": name} for name in names},
    }
    found = [str(finding) for finding in found_in(data) if finding.severity != "info"]
    assert [line for line in found if not (run.get("epochs") == 5 and f" {SWA_NEVER}: " in line)] == []


def test_no_spec_of_the_gallery_brings_anything() -> None:
    specs = sorted(CONFIGS.glob("*.yaml"))
    assert len(specs) > 10
    for path in specs:
        spec = readers.read(str(path))
        found, refused = pipeline.check(spec, pipeline.attempt(spec))
        assert (found, refused) == ([], []), path
