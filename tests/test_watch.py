"""``lrviz watch``: drawn again with every save, errors told in the drawing's place, a page on this machine alone."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from commanded import Command

from lrviz.watching import Watch
from lrviz.watching.server import HOST, Page, serving

SPEC = "run: {{steps: 10}}\nschedules:\n  a: {{type: StepLR, step_size: {length}, gamma: 0.5}}\n"
PATIENCE = 60  # seconds, on a busy machine


class Watching:
    """A watch that runs, and what it has printed so far."""

    def __init__(self, folder: Path, *words: str) -> None:
        command = [sys.executable, "-u", "-m", "lrviz", "watch", *words]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.printed = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line

    def until(self, text: str) -> str:
        """Wait for a text to be printed."""
        end = time.monotonic() + PATIENCE
        while text not in self.printed:
            assert time.monotonic() < end, self.printed
            assert self.process.poll() is None, self.printed
            time.sleep(0.05)
        return self.printed

    def stop(self) -> int:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "c.yaml").write_text(SPEC.format(length=5))
    return tmp_path


@pytest.fixture
def lrviz(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def test_each_save_is_drawn_and_an_error_is_told_in_its_place(folder: Path) -> None:
    watching = Watching(folder, "c.yaml")
    watching.until("drops            1\n")
    (folder / "c.yaml").write_text(SPEC.format(length="2x"))
    watching.until("c.yaml:3:21: schedules.a.step_size: '2x' is not a length; write 10, 10ep, 500st or 5%\n")
    # An editor that writes a new file and puts it in the place of the old one.
    (folder / "new").write_text(SPEC.format(length=2))
    os.replace(folder / "new", folder / "c.yaml")
    watching.until("drops            4\n")
    assert watching.stop() == 130


def test_a_file_that_a_spec_names_is_watched_too(folder: Path) -> None:
    (folder / "c.yaml").write_text(
        "run: {epochs: 6}\nschedules:\n"
        "  a: {type: ReduceLROnPlateau, monitor: m, patience: 1, metrics: {m: {csv: m.csv, column: m}}}\n"
    )
    (folder / "m.csv").write_text("m\n" + "\n".join("654321") + "\n")
    watching = Watching(folder, "c.yaml")
    watching.until("drops            0\n")
    (folder / "m.csv").write_text("m\n" + "1\n" * 6)
    watching.until("drops            2\n")
    assert watching.stop() == 130


def test_a_spec_that_is_not_there_yet_is_waited_for(folder: Path) -> None:
    watching = Watching(folder, "later.yaml")
    watching.until("later.yaml: no such file")
    (folder / "later.yaml").write_text(SPEC.format(length=5))
    watching.until("drops            1\n")
    assert watching.stop() == 130


def test_a_preset_alone_cannot_be_watched(lrviz: Command) -> None:
    ran = lrviz("watch", "cosine")
    assert (ran.code, ran.err) == (2, "cosine: no file to watch; name a spec, such as config.yaml\n")


def test_files_are_looked_at_until_they_have_settled(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    found = Watch([str(file)]).changes(pause=0.01)
    next(found)
    threading.Timer(0.1, lambda: file.write_text("22")).start()
    next(found)
    assert file.read_text() == "22"


def test_the_page_is_served_to_this_machine_alone() -> None:
    page = Page()
    page.show("<p>first</p>")
    with serving(page, 0) as address:
        assert address.startswith("http://127.0.0.1:")
        port = int(address.rpartition(":")[2].rstrip("/"))

        def asked(path: str, host: str | None = None) -> tuple[int, str]:
            connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
            connection.request("GET", path, headers={"Host": host or f"{HOST}:{port}"})
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            return answer.status, text

        assert asked("/") == (200, "<p>first</p>")
        assert asked("/version") == (200, "1")
        page.show("<p>second</p>")
        assert asked("/version") == (200, "2")
        assert asked("/")[1] == "<p>second</p>"
        assert asked("/../etc/passwd") == (404, "there is / and /version\n")
        assert asked("/", "evil.example:80") == (403, "this page is for 127.0.0.1 alone\n")


def test_a_port_that_is_taken_is_said(lrviz: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("bokeh")
    monkeypatch.chdir(folder)
    Path("watch.html").mkdir()  # which is nothing to a page that is only served
    with serving(Page(), 0) as address:
        port = address.rpartition(":")[2].rstrip("/")
        ran = lrviz("watch", "c.yaml", "--serve", "--port", port)
    said = f"--port {port}: Address already in use; leave it out, and a free one is taken\n"
    assert (ran.code, ran.err) == (2, said)


def test_a_port_without_a_page_is_refused(
    lrviz: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    ran = lrviz("watch", "c.yaml", "--port", "8765")
    said = "--port 8765 says where a page is served; add --serve, which serves one\n"
    assert (ran.code, ran.err) == (2, said)


def test_a_port_that_no_machine_has_is_refused(
    lrviz: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    ran = lrviz("watch", "c.yaml", "--serve", "--port", "65536")
    assert (ran.code, "Traceback" in ran.err) == (2, False)
    assert "Invalid value for '--port': Input should be less than or equal to 65535" in ran.err
