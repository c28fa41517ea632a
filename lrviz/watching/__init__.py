"""Specs that are being edited → what they do, drawn again whenever a file of theirs is saved.

Files are looked at by their text, a few times a second: so it makes no difference how an editor saves (in place, or by
putting a new file in the old one's place), nor where the files lie.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

PAUSE = 0.25  # seconds between two looks at the files
SETTLED = 0.05  # seconds in which a file must not change, lest half a save is read
Seen = dict[str, tuple[int, int, int] | None]


def changes(files: Callable[[], Iterable[str]], pause: float = PAUSE) -> Iterator[None]:
    """Yield at once, and then each time when one of the files has changed and settled.

    Args:
        files: tells which files count, asked anew after every yield.
        pause: seconds between two looks.
    """
    while True:
        before = _look(files())
        yield
        watched = list(files())
        # What was saved while it was drawn is news too; of files that only the drawing brought up, what comes now.
        before = {**_look(watched), **before}
        while _look(before) == before:
            time.sleep(pause)
        _settle(watched)


def _settle(files: list[str]) -> None:
    before = _look(files)
    while True:
        time.sleep(SETTLED)
        now = _look(files)
        if now == before:
            return
        before = now


def _look(files: Iterable[str]) -> Seen:
    """Tell the files apart from what they were: inode, time and size; None for one that is not there."""
    return {name: _mark(Path(name)) for name in files}


def _mark(file: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)
