"""A trace is frozen, and comes back from JSON as it was."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lrviz.errors import LrvizError
from lrviz.spec.clock import Clock
from lrviz.trace import Event, Series, Stepped, Trace


def made(**changes):
    parts = {
        "name": "a curve 学習率",
        "clock": Clock(6, 2, 1000, "assumed"),
        "optimizer": "AdamW",
        "groups": ("backbone", "head"),
        "schedulers": (Stepped("LinearLR", "step"), Stepped("StepLR", "epoch", 3)),
        "lr": np.array([[0.1, 1 / 3], [0.1, 0.2], [0.1, 0.3], [0.1, 1e-300], [0.01, 0.5], [0.01, 0.6]]),
        "momentum": np.full((6, 2), 0.9),
        "weight_decay": None,
        "final_lr": (0.01, 0.7),
        "metrics": {"loss": Series(np.array([1, 3, 5]), np.array([1.5, np.inf, np.nan]))},
        "events": (Event(-1, "warning", "early"), Event(4, "milestone", "× 0.1")),
        "versions": {"torch": "2.13"},
    }
    return Trace(**{**parts, **changes})


def data(**changes):
    return {**made().to_data(), **changes}


def test_a_trace_comes_back_from_json_as_it_was():
    before = made()
    after = Trace.from_json(before.to_json())
    for name in ("name", "clock", "optimizer", "groups", "schedulers", "final_lr", "events", "versions"):
        assert getattr(after, name) == getattr(before, name), name
    np.testing.assert_array_equal(after.lr, before.lr)
    np.testing.assert_array_equal(after.momentum, before.momentum)
    assert after.weight_decay is None
    np.testing.assert_array_equal(after.metrics["loss"].updates, [1, 3, 5])
    np.testing.assert_array_equal(after.metrics["loss"].values, [1.5, np.inf, np.nan])
    assert after.to_json() == before.to_json()


def test_json_is_one_line_with_short_columns():
    text = made().to_json()
    assert "\n" not in text
    assert '"lr":[{"runs":[[0.1,4],[0.01,2]]},[0.3333333333333333,0.2,0.3,1e-300,0.5,0.6]]' in text
    assert '"momentum":[{"runs":[[0.9,6]]},{"runs":[[0.9,6]]}],"weight_decay":null' in text
    assert "学習率" in text


def test_arrays_cannot_be_written_to():
    for trace in (made(), Trace.from_json(made().to_json())):
        for array in (trace.lr, trace.momentum):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1.0


def test_epochs_are_counted_from_zero():
    assert made().epoch.tolist() == [0, 0, 1, 1, 2, 2]
    assert made(clock=Clock(6)).epoch.tolist() == [0] * 6
    assert made(clock=Clock(6, 4)).epoch.tolist() == [0, 0, 0, 0, 1, 1]


def test_a_trace_says_what_it_is():
    assert repr(made()) == "Trace('a curve 学習率', 6 updates, 2 groups, AdamW)"
    assert len(made()) == 6
    assert [str(stepped) for stepped in made().schedulers] == ["LinearLR per step", "StepLR every 3 epochs"]


@pytest.mark.parametrize("text", ["[]", "3", "null", "{}", '{"format": "other"}'])
def test_what_is_no_trace_is_refused(text):
    with pytest.raises(LrvizError) as refused:
        Trace.from_json(text)
    assert str(refused.value).endswith('not a saved trace: it holds no "format": "lrviz-trace"')


def test_what_is_no_json_is_refused():
    with pytest.raises(LrvizError, match=r"^not a saved trace: Expecting value: line 1 column 1"):
        Trace.from_json("lr")


def test_a_newer_format_is_refused():
    with pytest.raises(LrvizError) as refused:
        Trace.from_data(data(version=99), "run.json")
    assert str(refused.value) == (
        "run.json: format version 99 is newer than this lrviz reads (2); upgrade lrviz"
    )


@pytest.mark.parametrize(
    "damage",
    [
        {"lr": None},
        {"lr": [[0.1] * 6]},
        {"lr": [[0.1] * 5, [0.1] * 6]},
        {"lr": [["x"] * 6, [0.1] * 6]},
        {"lr": [{"runs": [[0.1, 5]]}, [0.1] * 6]},
        {"lr": [{"runs": []}, [0.1] * 6]},
        {"lr": [{"runs": [[0.1, -6]]}, [0.1] * 6]},
        {"lr": [{"values": []}, [0.1] * 6]},
        {"clock": {"step": 6}},
        {"clock": None},
        {"events": [{"update": 1}]},
        {"schedulers": ["StepLR"]},
        {"metrics": {"loss": [1.0]}},
        {"metrics": []},
        {"final_lr": ["x"]},
        {"versions": 3},
    ],
)
def test_a_damaged_trace_is_refused(damage):
    with pytest.raises(LrvizError, match=r"^run\.json: a damaged trace: "):
        Trace.from_data(json.loads(json.dumps(data(**damage))), "run.json")


@pytest.mark.parametrize("key", sorted(set(made().to_data()) - {"format", "version"}))
def test_a_trace_with_a_part_missing_is_refused(key):
    partial = data()
    del partial[key]
    with pytest.raises(LrvizError, match=f"^trace: a damaged trace: KeyError: '{key}'"):
        Trace.from_data(partial)
