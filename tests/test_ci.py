"""What lrviz gives to CI: its GitHub action and its pre-commit hooks, run as they are written, and its own baseline."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / ".github/actions/lrviz/action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
STEPS = {step["id"]: step for step in ACTION["runs"]["steps"]}
SPEC = "run: {epochs: 10, steps_per_epoch: 2}\nschedules:\n  step: {type: StepLR, step_size: 5}\n"
OTHER = SPEC.replace("step_size: 5", "step_size: 4")
REBOUNDS = "run: {epochs: 40}\nschedules:\n  cosine: {type: CosineAnnealingLR, T_max: 20}\n"
WRONG = SPEC.replace("5}", "five}")
SUMMED_UP = "**1 curve since the baseline: 1 changed**\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec and its baseline, and ``lrviz`` as a command; no variable of any CI is set."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "GITHUB_", "RUNNER_", "CI_")) or name == "CI":
            monkeypatch.delenv(name)
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "lrviz").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m lrviz "$@"\n')
    (commands / "lrviz").chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "work/configs").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    Path("configs/step.yaml").write_text(SPEC)
    assert ran("lrviz", "accept", "configs/", "--baseline", "kept").returncode == 0
    return tmp_path


def ran(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )


def git(*words: str) -> None:
    done = ran("git", "-c", "user.name=a", "-c", "user.email=a@b", *words)
    assert done.returncode == 0, done.stderr


def acted(
    *, github: Path | None = None, **inputs: str
) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """Run the action's gate as GitHub does, with its defaults where an input is not given; and read its outputs."""
    given = {name: one["default"] for name, one in ACTION["inputs"].items()}
    given |= {name.replace("_", "-"): text for name, text in inputs.items()}
    environment = {}
    for name, written in STEPS["gate"]["env"].items():
        wanted = re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", written)
        assert wanted is not None
        environment[name] = given[wanted[1]]
    if github is not None:
        environment |= {
            "GITHUB_OUTPUT": str(github / "output"),
            "GITHUB_STEP_SUMMARY": str(github / "summary"),
        }
    Path("script.sh").write_text(STEPS["gate"]["run"])
    done = ran("bash", "--noprofile", "--norc", "-eo", "pipefail", "script.sh", **environment)
    written = (github / "output").read_text() if github is not None else ""
    return done, dict(line.split("=", 1) for line in written.splitlines())


# The action.


def test_nothing_of_an_input_stands_in_a_script():
    assert len(STEPS) == 2
    for step in STEPS.values():
        assert "${{" not in step["run"]
        assert "--trust" not in step["run"]


def test_the_action_passes_where_nothing_changed(here):
    done, outputs = acted(github=here, baseline="kept")
    assert (done.returncode, done.stderr) == (0, "wrote lrviz.sarif\n")
    assert outputs == {
        "changed": "false",
        "comment": "lrviz-artifacts/changes.md",
        "sarif": "lrviz.sarif",
        "folder": "lrviz-artifacts",
    }
    assert json.loads(Path("lrviz.sarif").read_text())["runs"][0]["results"] == []
    told = (here / "summary").read_text()
    assert told.startswith("# 1 spec, 1 curve: no findings\n\n**1 curve since the baseline: 1 equal**\n")


def test_the_action_fails_where_a_curve_changed(here):
    Path("configs/step.yaml").write_text(OTHER)
    done, outputs = acted(github=here, baseline="kept", image_base="https://example.org/a")
    assert done.returncode == 1
    assert outputs["changed"] == "true"
    comment = Path(outputs["comment"]).read_text()
    assert comment.startswith(SUMMED_UP)
    assert "(https://example.org/a/step--diff.svg)" in comment
    done, outputs = acted(github=here, baseline="kept", fail_on_change="false")
    assert done.returncode == 0
    assert outputs["changed"] == "true"


@pytest.mark.usefixtures("here")
def test_the_action_runs_with_no_variable_of_ci_set():
    Path("configs/step.yaml").write_text(OTHER)
    done, _ = acted(baseline="kept")
    assert done.returncode == 1
    assert Path("lrviz-artifacts/changes.md").read_text().startswith(SUMMED_UP)


def test_the_action_annotates_and_fails_where_a_check_fires(here):
    Path("configs/cosine.yaml").write_text(REBOUNDS)
    done, outputs = acted(github=here)
    assert done.returncode == 1
    assert outputs["comment"] == ""
    assert outputs["changed"] == "false"
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("::")]
    told = (
        "::error file=configs/cosine.yaml,line=3,col=37,title=LR102 lr-rebounds::cosine: the LR climbs from 0"
    )
    assert line.startswith(told)
    assert (here / "summary").read_text().count("the LR climbs from 0") == 1


def test_the_action_tells_of_a_spec_that_is_wrong_and_renders_the_others(here):
    Path("configs/wrong.yaml").write_text(WRONG)
    done, outputs = acted(github=here, baseline="kept")
    assert done.returncode == 2
    assert Path("lrviz-artifacts/step.svg").exists()
    assert outputs["comment"] == "lrviz-artifacts/changes.md"
    assert "::error file=configs/wrong.yaml,line=3,col=24,title=invalid spec::" in done.stdout


def test_the_action_compares_with_a_commit(here):
    git("init", "-q")
    git("add", "configs")
    git("commit", "-q", "-m", "a state")
    assert acted(base="HEAD")[0].returncode == 0
    Path("configs/step.yaml").write_text(OTHER)
    done, outputs = acted(github=here, base="HEAD")
    assert done.returncode == 1
    assert (outputs["changed"], outputs["comment"]) == ("true", "lrviz-artifacts/since-base.md")
    assert Path("lrviz-artifacts/since-base.png").exists()
    done, outputs = acted(github=here, base="--output=/elsewhere")
    assert done.returncode == 2
    assert outputs["comment"] == ""


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ["$(touch made)", "`touch made`", "'; touch made; '", "-o made", "a\n\n b"])
def test_no_input_is_run_as_a_command(name):
    for wanted in (
        {"paths": name},
        {"baseline": name},
        {"base": name},
        {"image_base": name, "baseline": "kept"},
    ):
        assert acted(**wanted)[0].returncode == 2
        assert not Path("made").exists()


# The hooks.


def hook(name: str, *files: str) -> subprocess.CompletedProcess[str]:
    """Run a hook as pre-commit does: its entry, its arguments, and the names of the files that it asks for."""
    found = next(one for one in HOOKS if one["id"] == name)
    wanted = [file for file in files if re.search(found["files"], file)]
    return ran(*shlex.split(found["entry"]), *found.get("args", ()), *wanted)


def test_the_hooks_ask_for_yaml_alone():
    assert {one["id"] for one in HOOKS} == {"lrviz-check", "lrviz-diff"}
    for one in HOOKS:
        assert re.search(one["files"], "configs/a.yml")
        assert re.search(one["files"], "a.yaml")
        assert not re.search(one["files"], "baseline/a.yaml.json")


@pytest.mark.usefixtures("here")
def test_the_hook_of_check_passes_over_what_is_no_spec():
    Path("docker-compose.yml").write_text("services: {}\n")
    files = ["docker-compose.yml", "configs/step.yaml"]
    done = hook("lrviz-check", *files)
    assert (done.returncode, done.stdout, done.stderr) == (0, "no findings in 1 curve\n", "")
    done = hook("lrviz-check", "docker-compose.yml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing was checked\n", "")
    Path("configs/step.yaml").write_text(REBOUNDS)
    assert hook("lrviz-check", *files).returncode == 1
    Path("configs/step.yaml").write_text(WRONG)
    assert hook("lrviz-check", *files).returncode == 2


@pytest.mark.usefixtures("here")
def test_the_hook_of_diff_stops_a_commit_that_changes_a_curve():
    Path("docker-compose.yml").write_text("services: {}\n")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "a state")
    files = ["docker-compose.yml", "configs/step.yaml"]
    Path("docker-compose.yml").write_text("services: {a: {}}\n")
    Path("configs/step.yaml").write_text(f"# as it was\n{SPEC}")
    done = hook("lrviz-diff", *files)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "configs/step.yaml: equal\n\n1 curve: 1 equal\n",
        "",
    )
    Path("configs/step.yaml").write_text(OTHER)
    done = hook("lrviz-diff", *files)
    assert done.returncode == 1
    assert done.stdout.startswith("configs/step.yaml\n  changed  step\n")


# The project's own.


def test_every_baseline_is_that_of_a_spec():
    kept = sorted((ROOT / "baseline").rglob("*.json"))
    assert len(kept) == 9
    for file in kept:
        assert (ROOT / file.relative_to(ROOT / "baseline").with_suffix("")).is_file()
    assert sum(file.stat().st_size for file in kept) < 300_000
