"""Specs → a folder of their traces, the baseline: each file written whole or not at all, and only where it changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lrviz import pipeline
from lrviz.errors import LrvizError, OutputError, Place, Problem, RefusedByTorch, SpecError, visible

if TYPE_CHECKING:
    from lrviz.comparing import Read, Simulate
    from lrviz.spec.curve import Spec
    from lrviz.trace import Trace

T = TypeVar("T")


def accept(paths: Sequence[str], folder: str, read: Read, simulate: Simulate) -> Iterator[str]:
    """Keep the traces of specs, and forget those of specs that are gone; say of each file what becomes of it.

    Args:
        paths: specs and folders of specs.
        folder: where the traces are kept.
        read: reads a word.
        simulate: steps the curves of a spec.

    Raises:
        SpecError: if any spec is wrong; then nothing is written.
        OutputError: if a file cannot be written.
    """
    from lrviz.readers import baseline, pairs

    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise OutputError(visible(f"{folder}: a file; baselines are kept in a folder, name another"))
    words = pairs.specs_for_baseline(folder, paths)
    gone = baseline.forgotten(folder, paths, words)
    if not words and not gone:
        raise LrvizError(f"accept: no specs in {', '.join(paths)}; name specs or folders of them")
    problems: list[Problem] = []
    specs = _each(words, read, problems)
    traces = _each(specs, lambda word: _whole(simulate(specs[word])), problems)
    if problems:
        raise SpecError(problems)
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    for word in words:
        file = os.path.join(folder, baseline.file_of(word))
        became = _kept(file, folder, specs[word], traces[word])
        counts[became] += 1
        if became != "unchanged":
            yield visible(f"{file}: {became}")
    for path in gone:
        file = os.path.join(folder, path)
        yield visible(f"{file}: removed, as no spec brings it any more")
        _remove(file)
    told = ", ".join(f"{count} {became}" for became, count in counts.items() if count)
    removed = f"; {len(gone)} removed" if gone else ""
    yield visible(
        f"{len(words)} spec{'s' * (len(words) != 1)} kept in {folder}{': ' * bool(told)}{told}{removed}"
    )


def _each(words: Iterable[str], make: Callable[[str], T], problems: list[Problem]) -> dict[str, T]:
    """Make something of each word, what is wrong noted."""
    made: dict[str, T] = {}
    for word in words:
        try:
            made[word] = make(word)
        except SpecError as error:
            problems += error.problems
        except RefusedByTorch as error:
            problems.append(error.problem)
        except LrvizError as error:
            problems.append(Problem(Place(word), str(error)))
    return made


def _kept(file: str, folder: str, spec: Spec, traces: Mapping[str, Trace]) -> str:
    """Write the traces of one spec; tell what became of their file."""
    from lrviz.render import FORMATS
    from lrviz.render.write import file_problem, write_pieces

    form = next(row for row in FORMATS if row.suffix == ".json")
    text = form.render(pipeline.report(spec, traces))
    above = Path(file).parent
    try:
        above.mkdir(parents=True, exist_ok=True)
        if Path(file).is_symlink() or not above.resolve().is_relative_to(Path(folder).resolve()):
            raise OutputError(f"{visible(file)}: a link that leads elsewhere; delete it")
        if Path(file).is_file() and Path(file).read_bytes() == text:
            return "unchanged"
    except OSError as error:
        raise OutputError(f"{visible(file)}: cannot be written: {error.strerror or error}") from error
    problem = file_problem(file)
    if problem is not None:
        raise OutputError(visible(problem))
    became = "changed" if Path(file).exists() else "new"
    write_pieces(file, [text])
    return became


def _remove(file: str) -> None:
    try:
        os.unlink(file)
        os.removedirs(os.path.dirname(file))  # as long as they are empty
    except OSError as error:
        if os.path.lexists(file):
            raise OutputError(f"{visible(file)}: cannot be removed: {error.strerror or error}") from error


def _whole(traces: Mapping[str, Trace | RefusedByTorch]) -> dict[str, Trace]:
    found: dict[str, Trace] = {}
    for name, trace in traces.items():
        if isinstance(trace, RefusedByTorch):
            raise trace
        found[name] = trace
    return found
