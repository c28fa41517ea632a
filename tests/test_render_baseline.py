"""lrviz render --baseline: what became of the curves, told, drawn before and after, and a gate."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commanded import Command

RUN = "run: {epochs: 10, steps_per_epoch: 2}\nschedules:\n"
STEP = RUN + "  step: {type: StepLR, step_size: 5}\n  flat: {type: ConstantLR, factor: 1.0}\n"
OTHER = STEP.replace("step_size: 5", "step_size: 4")
# By hand: 10 updates at 0.1 and 10 at 0.01; then 8 at 0.1, 8 at 0.01 and 4 at 0.001.
TOLD = """\
{title}
  changed  step
    lr           parts at update 8 (epoch 4): 0.01 instead of 0.1; by up to 0.09 at update 8 (epoch 4)
    peak         0.1, as before
    end          0.01 -> 0.001 (-90%)
    mean         0.055 -> 0.0442 (-19.6%)
    length       20 updates, as before
  equal    flat
"""
COMMENT = """\
**3 curves since the baseline: 1 changed, 2 equal**

|  | spec | curve | parts at | by up to | peak | end | mean | length |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| **changed** | `step.yaml` | `step` | update 8 (epoch 4) | 0.09 at update 8 (epoch 4) | 0.1, as before \
| 0.01 → 0.001 (-90%) | 0.055 → 0.0442 (-19.6%) | 20 updates, as before |

```text
step.yaml step (log)
  before  ██████████▅▅▅▅▅▅▅▅▅▅
  after   ████████▅▅▅▅▅▅▅▅▁▁▁▁
```
"""
OVERLAYS = {"step--diff.png", "step--diff.svg"}


@pytest.fixture
def lrviz(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    specs = tmp_path / "specs"
    specs.mkdir()
    (specs / "step.yaml").write_text(STEP)
    (specs / "cosine.yaml").write_text(RUN + "  cosine: {type: CosineAnnealingLR, T_max: 10}\n")
    return Command(monkeypatch, capsys)


@pytest.fixture(params=["accept", "render"])
def kept(request: pytest.FixtureRequest, lrviz: Command) -> Command:
    """What the specs did is kept in the folder ``before``, in either of the two ways."""
    way = ["--baseline"] if request.param == "accept" else ["-o"]
    assert lrviz(request.param, "specs", *way, "before").code == 0
    return lrviz


def bytes_in(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_nothing_changed(kept: Command) -> None:
    ran = kept("render", "specs", "-o", "out", "--baseline", "before")
    told = "cosine.yaml: equal\nstep.yaml: equal\n\n3 curves since the baseline: 3 equal\n\n"
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{told}2 specs, 3 curves: no findings; 2 rendered anew; see out/index.html\n"
    assert Path("out/changes.md").read_text() == "**3 curves since the baseline: 3 equal**\n"
    assert not OVERLAYS & set(os.listdir("out"))


def test_a_change_is_told_and_drawn_and_fails(kept: Command) -> None:
    Path("specs/step.yaml").write_text(OTHER)
    for made in (2, 0):  # made, and as it was
        ran = kept("render", "specs", "-o", "out", "--baseline", "before")
        assert (ran.code, ran.err) == (1, "")
        assert ran.out == (
            TOLD.format(title="step.yaml")
            + "\ncosine.yaml: equal\n\n3 curves since the baseline: 1 changed, 2 equal\n\n"
            + f"2 specs, 3 curves: no findings; {made} rendered anew; see out/index.html\n"
        )
    assert set(os.listdir("out")) >= OVERLAYS
    assert Path("out/step--diff.png").read_bytes().startswith(b"\x89PNG")
    assert Path("out/changes.md").read_text() == COMMENT
    head = "# 2 specs, 3 curves: no findings\n\n"
    shown = "`step.yaml`\n\n![step.yaml: before and after](step--diff.svg)\n"
    assert Path("out/summary.md").read_text().startswith(f"{head}{COMMENT}\n{shown}\n## `cosine.yaml`\n")
    page = Path("out/index.html").read_text()
    assert "<h2>3 curves since the baseline: 1 changed, 2 equal</h2>" in page
    assert '<img src="step--diff.svg" alt="step.yaml: before and after" loading="lazy">' in page


def test_specs_that_are_new_or_gone_are_told(kept: Command) -> None:
    Path("specs/cosine.yaml").rename("specs/new.yaml")
    ran = kept("render", "specs", "-o", "out", "--baseline", "before")
    assert ran.code == 1
    gone = "cosine.yaml" if Path("before/manifest.json").exists() else "specs/cosine.yaml"
    told = [
        *sorted([f"{gone}\n  removed  cosine (20 updates)", "new.yaml\n  added    cosine (20 updates)"]),
        "step.yaml: equal",
        "4 curves since the baseline: 1 added, 1 removed, 2 equal",
        "2 specs, 3 curves: no findings; 2 rendered anew; see out/index.html\n",
    ]
    assert ran.out == "\n\n".join(told)
    assert not [name for name in os.listdir("out") if "--diff" in name]


def test_a_spec_named_alone_leaves_the_others_as_they_are(kept: Command) -> None:
    ran = kept("render", "specs/step.yaml", "-o", "out", "--baseline", "before")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("step.yaml: equal\n\n2 curves since the baseline: 2 equal\n")


def test_another_baseline_makes_anew_only_what_is_compared_with_another(lrviz: Command) -> None:
    lrviz("render", "specs", "-o", "before")
    lrviz("render", "specs", "-o", "out", "--baseline", "before")
    Path("specs/step.yaml").write_text(OTHER)
    lrviz("render", "specs", "-o", "after")
    ran = lrviz("render", "specs", "-o", "out", "--baseline", "after")
    assert ran.out.endswith("; 1 rendered anew; see out/index.html\n")
    ran = lrviz("render", "specs", "-o", "out", "--baseline", "before")
    assert ran.out.endswith("; 1 rendered anew; see out/index.html\n")
    assert set(os.listdir("out")) >= OVERLAYS
    lrviz("render", "specs", "-o", "fresh", "--baseline", "before", "-j", "1")
    assert bytes_in("out") == bytes_in("fresh")


def test_without_the_baseline_what_it_added_is_removed(kept: Command) -> None:
    Path("specs/step.yaml").write_text(OTHER)
    kept("render", "specs", "-o", "out", "--baseline", "before")
    ran = kept("render", "specs", "-o", "out")
    assert ran.code == 0
    assert ran.out == (
        "2 specs, 3 curves: no findings; 2 rendered anew, 3 old files removed; see out/index.html\n"
    )
    kept("render", "specs", "-o", "fresh")
    assert bytes_in("out") == bytes_in("fresh")


def test_an_overlay_that_was_deleted_is_drawn_again(kept: Command) -> None:
    Path("specs/step.yaml").write_text(OTHER)
    kept("render", "specs", "-o", "out", "--baseline", "before")
    Path("out/step--diff.svg").unlink()
    ran = kept("render", "specs", "-o", "out", "--baseline", "before")
    assert ran.out.endswith("; 1 rendered anew; see out/index.html\n")
    assert Path("out/step--diff.svg").exists()


def test_specs_that_share_a_name_are_held_each_against_its_own(lrviz: Command) -> None:
    for name in ("a b", "a-b"):
        Path(f"specs/{name}.yaml").write_text(STEP)
    lrviz("render", "specs", "-o", "before")
    assert len([name for name in os.listdir("before") if name.startswith("a-b-")]) == 8
    Path("specs/a b.yaml").write_text(OTHER)
    ran = lrviz("render", "specs", "-o", "out", "--baseline", "before")
    assert ran.out.startswith(TOLD.format(title="a b.yaml"))
    assert "\na-b.yaml: equal\n" in ran.out


def test_figures_have_their_place_where_the_folder_can_be_seen(kept: Command) -> None:
    Path("specs/step.yaml").write_text(OTHER)
    base = "https://example.org/pr/7"
    kept("render", "specs", "-o", "out", "--baseline", "before", "--image-base", base, "--figures", "png")
    shown = f"`step.yaml`\n\n![step.yaml: before and after]({base}/step--diff.png)\n"
    assert Path("out/changes.md").read_text() == f"{COMMENT}\n{shown}"


def test_the_tolerance_is_an_option(kept: Command) -> None:
    Path("specs/step.yaml").write_text(OTHER)
    assert kept("render", "specs", "-o", "out", "--baseline", "before").code == 1
    assert kept("render", "specs", "-o", "out", "--baseline", "before", "--atol", "1").code == 0


def test_the_summary_of_a_step_begins_with_what_changed(
    kept: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("specs/step.yaml").write_text(OTHER)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    kept("render", "specs", "-o", "out", "--baseline", "before")
    head = "# 2 specs, 3 curves: no findings\n\n"
    assert Path("step.md").read_text().startswith(f"{head}{COMMENT}\n## `cosine.yaml`\n")


def test_a_spec_that_is_wrong_does_not_lose_the_table(kept: Command) -> None:
    Path("specs/step.yaml").write_text(OTHER)
    Path("specs/wrong.yaml").write_text(STEP.replace("5", "five"))
    ran = kept("render", "specs", "-o", "out", "--baseline", "before", "--keep-going")
    assert ran.code == 2
    assert ran.out.startswith(TOLD.format(title="step.yaml"))
    assert "\n3 curves since the baseline: 1 changed, 2 equal; 1 spec that is wrong\n" in ran.out


def test_the_baseline_is_no_spec_though_it_lies_among_them(lrviz: Command) -> None:
    lrviz("accept", "specs", "--baseline", "specs/kept")
    ran = lrviz("render", "specs", "-o", "out", "--baseline", "specs/kept")
    assert (ran.code, ran.out.splitlines()[:2]) == (0, ["cosine.yaml: equal", "step.yaml: equal"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--baseline", "nowhere"],
            "nowhere: no such folder of baselines; lrviz accept SPECS --baseline DIR writes one",
        ),
        (
            ["--baseline", "./out"],
            "./out: the baseline, and the folder that is written to; give -o another",
        ),
        (
            ["--baseline", "damaged"],
            "damaged/manifest.json: no manifest that this lrviz can read; "
            "make the baseline anew with lrviz render or lrviz accept",
        ),
        (
            ["--baseline", "broken"],
            "broken/specs/step.yaml.json: not JSON: Expecting value: line 1 column 1 (char 0)",
        ),
        (["--rtol", "1"], "--rtol, --atol and --image-base are for a comparison; add --baseline DIR"),
        (
            ["--baseline", "specs", "--image-base", "a](b"],
            "--image-base: 'a](b' is no URL of a folder; write one such as https://example.org/artifacts/",
        ),
    ],
)
def test_what_is_wrong_is_told_and_ends_with_2(words: list[str], message: str, lrviz: Command) -> None:
    lrviz("render", "specs", "-o", "out")
    before = bytes_in("out")
    Path("damaged").mkdir()
    Path("damaged/manifest.json").write_text("{")
    lrviz("accept", "specs", "--baseline", "broken")
    Path("broken/specs/step.yaml.json").write_text('nonsense "lrviz-trace')
    ran = lrviz("render", "specs", "-o", "out", *words)
    assert (ran.code, ran.out, ran.err) == (2, "", f"{message}\n")
    assert bytes_in("out") == before


def test_processes_hash_seeds_and_folders_make_no_difference(lrviz: Command, tmp_path: Path) -> None:
    lrviz("render", "specs", "-o", "before")
    Path("specs/step.yaml").write_text(OTHER)
    root = Path(__file__).parent.parent
    results = []
    for seed, folder, word, jobs in (("0", tmp_path, "specs", "1"), ("7", tmp_path / "specs", ".", "2")):
        out = tmp_path / f"out{seed}"
        command = [sys.executable, "-m", "lrviz", "render", word, "-o", str(out), "-j", jobs]
        command += ["--baseline", str(tmp_path / "before"), "--no-cache"]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )
        assert (done.returncode, done.stderr) == (1, "")
        results.append(bytes_in(str(out)))
    assert results[0] == results[1]
    assert {*OVERLAYS, "changes.md"} <= set(results[0])
    assert "change" in json.loads(results[0]["manifest.json"])["specs"]["step.yaml"]["shown"]
