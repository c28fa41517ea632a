"""``lrviz diff --git`` and ``git:REV:path``, in repositories made for it: what stood there is read as data."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from commanded import Command

import lrviz as package

HEAD = "run: {epochs: 10}\noptimizer: {type: SGD, lr: 0.1}\nschedules:\n"
PLATEAU = HEAD + (
    "  plateau: {type: ReduceLROnPlateau, monitor: loss, patience: 0, metrics: {loss: {csv: loss.csv}}}\n"
)
CODE = HEAD + "  own: {type: ./mine.py:Mine}\n"
KNOWS = "here; in CI fetch it first (actions/checkout: fetch-depth: 0)"
STEP = "  changed  step"


def spec(size: int) -> str:
    return f"{HEAD}  step: {{type: StepLR, step_size: {size}}}\n"


def git(*words: str) -> str:
    own = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "core.hooksPath=/dev/null",
    ]
    done = subprocess.run(["git", *own, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def commit() -> None:
    git("add", "-A")
    git("commit", "-q", "-m", "a state")


@pytest.fixture
def lrviz(monkeypatch, capsys, tmp_path) -> Command:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    home = tmp_path / "repository"
    home.mkdir()
    monkeypatch.chdir(home)
    git("init", "-q", "-b", "main", ".")
    write("configs/a.yaml", spec(5))
    write("configs/deep/b.yaml", spec(5))
    write("notes.yaml", "no: spec\n")
    commit()
    return Command(monkeypatch, capsys)


def heads(out: str) -> list[str]:
    """Take what is told of files and curves, without their facts."""
    return [line for line in out.splitlines() if line and not line.startswith("    ")]


def test_the_working_tree_is_compared_with_a_revision(lrviz):
    write("configs/a.yaml", spec(4))
    write("configs/new.yaml", spec(5))
    Path("configs/deep/b.yaml").unlink()
    done = lrviz("diff", "--git", "main")
    assert done.code == 1
    assert heads(done.out) == [
        "configs/a.yaml",
        STEP,
        "configs/deep/b.yaml",
        "  removed  step (10 updates)",
        "configs/new.yaml",
        "  added    step (10 updates)",
        "3 curves: 1 changed, 1 added, 1 removed",
    ]


def test_a_tree_that_is_as_it_was_is_equal(lrviz):
    done = lrviz("diff", "--git", "HEAD")
    assert (done.code, done.out, done.err) == (
        0,
        "configs/a.yaml: equal\nconfigs/deep/b.yaml: equal\n\n2 curves: 2 equal\n",
        "",
    )


@pytest.mark.parametrize(
    "path", ["configs", "configs/", "./configs", "configs/a.yaml", "configs/a.yaml#step"]
)
def test_paths_choose_what_is_compared(lrviz, path):
    write("configs/a.yaml", spec(4))
    write("other.yaml", spec(4))
    done = lrviz("diff", "--git", "main", path)
    assert done.code == 1
    assert heads(done.out)[:2] == [path if "#" in path else "configs/a.yaml", STEP]
    assert "other" not in done.out


def test_paths_are_those_of_the_working_directory(lrviz, monkeypatch):
    write("configs/a.yaml", spec(4))
    monkeypatch.chdir("configs")
    assert heads(lrviz("diff", "--git", "main").out)[:3] == ["a.yaml", STEP, "deep/b.yaml: equal"]
    assert heads(lrviz("diff", "--git", "main", "../configs/a.yaml").out)[:2] == ["../configs/a.yaml", STEP]
    absolute = str(Path("a.yaml").resolve())
    assert heads(lrviz("diff", "--git", "main", absolute).out)[:2] == [absolute, STEP]
    assert heads(lrviz("diff", "git:main:a.yaml", "a.yaml").out)[:2] == ["git:main:a.yaml -> a.yaml", STEP]


def test_two_revisions_are_compared(lrviz):
    git("tag", "v1")
    write("configs/a.yaml", spec(4))
    commit()
    write("configs/a.yaml", "broken: [")
    done = lrviz("diff", "git:v1:configs", "git:HEAD~0:configs")
    assert done.code == 1
    assert heads(done.out) == ["a.yaml", STEP, "deep/b.yaml: equal", "2 curves: 1 changed, 1 equal"]
    assert lrviz("diff", "git:v1:configs/a.yaml", "git:HEAD:configs/a.yaml#step").code == 1
    assert lrviz("diff", "git:v1:", "git:v1:.").code == 0


def test_what_an_old_spec_names_comes_from_its_own_revision(lrviz):
    write("plateau/spec.yaml", PLATEAU)
    write("plateau/loss.csv", "loss\n" + "".join(f"{1 / (n + 1)}\n" for n in range(10)))
    commit()
    write("plateau/loss.csv", "loss\n" + "1.0\n" * 10)
    done = lrviz("diff", "--git", "main", "plateau")
    assert done.code == 1
    assert "parts at update 2 (epoch 2): 0.01 instead of 0.1" in done.out
    Path("plateau/loss.csv").unlink()
    assert lrviz("diff", "git:main:plateau/spec.yaml", "git:main:plateau/spec.yaml").code == 0


@pytest.mark.parametrize("named", ["../outside.csv", "/etc/passwd", "link.csv", "missing.csv"])
def test_an_old_spec_reads_nothing_outside_its_folder(lrviz, named):
    write("outside.csv", "loss\n1.0\n")
    write("plateau/spec.yaml", PLATEAU.replace("loss.csv", named))
    Path("plateau/link.csv").symlink_to("../outside.csv")
    write("loss.csv", "loss\n1.0\n")
    commit()
    done = lrviz("diff", "git:main:plateau/spec.yaml", "cosine")
    said = (
        "no such file beside the spec in 'main'"
        if named == "missing.csv"
        else "lies outside the spec's folder"
    )
    assert done.code == 2
    assert said in done.err
    assert done.err.startswith("git:main:plateau/spec.yaml:4:")


def test_code_of_a_revision_never_runs(lrviz):
    write("mine.py", "raise SystemExit('it ran')\n")
    write("own.yaml", CODE)
    commit()
    for options in ([], ["--trust"]):
        done = lrviz("diff", "git:main:own.yaml", "cosine", *options)
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            "git:main:own.yaml:4:9: schedules.own.type: './mine.py:Mine' names code, and code of another revision "
            "does not run; check that revision out (git worktree add ../before REV) and compare the two folders\n"
        )


def test_links_in_a_revision_are_followed_within_the_repository(lrviz):
    Path("linked.yaml").symlink_to("configs/a.yaml")
    Path("folder").symlink_to("configs")
    Path("out.yaml").symlink_to("../elsewhere.yaml")
    Path("round.yaml").symlink_to("round.yaml")
    commit()
    assert lrviz("diff", "git:main:linked.yaml", "configs/a.yaml").code == 0
    assert lrviz("diff", "git:main:folder/a.yaml", "configs/a.yaml").code == 0
    done = lrviz("diff", "git:main:out.yaml", "configs/a.yaml")
    assert (done.code, done.err) == (2, "git:main:out.yaml: lies outside the repository\n")
    done = lrviz("diff", "git:main:round.yaml", "configs/a.yaml")
    assert (done.code, done.err) == (2, "git:main:round.yaml: a link to a link to a link without an end\n")
    Path("out.yaml").unlink()
    Path("round.yaml").unlink()
    done = lrviz("diff", "--git", "main")
    assert (done.code, done.out.splitlines()[-1]) == (0, "3 curves: 3 equal")


HOSTILE = [
    "a b.yaml",
    'it\'s "so".yaml',
    "line\nbreak.yaml",
    "🦊.yaml",
    "--option.yaml",
    "-o x.yaml",
    "$(touch pwned).yaml",
    "`touch pwned`;&|.yaml",
    "a:b.yaml",
    "a#b.yaml",
    "x..yaml",
    ":(glob)*.yaml",
    "n" * 245 + ".yaml",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_of_any_name_is_found(lrviz, name):
    write(f"hostile/{name}", spec(5))
    commit()
    write(f"hostile/{name}", spec(4))
    done = lrviz("diff", "--git", "main", "hostile")
    shown = f"hostile/{name}".replace("\n", "\\n")
    assert (done.code, heads(done.out)) == (1, [shown, STEP, "1 curve: 1 changed"])
    done = lrviz("diff", f"git:main:hostile/{name}", f"./hostile/{name}")
    assert (done.code, done.out.splitlines()[-1]) == (1, "1 curve: 1 changed")
    assert not list(Path().rglob("pwned"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["--git", "nowhere"],
            f"git:nowhere:.: git knows no revision 'nowhere' {KNOWS}",
        ),
        (
            ["--git=--upload-pack=touch pwned"],
            "git:--upload-pack=touch pwned:.: '--upload-pack=touch pwned' is no revision; write a branch, a tag or a "
            "commit, such as git:main:config.yaml",
        ),
        (
            ["--git", "main", "cosine"],
            "cosine: neither in the working tree nor in 'main'; with --git name specs and folders",
        ),
        (["--git", "main", ".."], "git:main:..: lies outside the repository"),
        (["--git", "main", "notes.yaml"], "git:main:notes.yaml: not a spec: it has no schedules"),
        (["git:main", "cosine"], "git:main: names no path; write git:REV:path, such as git:main:config.yaml"),
        (["git:main:no.yaml", "cosine"], "git:main:no.yaml: no such file in 'main'"),
        (["git:main:../no.yaml", "cosine"], "git:main:../no.yaml: lies outside the repository"),
        (["git:main:/etc/passwd", "cosine"], "git:main:/etc/passwd: lies outside the repository"),
        (
            ["git:main:configs/a.yaml#nope", "cosine"],
            "git:main:configs/a.yaml: no schedule is named 'nope'; write step",
        ),
        (
            ["git:main..HEAD:configs/a.yaml", "cosine"],
            f"git:main..HEAD:configs/a.yaml: git knows no revision 'main..HEAD' {KNOWS}",
        ),
        (
            ["git:main:configs", "configs/a.yaml"],
            "git:main:configs: a folder, and configs/a.yaml is none; name two folders, or a spec in this one",
        ),
    ],
)
def test_what_is_wrong_is_told_and_ends_with_2(lrviz, words, says):
    done = lrviz("diff", *words)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith(says)
    assert not Path("pwned").exists()


def test_outside_a_repository_git_says_so(lrviz, monkeypatch, tmp_path):
    (tmp_path / "bare").mkdir()
    monkeypatch.chdir(tmp_path / "bare")
    done = lrviz("diff", "--git", "main")
    assert done.code == 2
    assert done.err.startswith("git:main:.: git says: not a git repository")


def test_without_git_it_is_said(lrviz, monkeypatch):
    monkeypatch.setenv("PATH", "")
    done = lrviz("diff", "git:main:configs/a.yaml", "cosine")
    assert (done.code, done.err) == (2, "git:main:configs/a.yaml: needs git, which is not installed\n")


def test_a_saved_trace_of_a_revision_is_read(lrviz):
    assert lrviz("plot", "configs/a.yaml", "-o", "a.json").code == 0
    commit()
    Path("a.json").unlink()
    assert lrviz("diff", "git:main:a.json", "configs/a.yaml").code == 0
    assert package.diff("git:main:a.json", package.load("configs/a.yaml")).equal
    package.assert_matches("configs/a.yaml", "git:main:a.json")


def test_options_stand_for_what_specs_do_not_say_on_both_sides(lrviz):
    bare = "schedules:\n  step: {type: StepLR, step_size: 5}\n"
    write("bare.yaml", bare)
    commit()
    done = lrviz("diff", "--git", "main", "bare.yaml", "--steps", "30", "--lr", "0.5")
    assert (done.code, done.out) == (0, "bare.yaml: equal\n\n1 curve: 1 equal\n")
