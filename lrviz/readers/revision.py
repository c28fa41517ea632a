"""``git:REV:path`` → the spec or saved traces that stood there, and what they name, read as data from git's objects.

Git is asked for a commit once, then for the list of its files, then for objects by their hash: no path and no name
from a repository is ever an argument of a command, and no shell is between.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from lrviz.errors import Place, Problem, SpecError, shown
from lrviz.frozen import frozen
from lrviz.readers import read_at, words
from lrviz.readers.files import LARGEST as LARGEST_NAMED
from lrviz.readers.folder import begins_ours, is_hidden, may_be_ours
from lrviz.readers.texts import LARGEST, LARGEST_TRACE
from lrviz.spec.curve import Spec

PREFIX = "git:"
LINK, SUBMODULE = "120000", "160000"  # modes of git
MOST_LINKS = 10
MOST_LISTED = 50_000_000  # bytes of a file that is looked at while a folder is listed
REFUSAL = (
    "code of another revision does not run; check that revision out "
    "(git worktree add ../before REV) and compare the two folders"
)


@frozen
class Entry:
    """A file of a commit: its mode, the hash of its object, its size."""

    mode: str
    hash: str
    size: int


@frozen
class Revision:
    """A commit.

    Args:
        word: how it was named.
        prefix: the working directory's path in the repository: nothing, or with a / at its end.
        files: its files by their path from the repository's top.
    """

    word: str
    prefix: str
    files: dict[str, Entry]


def names_revision(word: str) -> bool:
    """Whether a word names something in a commit."""
    return word.startswith(PREFIX)


def read(word: str, run: dict[str, Any] | None = None, optimizer: dict[str, Any] | None = None) -> Spec:
    """Read ``git:REV:spec.yaml``, ``git:REV:spec.yaml#curve`` or ``git:REV:trace.json``.

    Raises:
        SpecError: with everything that is wrong.
    """
    revision, path = _parted(word)
    name, wanted = word, ""
    if _followed(revision, path, word) not in revision.files and "#" in path:
        path, _, wanted = path.partition("#")
        name = word[: len(word) - len(wanted) - 1]
    place = Place(words.shortened(name))
    found = _followed(revision, path, name)
    entry = revision.files.get(found)
    if entry is None:
        is_there = _is_folder(revision, found)
        message = "a folder; name a spec in it" if is_there else f"no such file in {shown(revision.word)}"
        raise SpecError([Problem(place, message)])
    if entry.size > (LARGEST_TRACE if found.lower().endswith(".json") else LARGEST):
        raise SpecError([Problem(place, "larger than any spec or trace")])
    try:
        text = _blobs([entry], name)[0].decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError([Problem(place, "not UTF-8 text; save the file as UTF-8")]) from None
    open_file = _opener(revision, posixpath.dirname(found), name)
    return read_at(text, name, wanted, open_file, run, optimizer, REFUSAL)


def is_folder(word: str) -> bool:
    """Whether ``git:REV:path`` is a folder in that commit."""
    revision, path = _parted(word)
    return _is_folder(revision, _followed(revision, path, word))


def holds(word: str) -> bool:
    """Whether there is a file or a folder at ``git:REV:path``."""
    revision, path = _parted(word)
    found = _followed(revision, path, word)
    return found in revision.files or _is_folder(revision, found)


def specs_in(word: str) -> list[str]:
    """List the specs and saved traces in a folder of a commit by their paths from it, as ``folder.specs_in`` does."""
    revision, path = _parted(word)
    folder = _followed(revision, path, word)
    start = f"{folder}/" if folder else ""
    below = {file[len(start) :]: file for file in revision.files if file.startswith(start)}
    asked: dict[str, Entry] = {}
    for name, file in below.items():
        *folders, last = name.split("/")
        if may_be_ours(last) and not any(map(is_hidden, folders)):
            entry = _file(revision, file, word)
            if entry is not None and entry.mode != SUBMODULE and entry.size <= MOST_LISTED:
                asked[name] = entry
    texts = _blobs(list(asked.values()), word)
    return sorted(name for name, text in zip(asked, texts, strict=True) if begins_ours(name, text))


def _file(revision: Revision, path: str, word: str) -> Entry | None:
    """Find a file by its path from the top; None where there is none, or a link leads out of the repository."""
    try:
        return revision.files.get(_followed(revision, path, word, from_top=True))
    except SpecError:
        return None


def _opener(revision: Revision, folder: str, word: str) -> Callable[[str], str]:
    """Make the function that opens the files which a spec may read: those beside it or below, of the same commit."""
    start = f"{folder}/" if folder else ""

    def text_of(name: str) -> str:
        path = posixpath.normpath(posixpath.join(folder, name))
        if posixpath.isabs(path) or path.startswith("../") or not path.startswith(start):
            raise ValueError("lies outside the spec's folder; put it beside the spec, or below it")
        try:
            found = _followed(revision, path, word, from_top=True)
        except SpecError:
            found = ""
        if not found.startswith(start):
            raise ValueError("lies outside the spec's folder; put it beside the spec, or below it")
        entry = revision.files.get(found)
        if entry is None:
            raise ValueError(f"no such file beside the spec in {shown(revision.word)}")
        if entry.size > LARGEST_NAMED:
            raise ValueError(f"larger than {LARGEST_NAMED // 1_000_000} MB")
        try:
            return _blobs([entry], word)[0].decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError("not UTF-8 text") from None

    return text_of


def _parted(word: str) -> tuple[Revision, str]:
    """Tell the commit from the path in it."""
    name, colon, path = word.removeprefix(PREFIX).partition(":")
    place = Place(words.shortened(word))
    if not colon:
        raise SpecError([Problem(place, "names no path; write git:REV:path, such as git:main:config.yaml")])
    if not name or name.startswith("-"):
        message = (
            f"{shown(name)} is no revision; write a branch, a tag or a commit, such as git:main:config.yaml"
        )
        raise SpecError([Problem(place, message)])
    return _revision(name, place), path


def _revision(name: str, place: Place) -> Revision:
    prefix = _line(place, "rev-parse", "--show-prefix")
    try:
        commit = _line(place, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    except SpecError:
        message = f"git knows no revision {shown(name)} here; in CI fetch it first (actions/checkout: fetch-depth: 0)"
        raise SpecError([Problem(place, message)]) from None
    return Revision(name, prefix, _files(commit))


@lru_cache(maxsize=8)
def _files(commit: str) -> dict[str, Entry]:
    """List the files of a commit, which never change."""
    listed = _git(Place(commit), ["ls-tree", "-r", "-z", "-l", "--full-tree", commit])
    files = {}
    for line in listed.split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, _, digest, size = about.decode().split()
        files[os.fsdecode(path)] = Entry(mode, digest, 0 if size == "-" else int(size))
    return files


def _followed(revision: Revision, path: str, word: str, from_top: bool = False) -> str:
    """Write a path from the repository's top, links in the commit followed.

    Raises:
        SpecError: if it leads out of the repository.
    """
    if not from_top and os.path.isabs(path):
        top = _line(Place(words.shortened(word)), "rev-parse", "--show-toplevel")
        path = os.path.relpath(os.path.realpath(path), os.path.realpath(top))
        from_top = True
    path = posixpath.normpath(path if from_top else posixpath.join(revision.prefix, path))
    for _ in range(MOST_LINKS):
        if path == ".." or path.startswith("../") or posixpath.isabs(path):
            raise SpecError([Problem(Place(words.shortened(word)), "lies outside the repository")])
        parts = path.split("/")
        heads = ("/".join(parts[: at + 1]) for at in range(len(parts)))
        link = next((h for h in heads if h in revision.files and revision.files[h].mode == LINK), None)
        if link is None:
            return "" if path == "." else path
        target = os.fsdecode(_blobs([revision.files[link]], word)[0])
        path = posixpath.normpath(posixpath.join(posixpath.dirname(link), target) + path[len(link) :])
    raise SpecError([Problem(Place(words.shortened(word)), "a link to a link to a link without an end")])


def _is_folder(revision: Revision, path: str) -> bool:
    return not path or any(file.startswith(f"{path}/") for file in revision.files)


def _blobs(entries: Sequence[Entry], word: str) -> list[bytes]:
    """Read the objects of files, in their order."""
    if not entries:
        return []
    place = Place(words.shortened(word))
    answer = _git(place, ["cat-file", "--batch"], "".join(f"{entry.hash}\n" for entry in entries).encode())
    found, at = [], 0
    for _ in entries:
        end = answer.index(b"\n", at)
        about = answer[at:end].split()
        if len(about) != 3:
            message = "git has the commit, but not the file itself; fetch it first"
            raise SpecError([Problem(place, message)])
        size = int(about[2])
        found.append(answer[end + 1 : end + 1 + size])
        at = end + size + 2
    return found


def _line(place: Place, *arguments: str) -> str:
    """Ask git for one line."""
    return os.fsdecode(_git(place, list(arguments))).removesuffix("\n")


def _git(place: Place, arguments: list[str], given: bytes = b"") -> bytes:
    """Ask git.

    Raises:
        SpecError: with what git says.
    """
    settings = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(
            ["git", *arguments], input=given, capture_output=True, check=True, env=settings
        ).stdout
    except FileNotFoundError:
        message = "needs git, which is not installed"
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().split("\n")[0].removeprefix("fatal: ")
        message = f"git says: {said}"
    except ValueError:  # a null byte
        message = "no revision has such a name"
    raise SpecError([Problem(place, message)])
