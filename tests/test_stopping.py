"""Ctrl-C at any moment: one line, exit code 130, no process left, and no part of a file."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sessions and signals of POSIX")

SPEC = """
run: {steps: 150000}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 100%}
  step: {type: StepLR, step_size: 30%, gamma: 0.1}
"""
OUTPUTS = ["a.csv", "b.json", "c.png"]
STOPPED = "stopped: no file was left half-written\n"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an undisturbed run writes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    process = started(folder, folder / "cache")
    process.communicate(timeout=60)
    assert process.returncode == 0
    return {name: (folder / name).read_bytes() for name in OUTPUTS}


def started(folder: Path, cache: Path) -> subprocess.Popen[str]:
    (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    outputs = [word for name in OUTPUTS for word in ("-o", name)]
    return subprocess.Popen(
        [sys.executable, "-m", "lrviz", "plot", "spec.yaml", *outputs],
        cwd=folder,
        env={**os.environ, "LRVIZ_CACHE_DIR": str(cache)},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("seed", range(6))
def test_ctrl_c_at_any_moment_leaves_nothing_half_written(
    seed: int, tmp_path: Path, kept: dict[str, bytes]
) -> None:
    process = started(tmp_path, tmp_path / "cache")
    time.sleep(random.Random(seed).uniform(0.6, 3.5))
    for _ in range(2):  # as a terminal does, to all of the session; and once more, for impatience
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.02)
    _, said = process.communicate(timeout=30)
    if process.returncode != 0:  # else it was done before
        # Until Python is up, which takes a busy machine a while, Ctrl-C is Python's own.
        assert (process.returncode, said) in ((130, STOPPED), (-signal.SIGINT, ""))
    with pytest.raises(ProcessLookupError):  # the session is empty
        os.killpg(process.pid, 0)
    files = {file.name: file for file in tmp_path.iterdir()}
    assert set(files) <= {"spec.yaml", "cache", *OUTPUTS}
    for name in set(OUTPUTS) & set(files):
        assert files[name].read_bytes() == kept[name]
    assert not [file for file in (tmp_path / "cache").glob("*") if file.name.endswith(".tmp")]
