"""The presets as data: complete, found by the names people use, and with no parameter left hanging."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import pytest

import lrviz
from lrviz import presets
from lrviz.render.as_plot import sparkline

TEXTS = ("about", "formula", "use_when", "strength", "weakness", "source")
NAMES = presets.names()

FOUND = {
    # what people write: the preset they mean
    "StepLR": "step",
    "step": "step",
    "steplr": "step",
    "STEP": "step",
    "MultiStepLR": "multistep",
    "multi-step": "multistep",
    "ExponentialLR": "exponential",
    "CosineLR": "cosine",
    "CosineAnnealingLR": "cosine",
    "cosine_annealing": "cosine",
    "CosineAnnealingWarmRestarts": "cosine-restarts",
    "SGDR": "cosine-restarts",
    "warm-restarts": "cosine-restarts",
    "one_cycle": "onecycle",
    "OneCycleLR": "onecycle",
    "1cycle": "onecycle",
    "CyclicLR": "cyclic",
    "triangular": "cyclic",
    "triangular2": "triangular2",
    "exp_range": "exp-range",
    "LinearLR": "linear",
    "PolynomialLR": "polynomial",
    "poly": "polynomial",
    "ReduceLROnPlateau": "plateau",
    "LambdaLR": "inverse-time",
    "MultiplicativeLR": "multiplicative",
    "ChainedScheduler": "chained",
    "SWALR": "swa",
    "Noam": "noam",
    "transformer": "noam",
    "rsqrt": "inverse-sqrt",
    "inverse square root": "inverse-sqrt",
    "trapezoid": "wsd",
    "WSD": "wsd",
    "warmup_stable_decay": "wsd",
    "warmup_cosine": "warmup-cosine",
    "bert": "warmup-linear",
    "constant_with_warmup": "warmup-constant",
    "lr-finder": "range-test",
    "LRFinder": "range-test",
    "lr_range_test": "range-test",
    "constant": "constant",
    "none": "constant",
}


def plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name.lower()).removesuffix("lr")


def texts_in(value: Any) -> list[str]:
    """Collect every text of a schedule, however deep, keys excluded."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    return [value] if isinstance(value, str) else []


def used_in(preset: presets.Preset) -> set[str]:
    return {name for text in texts_in(preset.schedule) for name in re.findall(r"\$(\w+)", text)}


def test_the_family_is_there() -> None:
    assert len(NAMES) >= 28
    assert list(presets.presets()) == NAMES == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_has_all_its_texts(name: str) -> None:
    preset = presets.presets()[name]
    for key in TEXTS:
        text = getattr(preset, key)
        assert isinstance(text, str), f"{name}: {key} is {text!r}"
        assert text.strip() == text != "", f"{name}: {key} is {text!r}"


@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_ends_and_stays_on_one_line(name: str) -> None:
    preset = presets.presets()[name]
    for key in ("about", "use_when", "strength", "weakness"):
        text = getattr(preset, key)
        assert text.endswith("."), f"{name}: {key} does not end in a full stop"
        assert "\n" not in text, f"{name}: {key} has a line break"
        assert len(text) <= 200, f"{name}: {key} has {len(text)} characters"


@pytest.mark.parametrize("name", NAMES)
def test_every_source_can_be_looked_up(name: str) -> None:
    source = presets.presets()[name].source
    assert re.search(r"arXiv:\d{4}\.\d{5}|https://", source), f"{name}: {source}"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_lower_case_words_with_hyphens(name: str) -> None:
    for word in (name, *presets.presets()[name].aliases):
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", word), f"{name}: {word}"


def test_no_name_is_claimed_twice() -> None:
    claims: defaultdict[str, list[str]] = defaultdict(list)
    for preset in presets.presets().values():
        for word in (preset.name, *preset.aliases):
            claims[plain(word)].append(f"{word} of {preset.name}")
    assert claims
    assert [words for words in claims.values() if len(words) > 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_is_found_by_its_name_and_each_alias(name: str) -> None:
    preset = presets.presets()[name]
    for word in (name, *preset.aliases):
        for spelling in (word, word.upper(), word.replace("-", "_"), word.replace("-", "")):
            found = presets.find(spelling)
            assert found is not None, spelling
            assert found.name == name, spelling


@pytest.mark.parametrize(("word", "name"), FOUND.items())
def test_what_people_write_finds_what_they_mean(word: str, name: str) -> None:
    found = presets.find(word)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("word", ["", "lr", "stepp", "no-such-schedule", "config.yaml", "step:gamma=0.5"])
def test_an_unknown_word_finds_nothing(word: str) -> None:
    assert presets.find(word) is None


def test_some_presets_have_parameters() -> None:
    assert [name for name in NAMES if presets.presets()[name].parameters]


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_exactly_those_the_schedule_uses(name: str) -> None:
    preset = presets.presets()[name]
    declared = [parameter.name for parameter in preset.parameters]
    assert len(declared) == len(set(declared))
    assert set(declared) == used_in(preset)


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_has_a_default_and_says_what_it_is(name: str) -> None:
    for parameter in presets.presets()[name].parameters:
        assert parameter.default is not None, f"{name}: {parameter.name}"
        assert isinstance(parameter.about, str), f"{name}: {parameter.name}"
        assert parameter.about.strip(), f"{name}: {parameter.name}"


@pytest.mark.parametrize("name", NAMES)
def test_every_schedule_but_the_constant_one_names_a_class(name: str) -> None:
    schedule = presets.presets()[name].schedule
    assert isinstance(schedule, dict)
    assert (schedule == {}) == (name == "constant")
    assert name == "constant" or isinstance(schedule["type"], str)


@pytest.mark.parametrize("name", NAMES)
def test_no_preset_fixes_the_run_or_the_learning_rate(name: str) -> None:
    assert not {"run", "optimizer", "lr"} & set(presets.presets()[name].schedule)


@pytest.mark.parametrize("name", presets.names())
def test_the_drawing_of_each_preset_is_what_its_simulation_draws(name):
    trace = next(iter(lrviz.simulate(lrviz.load(f"{name}:epochs=100")).values()))
    shape = sparkline(trace.lr[:, 0])
    block = "shape: |2-\n" + "".join(f"  {line}\n" if line else "\n" for line in shape.split("\n"))
    kept = presets.presets()[name].shape
    assert kept.rstrip("\n") == shape.rstrip("\n"), f"write in lrviz/presets/{name}.yaml:\n{block}"
