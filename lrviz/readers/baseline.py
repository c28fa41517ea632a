"""The words of specs → their files in a folder of baselines, one each; and which of these no spec brings any more."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

from lrviz.readers.folder import specs_in

SUFFIX = ".json"
LONGEST = 200  # bytes of a file's name
_OBEYED = set('%\\:*?"<>|')  # by some file system, or by us


def file_of(word: str) -> str:
    """Name the file that keeps the traces of a spec: its path from the working directory, and ``.json``."""
    return f"{_path(word)}{SUFFIX}"


def kept_in(folder: str) -> list[str]:
    """List the traces kept in a folder of baselines, by their paths from it."""
    return [os.path.relpath(file, folder) for file in specs_in(folder)] if os.path.isdir(folder) else []


def forgotten(folder: str, paths: Iterable[str], words: Iterable[str]) -> list[str]:
    """List the files of baselines that belong to a folder of specs, but to no spec in it.

    Args:
        folder: the folder of baselines.
        paths: the paths that were named, folders and specs.
        words: the specs in them.
    """
    taken = {file_of(word) for word in words}
    heads = ["" if (path := _path(p)) == "." else f"{path}/" for p in paths if os.path.isdir(p)]
    return [file for file in kept_in(folder) if file not in taken and any(map(file.startswith, heads))]


def _path(word: str) -> str:
    path = os.path.relpath(word) if os.path.isabs(word) else os.path.normpath(word)
    return path if path == "." else "/".join(map(_part, path.split(os.sep)))


def _part(name: str) -> str:
    """Write one name of a path so that every file system takes it, and no two names become one."""
    written = "".join(map(_letter, name))
    if name.startswith((".", "__")):  # a hidden name would be passed over when the folder is listed
        written = f"%{ord(name[0]):02X}{written[1:]}"
    if len(os.fsencode(written)) <= LONGEST - len(SUFFIX):
        return written
    digest = hashlib.blake2b(os.fsencode(name), digest_size=8).hexdigest()
    while len(os.fsencode(written)) > LONGEST - len(SUFFIX) - len(digest) - 1:
        written = written[:-1]
    return f"{written}~{digest}"


def _letter(letter: str) -> str:
    if letter.isprintable() and letter not in _OBEYED:
        return letter
    return "".join(f"%{byte:02X}" for byte in os.fsencode(letter))
