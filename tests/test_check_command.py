"""``lrviz check`` from end to end: what it prints, what it counts, what may be allowed, and its exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from commanded import Command

import lrviz as package
from lrviz.checks import RULES

HEAD = "run: {epochs: 180, steps_per_epoch: 100}\noptimizer: {type: SGD, lr: 0.1}\n"
SPEC = HEAD + "schedules:\n"
REBOUNDS = "  cosine: {type: CosineAnnealingLR, interval: step, T_max: 90ep}\n"
TOO_LONG = "  long: {type: CosineAnnealingLR, T_max: 200}\n"
FINE = "  fine: {type: CosineAnnealingLR, T_max: 100%}\n"
ERROR = "LR102 lr-rebounds [error] cosine: the LR climbs from 0 back to 0.1 after update 9,000 of 18,000"
WARNING = (
    "LR101 horizon-mismatch [warning] long: CosineAnnealingLR is written for 200 calls, and the run makes 180: "
    "at 90% of its way the LR stops at 0.002696"
)
WHY = "why: A rising LR late in the run undoes what the decay was for."
TEXT = f"""\
spec.yaml:4:53 {ERROR}
  4 |   cosine: {{type: CosineAnnealingLR, interval: step, T_max: 90ep}}
    |                                                     ^^^^^
  {WHY}
  instead: write T_max: 180ep or T_max: 100%

spec.yaml:5:35 {WARNING}
  5 |   long: {{type: CosineAnnealingLR, T_max: 200}}
    |                                   ^^^^^
  why: A decay that is longer than the run never finishes, and one that is shorter leaves the rest of the run at \
its lowest LR.
  instead: write T_max: 180ep or T_max: 100%

1 error and 1 warning in 3 curves; 1 can be mended with --fix
"""


@pytest.fixture
def lrviz(monkeypatch, capsys, tmp_path) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(monkeypatch, capsys)


def write(text: str, name: str = "spec.yaml") -> Path:
    path = Path(name)
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def findings(out: str) -> list[str]:
    """Take the lines that name one of the three checks that these tests are about."""
    return [line for line in out.splitlines() if re.search(r" LR10[012] ", line)]


def names(out: str) -> list[str]:
    return [line.partition(" [")[0].split(" ")[-1] for line in findings(out)]


def test_what_is_found_is_told_with_its_line_why_it_matters_and_what_to_write_instead(lrviz):
    write(SPEC + REBOUNDS + TOO_LONG + FINE)
    done = lrviz("check", "spec.yaml")
    assert (done.code, done.out, done.err) == (1, TEXT, "")


@pytest.mark.parametrize(
    ("curves", "options", "code"),
    [
        (FINE, [], 0),
        (FINE, ["--strict"], 0),
        (TOO_LONG, [], 0),
        (TOO_LONG, ["--strict"], 1),
        (TOO_LONG, ["--strict", "--severity", "error"], 0),
        (TOO_LONG, ["--severity", "horizon-mismatch=error"], 1),
        (REBOUNDS, [], 1),
        (REBOUNDS, ["--severity", "lr-rebounds=info"], 0),
        (REBOUNDS + "  typo: {type: Cosin}\n", [], 2),
    ],
)
def test_exit_codes(lrviz, curves, options, code):
    write(SPEC + curves)
    assert lrviz("check", "spec.yaml", *options).code == code


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], ["lr-rebounds", "horizon-mismatch"]),
        (["--select", "lr-rebounds"], ["lr-rebounds"]),
        (
            ["--select", "LR101"],
            ["horizon-mismatch", "horizon-mismatch"],
        ),  # nothing tells more: it is not asked
        (["--select", "lr101, lr-rebounds"], ["lr-rebounds", "horizon-mismatch"]),
        (["--select", "LR101", "--select", "LR102"], ["lr-rebounds", "horizon-mismatch"]),
        (["--ignore", "lr_rebounds"], ["horizon-mismatch"]),
        (["--ignore", "LR101,LR102"], []),
        (["--select", "LR101,LR102", "--ignore", "LR101"], ["lr-rebounds"]),
        (["--severity", "error"], ["lr-rebounds"]),
        (["--severity", "info"], ["lr-rebounds", "horizon-mismatch"]),
        (["--severity", "lr-rebounds=info"], ["horizon-mismatch"]),
        (["--severity", "LR102=info", "--severity", "info"], ["lr-rebounds", "horizon-mismatch"]),
    ],
)
def test_checks_are_chosen_by_name_or_code(lrviz, options, found):
    write(SPEC + REBOUNDS + TOO_LONG)
    assert names(lrviz("check", "spec.yaml", *options).out) == found


def test_what_is_too_slight_to_be_shown_is_counted(lrviz):
    write(SPEC + REBOUNDS)
    done = lrviz("check", "spec.yaml", "--severity", "lr-rebounds=info")
    assert done.out == "no findings in 1 curve; 1 slighter one not shown (--severity info)\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--select", "lr-rebound"], "the command line: 'lr-rebound' is no check; did you mean lr-rebounds?"),
        (["--ignore", "nope"], "the command line: 'nope' is no check; lrviz check --list shows them"),
        (
            ["--severity", "lr-rebonds=info"],
            "the command line: 'lr-rebonds' is no check; did you mean lr-rebounds?",
        ),
        (["--severity", "bad"], "the command line: 'bad' is no severity; write info, warning or error"),
        (["--format", "sarf"], "--format: 'sarf' is no format; did you mean sarif?"),
        (
            ["-o", "x.pdf"],
            "x.pdf: .pdf is no format of findings; end it in .txt, .json, .github, .sarif, .xml or .md",
        ),
        (
            ["-o", "x", "-o", "away/x.sarif"],
            "x: a name without a suffix; end it in .txt, .json, .github, .sarif, .xml or .md\n"
            "away/x.sarif: the folder away does not exist; create it first",
        ),
    ],
)
def test_options_that_mean_nothing_are_refused(lrviz, options, message):
    write(SPEC + FINE)
    done = lrviz("check", "spec.yaml", *options)
    assert (done.code, done.out, done.err) == (2, "", f"{message}\n")
    assert os.listdir() == ["spec.yaml"]


def test_without_anything_to_check_it_says_how(lrviz):
    done = lrviz("check")
    assert done.code == 2
    assert done.err == "nothing to check; name specs or folders, such as lrviz check configs/\n"


# What is allowed.


@pytest.mark.parametrize(
    "text",
    [
        SPEC + REBOUNDS.replace("90ep}", "90ep, check: {ignore: [lr-rebounds]}}"),
        SPEC + REBOUNDS.replace("90ep}", "90ep, check: {ignore: [LR102]}}"),
        HEAD + "check: {ignore: [lr-rebounds]}\nschedules:\n" + REBOUNDS + FINE,
        SPEC + REBOUNDS.replace("90ep}", "90ep} # meant; lrviz: ignore[lr-rebounds]").replace("meant; ", ""),
        SPEC + REBOUNDS.replace("90ep}", "90ep} # meant # lrviz: ignore[ LR102 ]"),
        SPEC + "  cosine: # lrviz: ignore[lr-rebounds]\n    type: CosineAnnealingLR\n    T_max: 90ep\n",
        SPEC + "  cosine:\n    type: CosineAnnealingLR\n    T_max: 90ep # lrviz: ignore[lr-rebounds]\n",
    ],
    ids=["curve", "code", "spec", "line", "two comments", "curve's line", "argument's line"],
)
def test_what_is_meant_can_be_allowed(lrviz, text):
    write(text)
    done = lrviz("check", "spec.yaml", "--strict")
    assert (done.code, findings(done.out)) == (0, [])


def test_an_ignore_of_one_curve_is_not_for_another(lrviz):
    write(
        SPEC
        + REBOUNDS.replace("90ep}", "90ep, check: {ignore: [LR102]}}")
        + REBOUNDS.replace("cosine", "two")
    )
    done = lrviz("check", "spec.yaml")
    assert [line.partition(": ")[0] for line in findings(done.out)] == [
        "spec.yaml:5:50 LR102 lr-rebounds [error] two"
    ]


def test_an_ignore_that_allows_nothing_is_reported(lrviz):
    write(
        HEAD + "check: {ignore: [horizon-mismatch]}\nschedules:\n"
        "  fine: {type: CosineAnnealingLR, T_max: 100%}  # lrviz: ignore[LR102, horizon-mismatch]\n"
        "  more: {type: CosineAnnealingLR, T_max: 100%, check: {ignore: [lr-rebounds]}}\n"
    )
    done = lrviz("check", "spec.yaml")
    assert done.code == 0
    assert findings(done.out) == [
        "spec.yaml:3:18 LR100 unused-ignore [warning] fine: horizon-mismatch is ignored, but does not fire on the "
        "curves that it is for",
        "spec.yaml:5:65 LR100 unused-ignore [warning] fine: horizon-mismatch is ignored, but does not fire on this "
        "line",
        "spec.yaml:5:65 LR100 unused-ignore [warning] fine: lr-rebounds is ignored, but does not fire on this line",
        "spec.yaml:6:65 LR100 unused-ignore [warning] more: lr-rebounds is ignored, but does not fire on more",
    ]
    assert findings(lrviz("check", "spec.yaml", "--select", "LR102,LR101").out) == []
    assert findings(lrviz("check", "spec.yaml", "--ignore", "unused-ignore").out) == []
    assert len(findings(lrviz("check", "spec.yaml", "--ignore", "lr-rebounds").out)) == 2


@pytest.mark.parametrize(
    ("curve", "problem"),
    [
        (
            "  c: {type: StepLR, step_size: 9, check: {ignore: [lr-rebound]}}\n",
            "spec.yaml:4:52: schedules.c.check.ignore[0]: 'lr-rebound' is no check; did you mean lr-rebounds?",
        ),
        (
            "  c: {type: StepLR, step_size: 9} # lrviz: ignore[everything]\n",
            "spec.yaml:4:51: 'everything' is no check; lrviz check --list shows them",
        ),
    ],
)
def test_an_ignore_of_what_is_no_check_is_a_mistake_of_the_spec(lrviz, curve, problem):
    write(SPEC + curve)
    done = lrviz("check", "spec.yaml")
    assert done.code == 2
    assert done.out == f"{problem} [invalid]\n\nnothing was checked; 1 problem in specs\n"


# The project's settings.


def test_a_project_chooses_from_its_pyproject_toml_wherever_one_stands_in_it(lrviz, monkeypatch):
    write(SPEC + REBOUNDS + TOO_LONG, "a/b/spec.yaml")
    write('[tool.lrviz]\nignore = ["lr-rebounds"]\nstrict = true\n', "pyproject.toml")
    monkeypatch.chdir("a/b")
    done = lrviz("check", "spec.yaml")
    assert (done.code, names(done.out)) == (1, ["horizon-mismatch"])
    done = lrviz("check", "spec.yaml", "--ignore", "LR101")
    assert (done.code, names(done.out)) == (0, [])
    done = lrviz("check", "spec.yaml", "--select", "LR102")
    assert (done.code, names(done.out)) == (0, [])


def test_a_project_has_severities_of_its_own_and_the_command_line_wins(lrviz):
    write(SPEC + REBOUNDS + TOO_LONG)
    write(
        '[tool.lrviz]\nselect = ["LR101", "LR102"]\n[tool.lrviz.severity]\nhorizon-mismatch = "error"\n',
        "pyproject.toml",
    )
    assert [line.split("[")[1].split("]")[0] for line in findings(lrviz("check", "spec.yaml").out)] == [
        "error",
        "error",
    ]
    done = lrviz("check", "spec.yaml", "--severity", "LR101=info")
    assert names(done.out) == ["lr-rebounds"]
    write('[tool.lrviz]\nseverity = "error"\n', "pyproject.toml")
    assert names(lrviz("check", "spec.yaml").out) == ["lr-rebounds"]
    assert len(findings(lrviz("check", "spec.yaml", "--severity", "info").out)) == 2


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            'ignor = ["a"]\nselect = "x"\nstrict = 1\nseverity = 3\n',
            "pyproject.toml: [tool.lrviz] has no ignor; did you mean ignore?\n"
            "pyproject.toml: [tool.lrviz] select: 'x' is not a list of checks; write [\"lr-zero-start\"]\n"
            "pyproject.toml: [tool.lrviz] strict: 1 is neither true nor false\n"
            'pyproject.toml: [tool.lrviz] severity: 3 is no severity; write "warning", or {lr-jump = "error"}',
        ),
        (
            'ignore = ["lr-rebound"]\n',
            "{folder}/pyproject.toml: [tool.lrviz]: 'lr-rebound' is no check; did you mean lr-rebounds?",
        ),
    ],
)
def test_settings_that_mean_nothing_are_refused_all_at_once(lrviz, tmp_path, table, message):
    write(SPEC + FINE)
    write(f"[tool.lrviz]\n{table}", "pyproject.toml")
    done = lrviz("check", "spec.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err == message.replace("{folder}", str(tmp_path.resolve())) + "\n"


# What can be checked.


def test_a_folder_is_all_the_specs_and_traces_in_it(lrviz):
    for name in ("configs/b.yaml", "configs/deep/a.yml", "configs/.hidden/x.yaml", "configs/.x.yaml"):
        write(SPEC + FINE, name)
    write("services: {web: {image: nginx}}\n", "configs/compose.yaml")
    write("[1, 2]\n", "configs/numbers.json")
    write("not: [closed\n", "configs/broken.yaml")
    (trace,) = package.simulate("cosine:epochs=7").values()
    write(trace.to_json(), "configs/trace.json")
    done = lrviz("check", "configs", "--format", "json")
    assert done.code == 0
    assert [one["source"] for one in json.loads(done.out)["checked"]] == [
        "configs/b.yaml",
        "configs/deep/a.yml",
        "configs/trace.json",
    ]


def test_files_of_this_folder_are_named_without_it(lrviz):
    write(SPEC + FINE)
    assert json.loads(lrviz("check", ".", "--format", "json").out)["checked"] == [
        {"source": "spec.yaml", "curve": "fine"}
    ]


def test_an_empty_folder_and_a_missing_file_are_mistakes(lrviz):
    Path("empty").mkdir()
    done = lrviz("check", "empty", "nothing.yaml")
    assert done.code == 2
    assert done.out == (
        "empty: a folder without specs; lrviz init cosine writes one to start from [invalid]\n"
        "nothing.yaml: no such file [invalid]\n\nnothing was checked; 2 problems in specs\n"
    )


def test_a_saved_trace_is_checked_by_what_happened(lrviz):
    write(SPEC + REBOUNDS)
    (trace,) = package.simulate("spec.yaml").values()
    write(trace.to_json(), "trace.json")
    done = lrviz("check", "trace.json")
    assert done.code in (0, 1)
    assert "trace.json" not in done.err
    assert done.out.endswith("1 curve\n")


def test_standard_input_and_presets_are_checked(lrviz):
    done = lrviz("check", "-", "cosine:T_max=30", "cosine", "--steps", "50", stdin=SPEC + REBOUNDS)
    assert done.code == 1
    assert findings(done.out) == [
        f"<stdin>:4:53 {ERROR}",
        "cosine:T_max=30 LR102 lr-rebounds [error] cosine:T_max=30: the LR climbs from 0 back to 0.07034 after "
        "update 30 of 50",
    ]
    assert done.out.endswith("\n2 errors in 3 curves of 3 files\n")


def test_a_curve_named_twice_is_told_of_once(lrviz):
    write(SPEC + REBOUNDS)
    done = lrviz("check", "spec.yaml", "spec.yaml#cosine", "spec.yaml")
    assert len(findings(done.out)) == 1
    assert done.out.endswith("\n1 error in 1 curve; 1 can be mended with --fix\n")


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif", "junit", "md", "gitlab"])
def test_a_spec_that_is_wrong_does_not_keep_the_others_from_being_checked(lrviz, form):
    write(SPEC + "  typo: {type: Cosin}\n", "a.yaml")
    write(SPEC + REBOUNDS, "b.yaml")
    done = lrviz("check", "a.yaml", "b.yaml", "--format", form)
    problem = "'Cosin' is no scheduler of torch; did you mean"
    assert done.code == 2
    assert "b.yaml" in done.out
    assert "the LR climbs from 0 back to 0.1" in done.out
    assert problem in done.out.replace("&#39;", "'")
    assert (problem in done.err) == (form != "text")


def test_several_formats_in_one_run_and_in_files(lrviz):
    write(SPEC + REBOUNDS)
    outputs = ["out.txt", "out.json", "out.github", "out.SARIF", "out.xml"]
    done = lrviz(
        "check", "spec.yaml", "--format", "github", "--format", "text", *(f"-o{name}" for name in outputs)
    )
    assert done.code == 1
    assert done.err == "".join(f"wrote {name}\n" for name in outputs)
    assert done.out == Path("out.github").read_text() + Path("out.txt").read_text()
    assert json.loads(Path("out.json").read_text())["findings"][0]["code"] == "LR102"
    assert json.loads(Path("out.SARIF").read_text())["version"] == "2.1.0"
    assert Path("out.xml").read_text().startswith('<?xml version="1.0" encoding="utf-8"?>\n<testsuites')


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif", "junit", "md", "gitlab"])
def test_the_same_specs_give_the_same_bytes(tmp_path, form):
    spec = HEAD + "check: {ignore: [LR101]}\nschedules:\n" + REBOUNDS + TOO_LONG.replace("long", "ü") + FINE
    (tmp_path / "spec.yaml").write_text(
        spec + "  also: {type: PolynomialLR, total_iters: 9}\n", encoding="utf-8"
    )
    (tmp_path / "typo.yaml").write_text(SPEC + "  typo: {type: Cosin}\n  two: {}\n", encoding="utf-8")
    words = ["-m", "lrviz", "check", "typo.yaml", "spec.yaml", "--severity", "info", "--format", form]
    outs = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 2, done.stderr
        outs.append(done.stdout)
    assert outs[0] == outs[1] != b""


def test_the_list_names_every_check(lrviz):
    done = lrviz("check", "--list")
    assert done.code == 0
    rows = [line.split()[:3] for line in done.out.splitlines()]
    assert ["LR102", "lr-rebounds", "error"] in rows
    assert rows == [[rule.code, rule.name, rule.severity] for rule in RULES.values()]


def test_files_that_are_no_specs_are_passed_over_where_that_is_asked_for(lrviz):
    write(SPEC + REBOUNDS)
    write("on: push\n", "workflow.yaml")
    write("{}", "package.json")
    words = ["workflow.yaml", "package.json", "spec.yaml"]
    done = lrviz("check", *words, "--skip-others")
    assert (done.code, done.err) == (1, "")
    assert done.out.endswith("\n1 error in 1 curve; 1 can be mended with --fix\n")
    assert lrviz("check", *words).code == 2
    done = lrviz("check", *words[:2], "--skip-others")
    assert (done.code, done.out, done.err) == (0, "nothing was checked\n", "")
    done = lrviz("check", "missing.yaml", "--skip-others")
    assert (done.code, done.out.splitlines()[0]) == (2, "missing.yaml: no such file [invalid]")


def test_the_summary_of_a_step_is_added_to(lrviz, monkeypatch):
    write(SPEC + REBOUNDS)
    Path("step.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    assert lrviz("check", "spec.yaml", "-o", "findings.md").code == 1
    told = Path("findings.md").read_text()
    assert told.startswith(
        "**lrviz check: 1 error in 1 curve; 1 can be mended with --fix**\n\n- ❌ **error** `lr-rebounds`"
    )
    assert Path("step.md").read_text() == f"before\n{told}"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "nowhere/step.md")
    done = lrviz("check", "spec.yaml", "--format", "gitlab")
    assert done.code == 1
    assert done.err == (
        "warning: $GITHUB_STEP_SUMMARY: nowhere/step.md: cannot be written: No such file or directory\n"
    )
    assert json.loads(done.out)[0]["severity"] == "major"
