"""Learning rates recorded from real training runs of plain torch equal those of the same schedules as specs.

Each pair in data/recorded/torch is a run's program with what its updates used (.json), and a spec (.yaml).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz import pipeline

FOLDER = Path(__file__).parent / "data" / "recorded" / "torch"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
CURVES = [name for name in NAMES if not name.startswith("error__")]

# What lrviz says where torch refuses; torch's own message where only torch can tell.
REFUSALS = {
    "error__onecycle_adagrad_momentum": (
        "optimizer must support momentum or beta1 with `cycle_momentum` option enabled"
    ),
    "error__onecycle_no_total": "OneCycleLR needs total_steps or epochs and steps_per_epoch",
    "error__warm_restarts_float_t0": "10.0 is a float, and torch compares lengths exactly; write 10",
}


def recording(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def test_every_recording_has_its_spec() -> None:
    assert len(CURVES) >= 45
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == NAMES


@pytest.mark.parametrize("name", CURVES)
def test_a_recorded_run_equals_its_spec(name: str) -> None:
    recorded = recording(name)
    traces = list(pipeline.simulate(lrviz.load(FOLDER / f"{name}.yaml"), cache=False).values())
    runs = recorded.get("optimizers", [recorded])  # a run of two optimizers is two curves
    assert len(traces) == len(runs) > 0
    for trace, run in zip(traces, runs, strict=True):
        assert trace.optimizer == (run.get("optimizer_class") or run["class"])
        assert len(trace) > 0
        assert np.array_equal(trace.lr, np.array(run["lr"]))
        if run["momentum"] is not None:
            assert np.array_equal(trace.momentum, np.array(run["momentum"]))
        elif trace.momentum is not None:  # recorded only where it moves
            assert (trace.momentum == trace.momentum[0]).all()
        if trace.weight_decay is not None:
            assert trace.weight_decay[-1].tolist() == [group["weight_decay"] for group in run["groups"]]


def test_every_refusal_is_known() -> None:
    assert set(REFUSALS) == {name for name in NAMES if name.startswith("error__")}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_torch_refused_is_refused(name: str) -> None:
    assert recording(name)["error"]["type"] == "ValueError"
    with pytest.raises(lrviz.LrvizError) as caught:
        pipeline.simulate(lrviz.load(FOLDER / f"{name}.yaml"), cache=False)
    assert REFUSALS[name] in str(caught.value)
    assert f"{name}.yaml:" in str(caught.value)  # with its line


def test_torch_s_own_message_is_kept() -> None:
    name = "error__onecycle_adagrad_momentum"
    assert REFUSALS[name] == recording(name)["error"]["message"]


def test_recordings_name_no_machine() -> None:
    assert NAMES
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not any(root in text for root in ("/home/", "/root/", "/tmp/", "/Users/", "C:\\\\"))
