from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lrviz

ROOT = Path(__file__).parent.parent
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))


def test_there_are_configs():
    assert len(CONFIGS) >= 9


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_each_config_opens_with_what_it_shows_what_to_expect_and_the_command(config):
    opening = re.match(r"(#.*\n)+", config.read_text(encoding="utf-8"))
    assert opening is not None
    for part in ("# What it shows: ", "# What to expect: ", f"# See it: lrviz plot configs/{config.name}\n"):
        assert part in opening[0]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_each_figure_of_the_gallery_is_what_its_config_draws_today(config, tmp_path):
    drawn = tmp_path / "drawn.png"
    lrviz.draw(config, drawn)
    kept = ROOT / "gallery" / f"{config.stem}.png"
    now, then = pixels(drawn.read_bytes()), pixels(kept.read_bytes())
    # The bytes are equal on one machine; another's font renderer may shade an edge otherwise, but moves no line.
    same = now.shape == then.shape and np.mean(np.abs(now - then) > 64) < 0.001
    assert same, f"{kept.name} is not what {config.name} draws; run: lrviz plot configs/*.yaml -o gallery/"


def test_the_gallery_shows_every_figure_and_holds_no_other():
    page = (ROOT / "gallery" / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\]\(([\w-]+)\.png\)", page))
    assert shown == {config.stem for config in CONFIGS} == {f.stem for f in (ROOT / "gallery").glob("*.png")}


def test_a_moved_line_would_be_seen():
    kept = pixels((ROOT / "gallery" / "quickstart.png").read_bytes())
    assert np.mean(np.abs(kept - np.roll(kept, 3, axis=0)) > 64) > 0.001


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=np.int16)
