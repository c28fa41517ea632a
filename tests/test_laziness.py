"""What needs no torch loads none: each command in a process of its own, which tells what it has loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import lrviz

HEAVY = ("torch", "matplotlib", "numpy", "pydantic", "rich.console")

RUN_AND_TELL = f"""
import json, runpy, sys
sys.argv = ["lrviz", *sys.argv[1:]]
code = 0
try:
    runpy.run_module("lrviz", run_name="__main__")
except SystemExit as end:
    code = end.code or 0
sys.stdout.flush()
loaded = [name for name in {HEAVY!r} if name in sys.modules]
print(json.dumps({{"code": code, "loaded": loaded}}), file=sys.stderr)
"""

REFUSED = """
run: {epochs: 10}
schedules:
  typo: {type: CosineAnealingLR, T_max: ten}
"""


def ran(*arguments: str, folder: Path) -> tuple[int, list[str], str]:
    """Run lrviz in a fresh process; return its exit code, what is loaded, and what it printed."""
    command = [sys.executable, "-c", RUN_AND_TELL, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    *before, told = done.stderr.strip().splitlines()
    state = json.loads(told)
    return state["code"], state["loaded"], done.stdout + "\n".join(before)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["--help"], "compare"),
        (["--version"], "lrviz"),
        (["plot", "--help"], "Usage"),
        (["diff", "--help"], "BEFORE AFTER"),
        (["accept", "--help"], "--baseline"),
        (["render", "--help"], "--keep-going"),
        (["list"], "OneCycleLR"),
        (["list", "presets"], "warmup-cosine"),
        (["list", "published"], "llama3-405b"),
        (["explain", "cosine"], "CosineAnnealingLR"),
        (["explain", "llama3-405b"], "arXiv:2407.21783"),
        (["explain", "AdamW"], "betas"),
        (["init", "cosine"], "schedules:"),
        (["init", "llama3-405b"], "steps: 1200000"),
        (["schema"], "$schema"),
        (["code", "wsd"], "def configure(model):"),
    ],
)
def test_commands_that_compute_nothing_load_nothing_heavy(
    command: list[str], says: str, tmp_path: Path
) -> None:
    code, loaded, text = ran(*command, folder=tmp_path)
    assert says in text
    assert code == 0
    assert loaded == []


@pytest.mark.parametrize(
    "command",
    [
        ["plot"],
        ["table"],
        ["compare"],
        ["plot", "-o", "figure.png", "--epochs", "5", "--lr", "0.1", "--size", "7x4"],
        ["compare", "-o", "figure.png"],
        ["table", "--every", "5", "--format", "csv"],
        ["diff", "cosine"],
        ["diff", "cosine", "--format", "md", "-o", "diff.png", "--rtol", "1e-6"],
        ["accept"],
        ["render", "-o", "out"],
    ],
    ids=" ".join,
)
def test_a_refused_spec_loads_nothing_heavy(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "refused.yaml").write_text(REFUSED, encoding="utf-8")
    code, loaded, text = ran(*command, "refused.yaml", folder=tmp_path)
    assert "refused.yaml:4:" in text
    assert "did you mean CosineAnnealingLR?" in text
    assert code == 2
    assert loaded == []


def test_a_missing_file_loads_nothing_heavy(tmp_path: Path) -> None:
    code, loaded, text = ran("table", "nowhere.yaml", folder=tmp_path)
    assert "nowhere.yaml: no such file" in text
    assert code == 2
    assert loaded == []


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["table", "cosin"], "did you mean cosine?"),
        (["plot", "cosine:T_max=ten"], "'ten' is not a length"),
        (["explain", "cosin"], "did you mean cosine?"),
        (["init", "cosin"], "did you mean cosine?"),
        (["list", "preset"], "did you mean presets?"),
        (["plot", "cosine", "--size", "7"], "is not a size"),
    ],
)
def test_a_refused_word_loads_nothing_heavy(command: list[str], says: str, tmp_path: Path) -> None:
    code, loaded, text = ran(*command, folder=tmp_path)
    assert says in text
    assert code == 2
    assert loaded == []


def test_saved_traces_are_compared_without_torch(tmp_path: Path) -> None:
    for name in ("cosine", "steplr"):
        (trace,) = lrviz.simulate(name).values()
        (tmp_path / f"{name}.json").write_text(trace.to_json(), encoding="utf-8")
    code, loaded, text = ran("compare", "cosine.json", "steplr.json", folder=tmp_path)
    assert "cosine" in text
    assert code == 0
    assert "torch" not in loaded
    assert "matplotlib" not in loaded


def test_the_list_of_checks_loads_no_torch(tmp_path: Path) -> None:
    code, loaded, text = ran("check", "--list", folder=tmp_path)
    assert "lr-rebounds" in text
    assert code == 0
    assert "torch" not in loaded
    assert "matplotlib" not in loaded


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif", "junit"])
def test_checking_curves_that_were_simulated_before_loads_no_torch(form: str, tmp_path: Path) -> None:
    schedules = "schedules:\n  over: {type: CosineAnnealingLR, T_max: 9}\n"
    (tmp_path / "spec.yaml").write_text(
        f"run: {{epochs: 18}}\noptimizer: {{type: SGD, lr: 0.1}}\n{schedules}"
    )
    lrviz.simulate(str(tmp_path / "spec.yaml"))
    code, loaded, text = ran("check", "spec.yaml", "--format", form, folder=tmp_path)
    assert "climbs" in text
    assert code == 1
    assert "torch" not in loaded
    assert "matplotlib" not in loaded


@pytest.mark.parametrize("form", ["text", "json", "md"])
def test_comparing_curves_that_were_simulated_before_loads_no_torch(form: str, tmp_path: Path) -> None:
    spec = (
        "run: {epochs: 18}\noptimizer: {type: SGD, lr: 0.1}\nschedules:\n  a: {type: StepLR, step_size: 9}\n"
    )
    (tmp_path / "spec.yaml").write_text(spec)
    lrviz.simulate(str(tmp_path / "spec.yaml"))
    for words in (["accept", "spec.yaml"], ["diff", "spec.yaml", "--baseline", "baseline", "--format", form]):
        code, loaded, text = ran(*words, folder=tmp_path)
        assert "1" in text
        assert code == 0
        assert "torch" not in loaded
        assert "matplotlib" not in loaded


def test_the_package_alone_loads_nothing_heavy(tmp_path: Path) -> None:
    code = f"import sys, lrviz; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert done.stdout.strip() == "[]"
