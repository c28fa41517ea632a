"""Learning rates recorded from engines of ignite equal those of the same schedules as specs.

Each pair in data/recorded/ignite is a run's program with what its updates used (.json), and a spec (.yaml).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz import pipeline
from lrviz.errors import LrvizError

FOLDER = Path(__file__).parent / "data" / "recorded" / "ignite"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
CURVES = [name for name in NAMES if not name.startswith("error__")]
pytest.importorskip("ignite")


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def test_every_recording_has_its_spec() -> None:
    assert len(CURVES) >= 10
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == NAMES


@pytest.mark.parametrize("name", CURVES)
def test_a_recorded_run_equals_its_spec(name: str) -> None:
    (trace,) = pipeline.simulate(lrviz.load(FOLDER / f"{name}.yaml"), cache=False).values()
    assert np.array_equal(trace.lr, np.array(recorded(name)["lr"]))


def test_a_cycle_of_one_event_is_refused_as_ignite_refuses_it() -> None:
    spec = lrviz.load(FOLDER / "error__cycle_size_one.yaml")
    with pytest.raises(LrvizError) as refused:
        pipeline.simulate(spec, cache=False)
    assert str(refused.value).endswith(
        "error__cycle_size_one.yaml:8:5: schedules.it.cycle_size: it: ignite.CosineAnnealingScheduler refuses this: "
        "Argument cycle_size should be positive and larger than 1, but given 1"
    )
