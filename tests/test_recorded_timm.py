"""Learning rates recorded from timm's loops and from its train.py equal what lrviz makes of the same words.

Each program in data/recorded/timm (.json) has a spec of ours beside it (.yaml); data/recorded/timm_trainpy holds the
``args.yaml`` that train.py wrote, which lrviz reads as it is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz import pipeline
from lrviz.errors import SpecError

DATA = Path(__file__).parent / "data" / "recorded"
LOOPS = sorted(path.stem for path in (DATA / "timm").glob("*.json"))
RUNS = sorted(path.stem for path in (DATA / "timm_trainpy").glob("*.json"))
TRAINED = [name for name in RUNS if not name.startswith("error__")]
pytestmark = pytest.mark.usefixtures("timm")


def recorded(folder: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


def simulated(spec: lrviz.Spec) -> lrviz.Trace:
    (trace,) = pipeline.simulate(spec, cache=False).values()
    return trace


def written(folder: Path, name: str) -> Path:
    """Write the args.yaml of a recorded run."""
    file = folder / "args.yaml"
    file.write_text(recorded("timm_trainpy", name)["config"], encoding="utf-8")
    return file


def told(run: dict[str, Any]) -> dict[str, Any]:
    """Tell what the run's context knows, and its config does not."""
    calls = run.get("metrics", {}).get("scheduler_step_calls_epoch_metric", [])
    values = [metric for _, metric in calls if metric is not None]
    name = "loss" if "loss" in run["case"] else "top1"
    return {"dataset_size": run["context"]["dataset_size"], "metrics": {name: values} if values else {}}


def test_there_are_recordings() -> None:
    assert len(LOOPS) >= 16
    assert len(TRAINED) >= 5
    assert sorted(path.stem for path in (DATA / "timm").glob("*.yaml")) == LOOPS


@pytest.mark.parametrize("name", LOOPS)
def test_a_recorded_loop_equals_its_spec(name: str) -> None:
    run = recorded("timm", name)
    trust = name in ("opt_lamb_default_lr", "opt_lion_default_lr")  # which name timm's optimizers
    trace = simulated(lrviz.load(DATA / "timm" / f"{name}.yaml", trust=trust))
    assert np.array_equal(trace.lr, np.array(run["lr"]))


@pytest.mark.parametrize("name", TRAINED)
def test_a_recorded_run_of_train_py_equals_its_args_yaml(name: str, tmp_path: Path) -> None:
    run = recorded("timm_trainpy", name)
    trace = simulated(lrviz.load(written(tmp_path, name), **told(run)))
    assert np.array_equal(trace.lr, np.array(run["lr"]))
    assert trace.weight_decay is not None
    assert trace.weight_decay[-1].tolist() == [group["weight_decay"] for group in run["groups"]]


def test_sched_none_is_refused_as_train_py_refuses_it(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as refused:
        lrviz.load(written(tmp_path, "error__sched_none"), dataset_size=22)
    assert str(refused.value) == (
        f"{tmp_path}/args.yaml:143:1: sched: train.py crashes with sched: none, which gives no scheduler; write "
        "constant"
    )
