"""Paths of the command line → the specs they stand for, each with a title and a file name that no other has."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lrviz import pipeline, readers
from lrviz.errors import Place, Problem

LONGEST = 100  # bytes of a file's name before its suffix; file systems take 255
# What the folder holds besides, and what Windows takes for a device.
RESERVED = {"index", "summary", "manifest", "con", "prn", "aux", "nul"}
RESERVED |= {f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10)}


@dataclass(frozen=True)
class Source:
    """One spec to render.

    Args:
        word: what ``pipeline.read`` takes.
        file: the file that it names; None for a preset.
        curve: the curve wanted of that file; "" for all.
        title: what it is called, wherever the command was started: a preset, or the file's path from the folder
            that was named.
        stem: the name of its files, without a suffix.
    """

    word: str
    file: str | None = None
    curve: str = ""
    title: str = ""
    stem: str = ""


def sources_of(
    paths: Iterable[str], output: str, baseline: str | None = None
) -> tuple[list[Source], list[Problem]]:
    """List the specs in files and folders, and the presets.

    Traces in the output folder are earlier runs' results, and what lies in a folder of baselines is what specs are
    compared with: of a folder that is named, neither is a spec.
    """
    found: dict[Source, str] = {}  # and the folder that each was found through
    problems: list[Problem] = []
    for path in paths:
        if path == readers.STDIN:
            problems.append(Problem(Place(path), "render reads files, not the standard input; name one"))
        elif not os.path.isdir(path):
            source = _source(path)
            if source.file is not None and _is_artifact(source.file, output):
                message = "a trace in the folder that is written to; give -o another"
                problems.append(Problem(Place(path), message))
            else:
                found.setdefault(source, os.path.dirname(os.path.abspath(source.file or path)))
        else:
            inside = [
                word
                for word in pipeline.specs_in(path)
                if not (_is_artifact(word, output) or _lies_in(word, baseline))
            ]
            if not inside:
                message = "a folder without specs; lrviz init cosine writes one to start from"
                problems.append(Problem(Place(path), message))
            for word in inside:
                # A file found in a folder is named whole: a # in its name asks for no curve.
                found.setdefault(Source(word, word), os.path.abspath(path))
    return _named(_titled(found)), problems


def _source(word: str) -> Source:
    parts = readers.parts_of(word)
    return Source(word) if parts is None else Source(word, *parts)


def _is_artifact(file: str, folder: str) -> bool:
    """Whether a file is a trace that an earlier run may have put into the folder."""
    real, root = (os.path.normcase(os.path.realpath(path)) for path in (file, folder))
    return real.endswith(".json") and os.path.dirname(real) == root


def _lies_in(file: str, folder: str | None) -> bool:
    return folder is not None and Path(file).resolve().is_relative_to(Path(folder).resolve())


def _titled(found: dict[Source, str]) -> list[Source]:
    """Call each file by its path from the folder it was found through; where two would be called alike, by more."""
    distinct: dict[tuple[str, str], Source] = {}  # one file may be named twice
    for source in found:
        key = (source.word, "") if source.file is None else (os.path.abspath(source.file), source.curve)
        distinct.setdefault(key, source)
    folders = [found[source] for source in distinct.values() if source.file is not None]
    try:
        root = os.path.commonpath(folders) if folders else ""
    except ValueError:  # on several drives
        root = ""
    short = {source: _title(source, found[source]) for source in distinct.values()}
    taken = Counter(short.values())
    titles = {source: _title(source, root) if taken[title] > 1 else title for source, title in short.items()}
    if len(set(titles.values())) < len(titles):
        titles = {source: _title(source, root, "./") for source in titles}
    return sorted(
        (replace(source, title=title) for source, title in titles.items()), key=lambda one: one.title
    )


def _title(source: Source, folder: str, before: str = "") -> str:
    if source.file is None:
        return source.word
    file = os.path.abspath(source.file)
    path = before + os.path.relpath(file, folder) if folder else file
    return path.replace(os.sep, "/") + (f"#{source.curve}" if source.curve else "")


def _named(sources: Sequence[Source]) -> list[Source]:
    """Give each a file name; where two would share one on any file system, both are told apart by their titles."""
    stems = {source.title: _stem(source) for source in sources}
    taken = Counter(map(_folded, stems.values()))
    for title, stem in stems.items():
        if taken[_folded(stem)] > 1 or stem.lower().split(".")[0] in RESERVED:
            stems[title] = _marked(stem, title)
    if len({_folded(stem) for stem in stems.values()}) < len(stems):  # one was written to look like another's
        stems = {title: _marked(stem, title, 64) for title, stem in stems.items()}
    return [replace(source, stem=stems[source.title]) for source in sources]


def _stem(source: Source) -> str:
    title = source.title
    if source.file is not None:
        file = title.removesuffix(f"#{source.curve}") if source.curve else title
        title = os.path.splitext(file)[0] + (f"-{source.curve}" if source.curve else "")
    plain = "".join(c if c.isalnum() or c in "-_." else "-" for c in unicodedata.normalize("NFC", title))
    stem = re.sub("-{2,}", "-", plain).strip("-.")
    if not stem or len(stem.encode()) > LONGEST:
        return _marked(stem, source.title)
    return stem


def _marked(stem: str, title: str, digits: int = 8) -> str:
    mark = hashlib.sha256(title.encode("utf-8", "surrogatepass")).hexdigest()[:digits]
    cut = stem.encode()[: LONGEST - 9].decode("utf-8", "ignore").strip("-.")
    return f"{cut}-{mark}" if cut else f"spec-{mark}"


def _folded(stem: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", stem).casefold())
