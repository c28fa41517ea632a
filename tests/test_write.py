"""Writing results: refusals before a long run, files that are whole or not there, and what is plain."""

from __future__ import annotations

import io
import os
import stat
import sys

import numpy as np
import pytest

from lrviz.analyze.facts import facts_of
from lrviz.errors import OutputError
from lrviz.render import as_csv
from lrviz.render.terminal import can_draw, console, is_plain
from lrviz.render.write import check_outputs, write
from lrviz.report import Curve, Report
from lrviz.spec.clock import Clock
from lrviz.trace import Trace

ALL = ".png, .svg, .pdf, .csv, .json, .md, .html or .tb"
TEXT = "curve,update,group,lr\nc,0,g,0.1\n"


def report():
    trace = Trace("c", Clock(1), "SGD", ("g",), (), np.array([[0.1]]), None, None, (0.1,))
    return Report((Curve(trace, facts_of(trace)),))


class Stream(io.StringIO):
    def __init__(self, terminal, encoding="utf-8"):
        super().__init__()
        self.terminal, self.named = terminal, encoding

    def isatty(self):
        return self.terminal

    @property
    def encoding(self):
        return self.named


@pytest.fixture
def _plain_environment(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("lr.jpg", f"lr.jpg: .jpg is no format of lrviz; end it in {ALL} (did you mean .png?)"),
        ("lr.jsn", f"lr.jsn: .jsn is no format of lrviz; end it in {ALL} (did you mean .json?)"),
        ("lr.xyzzy", f"lr.xyzzy: .xyzzy is no format of lrviz; end it in {ALL}"),
        ("lr", f"lr: a name without a suffix; end it in {ALL}"),
        ("-", f"-: lrviz writes files, not the standard output; name one that ends in {ALL}"),
        ("away/lr.png", "away/lr.png: the folder away does not exist; create it first"),
        ("folder.png", "folder.png: a folder; name a file in it"),
        ("file.txt/lr.png", "file.txt/lr.png: file.txt is a file, not a folder"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(OutputError) as refused:
        check_outputs([path])
    assert str(refused.value) == message


def test_all_problems_are_told_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError) as refused:
        check_outputs(["a.csv", "b.xyzzy", "./a.csv", "away/c.md"])
    assert str(refused.value).split("\n") == [
        f"b.xyzzy: .xyzzy is no format of lrviz; end it in {ALL}",
        "./a.csv: the same file as a.csv; give each output its own",
        "away/c.md: the folder away does not exist; create it first",
    ]


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write everywhere")
def test_a_locked_folder_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="may not be written to"):
        check_outputs([tmp_path / "a.csv"])


def test_checking_touches_nothing(tmp_path):
    (tmp_path / "old.csv").write_text("old")
    check_outputs([tmp_path / "old.csv", tmp_path / "NEW.CSV", str(tmp_path / "new.md")])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"old.csv": "old"}


def test_a_report_is_written_whole(tmp_path):
    write(report(), tmp_path / "lr.CSV")
    assert (tmp_path / "lr.CSV").read_bytes() == TEXT.encode()
    assert os.listdir(tmp_path) == ["lr.CSV"]


def test_an_older_file_is_replaced(tmp_path):
    (tmp_path / "lr.csv").write_text("old " * 1000)
    write(report(), str(tmp_path / "lr.csv"))
    assert (tmp_path / "lr.csv").read_text() == TEXT
    assert os.listdir(tmp_path) == ["lr.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_umask_decides_who_may_read(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write(report(), tmp_path / "lr.csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "lr.csv").stat().st_mode) == mode


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_a_link_keeps_pointing_where_it_did(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "lr.csv").symlink_to(tmp_path / "there" / "real.csv")
    write(report(), tmp_path / "lr.csv")
    assert (tmp_path / "lr.csv").is_symlink()
    assert (tmp_path / "there" / "real.csv").read_text() == TEXT


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), MemoryError()])
def test_nothing_changes_when_rendering_fails(tmp_path, monkeypatch, error):
    def failing(*_):
        raise error

    (tmp_path / "lr.csv").write_text("old")
    monkeypatch.setattr(as_csv, "render", failing)
    with pytest.raises(type(error)):
        write(report(), tmp_path / "lr.csv")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"lr.csv": "old"}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError()])
def test_nothing_changes_when_writing_is_interrupted(tmp_path, monkeypatch, error):
    def failing(*_):
        assert len(os.listdir(tmp_path)) == 2, "the part is there when it is interrupted"
        raise error

    (tmp_path / "lr.csv").write_text("old")
    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(type(error)):
        write(report(), tmp_path / "lr.csv")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"lr.csv": "old"}


def test_a_full_disk_is_told_in_words(tmp_path, monkeypatch):
    def failing(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", failing)
    path = tmp_path / "lr.csv"
    with pytest.raises(OutputError) as refused:
        write(report(), path)
    assert str(refused.value) == f"{path}: cannot be written: No space left on device"
    assert os.listdir(tmp_path) == []


@pytest.mark.usefixtures("_plain_environment")
@pytest.mark.parametrize(
    ("terminal", "environment", "plain"),
    [
        (True, {}, False),
        (False, {}, True),
        (True, {"NO_COLOR": "1"}, True),
        (True, {"NO_COLOR": ""}, False),
        (True, {"TERM": "dumb"}, True),
        (False, {"FORCE_COLOR": "1"}, False),
        (False, {"FORCE_COLOR": "0"}, True),
        (False, {"FORCE_COLOR": "1", "TERM": "dumb"}, False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True),
    ],
)
def test_a_pipe_is_plain_and_a_terminal_is_not(monkeypatch, terminal, environment, plain):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = Stream(terminal)
    assert is_plain(stream) is plain
    monkeypatch.setattr(sys, "stdout", stream)
    shown = console()
    shown.print("[bold]x[/] :smile: 12", style="red")
    assert ("\x1b[" in stream.getvalue()) is not plain
    assert "[bold]x[/] :smile: 12" in stream.getvalue()
    assert shown.width >= 80


@pytest.mark.usefixtures("_plain_environment")
def test_a_plain_console_neither_wraps_nor_cuts(monkeypatch):
    stream = Stream(terminal=False)
    monkeypatch.setattr(sys, "stderr", stream)
    console(stderr=True).print("word " * 100)
    assert stream.getvalue() == "word " * 100 + "\n"


@pytest.mark.usefixtures("_plain_environment")
def test_a_pipe_is_as_wide_as_it_is_told(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Stream(terminal=False))
    assert console().width == 80
    monkeypatch.setenv("COLUMNS", "100")
    assert console().width == 100
    monkeypatch.setenv("COLUMNS", "wide")
    assert console().width == 80


@pytest.mark.usefixtures("_plain_environment")
def test_a_poor_terminal_shows_question_marks(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    console().print("学習率 · x")
    stream.flush()
    assert stream.buffer.getvalue().split() == [b"???", b"?", b"x"]


def test_braille_needs_an_encoding_that_has_it():
    assert can_draw(Stream(terminal=True))
    assert not can_draw(Stream(terminal=True, encoding="cp1252"))
    assert not can_draw(Stream(terminal=True, encoding="no-such-encoding"))
    assert not can_draw(Stream(terminal=True, encoding=None))
