"""``lrviz accept`` and ``lrviz diff --baseline``: what is kept, under which names, and what is forgotten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from commanded import Command

import lrviz as package

SPEC = "run: {{epochs: 10}}\noptimizer: {{type: SGD, lr: 0.1}}\nschedules:\n  step: {{type: StepLR, step_size: {}}}\n"


@pytest.fixture
def lrviz(monkeypatch, capsys, tmp_path) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(monkeypatch, capsys)


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def kept(lrviz) -> Command:
    write("configs/a.yaml", SPEC.format(5))
    write("configs/deep/b.yml", SPEC.format(5) + "  flat: {type: ConstantLR}\n")
    assert lrviz("accept", "configs", "--baseline", "base").code == 0
    return lrviz


def files(folder: str = "base") -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


def test_each_spec_has_one_file_of_traces(lrviz):
    write("configs/a.yaml", SPEC.format(5))
    write("configs/deep/b.yml", SPEC.format(5))
    done = lrviz("accept", "configs", "--baseline", "base")
    assert (done.code, done.out, done.err) == (
        0,
        "base/configs/a.yaml.json: new\nbase/configs/deep/b.yml.json: new\n2 specs kept in base: 2 new\n",
        "",
    )
    assert files() == ["configs/a.yaml.json", "configs/deep/b.yml.json"]
    saved = package.Trace.from_json(Path("base/configs/a.yaml.json").read_text())
    assert saved.lr[:, 0].tolist() == pytest.approx([0.1] * 5 + [0.01] * 5)


def test_what_is_as_it_was_is_not_written_again(kept):
    before = {file: os.stat(f"base/{file}").st_mtime_ns for file in files()}
    done = kept("accept", "configs", "--baseline", "base")
    assert (done.code, done.out) == (0, "2 specs kept in base: 2 unchanged\n")
    assert {file: os.stat(f"base/{file}").st_mtime_ns for file in files()} == before


def test_specs_are_compared_with_what_was_kept(kept):
    done = kept("diff", "configs", "--baseline", "base")
    assert (done.code, done.out) == (
        0,
        "configs/a.yaml: equal\nconfigs/deep/b.yml: equal\n\n3 curves: 3 equal\n",
    )
    write("configs/a.yaml", SPEC.format(4))
    write("configs/c.yaml", SPEC.format(4))
    Path("configs/deep/b.yml").unlink()
    done = kept("diff", "configs", "--baseline", "base")
    assert done.code == 1
    assert [line for line in done.out.splitlines() if line and not line.startswith("    ")] == [
        "configs/a.yaml",
        "  changed  step",
        "configs/c.yaml",
        "  added    step (10 updates)",
        "configs/deep/b.yml",
        "  removed  step (10 updates)",
        "  removed  flat (10 updates)",
        "4 curves: 1 changed, 1 added, 2 removed",
    ]
    done = kept("accept", "configs", "--baseline", "base")
    assert (done.code, done.out) == (
        0,
        "base/configs/a.yaml.json: changed\nbase/configs/c.yaml.json: new\n"
        "base/configs/deep/b.yml.json: removed, as no spec brings it any more\n"
        "2 specs kept in base: 1 new, 1 changed; 1 removed\n",
    )
    assert files() == ["configs/a.yaml.json", "configs/c.yaml.json"]
    assert not Path("base/configs/deep").exists()
    assert kept("diff", "configs", "--baseline", "base").code == 0


def test_a_spec_named_alone_leaves_the_others_as_they_are(kept):
    write("configs/a.yaml", SPEC.format(4))
    write("configs/deep/b.yml", SPEC.format(4))
    done = kept("diff", "configs/a.yaml", "--baseline", "base")
    assert (done.code, done.out.splitlines()[-1]) == (1, "1 curve: 1 changed")
    kept("accept", "configs/a.yaml", "--baseline", "base")
    assert files() == ["configs/a.yaml.json", "configs/deep/b.yml.json"]
    assert kept("diff", "configs/a.yaml", "--baseline", "base").code == 0
    assert kept("diff", "configs", "--baseline", "base").code == 1


def test_the_baseline_is_no_spec_of_its_own_though_it_lies_among_them(lrviz):
    write("x/a.yaml", SPEC.format(5))
    for _ in range(2):
        assert lrviz("accept", "x", "--baseline", "x/base").code == 0
        assert files("x/base") == ["x/a.yaml.json"]
    assert lrviz("diff", "x", "--baseline", "x/base").out == "x/a.yaml: equal\n\n1 curve: 1 equal\n"


def test_a_spec_that_is_wrong_keeps_everything_as_it_was(kept):
    before = {file: Path(f"base/{file}").read_bytes() for file in files()}
    write("configs/a.yaml", SPEC.format(4))
    write("configs/z.yaml", SPEC.format("four"))
    done = kept("accept", "configs", "--baseline", "base")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "configs/z.yaml:4:24: schedules.step.step_size: 'four' is not a length; write 10, 10ep, 500st or 5%\n"
    )
    assert {file: Path(f"base/{file}").read_bytes() for file in files()} == before


HOSTILE = {
    "a b.yaml": "a b.yaml.json",
    'it\'s "so".yaml': "it's %22so%22.yaml.json",
    "line\nbreak.yaml": "line%0Abreak.yaml.json",
    "🦊.yaml": "🦊.yaml.json",
    "--option.yaml": "--option.yaml.json",
    "a:b|c*?.yaml": "a%3Ab%7Cc%2A%3F.yaml.json",
    "100%.yaml": "100%25.yaml.json",
    "\u202eevil.yaml": "%E2%80%AEevil.yaml.json",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_spec_of_any_name_has_a_file_of_its_own(lrviz, name):
    write(f"configs/{name}", SPEC.format(5))
    assert lrviz("accept", "configs", "--baseline", "base").code == 0
    assert files() == [f"configs/{HOSTILE[name]}"]
    done = lrviz("diff", "configs", "--baseline", "base")
    assert (done.code, done.out.splitlines()[-1]) == (0, "1 curve: 1 equal")
    Path(f"configs/{name}").unlink()
    write("configs/other.yaml", SPEC.format(5))
    lrviz("accept", "configs", "--baseline", "base")
    assert files() == ["configs/other.yaml.json"]


def test_long_names_are_cut_and_stay_apart(lrviz):
    for last in "ab":
        write(f"configs/{'n' * 240}{last}.yaml", SPEC.format(5))
    assert lrviz("accept", "configs", "--baseline", "base").code == 0
    names = [Path(file).name for file in files()]
    assert len(names) == 2
    assert all(len(name) == 200 and name.startswith("n" * 170) for name in names)
    assert lrviz("diff", "configs", "--baseline", "base").code == 0


def test_nothing_is_kept_outside_the_folder(lrviz, monkeypatch):
    write("out/a.yaml", SPEC.format(5))
    Path("work").mkdir()
    monkeypatch.chdir("work")
    assert (
        lrviz("accept", "../out", "cosine:T_max=50%", "../out/../out/a.yaml#step", "--baseline", "base").code
        == 0
    )
    assert files() == ["%2E./out/a.yaml#step.json", "%2E./out/a.yaml.json", "cosine%3AT_max=50%25.json"]
    assert sorted(os.listdir("..")) == ["out", "work"]
    assert os.listdir("../out") == ["a.yaml"]
    assert (
        lrviz("diff", "../out", "cosine:T_max=50%", "--baseline", "base").code == 1
    )  # its #step is not in it


@pytest.mark.parametrize("link", ["base/configs", "base/configs/a.yaml.json"])
def test_a_link_out_of_the_folder_is_not_followed(lrviz, link):
    write("configs/a.yaml", SPEC.format(5))
    Path("elsewhere").mkdir()
    precious = write("elsewhere/a.yaml.json", "precious")
    Path(link).parent.mkdir(parents=True)
    Path(link).symlink_to(Path("elsewhere").resolve() if link.endswith("configs") else precious.resolve())
    done = lrviz("accept", "configs", "--baseline", "base")
    assert (done.code, done.err) == (2, "base/configs/a.yaml.json: a link that leads elsewhere; delete it\n")
    assert precious.read_text() == "precious"


def test_files_that_lrviz_has_not_written_are_left_alone(kept):
    write("base/configs/README.json", "{}")
    write("base/configs/mine.yaml", "a: 1\n")
    Path("configs/a.yaml").unlink()
    assert kept("accept", "configs", "--baseline", "base").code == 0
    assert files() == ["configs/README.json", "configs/deep/b.yml.json", "configs/mine.yaml"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-"], "-: has no name to be kept under; name specs, folders or presets"),
        (
            ["git:main:a.yaml"],
            "git:main:a.yaml: has no name to be kept under; name specs, folders or presets",
        ),
        (["cosin"], "cosin: 'cosin' is no preset; did you mean cosine?"),
        (["empty"], "accept: no specs in empty; name specs or folders of them"),
        (["cosine", "--baseline", "file"], "file: a file; baselines are kept in a folder, name another"),
    ],
)
def test_what_is_wrong_is_told_and_ends_with_2(lrviz, words, says):
    Path("empty").mkdir()
    write("file", "")
    done = lrviz("accept", *words)
    assert (done.code, done.out, done.err) == (2, "", f"{says}\n")


def test_a_test_of_ones_own_takes_what_was_accepted(kept):
    package.assert_matches("configs/a.yaml", "base/configs/a.yaml.json")
    package.assert_matches("configs/deep/b.yml", "base/configs/deep/b.yml.json")
    write("configs/a.yaml", SPEC.format(4))
    with pytest.raises(AssertionError, match=r"not what is saved in base/configs/a\.yaml\.json"):
        package.assert_matches("configs/a.yaml", "base/configs/a.yaml.json")
    assert kept("diff", "base", "base").code == 0
