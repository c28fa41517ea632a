"""A stranger's spec runs no code and opens nothing but itself, whatever it names; what it says is refused in no time.

The specs are in hostile.py, which reads and steps them in a process of its own and hears what Python opens and runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import hostile
import pytest
from typer.testing import CliRunner

import lrviz
from lrviz.cli import app
from lrviz.errors import SpecError
from lrviz.readers.files import opener

SECONDS = 2  # that a spec may take
BYTES = 500_000_000
RUN = "run: {epochs: 3}\n"


def heard(folder: Path, seconds: int) -> dict[str, Any]:
    hostile.furnish(folder)
    command = [sys.executable, hostile.__file__, str(folder), str(seconds), "11"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["modules"] == []
    assert not found["sentinel"]
    assert not (folder / "sentinel").exists()
    assert found["slowest"] < SECONDS
    assert found["peak"] < BYTES
    return found


def test_hostile_and_random_specs_run_nothing(tmp_path: Path) -> None:
    found = heard(tmp_path, seconds=2)
    assert found["count"] > 20  # random ones, refused or not
    assert found["wrong"] == []
    assert len(hostile.SPECS) > 500
    assert len(found["results"]) == len(hostile.SPECS) + len(hostile.WORDS)
    specs, words = found["results"][: len(hostile.SPECS)], found["results"][len(hostile.SPECS) :]
    for result in specs:
        assert result["kind"] == "refused", result
        assert hostile.suspicious(result) == []
        assert len(result["told"]) < 3000
    for result in words:  # a file named on the command line is opened, and its like is looked for
        assert result["kind"] == "refused", result
        assert {event for event, _ in hostile.suspicious(result)} <= {"open", "os.listdir"}


REFUSED = (
    "{0} names code, and code runs only where it is trusted; "
    "read it, and add --trust (in Python trust=True) if it may run"
)


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text("raise AssertionError('this has been run')\n")


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize(
    ("spec", "place", "target"),
    [
        ("schedules: {a: {type: ./mine.py:MyLR, x: 1}}", "c.yaml:2:17: schedules.a.type", "./mine.py:MyLR"),
        ("schedules: {a: {class_path: mine.MyLR}}", "c.yaml:2:17: schedules.a.class_path", "mine.MyLR"),
        ("schedules: {a: {_target_: mine.MyLR}}", "c.yaml:2:17: schedules.a._target_", "mine.MyLR"),
        (
            "schedules: {a: {type: LambdaLR, lr_lambda: ./mine.py:f}}",
            "c.yaml:2:33: schedules.a.lr_lambda",
            "./mine.py:f",
        ),
        (
            "schedules: {a: {type: CyclicLR, base_lr: 0, max_lr: 1, scale_fn: mine:f}}",
            "c.yaml:2:56: schedules.a.scale_fn",
            "mine:f",
        ),
        (
            "optimizer: {type: mine:Lion, lr: 1}\nschedules: {a: cosine}",
            "c.yaml:2:13: optimizer.type",
            "mine:Lion",
        ),
        (
            "optimizer: {type: SGD, model: ./mine.py:Net}\nschedules: {a: cosine}",
            "c.yaml:2:24: optimizer.model",
            "./mine.py:Net",
        ),
    ],
)
def test_code_is_named_with_what_to_do_and_not_run(spec: str, place: str, target: str) -> None:
    Path("c.yaml").write_text(f"{RUN}{spec}\n")
    with pytest.raises(SpecError) as caught:
        lrviz.load("c.yaml")
    assert str(caught.value) == f"{place}: {REFUSED.format(repr(target))}"


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("command", ["plot", "table", "compare"])
def test_the_command_line_runs_no_code_unasked(command: str) -> None:
    result = CliRunner().invoke(app, [command, "./mine.py:MyLR:x=1"])
    assert isinstance(result.exception, SpecError)
    assert str(result.exception) == f"./mine.py:MyLR:x=1: type: {REFUSED.format(repr('./mine.py:MyLR'))}"


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("command", ["list", "explain"])
def test_list_and_explain_load_no_code(command: str) -> None:
    result = CliRunner().invoke(app, [command, "./mine.py:MyLR"])
    assert result.exit_code != 0
    assert "--trust" not in CliRunner().invoke(app, [command, "--help"]).output


def test_a_refused_target_loads_no_torch(tmp_path: Path) -> None:
    code = "import sys, lrviz\ntry: lrviz.load('./mine.py:MyLR')\nexcept lrviz.SpecError: print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    "name",
    ["../outside.csv", "/etc/passwd", "/dev/zero", "sub/../../outside.csv", "./../home/../outside.csv"],
)
def test_what_lies_outside_the_folder_is_not_as_much_as_looked_at(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile.furnish(tmp_path)
    open_file = opener(tmp_path / "home")
    looked: list[str] = []
    for function in ("stat", "lstat", "readlink"):
        own = getattr(os, function)
        monkeypatch.setattr(
            os,
            function,
            lambda path, *rest, own=own, **options: looked.append(path) or own(path, *rest, **options),
        )
    with pytest.raises(
        ValueError, match="lies outside the spec's folder; put it beside the spec, or below it"
    ):
        open_file(name)
    assert looked == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("link.csv", "lies outside the spec's folder; put it beside the spec, or below it"),
        ("loop/outside.csv", "lies outside the spec's folder; put it beside the spec, or below it"),
        ("zero.csv", "lies outside the spec's folder; put it beside the spec, or below it"),
        ("pipe.csv", "no such file beside the spec"),
        ("sub", "no such file beside the spec"),
        ("endless.csv", "larger than 50 MB"),
    ],
)
def test_links_and_devices_lead_nowhere(name: str, message: str, tmp_path: Path) -> None:
    hostile.furnish(tmp_path)
    with pytest.raises(ValueError, match=f"^{message}$"):
        opener(tmp_path / "home")(name)
