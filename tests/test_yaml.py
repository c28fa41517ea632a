"""YAML as people expect it: what is a number, what is a word, where each value stands."""

from __future__ import annotations

import math
from typing import Any

import pytest

from lrviz.catalog import yaml12
from lrviz.errors import Place, SpecError
from lrviz.readers.yaml_file import document_of

SCALARS = {
    # as written: as read
    "1e-3": 1e-3,
    "1E5": 1e5,
    "1e5": 1e5,
    "3e-4": 3e-4,
    "1.e-3": 1e-3,
    ".5": 0.5,
    "5.": 5.0,
    "+1.5": 1.5,
    "-1e-3": -1e-3,
    "1_000": 1000,
    "1_000.5": 1000.5,
    "10": 10,
    "-10": -10,
    "+10": 10,
    "0100": 100,
    "007": 7,
    "0o17": 15,
    "0x1f": 31,
    "0x": "0x",
    "0b11": "0b11",
    "10:30": "10:30",
    "1:30:00": "1:30:00",
    "2026-11-20": "2026-11-20",
    "on": "on",
    "off": "off",
    "yes": "yes",
    "no": "no",
    "y": "y",
    "true": True,
    "True": True,
    "FALSE": False,
    "tRUE": "tRUE",
    "null": None,
    "~": None,
    "": None,
    "none": "none",
    "nan": "nan",
    "inf": "inf",
    ".inf": math.inf,
    "-.INF": -math.inf,
    "1e999": math.inf,
    "5%": "5%",
    "30ep": "30ep",
    "1e3st": "1e3st",
    "e5": "e5",
    "1e": "1e",
    "1 000": "1 000",
    "lr * 0.1": "lr * 0.1",
    "'1e-3'": "1e-3",
    '"10"': "10",
    "=": "=",
}


@pytest.mark.parametrize(("written", "wanted"), SCALARS.items(), ids=[w or "nothing" for w in SCALARS])
def test_a_scalar_is_what_it_looks_like(written: str, wanted: Any) -> None:
    read = document_of(f"a: {written}\n", "f")["a"]
    assert read == wanted
    assert type(read) is type(wanted)


@pytest.mark.parametrize("written", [w for w in SCALARS if w[:1] not in "'\""], ids=lambda w: w or "nothing")
def test_the_packages_own_files_and_the_command_line_read_scalars_alike(written: str) -> None:
    wanted = SCALARS[written]
    for read in (yaml12.load(f"a: {written}\n".encode())["a"], yaml12.scalar(written)):
        assert read == wanted
        assert type(read) is type(wanted)


def test_nan_is_read() -> None:
    assert math.isnan(document_of("a: .nan\n", "f")["a"])
    assert math.isnan(yaml12.scalar(".NaN"))


def test_every_value_knows_its_line_and_column() -> None:
    document = document_of("run:\n  epochs: 3\nschedules:\n  a:\n    milestones: [1, 22, 333]\n", "f.yaml")
    a = document["schedules"]["a"]
    assert document.at("run") == Place("f.yaml", 1, 1, "run")
    assert document["run"].at("epochs") == Place("f.yaml", 2, 3, "run.epochs")
    assert a.at("milestones") == Place("f.yaml", 5, 5, "schedules.a.milestones")
    assert a["milestones"].at(2) == Place("f.yaml", 5, 25, "schedules.a.milestones[2]")
    assert str(a.at("gamma")) == "f.yaml:5:5: schedules.a.gamma"  # not there: where its mapping stands


def test_anchors_and_merges_give_the_values_and_keep_the_place_of_each() -> None:
    document = document_of(
        "x-base: &base {type: StepLR, gamma: 0.5, step_size: 3}\na: {<<: *base, gamma: 0.1}\nb: *base\n", "f"
    )
    assert dict(document["a"]) == {"gamma": 0.1, "type": "StepLR", "step_size": 3}
    assert dict(document["b"]) == {"type": "StepLR", "gamma": 0.5, "step_size": 3}
    assert document["a"].at("gamma") == Place("f", 2, 16, "a.gamma")
    assert document["a"].at("step_size") == Place("f", 1, 42, "a.step_size")
    assert document["b"].at("gamma") == Place("f", 1, 30, "b.gamma")


def test_of_several_merges_the_first_wins() -> None:
    document = document_of("x: &x {n: 1}\ny: &y {n: 2, m: 3}\na: {<<: [*x, *y]}\n", "f")
    assert dict(document["a"]) == {"n": 1, "m": 3}


def test_keys_are_words_whatever_they_look_like() -> None:
    assert list(document_of("true: 1\n10: 2\nnull: 3\non: 4\n1e3: 5\n", "f")) == [
        "true",
        "10",
        "null",
        "on",
        "1e3",
    ]


def test_a_byte_order_mark_and_windows_lines_are_no_trouble() -> None:
    assert document_of("\ufeffa: 1\r\nb: 2\r\n", "f") == {"a": 1, "b": 2}


def test_json_is_read_too() -> None:
    assert document_of('{"run": {"epochs": 3, "lr": 1e-3}, "list": [1, 2.5, null, true]}', "f") == {
        "run": {"epochs": 3, "lr": 1e-3},
        "list": [1, 2.5, None, True],
    }


def test_an_alias_used_twice_is_no_alias_that_holds_itself() -> None:
    assert document_of("x: &x [1]\na: [*x, *x]\n", "f")["a"] == [[1], [1]]


def test_all_repeated_keys_are_told_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        document_of("a: {b: 1, b: 2}\nc: {d: 1,\n  d: 2}\n", "f")
    assert str(caught.value) == (
        "f:1:11: a.b: given twice; the first is on line 1\nf:3:3: c.d: given twice; the first is on line 2"
    )


def test_keys_that_lead_deep_are_cut_in_messages() -> None:
    key = "k" * 190
    text = "".join(f"{'  ' * i}{key}:\n" for i in range(40)) + f"{'  ' * 40}a: !x 1\n"
    with pytest.raises(SpecError) as caught:
        document_of(text, "f")
    assert len(str(caught.value)) < 600
