"""Configs of timm and mmengine with junk in them: read, or refused with a message, and never anything else."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

import lrviz
from lrviz.errors import LrvizError

pytest.importorskip("mmengine")
from test_mmengine_live import drawn as of_mmengine
from test_timm_live import drawn as of_timm

JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    "x",
    "",
    [],
    {},
    [1, 2],
    {"a": 1},
    10**30,
    "5%",
    [None],
    {"type": None},
]


def paths_in(found: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the keys that lead to each value."""
    inside = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [one for key, value in inside for one in ((*path, key), *paths_in(value, (*path, key)))]


@pytest.mark.parametrize("draw", [of_timm, of_mmengine], ids=["timm", "mmengine"])
def test_junk_is_read_or_refused(draw: Any, tmp_path: Path) -> None:
    refused = 0
    for seed in range(300):
        rng = random.Random(seed)
        config = draw(rng)
        *way, last = rng.choice(paths_in(config))
        inside = config
        for key in way:
            inside = inside[key]
        inside[last] = rng.choice(JUNK)
        file = tmp_path / "config.json"
        file.write_text(json.dumps(config), encoding="utf-8")
        metrics = {"loss": [0.5] * 40, "top1": [0.5] * 40}
        try:
            lrviz.load(file, dataset_size=30, devices=1, metrics=metrics)
        except LrvizError:
            refused += 1
    assert 60 < refused < 290
