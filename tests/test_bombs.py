"""A spec ends in time and memory: what would unfold, nest or run without bound is refused."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from lrviz import readers
from lrviz.errors import LrvizError, SpecError

RUN = "run: {epochs: 3}\n"
BOMBS = {
    "nested aliases": "".join(
        f"x-{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10) if i else '1'}]\n" for i in range(12)
    ),
    "nested merges": "".join(
        f"x-{i}: &m{i} {{k{i}: 1, <<: [{', '.join([f'*m{i - 1}'] * 10) if i else ''}]}}\n" for i in range(12)
    ),
    "long keys over many values": f"{'k' * 190}: " * 1 + f"{{{'k' * 190}: [{'0, ' * 40_000}0]}}\n",
    "many values": f"x-a: [{'0, ' * 300_000}0]\n",
    "deep lists": "x-a: " + "[" * 100_000 + "\n",
    "deep blocks": "- " * 100_000 + "\n",
    "one long scalar": "x-a: " + "y" * 900_000 + "\n",
    "many anchors": "".join(f"x-{i}: &a{i} {i}\n" for i in range(40_000)),
    "many groups and many updates": (
        "run: {steps: 20000000}\noptimizer: {type: SGD, groups: ["
        + ", ".join(["{lr: 1}"] * 1000)
        + "]}\nschedules: {a: cosine}\n"
    ),
    "many updates of many curves": (
        "run: {steps: 20000000}\nschedules: {" + ", ".join(f"s{i}: cosine" for i in range(900)) + "}\n"
    ),
    "powers": RUN + 'schedules: {a: {type: ExponentialLR, gamma: "9 ** 9 ** 9 ** 9"}}\n',
    "an endless LBFGS": RUN + "optimizer: {type: LBFGS, tolerance_grad: -1, tolerance_change: -1, "
    "max_iter: 9000000000000000000}\nschedules: {a: cosine}\n",
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_in_little_time(bomb: str) -> None:
    Path("c.yaml").write_text(bomb)
    began = time.process_time()
    with pytest.raises(LrvizError):
        readers.read("c.yaml")
    assert time.process_time() - began < 10  # seconds: ten times what it takes


@pytest.mark.parametrize("title", ["nested aliases", "long keys over many values"])
def test_a_bomb_is_refused_in_little_memory(title: str) -> None:
    Path("c.yaml").write_text(BOMBS[title])
    tracemalloc.start()
    with pytest.raises(LrvizError):
        readers.read("c.yaml")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200_000_000  # bytes


def test_an_endless_file_is_read_no_further_than_the_limit() -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("no endless file here")
    Path("c.yaml").symlink_to("/dev/zero")
    with pytest.raises(SpecError) as caught:
        readers.read("c.yaml")
    assert str(caught.value) == "c.yaml: larger than 4 MB; no spec or trace is"
