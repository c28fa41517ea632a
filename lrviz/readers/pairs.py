"""What is to be compared (two words, two folders, a revision, a folder of baselines) → pairs of words that are read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from lrviz.errors import Place, Problem, SpecError, shown
from lrviz.frozen import frozen
from lrviz.readers import baseline, file_of, revision, runs, words
from lrviz.readers.folder import specs_in
from lrviz.readers.revision import PREFIX, names_revision
from lrviz.readers.texts import STDIN

_SUFFIXES = (".json", ".yaml", ".yml")


@frozen
class Pair:
    """Two words that stand for the same curves before and after.

    Args:
        title: what the two are called.
        before: the one; None where there was none.
        after: the other; None where there is none.
    """

    title: str
    before: str | None
    after: str | None


def pairs_of(before: str, after: str) -> list[Pair]:
    """Pair two words, or what two folders hold by its path: first with its suffix, then without.

    Raises:
        SpecError: if only one of them is a folder, or a folder cannot be listed.
    """
    kinds = [_is_folder(word) for word in (before, after)]
    if kinds == [False, False]:
        return [Pair(f"{before} -> {after}", before, after)]
    if kinds[0] != kinds[1]:
        folder, other = (before, after) if kinds[0] else (after, before)
        message = f"a folder, and {words.shortened(other)} is none; name two folders, or a spec in this one"
        raise SpecError([Problem(Place(words.shortened(folder)), message)])
    old, new = _listed(before), _listed(after)
    return [Pair(title, old.get(o), new.get(n)) for title, o, n in _matched(list(old), list(new))]


def pairs_since(name: str, paths: Iterable[str]) -> list[Pair]:
    """Pair the files of the working tree with those of a revision.

    Args:
        name: the revision.
        paths: specs and folders.

    Raises:
        SpecError: if there is no such revision, or a path is in neither.
    """
    pairs: list[Pair] = []
    problems: list[Problem] = []
    for path in paths:
        old = f"{PREFIX}{name}:{_plain(path)}"
        if os.path.isdir(path) or (not os.path.exists(path) and revision.is_folder(old)):
            there = {
                _joined(path, file): f"{PREFIX}{name}:{_joined(path, file)}"
                for file in revision.specs_in(old)
            }
            here = [_plain(word) for word in specs_in(path)]
            pairs += [
                Pair(file, there.get(file), file if file in here else None)
                for file in sorted({*there, *here})
            ]
            continue
        pair = _since(path, old)
        if pair is None:
            message = f"neither in the working tree nor in {shown(name)}; with --git name specs and folders"
            problems.append(Problem(Place(words.shortened(path)), message))
        else:
            pairs.append(pair)
    if problems:
        raise SpecError(problems)
    return list({pair.title: pair for pair in pairs}.values())


def pairs_with_baseline(folder: str, paths: Iterable[str]) -> list[Pair]:
    """Pair specs with the traces kept of them in a folder.

    Raises:
        SpecError: if there is no such folder.
    """
    if not os.path.isdir(folder):
        message = "no such folder of baselines; lrviz accept SPECS --baseline DIR writes one"
        raise SpecError([Problem(Place(words.shortened(folder)), message)])
    paths = list(paths)
    named = specs_for_baseline(folder, paths)
    kept = set(baseline.kept_in(folder))
    pairs = []
    for word in named:
        file = baseline.file_of(word)
        pairs.append(Pair(word, os.path.join(folder, file) if file in kept else None, word))
    gone = baseline.forgotten(folder, paths, named)
    return [*pairs, *(Pair(file.removesuffix(".json"), os.path.join(folder, file), None) for file in gone)]


def specs_for_baseline(folder: str, paths: Iterable[str]) -> list[str]:
    """List the specs that are named, and those in the folders that are; not the baselines themselves.

    Raises:
        SpecError: if one of them cannot have a file of its own.
    """
    found: list[str] = []
    problems: list[Problem] = []
    root = Path(folder).resolve()
    for path in paths:
        if path == STDIN or names_revision(path):
            message = "has no name to be kept under; name specs, folders or presets"
            problems.append(Problem(Place(words.shortened(path)), message))
        elif os.path.isdir(path):
            found += [word for word in specs_in(path) if not Path(word).resolve().is_relative_to(root)]
        else:
            found.append(path)
    if problems:
        raise SpecError(problems)
    return list({baseline.file_of(word): word for word in found}.values())


def _is_folder(word: str) -> bool:
    if names_revision(word):
        return revision.is_folder(word)
    return os.path.isdir(word) and (bool(specs_in(word)) or not runs.is_run(word))


def _listed(folder: str) -> dict[str, str]:
    """List what a folder holds: words by their paths from it."""
    if names_revision(folder):
        head = folder if folder.endswith((":", "/")) else f"{folder}/"
        return {file: f"{head}{file}" for file in revision.specs_in(folder)}
    return {os.path.relpath(word, folder): word for word in specs_in(folder)}


def _matched(old: list[str], new: list[str]) -> list[tuple[str, str, str]]:
    """Match paths: title, the one's and the other's; a path that the other does not have stands for both."""
    both = [path for path in new if path in old]
    left, right = ([path for path in paths if path not in both] for paths in (old, new))
    bare: dict[str, str] = {}
    for path in left:
        if sum(_bare(other) == _bare(path) for other in left) == 1:
            bare[_bare(path)] = path
    twins = {path: bare[_bare(path)] for path in right if _bare(path) in bare and _alone(path, right)}
    rows = [(path, path, path) for path in both] + [(path, one, path) for path, one in twins.items()]
    rows += [(path, path, path) for path in left if path not in twins.values()]
    rows += [(path, path, path) for path in right if path not in twins]
    return sorted(rows)


def _alone(path: str, among: list[str]) -> bool:
    return sum(_bare(other) == _bare(path) for other in among) == 1


def _bare(path: str) -> str:
    """Take the suffix off a path: those of a spec's baseline, ``.yaml.json``, too."""
    once = os.path.splitext(path)[0]
    return os.path.splitext(once)[0] if once.endswith(_SUFFIXES) else once


def _since(path: str, old: str) -> Pair | None:
    """Pair one file with what it was; None where it neither is nor was."""
    file = file_of(path)
    if file is None or "\0" in path:
        return None
    wanted = path[len(file) :]
    before = old if revision.holds(old) else old.removesuffix(wanted) if wanted else old
    was, is_there = revision.holds(before), os.path.exists(file)
    if not (was or is_there):
        return None
    return Pair(path, old if was else None, path if is_there else None)


def _plain(path: str) -> str:
    return path.removeprefix("./")


def _joined(folder: str, file: str) -> str:
    return file if folder in (".", "./", "") else f"{folder.removeprefix('./').rstrip('/')}/{file}"
