"""lrviz run in this process as from a terminal: what it printed, and its exit code."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass

import pytest

from lrviz.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Command:
    """Runs commands, with whatever pytest has to undo afterwards."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str, stdin: str = "") -> Ran:
        """Run ``lrviz`` with some words."""
        self.monkeypatch.setattr(sys, "argv", ["lrviz", *words])
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        self.capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        done = self.capsys.readouterr()
        return Ran(code, done.out, done.err)
