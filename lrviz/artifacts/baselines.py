"""A folder of Traces → what each spec is compared with: the file that holds what its curves did before.

A folder that ``lrviz render`` has made tells by its manifest which file is whose; in one that ``lrviz accept`` has made
the names of the files do.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz import pipeline, readers
from lrviz.artifacts import manifest
from lrviz.errors import OutputError, Place, Problem, RefusedByTorch, SpecError
from lrviz.readers import baseline

if TYPE_CHECKING:
    from lrviz.analyze.comparison import Comparison
    from lrviz.analyze.tolerance import Tolerance
    from lrviz.artifacts.sources import Source
    from lrviz.render.exhibits import Change
    from lrviz.trace import Trace


@dataclass(frozen=True)
class Baseline:
    """What specs are compared with.

    Args:
        folder: where the traces are.
        tolerance: what counts as equal.
        files: the file of each spec's traces, by title; a spec that has none is new.
        gone: the files of specs that are gone, by title.
    """

    folder: str
    tolerance: Tolerance
    files: Mapping[str, str] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)

    def digest(self, title: str) -> str | None:
        """Hash what a spec is compared with; None where it is new, or the file is not there."""
        try:
            return hashlib.sha256(Path(self.files[title]).read_bytes()).hexdigest()
        except (KeyError, OSError):
            return None


def check_folder(folder: str, output: str) -> None:
    """Find out whether a folder can be what specs are compared with.

    Raises:
        SpecError: if there is no such folder.
        OutputError: if it is the one that is written to.
    """
    if not os.path.isdir(folder):
        message = "no such folder of baselines; lrviz accept SPECS --baseline DIR writes one"
        raise SpecError([Problem(Place(folder), message)])
    if os.path.realpath(folder) == os.path.realpath(output):
        raise OutputError(f"{folder}: the baseline, and the folder that is written to; give -o another")


def baseline_of(
    folder: str, tolerance: Tolerance, paths: Sequence[str], sources: Sequence[Source]
) -> Baseline:
    """Find what each spec is compared with, and which specs are gone.

    Specs are gone only from folders that are named: a spec named alone leaves all others as they are.

    Raises:
        SpecError: if the folder's manifest cannot be read.
    """
    written = os.path.join(folder, manifest.NAME)
    if not os.path.lexists(written):
        return _accepted(folder, tolerance, paths, sources)
    kept = manifest.manifest_in(folder)
    if not kept.entries:
        message = (
            "no manifest that this lrviz can read; make the baseline anew with lrviz render or lrviz accept"
        )
        raise SpecError([Problem(Place(written), message)])
    files = {
        title: os.path.join(folder, name)
        for title, entry in kept.entries.items()
        for name in entry.artifacts
        if name.endswith(".json")
    }
    titles = {source.title for source in sources}
    every = any(map(os.path.isdir, paths))
    gone = {title: file for title, file in files.items() if every and title not in titles}
    return Baseline(
        folder, tolerance, {title: file for title, file in files.items() if title in titles}, gone
    )


def _accepted(folder: str, tolerance: Tolerance, paths: Sequence[str], sources: Sequence[Source]) -> Baseline:
    kept = set(baseline.kept_in(folder))
    names = {source.title: baseline.file_of(source.word) for source in sources}
    files = {title: os.path.join(folder, name) for title, name in names.items() if name in kept}
    gone = baseline.forgotten(folder, paths, [source.word for source in sources])
    return Baseline(
        folder, tolerance, files, {name.removesuffix(".json"): os.path.join(folder, name) for name in gone}
    )


def since(file: str | None, title: str, after: Mapping[str, Trace], tolerance: Tolerance) -> list[Comparison]:
    """Compare a spec's curves with what a file holds.

    Args:
        file: the file; None where the spec is new.
        title: what the spec is called.
        after: what its curves do now, by name.
        tolerance: what counts as equal.

    Raises:
        SpecError: if the file does not hold traces.
    """
    from lrviz.analyze.comparison import comparisons_of

    before = [] if file is None else list(_traces(file))
    return comparisons_of(title, before, list(after.values()), tolerance)


def gone_in(baseline: Baseline) -> tuple[tuple[str, Change], ...]:
    """Tell what the curves of specs that are gone did.

    Raises:
        SpecError: if a file does not hold traces.
    """
    from lrviz.analyze.comparison import Comparison
    from lrviz.render.diff.changes import change_of

    found = []
    for title, file in sorted(baseline.gone.items()):
        removed = [Comparison(title, trace.name, "removed", trace, None) for trace in _traces(file)]
        found.append((title, change_of(title, removed, baseline.tolerance)))
    return tuple(found)


def _traces(file: str) -> Iterator[Trace]:
    for trace in pipeline.attempt(pipeline.read(file, text=readers.text_of(file))).values():
        if isinstance(trace, RefusedByTorch):
            raise trace
        yield trace
