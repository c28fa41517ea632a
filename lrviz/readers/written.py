"""Files → their texts, each read once; places → the lines of text that they point at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lrviz.errors import Place


@dataclass
class Texts:
    """The texts of files, each read when it is first asked for.

    Args:
        known: texts that stand for files that are still as they were, by name.
    """

    known: dict[str, str | None] = field(default_factory=dict)

    def of(self, file: str) -> str | None:
        """Read a file's text without a byte order mark; None where there is none to read."""
        if file not in self.known:
            self.known[file] = _read(file)
        return self.known[file]

    def line(self, place: Place) -> str | None:
        """Find the line that a place points at; None where there is none, or it cannot be read any more."""
        text = self.of(place.file) if place.line is not None else None
        if text is None or place.line is None:
            return None
        lines = text.splitlines()
        return lines[place.line - 1] if place.line <= len(lines) else None


def _read(file: str) -> str | None:
    try:
        return Path(file).read_bytes().decode("utf-8-sig")
    except (OSError, ValueError):
        return None
