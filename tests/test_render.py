"""lrviz render: a folder of figures, numbers and pages, of which only what changed is made anew."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from commanded import Command

from lrviz import OutputError, artifacts, loop, pipeline
from lrviz.artifacts import making, sources
from lrviz.render import write

STEP = """run: {epochs: 4, steps_per_epoch: 5}
schedules:
  step: {type: StepLR, step_size: 2}
"""
COSINE = """run: {epochs: 4, steps_per_epoch: 5}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 4}
  plateau: {type: ReduceLROnPlateau, patience: 0, monitor: m, metrics: {m: {csv: m.csv}}}
"""
REBOUND = """run: {epochs: 40}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 20}
"""
WRONG = "run: {epochs: 4}\nschedules:\n  a: {type: StepLR, step_size: ten}\n"
REFUSED = "run: {epochs: 100}\nschedules:\n  a: {type: LambdaLR, lr_lambda: 1 / (50 - t)}\n"
SUFFIXES = (".csv", ".json", ".png", ".svg")
SHARED = {"index.html", "manifest.json", "summary.md"}


def files_of(stem: str) -> set[str]:
    return {f"{stem}{suffix}" for suffix in SUFFIXES}


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def manifest_of(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text())


@pytest.fixture(autouse=True)
def _no_step_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture
def lrviz(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(monkeypatch, capsys)


@pytest.fixture(autouse=True)
def specs(tmp_path: Path) -> Path:
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "step.yaml").write_text(STEP)
    (folder / "cosine.yaml").write_text(COSINE)
    (folder / "m.csv").write_text("m\n1\n2\n1\n1\n")
    return folder


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note which specs are made, all in this process, and which curves are stepped, none from the cache."""
    noted: list[str] = []
    monkeypatch.setattr(artifacts, "cores", lambda: 1)
    make = making.made

    def noting(way: making.Way, job: making.Job) -> making.Made:
        noted.append(job.source.title)
        return make(way, job)

    monkeypatch.setattr(artifacts, "made", noting)
    return noted


# What is there.


def test_every_spec_has_its_figures_numbers_and_trace(lrviz: Command, tmp_path: Path) -> None:
    ran = lrviz("render", "specs", "cosine:epochs=3", "-o", "out")
    assert ran.code == 0
    assert ran.err == ""
    assert ran.out == "3 specs, 4 curves: no findings; 3 rendered anew; see out/index.html\n"
    out = tmp_path / "out"
    every = files_of("step") | files_of("cosine") | files_of("cosine-epochs-3") | SHARED
    assert set(os.listdir(out)) == every
    assert (out / "step.png").read_bytes().startswith(b"\x89PNG")
    lrviz("plot", "specs/step.yaml", *(word for suffix in SUFFIXES for word in ("-o", f"alone{suffix}")))
    for suffix in SUFFIXES:
        assert (out / f"step{suffix}").read_bytes() == (tmp_path / f"alone{suffix}").read_bytes()


def test_the_manifest_holds_a_hash_of_every_file(lrviz: Command, tmp_path: Path) -> None:
    lrviz("render", "specs", "-o", "out")
    manifest = manifest_of(tmp_path / "out")
    kept = {**manifest["pages"]}
    for spec in manifest["specs"].values():
        kept.update(spec["artifacts"])
    found = bytes_in(tmp_path / "out")
    del found["manifest.json"]
    assert kept == {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in found.items()
    }
    assert set(manifest["specs"]) == {"cosine.yaml", "step.yaml"}
    assert manifest["specs"]["cosine.yaml"]["files"] == ["m.csv"]
    assert {"lrviz", "torch", "numpy", "matplotlib", "python", "platform"} <= set(manifest["versions"])


def test_figures_are_of_the_formats_that_are_asked_for(lrviz: Command) -> None:
    assert lrviz("render", "specs/step.yaml", "-o", "out", "--figures", "pdf, SVG").code == 0
    assert set(os.listdir("out")) == {"step.csv", "step.json", "step.pdf", "step.svg", *SHARED}
    ran = lrviz("render", "specs/step.yaml", "-o", "out", "--figures", "pgn")
    assert (ran.code, ran.err) == (2, "--figures: 'pgn' is no format of figures; did you mean png?\n")
    ran = lrviz("render", "specs/step.yaml", "-o", "out", "--figures", ",")
    assert (ran.code, ran.err) == (
        2,
        "--figures: names no format; write png, svg, pdf or html, or several with commas\n",
    )


def test_pages_are_made_where_they_are_asked_for(lrviz: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lrviz("render", "specs/step.yaml", "-o", "out", "--figures", "html").code == 0
    assert set(os.listdir("out")) == {"step.csv", "step.html", "step.json", *SHARED}
    assert '<a href="step.html">step.html</a>' in Path("out/index.html").read_text()
    assert "bokeh" in manifest_of(Path("out"))["versions"]
    monkeypatch.setattr(write, "find_spec", lambda _: None)
    ran = lrviz("render", "specs/step.yaml", "-o", "new", "--figures", "svg,html")
    assert (ran.code, ran.err) == (
        2,
        "--figures: html needs Bokeh, which is not installed; pip install 'lrviz[html]'\n",
    )
    assert not Path("new").exists()


# The same bytes.


def test_processes_hash_seeds_and_folders_make_no_difference(specs: Path, tmp_path: Path) -> None:
    root = Path(__file__).parent.parent
    (specs / "rebound.yaml").write_text(REBOUND)
    results = []
    for seed, folder, word, jobs in (("0", tmp_path, "specs", "1"), ("7", specs, ".", "2")):
        out = tmp_path / f"out{seed}"
        command = [sys.executable, "-m", "lrviz", "render", word, "-o", str(out), "--no-cache", "-j", jobs]
        command += ["--figures", "png,svg,html"]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0
        assert done.stderr.startswith("rebound.yaml:3:") or done.stderr.startswith("specs/rebound.yaml:3:")
        results.append(bytes_in(out))
    assert results[0] == results[1]
    assert len(results[0]) == 18
    page = results[0]["rebound.html"].decode()
    assert "(rebound.yaml:3:" in page
    assert "<h2>rebound.yaml</h2>" in page


def test_nothing_is_touched_where_nothing_changed(
    lrviz: Command, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lrviz("render", "specs", "-o", "out")
    assert made == ["cosine.yaml", "step.yaml"]
    before = {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in Path("out").iterdir()}
    monkeypatch.setattr(loop, "simulate", None)
    ran = lrviz("render", "specs", "-o", "out")
    assert ran.out == "2 specs, 3 curves: no findings; 0 rendered anew; see out/index.html\n"
    assert made == ["cosine.yaml", "step.yaml"]
    after = {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in Path("out").iterdir()}
    assert after == before


# Only what changed.


@pytest.mark.parametrize(
    ("change", "anew"),
    [
        (lambda: Path("specs/step.yaml").write_text(STEP.replace("2}", "1}")), ["step.yaml"]),
        (lambda: Path("specs/m.csv").write_text("m\n1\n2\n3\n4\n"), ["cosine.yaml"]),
        (lambda: Path("out/step.svg").unlink(), ["step.yaml"]),
        (lambda: Path("out/cosine.csv").write_text("changed"), ["cosine.yaml"]),
        (lambda: Path("out/manifest.json").unlink(), ["cosine.yaml", "step.yaml"]),
        (lambda: Path("out/manifest.json").write_text('{"format": "lrviz-man'), ["cosine.yaml", "step.yaml"]),
        (lambda: Path("out/index.html").unlink(), []),
        (lambda: Path("specs/new.yaml").write_text(STEP), ["new.yaml"]),
        (lambda: Path("specs/note.txt").write_text("note"), []),
    ],
    ids=[
        "spec",
        "named file",
        "artifact gone",
        "artifact changed",
        "manifest gone",
        "manifest cut",
        "page",
        "new",
        "other",
    ],
)
def test_only_what_changed_is_made_anew(
    change: Callable[[], object], anew: list[str], lrviz: Command, made: list[str]
) -> None:
    lrviz("render", "specs", "-o", "out")
    made.clear()
    change()
    assert lrviz("render", "specs", "-o", "out").code == 0
    assert made == anew
    lrviz("render", "specs", "-o", "fresh")
    assert bytes_in(Path("out")) == bytes_in(Path("fresh"))


def test_other_options_make_everything_anew(lrviz: Command, made: list[str]) -> None:
    lrviz("render", "specs/step.yaml", "-o", "out")
    for option in (["--figures", "svg"], ["--no-check"], ["--lr", "0.3"], ["--epochs", "3"]):
        made.clear()
        lrviz("render", "specs/step.yaml", "-o", "out", *option)
        assert made == ["step.yaml"]
        lrviz("render", "specs/step.yaml", "-o", "out")


def test_another_version_makes_everything_anew(
    lrviz: Command, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lrviz("render", "specs", "-o", "out")
    made.clear()
    monkeypatch.setattr("lrviz.artifacts.inputs.metadata.version", lambda _: "9.9")
    lrviz("render", "specs", "-o", "out")
    assert made == ["cosine.yaml", "step.yaml"]


def test_files_of_specs_that_are_gone_are_removed(lrviz: Command, specs: Path) -> None:
    lrviz("render", "specs", "-o", "out")
    Path("out/mine.png").write_bytes(b"mine")
    Path("out/cosine.csv").write_text("changed by hand")
    (specs / "cosine.yaml").unlink()
    ran = lrviz("render", "specs", "-o", "out")
    assert (
        ran.out == "1 spec, 1 curve: no findings; 0 rendered anew, 3 old files removed; see out/index.html\n"
    )
    assert set(os.listdir("out")) == files_of("step") | SHARED | {"mine.png", "cosine.csv"}


def test_code_that_is_trusted_is_run_each_time(lrviz: Command, tmp_path: Path, made: list[str]) -> None:
    (tmp_path / "mine.py").write_text("def half(epoch):\n    return 0.5\n")
    (tmp_path / "own.yaml").write_text(
        "run: {epochs: 3}\nschedules:\n  a: {type: LambdaLR, lr_lambda: './mine.py:half'}\n"
    )
    for _ in range(2):
        assert lrviz("render", "own.yaml", "-o", "out", "--trust").code == 0
    assert made == ["own.yaml", "own.yaml"]


def test_traces_in_the_folder_are_no_specs_of_the_next_run(lrviz: Command, specs: Path) -> None:
    for _ in range(2):
        assert lrviz("render", "specs", "-o", "specs").code == 0
        assert set(manifest_of(specs)["specs"]) == {"cosine.yaml", "step.yaml"}
    ran = lrviz("render", "specs/step.json", "-o", "specs")
    assert (ran.code, ran.err) == (
        2,
        "specs/step.json: a trace in the folder that is written to; give -o another\n",
    )


# What is wrong.


def test_nothing_is_written_where_a_spec_is_wrong(lrviz: Command, specs: Path) -> None:
    (specs / "a.yaml").write_text(WRONG)
    (specs / "b.yaml").write_text(WRONG)
    ran = lrviz("render", "specs", "-o", "deep/out")
    message = "schedules.a.step_size: 'ten' is not a length; write 10, 10ep, 500st or 5%"
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"specs/a.yaml:3:21: {message}\nspecs/b.yaml:3:21: {message}\n"
    assert not Path("deep").exists()


def test_nothing_is_written_where_torch_refuses(lrviz: Command, specs: Path) -> None:
    (specs / "refused.yaml").write_text(REFUSED)
    ran = lrviz("render", "specs", "-o", "deep/out")
    assert ran.code == 2
    assert ran.err.startswith("specs/refused.yaml:3:")
    assert not Path("deep").exists()


def test_one_bad_spec_does_not_lose_the_others(lrviz: Command, specs: Path) -> None:
    (specs / "wrong.yaml").write_text(STEP)
    lrviz("render", "specs", "-o", "out")
    assert files_of("wrong") <= set(os.listdir("out"))
    (specs / "wrong.yaml").write_text(WRONG)
    (specs / "refused.yaml").write_text(REFUSED)
    Path("empty").mkdir()
    ran = lrviz("render", "specs", "missing.yaml", "empty", "-o", "out", "--keep-going")
    assert ran.code == 2
    first, second, third, fourth = ran.err.splitlines()
    assert first == "empty: a folder without specs; lrviz init cosine writes one to start from"
    assert second == "missing.yaml: no such file"
    assert (
        third
        == "specs/wrong.yaml:3:21: schedules.a.step_size: 'ten' is not a length; write 10, 10ep, 500st or 5%"
    )
    assert fourth.startswith("specs/refused.yaml:3:")
    assert set(os.listdir("out")) == files_of("step") | files_of("cosine") | SHARED
    summary = Path("out/summary.md").read_text()
    assert "## `wrong.yaml`\n\n- ❌ wrong.yaml:3:21: schedules.a.step\\_size: 'ten' is not" in summary
    assert summary.startswith("# 5 specs, 3 curves: 3 specs that are wrong\n")


def test_errors_fail_where_they_are_to(lrviz: Command, specs: Path) -> None:
    (specs / "rebound.yaml").write_text(REBOUND)
    told = "rebound.yaml:3:37 LR102 lr-rebounds [error] cosine: "
    for _ in range(2):  # made, and as it was
        ran = lrviz("render", "specs", "-o", "out")
        assert ran.code == 0
        assert ran.err.startswith(told)
        assert lrviz("render", "specs", "-o", "out", "--strict").code == 1
    assert "**error** `lr-rebounds` `cosine` (rebound.yaml:3:37)" in Path("out/summary.md").read_text()
    assert lrviz("render", "specs", "-o", "out", "--strict", "--no-check").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-", "-o", "out"], "-: render reads files, not the standard input; name one"),
        (["step.yaml", "-o", "step.yaml"], "step.yaml: a file, and artifacts need a folder; name another"),
        (["step.yaml", "-o", "step.yaml/out"], "step.yaml/out: {here}/step.yaml is a file, not a folder"),
        (
            ["step.yaml", "-o", "taken"],
            "taken/step.csv: a folder where a file is to be written; move it away",
        ),
    ],
)
def test_what_cannot_be_done_is_told_first(words: list[str], message: str, lrviz: Command) -> None:
    Path("step.yaml").write_text(STEP)
    Path("taken/step.csv").mkdir(parents=True)
    ran = lrviz("render", *words)
    assert (ran.code, ran.out, ran.err) == (2, "", message.format(here=Path().resolve()) + "\n")


def test_a_folder_that_is_locked_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(OutputError) as refused:
        artifacts.render(
            artifacts.Request([str(tmp_path / "specs")], str(tmp_path / "new" / "out"), pipeline.read)
        )
    assert str(refused.value) == f"{tmp_path}/new/out: may not be written to"
    assert os.listdir(tmp_path) == ["specs"]


# Names.


def test_names_never_collide_nor_lead_elsewhere(lrviz: Command, tmp_path: Path) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    names = [
        "x",
        "X",
        "a b",
        "a-b",
        "q\"uo'te",
        "new\nline",
        "😀",
        "n" * 240,
        "index",
        "con",
        "Straße",
        "STRASSE",
    ]
    names += [
        "é",
        "e\u0301",
        "..x..",
        "-o",
        "<b>",
        "#",
        "a#b",
        "%2e%2e",
        "$(x)",
        "\\..\\x",
        "manifest",
        "ａ",
        "a",
    ]
    for name in names:
        (folder / f"{name}.yaml").write_text(STEP)
    (folder / "x.yml").write_text(STEP)
    ran = lrviz("render", "names", "-o", "out", "--figures", "svg")
    assert ran.err == ""
    found = os.listdir("out")
    assert len(found) == 3 * 25 + 3
    assert len({sources._folded(name) for name in found}) == len(found)
    assert all(len(name.encode()) < 120 for name in found)
    assert "a-b.svg" not in found  # several would like to be called that
    assert "q-uo-te.svg" in found
    assert sorted(os.listdir(tmp_path)) == ["names", "out", "specs"]
    for spec in manifest_of(tmp_path / "out")["specs"].values():
        assert len(spec["artifacts"]) == 3


def test_files_of_one_name_are_told_apart_by_their_folders(lrviz: Command, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for name in ("x", folder):
            (tmp_path / folder / f"{name}.yaml").write_text(STEP)
    (tmp_path / "cosine").write_text(STEP)
    lrviz("render", "a", "b", "a/x.yaml", "./cosine", "cosine", "-o", "out", "--figures", "svg")
    titles = list(manifest_of(tmp_path / "out")["specs"])
    assert titles == ["./a/a.yaml", "./a/x.yaml", "./b/b.yaml", "./b/x.yaml", "./cosine", "cosine"]
    assert lrviz("render", "a", "b", "a/x.yaml", "-o", "out", "--figures", "svg").code == 0
    assert list(manifest_of(tmp_path / "out")["specs"]) == ["a.yaml", "a/x.yaml", "b.yaml", "b/x.yaml"]


def test_a_path_out_of_the_folder_is_a_name_in_it(lrviz: Command, specs: Path, tmp_path: Path) -> None:
    (specs / "below").mkdir()
    (specs / "below" / "x.yaml").write_text(
        "run: {epochs: 2}\nschedules:\n  ../../c: {type: StepLR, step_size: 1}\n"
    )
    ran = lrviz("render", "specs/below/../below/x.yaml#../../c", "specs/below/../step.yaml", "-o", "out")
    assert (ran.code, ran.err) == (0, "")
    assert set(os.listdir("out")) == files_of("x-..-..-c") | files_of("step") | SHARED
    assert sorted(os.listdir(tmp_path)) == ["out", "specs"]


def test_a_link_in_the_folder_is_replaced_and_not_followed(lrviz: Command) -> None:
    Path("out").mkdir()
    Path("precious").write_text("precious")
    for name in ("step.csv", "index.html", "manifest.json"):
        Path("out", name).symlink_to("../precious")
    assert lrviz("render", "specs", "-o", "out").code == 0
    assert Path("precious").read_text() == "precious"
    assert not any(path.is_symlink() for path in Path("out").iterdir())


@pytest.mark.parametrize("name", ["../precious.md", "/precious.md", ".git.md", "a/b.md", "precious", "..md"])
def test_a_manifest_removes_nothing_outside_the_folder(name: str, lrviz: Command) -> None:
    lrviz("render", "specs", "-o", "out")
    Path("precious.md").write_text("")
    manifest = manifest_of(Path("out"))
    artifact = {"sha256": hashlib.sha256(b"").hexdigest(), "size": 0}
    manifest["specs"]["gone.yaml"] = {**manifest["specs"]["step.yaml"], "artifacts": {name: artifact}}
    Path("out/manifest.json").write_text(json.dumps(manifest))
    assert lrviz("render", "specs", "-o", "out").code == 0
    assert Path("precious.md").exists()
    assert "gone.yaml" not in manifest_of(Path("out"))["specs"]


# The pages.


def test_the_summary_reads_as_written_here(lrviz: Command, tmp_path: Path) -> None:
    (tmp_path / "a_b.yaml").write_text(
        "run: {epochs: 2, steps_per_epoch: 2}\nschedules:\n  'x|y': {type: StepLR, step_size: 1}\n"
    )
    lrviz("render", "a_b.yaml", "-o", "out", "--no-check")
    assert Path("out/summary.md").read_text() == (
        "# 1 spec, 1 curve: no findings\n"
        "\n"
        "## `a_b.yaml`\n"
        "\n"
        "| curve | optimizer | scheduler | updates | epochs | start | peak | peak at update | peak at epoch | end "
        "| mean | warm-up updates | rises | drops |\n"
        "| :--- | :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| `x\\|y` | SGD | StepLR per epoch | 4 | 2 | 0.1 | 0.1 | 0 | 0 | 0.01 | 0.055 | 0 | 0 | 1 |\n"
        "\n"
        "![x\\|y](a_b.svg)\n"
        "\n"
        "[a\\_b.csv](a_b.csv) · [a\\_b.json](a_b.json) · [a\\_b.png](a_b.png) · [a\\_b.svg](a_b.svg)\n"
    )


def test_the_page_shows_names_as_they_are_and_runs_nothing(lrviz: Command, tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    (tmp_path / "<img src=x onerror=alert(1)>.yaml").write_text(REBOUND.replace("cosine:", f'"{hostile}":'))
    lrviz("render", "<img src=x onerror=alert(1)>.yaml", "cosine", "-o", "out")
    for page in ("index.html", "summary.md"):
        text = Path("out", page).read_text()
        code = text if page == "index.html" else text.replace(f"`{hostile}`", "")
        assert "<script" not in code.replace("`<img src=x onerror=alert(1)>.yaml`", "")
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    page = Path("out/index.html").read_text()
    assert page.count("<img ") == 2
    assert "<h2>&lt;img src=x onerror=alert(1)&gt;.yaml</h2>" in page
    assert '<img src="img-src-x-onerror-alert-1.svg"' in page
    assert "default-src 'none'" in page
    assert "http:" not in page
    assert "https:" not in page


def test_the_summary_is_added_to_that_of_a_step(lrviz: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    Path("step.md").write_text("before\n")
    lrviz("render", "specs", "-o", "out")
    told = Path("step.md").read_text()
    assert told.startswith("before\n# 2 specs, 3 curves: no findings\n\n## `cosine.yaml`\n\n| curve |")
    assert "![" not in told
    assert "](" not in told
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "nowhere/step.md")
    ran = lrviz("render", "specs", "-o", "out")
    assert (ran.code, ran.err) == (
        0,
        "warning: $GITHUB_STEP_SUMMARY: nowhere/step.md: cannot be written: No such file or directory\n",
    )


def test_a_summary_too_long_for_a_step_is_cut_between_specs() -> None:
    from lrviz.render.exhibits import Exhibit, Shown
    from lrviz.render.pages.as_summary import for_step

    shown = [Shown(f"{index}.yaml", Exhibit(labels=("a",))) for index in range(3)]
    whole = for_step(shown)
    cut = for_step(shown, largest=len(whole.encode()) - 10)
    assert cut.endswith("## `1.yaml`\n\n| curve |\n| :--- |\n| `a` |\n\nAnd 1 spec more: see summary.md.\n")
    assert for_step(shown, largest=len(whole.encode())) == whole


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (("a", "b.html"), "-o is given 2 times; render writes one folder, or one page, at a time"),
        (
            ("it.png",),
            "it.png: render writes a folder, or a page (.html); write -o DIR, or lrviz plot SPEC -o it.png",
        ),
    ],
)
def test_what_is_neither_a_folder_nor_a_page_is_refused(
    outputs: tuple[str, ...], message: str, lrviz: Command
) -> None:
    words = [word for output in outputs for word in ("-o", output)]
    ran = lrviz("render", "cosine", *words)
    assert (ran.code, ran.err) == (2, f"{message}\n")
    assert not any(Path(output).exists() for output in outputs)
