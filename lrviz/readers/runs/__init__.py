"""The folder of a run, or a log in it → a recorded curve. A kind of log is one module; KINDS lists them.

Nothing of a run is ever executed: logs are read as data, and pickles not at all.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

from lrviz.errors import Place, Problem, SpecError
from lrviz.readers import words
from lrviz.readers.runs import csv_file, hf_state, lightning_csv, pickled, tensorboard
from lrviz.readers.runs.log import Log
from lrviz.readers.runs.recording import recording_of
from lrviz.spec.curve import Recorded
from lrviz.spec.logs import Logs


class Kind(Protocol):
    """A module that reads one kind of log."""

    def matches(self, name: str, /) -> bool:
        """Whether a file of this name is such a log."""

    def read(self, files: list[Path], place: Place, logs: Logs, /) -> Log:
        """Read the files of one run."""


# In the order in which they are looked for in a folder, and asked whether a file is theirs.
KINDS: tuple[Kind, ...] = (hf_state, lightning_csv, tensorboard, csv_file, pickled)
IN_FOLDERS: tuple[Kind, ...] = (hf_state, lightning_csv, tensorboard)
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_MOST = 10_000  # files that are looked at in a folder


def is_run(file: str) -> bool:
    """Whether a word names the log of a run, or a folder that holds one."""
    try:
        path = Path(file)
        return any(kind.matches(path.name) for kind in KINDS) if not path.is_dir() else bool(_found(path))
    except (OSError, ValueError):
        return False


def recorded(file: str, logs: Logs) -> Recorded:
    """Read the log of a run.

    Raises:
        SpecError: if it cannot be read, or does not hold what is wanted.
    """
    place = Place(words.shortened(file))
    path = Path(file)
    if path.is_dir():
        found = _found(path)
        if len(found) > 1:
            named = ", ".join(words.shortened(str(folder)) for folder, _, _ in found[:5])
            more = f" and {len(found) - 5:,} more" if len(found) > 5 else ""
            raise SpecError([Problem(place, f"the runs of several; name one: {named}{more}")])
        folder, kind, files = found[0]
        notes = () if folder == path else (f"read from {words.shortened(str(folder))}",)
    else:
        kind, files, notes = next(kind for kind in KINDS if kind.matches(path.name)), [path], ()
    log = kind.read(files, place, logs)
    return recording_of(log, _name(path), place, logs, notes)


Found = tuple[Path, Kind, list[Path]]


def _found(path: Path) -> list[Found]:
    """Find the runs in a folder: its own, or its last checkpoint's, or those of the folders in it."""
    own = _own(path)
    if own is not None:
        return [own]
    folders = [folder for folder in _listed(path) if folder.is_dir()]
    saved = [(int(match[1]), f) for f in folders if (match := _CHECKPOINT.fullmatch(f.name))]
    for _, folder in sorted(saved, reverse=True):
        found = _own(folder)
        if found is not None:
            return [found]
    return [found for folder in folders if (found := _own(folder)) is not None]


def _own(folder: Path) -> Found | None:
    files = [file for file in _listed(folder) if file.is_file()]
    for kind in IN_FOLDERS:
        mine = [file for file in files if kind.matches(file.name)]
        if mine:
            return folder, kind, mine
    return None


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())[:_MOST]
    except OSError:
        return []


def _name(path: Path) -> str:
    """Name a run by its folder, as people do; a checkpoint by the run that it is of."""
    path = path.resolve()
    folder = path if path.is_dir() else path.parent
    if not path.is_dir() and csv_file.matches(path.name) and not lightning_csv.matches(path.name):
        return path.stem
    return folder.parent.name if _CHECKPOINT.fullmatch(folder.name) and folder.parent.name else folder.name
