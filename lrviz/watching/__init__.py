"""Specs that are being edited → what they do, drawn again whenever a file of theirs is saved.

Files are looked at by their text, a few times a second: so it makes no difference how an editor saves (in place, or by
putting a new file in the old one's place), nor where the files lie.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

PAUSE = 0.25  # seconds between two looks at the files
SETTLED = 0.05  # seconds in which a file must not change, lest half a save is read
Seen = dict[str, tuple[int, int, int] | None]


class Watch:
    """Files, and how they were when they were last looked at.

    Args:
        names: of the files that count from the first.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._seen = _look(names)

    @property
    def names(self) -> list[str]:
        """The files that count."""
        return list(self._seen)

    def add(self, names: Iterable[str]) -> None:
        """Let files count that have just been read."""
        self._seen = {**_look(names), **self._seen}

    def changes(self, pause: float = PAUSE) -> Iterator[None]:
        """Yield at once, and then each time when one of the files has changed and settled.

        What is saved between two yields is news too.

        Args:
            pause: seconds between two looks.
        """
        while True:
            yield
            while _look(self._seen) == self._seen:
                time.sleep(pause)
            self._settle()

    def _settle(self) -> None:
        now = _look(self._seen)
        while now != self._seen:
            self._seen = now
            time.sleep(SETTLED)
            now = _look(self._seen)


def _look(files: Iterable[str]) -> Seen:
    """Tell the files apart from what they were: inode, time and size; None for one that is not there."""
    return {name: _mark(Path(name)) for name in files}


def _mark(file: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)
