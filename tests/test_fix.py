"""``lrviz check --fix``: the YAML is mended where that is certain, byte for byte the same elsewhere, or not touched."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from commanded import Command
from ruamel.yaml import YAML

from lrviz import pipeline
from lrviz.checks.finding import Edit, Finding

HEAD = "run: {epochs: 180, steps_per_epoch: 100}\noptimizer: {type: SGD, lr: 0.1}\nschedules:\n"
WRONG = HEAD + "  cosine: {type: CosineAnnealingLR, interval: step, T_max: 90ep}  # ninety\n"
MENDED = WRONG.replace("90ep", "100%")
LINE = "  cosine: {type: CosineAnnealingLR, interval: step, T_max: "
DIFF = f"""\
--- spec.yaml
+++ spec.yaml
@@ -1,4 +1,4 @@
 run: {{epochs: 180, steps_per_epoch: 100}}
 optimizer: {{type: SGD, lr: 0.1}}
 schedules:
-{LINE}90ep}}  # ninety
+{LINE}100%}}  # ninety

"""
FOUND = "the LR climbs from 0 back to 0.1 after update 9,000 of 18,000"


@pytest.fixture
def lrviz(monkeypatch, capsys, tmp_path) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(monkeypatch, capsys)


def write(text: str, name: str = "spec.yaml") -> Path:
    path = Path(name)
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(text.encode())
    return path


def test_a_mistake_is_mended_and_shown_and_the_second_time_there_is_nothing_to_do(lrviz):
    path = write(WRONG)
    done = lrviz("check", "spec.yaml", "--fix")
    assert (done.code, done.err) == (0, "mended 1 finding in spec.yaml\n")
    assert done.out == f"{DIFF}no findings in 1 curve\n"
    assert path.read_bytes() == MENDED.encode()
    again = lrviz("check", "spec.yaml", "--fix")
    assert (again.code, again.out, again.err) == (0, "no findings in 1 curve\n", "")
    assert path.read_bytes() == MENDED.encode()
    assert [file.name for file in Path().iterdir()] == ["spec.yaml"]


def test_diff_shows_the_change_and_makes_none(lrviz):
    path = write(WRONG)
    done = lrviz("check", "spec.yaml", "--diff")
    assert (done.code, done.err) == (1, "would mend 1 finding in spec.yaml\n")
    assert done.out == f"{DIFF}no findings in 1 curve\n"
    assert path.read_bytes() == WRONG.encode()
    assert lrviz("check", "spec.yaml", "--diff", "--fix").code == 1
    assert path.read_bytes() == WRONG.encode()
    write(MENDED)
    assert lrviz("check", "spec.yaml", "--diff").code == 0


def test_what_can_be_mended_is_said_without_mending_it(lrviz):
    path = write(WRONG)
    done = lrviz("check", "spec.yaml")
    assert done.code == 1
    assert done.out.endswith("\n1 error in 1 curve; 1 can be mended with --fix\n")
    assert path.read_bytes() == WRONG.encode()


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["", "BOM"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("last", [True, False], ids=["newline", "no newline"])
def test_the_rest_of_the_file_stays_byte_for_byte_as_it_was(lrviz, start, end, last):
    text = (
        "# Größe – 学習率 😀\n---\n" + HEAD.replace("run: {", "run:   {   ") + "  # a\ttab\n"
        '  "ünï": &a {type: StepLR, step_size: 30ep,   gamma: 0.10 }\n'
        "  again: {<<: *a, gamma: 0.5}   #   x\n"
        f"  long: {{{' ' * 200}type: CosineAnnealingLR, 'T_max' : @ , interval: epoch}}\n"
        "  block: # c\n\n    interval:   step # d\n    type: CosineAnnealingLR\n    T_max:    @  # e: {f}"
    )  # fmt: skip
    text = (text + "\n# the end\n" * last).replace("\n", end)
    path = write("")
    path.write_bytes(start + text.replace("@", "90ep").encode())
    done = lrviz("check", "spec.yaml", "--fix")
    assert (done.code, done.err) == (0, "mended 2 findings in spec.yaml\n")
    assert path.read_bytes() == start + text.replace("@", "100%").encode()


def test_comments_are_those_that_were_there_as_a_round_trip_library_reads_them(lrviz):
    path = write(f"# one\n{WRONG}# two\n")
    lrviz("check", "spec.yaml", "--fix")
    reader = YAML()
    assert reader.load(path)["schedules"]["cosine"]["T_max"] == "100%"
    assert [line.partition("#")[2] for line in path.read_text().splitlines()] == [
        " one", "", "", "", " ninety", " two",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "curves",
    [
        "  a: &a {type: CosineAnnealingLR, T_max: 90ep}\n  b: {<<: *a, eta_min: 0.01}\n",
        "  a: &a {type: CosineAnnealingLR, T_max: 90ep}\n  b: *a\n",
        "  a: {type: CosineAnnealingLR, T_max: &t 90ep}\n  b: {type: StepLR, step_size: *t}\n",
        "  a: {<<: {T_max: 90ep}, type: CosineAnnealingLR}\n",
        "  a: cosine:T_max=90\n",
    ],
    ids=["merged", "alias", "value", "inline", "preset"],
)
def test_what_is_shared_merged_in_or_from_a_preset_is_not_touched(lrviz, curves):
    path = write(HEAD + curves)
    if "cosine:" in curves:
        path = write(HEAD + "  a: {preset: cosine, T_max: 90}\n".replace("T_max: 90", "<<: {T_max: 90ep}"))
    before = path.read_bytes()
    done = lrviz("check", "spec.yaml", "--fix")
    assert (done.code, done.err) == (1, "")
    assert "--fix" not in done.out
    assert path.read_bytes() == before


def test_a_spec_in_json_stays_json(lrviz):
    spec = {
        "run": {"epochs": 180, "steps_per_epoch": 100},
        "optimizer": {"type": "SGD", "lr": 0.1},
        "schedules": {
            "a": {"type": "CosineAnnealingLR", "T_max": 90},
            "b": {"type": "StepLR", "step_size": 60},
        },
    }
    path = write(json.dumps(spec), "spec.json")
    done = lrviz("check", "spec.json", "--fix")
    assert (done.code, done.err) == (0, "mended 1 finding in spec.json\n")
    spec["schedules"]["a"]["T_max"] = "100%"
    assert path.read_text() == json.dumps(spec)


def test_presets_and_standard_input_are_checked_and_left_as_they_are(lrviz):
    done = lrviz("check", "cosine:T_max=30", "-", "--fix", stdin=WRONG)
    assert (done.code, done.err) == (1, "")
    assert done.out.splitlines()[-1] == "2 errors in 2 curves of 2 files"
    assert os.listdir() == []


def test_one_curve_of_a_file_is_mended_alone(lrviz):
    path = write(WRONG + "  other: {type: CosineAnnealingLR, T_max: 90ep}\n")
    done = lrviz("check", "spec.yaml#other", "--fix")
    assert (done.code, done.err) == (0, "mended 1 finding in spec.yaml\n")
    assert path.read_text() == WRONG + "  other: {type: CosineAnnealingLR, T_max: 100%}\n"


def test_a_file_named_twice_is_mended_once(lrviz):
    path = write(WRONG + "  other: {type: CosineAnnealingLR, T_max: 90ep}\n")
    done = lrviz("check", "spec.yaml#other", "spec.yaml#cosine", "spec.yaml", "--fix")
    assert (done.code, done.err) == (0, "mended 2 findings in spec.yaml\n")
    assert done.out.count("--- spec.yaml") == 1
    assert path.read_text() == MENDED + "  other: {type: CosineAnnealingLR, T_max: 100%}\n"


def test_only_what_counts_is_mended(lrviz):
    path = write(WRONG)
    for options in (["--ignore", "lr-rebounds"], ["--select", "LR100"], ["--severity", "lr-rebounds=info"]):
        assert lrviz("check", "spec.yaml", "--fix", *options).code == 0
        assert path.read_text() == WRONG


def test_every_file_of_a_folder_is_mended_and_one_that_is_no_spec_is_told(lrviz):
    good, bad = write(WRONG, "configs/a.yaml"), write("schedules: {x: {type: Cosin}}\n", "configs/b.yaml")
    done = lrviz("check", "configs", "--fix")
    assert done.code == 2
    assert "b.yaml:1:17: schedules.x.type: 'Cosin' is no scheduler of torch" in done.out
    assert good.read_text() == MENDED
    assert bad.read_text() == "schedules: {x: {type: Cosin}}\n"


def test_the_change_does_not_mix_with_a_format_for_programs(lrviz):
    write(WRONG)
    done = lrviz("check", "spec.yaml", "--fix", "--format", "github")
    assert (done.code, done.out) == (0, "")
    assert done.err == f"{DIFF}mended 1 finding in spec.yaml\n"


# Never a half fix.


@pytest.fixture
def found_with(monkeypatch) -> Callable[[Callable[[Finding], Edit]], None]:
    """Let findings ask for another change than they would."""
    real = pipeline.check

    def using(edit: Callable[[Finding], Edit]) -> None:
        def check(*given, **options):
            found, refused = real(*given, **options)
            return [replace(f, edit=edit(f)) if f.edit is not None else f for f in found], refused

        monkeypatch.setattr(pipeline, "check", check)

    return using


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("45ep", "it would still be found then"),
        (
            "ten",
            "the spec would be wrong then: spec.yaml:4:53: schedules.cosine.T_max: 'ten' is not a length; "
            "write 10, 10ep, 500st or 5%",
        ),
        (
            "[",
            "the spec would be wrong then: spec.yaml:4:61: not YAML: expected the node content, but found '}' "
            "(while parsing a flow node)",
        ),
    ],
)
def test_a_change_that_does_not_help_is_not_made(lrviz, found_with, value, why):
    path = write(WRONG + "# end\n")
    found_with(lambda finding: Edit("set", finding.place, value))
    done = lrviz("check", "spec.yaml", "--fix")
    assert done.code == 1
    assert done.err == f"spec.yaml:4:53: schedules.cosine.T_max: lr-rebounds is left as it is: {why}\n"
    assert done.out.endswith("\n1 error in 1 curve\n")
    assert "+++" not in done.out
    assert path.read_text() == WRONG + "# end\n"


def test_where_one_of_two_changes_does_not_help_the_other_is_made(lrviz, found_with):
    path = write(WRONG + "  other: {type: CosineAnnealingLR, T_max: 90ep}\n")
    found_with(lambda f: Edit("set", f.place, "45ep" if f.curve == "other" else "100%"))
    done = lrviz("check", "spec.yaml", "--fix")
    assert done.code == 1
    assert done.err == (
        "spec.yaml:5:36: schedules.other.T_max: lr-rebounds is left as it is: it would still be found then\n"
        "mended 1 finding in spec.yaml\n"
    )
    assert path.read_text() == MENDED + "  other: {type: CosineAnnealingLR, T_max: 90ep}\n"


def test_a_change_that_changes_another_curve_is_not_made(lrviz, found_with):
    path = write(WRONG.replace("cosine:", "a: {type: StepLR, step_size: 30ep}\n  cosine:"))
    before = path.read_text()
    found_with(lambda f: Edit("set", replace(f.place, line=4, column=21, key="schedules.a.step_size"), "9"))
    done = lrviz("check", "spec.yaml", "--fix")
    assert done.code == 1
    assert (
        done.err
        == "spec.yaml:5:53: schedules.cosine.T_max: lr-rebounds is left as it is: a would change too\n"
    )
    assert path.read_text() == before


def test_a_file_that_changes_meanwhile_is_not_overwritten(lrviz, monkeypatch):
    path = write(WRONG)
    real = pipeline.attempt

    attempts = []

    def attempt(*given, **options):
        attempts.append(given)
        if len(attempts) == 2:  # of what is to be written
            path.write_text(WRONG + "# edited\n")
        return real(*given, **options)

    monkeypatch.setattr(pipeline, "attempt", attempt)
    done = lrviz("check", "spec.yaml", "--fix")
    assert done.code == 2
    assert done.err == "spec.yaml: changed while it was checked; run lrviz check --fix again\n"
    assert path.read_text() == WRONG + "# edited\n"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_who_may_read_the_file_stays_the_same_and_a_link_stays_one(lrviz):
    path = write(WRONG, "real/spec.yaml")
    path.chmod(0o640)
    Path("spec.yaml").symlink_to(path)
    assert lrviz("check", "spec.yaml", "--fix").code == 0
    assert Path("spec.yaml").is_symlink()
    assert path.read_text() == MENDED
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write everywhere")
def test_of_several_files_all_are_written_or_none(lrviz):
    first, second = write(WRONG, "a.yaml"), write(WRONG, "b.yaml")
    second.chmod(0o400)
    done = lrviz("check", "a.yaml", "b.yaml", "--fix")
    assert (done.code, done.err) == (2, "b.yaml: a file that may not be written to\n")
    assert first.read_text() == second.read_text() == WRONG


def test_the_change_is_red_and_green_in_a_terminal(lrviz, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    write(WRONG)
    done = lrviz("check", "spec.yaml", "--diff")
    assert f"\x1b[31m-{LINE}90ep}}  # ninety" in done.out
    assert f"\x1b[32m+{LINE}100%}}  # ninety" in done.out
