"""Files made in a hidden folder → the folder they are for, each moved there whole; nothing is left in between."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from lrviz.artifacts.manifest import Artifact, is_unchanged
from lrviz.errors import OutputError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # where there are no such locks, what a killed run has left stays
    fcntl = None

PATTERN = ".lrviz-*.staging"


def check_folder(folder: str, names: Iterable[str]) -> None:
    """Find out before anything is made whether files of some names can be put into a folder; touch nothing.

    Raises:
        OutputError: if they cannot.
    """
    there = os.path.abspath(folder)
    if os.path.lexists(there) and not os.path.isdir(there):
        raise OutputError(f"{folder}: a file, and artifacts need a folder; name another")
    while not os.path.isdir(there):
        there = os.path.dirname(there)
        if os.path.lexists(there) and not os.path.isdir(there):
            raise OutputError(f"{folder}: {there} is a file, not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: may not be written to")
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isdir(path) and not os.path.islink(path):
            raise OutputError(f"{path}: a folder where a file is to be written; move it away")


@contextmanager
def staging(folder: str) -> Iterator[str]:
    """Make a hidden folder in a folder, to be emptied into it; both are gone afterwards if nothing was put there.

    Raises:
        OutputError: if it cannot be made.
    """
    made = _made(folder)
    part = os.path.join(folder, f".lrviz-{secrets.token_hex(8)}.staging")
    lock = None
    try:
        os.mkdir(part)
        lock = _locked(part)
        _drop_abandoned(folder)
        yield part
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written to: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if lock is not None:
            os.close(lock)
        for path in made:
            with suppress(OSError):  # it holds something now
                os.rmdir(path)


def stage(part: str, folder: str, name: str, pieces: Iterable[bytes]) -> Artifact:
    """Write a file into the hidden folder, whole or not at all.

    Args:
        part: the hidden folder.
        folder: the folder that the file is for, as the person calls it.
        name: the file's name.
        pieces: what is written, piece by piece.

    Raises:
        OutputError: if it cannot be written.
    """
    digest, size = hashlib.sha256(), 0
    unfinished = os.path.join(part, f".{name}.tmp")
    try:
        with open(unfinished, "xb") as file:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
        os.replace(unfinished, os.path.join(part, name))
    except OSError as error:
        with suppress(OSError):
            os.unlink(unfinished)
        raise OutputError(
            f"{os.path.join(folder, name)}: cannot be written: {error.strerror or error}"
        ) from error
    return Artifact(digest.hexdigest(), size)


def publish(part: str, folder: str, name: str, artifact: Artifact) -> bool:
    """Move a file from the hidden folder to where it belongs; tell whether it was another than the one there.

    A link that stands there is replaced, not followed: nothing is written outside the folder.

    Raises:
        OutputError: if it cannot be moved.
    """
    target = os.path.join(folder, name)
    if is_unchanged(target, artifact):
        return False
    try:
        os.replace(os.path.join(part, name), target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror or error}") from error
    return True


def _made(folder: str) -> list[str]:
    """Make a folder and those above it; tell which were made, the lowest first."""
    missing = []
    path = os.path.abspath(folder)
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made: {error.strerror or error}") from error
    return missing


def _locked(part: str) -> int | None:
    """Hold a folder as long as this process, or one forked from it, lives."""
    if fcntl is None:
        return None
    lock = os.open(part, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _drop_abandoned(folder: str) -> None:
    """Remove the hidden folders of runs that were killed: those that nobody holds."""
    for part in Path(folder).glob(PATTERN) if fcntl is not None else ():
        if part.is_symlink() or not part.is_dir():
            continue
        with suppress(OSError):
            lock = _locked(str(part))
            if lock is not None:
                shutil.rmtree(part, ignore_errors=True)
                os.close(lock)
