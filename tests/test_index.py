"""The index of a folder of YAML files only saves time: it is current as kept, and whatever it says, the files count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lrviz import presets
from lrviz.catalog import index, yaml12
from lrviz.presets.__main__ import FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_index_is_current(folder: Path) -> None:
    kept = (folder / index.NAME).read_text(encoding="utf-8")
    assert kept == index.index_of(folder), "a YAML file has changed; run: python -m lrviz.presets"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_it_holds_what_the_files_hold(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {file.stem: yaml12.load(file.read_bytes()) for file in folder.glob("*.yaml")}
    assert len(files) > 1
    monkeypatch.setattr(yaml12, "load", None)  # nothing is read but the index
    assert index.data_in(folder) == files
    assert list(index.data_in(folder)) == sorted(files)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text("lr: 1e-3\nlist: [a, null, true]\n")
    (tmp_path / "a-b.yaml").write_text("{}")
    (tmp_path / index.NAME).write_text(index.index_of(tmp_path), encoding="utf-8")
    return tmp_path


BOTH = {"a": {"lr": 1e-3, "list": ["a", None, True]}, "a-b": {}}


def test_a_new_file_and_a_changed_one_are_read_without_a_new_index(folder: Path) -> None:
    assert index.data_in(folder) == BOTH
    (folder / "a-b.yaml").write_text("[]")  # of the same length
    (folder / "c.yaml").write_text("new: 1")
    assert index.data_in(folder) == {**BOTH, "a-b": [], "c": {"new": 1}}


def test_a_file_that_is_gone_is_gone(folder: Path) -> None:
    (folder / "a-b.yaml").unlink()
    assert list(index.data_in(folder)) == ["a"]


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "3", '{"a": null}', '{"a": []}', '{"a": ["x"]}', "\xff"]
)
def test_no_index_or_a_damaged_one_changes_nothing(folder: Path, text: str | None) -> None:
    (folder / index.NAME).unlink()
    if text is not None:
        (folder / index.NAME).write_bytes(text.encode("latin-1"))
    assert index.data_in(folder) == BOTH


def test_an_entry_of_another_file_is_not_believed(folder: Path) -> None:
    known = json.loads((folder / index.NAME).read_text())
    known["a"], known["a-b"] = known["a-b"], known["a"]
    (folder / index.NAME).write_text(json.dumps(known))
    assert index.data_in(folder) == BOTH


def test_the_presets_are_those_of_their_files() -> None:
    assert list(presets.presets()) == presets.names()
    for name in presets.names():
        assert presets.find(name) == presets.presets()[name]
