"""Learning rates recorded from runs of mmengine's Runner equal what lrviz makes of the same configs.

A Python config is run where it is trusted; its dump as JSON is read without.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz import pipeline
from lrviz.errors import LrvizError, SpecError

FOLDER = Path(__file__).parent / "data" / "recorded" / "mmengine"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
CURVES = [name for name in NAMES if not name.startswith("error__")]
pytest.importorskip("mmengine")


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def written(run: dict[str, Any], folder: Path, dumped: bool) -> Path:
    """Write the config of a recorded run, as it was, or as a dump."""
    if run["config_format"] == "mmengine_json" or not dumped:
        suffix = "json" if run["config_format"] == "mmengine_json" else "py"
        file = folder / f"config.{suffix}"
        file.write_text(run["config"], encoding="utf-8")
        return file
    names: dict[str, Any] = {}
    exec(run["config"], names)
    names.pop("__builtins__")
    file = folder / "dump.json"
    file.write_text(json.dumps(names), encoding="utf-8")
    return file


def spec_of(run: dict[str, Any], folder: Path, dumped: bool) -> lrviz.Spec:
    told = {"dataset_size": run["context"]["dataset_size"], "metrics": run.get("metrics", {})}
    return lrviz.load(written(run, folder, dumped), trust=not dumped, **told)


def test_there_are_recordings() -> None:
    assert len(CURVES) >= 12


@pytest.mark.parametrize("dumped", [False, True], ids=["python", "json"])
@pytest.mark.parametrize("name", CURVES)
def test_a_recorded_run_equals_its_config(name: str, dumped: bool, tmp_path: Path) -> None:
    run = recorded(name)
    (trace,) = pipeline.simulate(spec_of(run, tmp_path, dumped), cache=False).values()
    columns = [0] * len(run["groups"])
    if name == "paramwise_bias_norm":  # a group for each parameter: weights, and biases but for a norm's
        columns = [int(lrs[0] > 0.1) for lrs in zip(*run["lr"], strict=True)]
        assert sorted(set(columns)) == [0, 1]
    assert np.array_equal(trace.lr[:, columns], np.array(run["lr"]))
    if run["momentum"] is not None:
        assert trace.momentum is not None
        assert np.array_equal(trace.momentum[:, columns], np.array(run["momentum"]))


def test_an_end_before_its_begin_is_refused_as_mmengine_refuses_it(tmp_path: Path) -> None:
    run = recorded("error__end_before_begin")
    spec = spec_of(run, tmp_path, dumped=False)
    with pytest.raises(LrvizError) as refused:
        pipeline.simulate(spec, cache=False)
    assert run["error"]["message"] in str(refused.value)


def test_a_python_config_runs_only_where_it_is_trusted(tmp_path: Path) -> None:
    file = written(recorded("poly_iter"), tmp_path, dumped=False)
    with pytest.raises(SpecError) as refused:
        lrviz.load(file)
    assert str(refused.value) == (
        f"{file}: a Python config is code, and code runs only where it is trusted; read it, and add --trust (in Python "
        "trust=True) if it may run"
    )


def test_a_python_file_that_is_no_config_is_not_run(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text("raise SystemExit('it ran')\n", encoding="utf-8")
    with pytest.raises(SpecError) as refused:
        lrviz.load(file, trust=True)
    assert str(refused.value) == (
        f"{file}: no config of mmengine's, the only ones in Python that are read: it sets neither train_cfg nor _base_"
    )


def test_a_python_config_that_does_not_run_says_why(tmp_path: Path) -> None:
    file = tmp_path / "config.py"
    file.write_text("train_cfg = dict(max_epochs=1 / 0)\n", encoding="utf-8")
    with pytest.raises(SpecError) as refused:
        lrviz.load(file, trust=True)
    assert str(refused.value) == f"{file}: the config does not run: ZeroDivisionError: division by zero"
