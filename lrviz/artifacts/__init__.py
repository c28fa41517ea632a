"""Specs → a folder of artifacts: figures, numbers, pages, and a manifest by which the next run makes only what changed.

Everything is made in a hidden folder first and moved from there file by file, the manifest last: whatever cuts a run
short leaves whole files, and files that the old manifest does not know are made anew by the next run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from lrviz import pipeline, readers
from lrviz.artifacts import manifest, staging
from lrviz.artifacts.inputs import common_of, input_of, named_text, versions
from lrviz.artifacts.making import Job, Made, Way, made, names_of
from lrviz.artifacts.manifest import Artifact, Entry, Manifest
from lrviz.artifacts.sources import Source, sources_of
from lrviz.artifacts.workers import worked
from lrviz.checks.choice import Choice
from lrviz.errors import LrvizError, OutputError, Place, Problem, SpecError
from lrviz.processes import CAN_FORK, can_spawn, cores
from lrviz.render.exhibits import Exhibit, Shown
from lrviz.spec.curve import Spec

INDEX, SUMMARY = "index.html", "summary.md"
Read = Callable[..., Spec]  # as ``pipeline.read``, the options of the command line filled in


@dataclass(frozen=True)
class Request:
    """What is to be rendered, and how.

    Args:
        paths: specs, folders of specs, presets.
        folder: where the artifacts go.
        read: reads one word, from a text in the place of its file's own; notes the files that it opens.
        options: what else ``read`` was told, as JSON takes it.
        figures: suffixes of the figures.
        choice: the checks that count; None: none.
        keep_going: whether specs that are wrong leave the others be.
        cache: whether traces are kept between runs.
        jobs: how many processes work at a time; None: one for each core.
    """

    paths: Sequence[str]
    folder: str
    read: Read
    options: Mapping[str, Any] = field(default_factory=dict)
    figures: tuple[str, ...] = (".png", ".svg")
    choice: Choice | None = None
    keep_going: bool = False
    cache: bool = True
    jobs: int | None = None


@dataclass(frozen=True)
class Rendered:
    """What a run came to.

    Args:
        shown: every spec, by title.
        made: how many were stepped and drawn.
        removed: files of specs that are gone.
        problems: what is wrong with specs.
    """

    shown: tuple[Shown, ...]
    made: int
    removed: tuple[str, ...]
    problems: tuple[Problem, ...]


def render(request: Request) -> Rendered:
    """Render specs into a folder; what is there already, made from the same, stays as it is.

    Raises:
        SpecError: if a spec is wrong, with everything that is; with ``keep_going`` such specs are told of instead.
        OutputError: if the folder cannot be written to; what was there is whole.
    """
    sources, problems = sources_of(request.paths, request.folder)
    wrong: dict[str, list[Problem]] = {}
    names = [name for source in sources for name in names_of(source, request.figures)]
    staging.check_folder(request.folder, [*names, INDEX, SUMMARY, manifest.NAME])
    old = manifest.manifest_in(request.folder)
    kept, jobs = _sorted_out(request, sources, old, wrong)
    _refuse(request, problems, wrong)
    if not (kept or jobs or wrong):
        raise SpecError(problems) if problems else LrvizError("nothing to render")
    with staging.staging(request.folder) as part:
        entries = dict(kept)
        with closing(_results(request, part, jobs)) as results:  # whatever happens, no process is left
            for job, result in results:
                if isinstance(result, OutputError):
                    raise result  # the others would come to the same
                if isinstance(result, Entry):
                    entries[job.source.title] = result
                else:
                    wrong[job.source.title] = result
        _refuse(request, problems, wrong)
        for source in sources:
            if source.title in wrong:
                entries[source.title] = _wrong(source, wrong[source.title])
        new, shown = _with_pages(request, part, entries)
        removed = _published(request.folder, part, old, new)
    told = [*problems, *(problem for some in wrong.values() for problem in some)]
    return Rendered(shown, len(jobs), removed, tuple(told))


def _sorted_out(
    request: Request, sources: Sequence[Source], old: Manifest, wrong: dict[str, list[Problem]]
) -> tuple[dict[str, Entry], list[Job]]:
    """Tell the specs that are as they were from those that must be rendered; note what is wrong with any."""
    kept: dict[str, Entry] = {}
    jobs: list[Job] = []
    common = common_of(request.options, request.figures, request.choice)
    for source in sources:
        try:
            text = None if source.file is None else readers.text_of(source.file)
            before = old.entries.get(source.title)
            if before is not None and before.input and _is_as_before(request, source, text, before, common):
                kept[source.title] = before
                continue
            opened: dict[str, str] = {}
            spec = request.read(source.word, text=text, opened=opened)
        except SpecError as error:
            wrong[source.title] = list(error.problems)
            continue
        files = tuple(sorted(opened))
        jobs.append(Job(source, spec, input_of(source, text, opened, common), files))
    return kept, jobs


def _is_as_before(request: Request, source: Source, text: str | None, before: Entry, common: str) -> bool:
    files = {name: named_text(source, name) for name in before.files}
    same = input_of(source, text, files, common) == before.input
    names = names_of(source, request.figures)
    return same and manifest.are_unchanged(request.folder, before.artifacts, names)


def _refuse(request: Request, problems: Sequence[Problem], wrong: Mapping[str, Sequence[Problem]]) -> None:
    every = [*problems, *(problem for some in wrong.values() for problem in some)]
    if every and not request.keep_going:
        raise SpecError(every)


def _results(request: Request, part: str, jobs: Sequence[Job]) -> Generator[tuple[Job, Made], None, None]:
    """Render jobs: the longest first, on all cores; those that train in this process, which has its threads."""
    way = Way(part, request.folder, request.figures, request.choice, request.cache)
    # Several are worth processes of their own; of one alone the curves may be.
    apart = sorted((job for job in jobs if not job.trains), key=lambda job: -job.updates)
    processes = min(request.jobs or cores(), len(apart))
    if processes < 2 or not (CAN_FORK or can_spawn()):
        apart = []
    if apart and CAN_FORK:
        _warm_up(apart, request.cache)
    with closing(worked(apart, partial(made, way), processes)) as results:
        for index, result in results:
            job = apart[index]
            if isinstance(result, str):  # its process died
                yield job, [Problem(Place(job.spec.source), result)]
            else:
                yield job, result
    for job in jobs:
        if job.trains or not apart:
            yield job, made(way, job)


def _warm_up(jobs: Sequence[Job], cache: bool) -> None:
    """Import what stepping and drawing need, so that the processes forked from this one have it already."""
    import lrviz.render.as_figure

    if any(pipeline.updates_in(job.spec, cache=cache) for job in jobs):
        import lrviz.parallel  # noqa: F401 - for the processes to come


def _wrong(source: Source, problems: Sequence[Problem]) -> Entry:
    """Make the entry of a spec that is wrong: no artifacts, and the problems under its title, wherever its file is."""
    told = []
    for problem in problems:
        own = source.file is not None and problem.place.file == readers.called(source.file)
        place = replace(problem.place, file=source.title) if own else problem.place
        told.append(str(replace(problem, place=place)))
    return Entry("", (), {}, Exhibit(problems=tuple(told)))


def _with_pages(
    request: Request, part: str, entries: Mapping[str, Entry]
) -> tuple[Manifest, tuple[Shown, ...]]:
    from lrviz.render.pages import as_index, as_summary

    shown = tuple(_shown(title, entries[title], request.figures) for title in sorted(entries))
    made_by = versions(request.figures)
    pages = {
        name: staging.stage(part, request.folder, name, [text.encode()])
        for name, text in ((INDEX, as_index.render(shown, made_by)), (SUMMARY, as_summary.render(shown)))
    }
    return Manifest(made_by, entries, pages), shown


def _shown(title: str, entry: Entry, figures: Sequence[str]) -> Shown:
    names = list(entry.artifacts)
    # Vectors, where there are any: a page shows them at any size.
    drawn = [
        name for suffix in (".svg", ".png") for name in names if name.endswith(suffix) and suffix in figures
    ]
    return Shown(title, entry.exhibit, drawn[0] if drawn else None, tuple(sorted(names)))


def _published(folder: str, part: str, old: Manifest, new: Manifest) -> tuple[str, ...]:
    """Move everything to where it belongs, remove what is no spec's any more, and put down the new manifest."""
    text = new.to_json().encode()
    own = staging.stage(part, folder, manifest.NAME, [text])
    files: dict[str, Artifact] = new.files()
    for name, artifact in files.items():
        staging.publish(part, folder, name, artifact)
    removed = []
    for name, artifact in old.files().items():
        path = os.path.join(folder, name)
        if name not in files and manifest.is_unchanged(path, artifact):
            with suppress(OSError):
                os.unlink(path)
                removed.append(name)
    staging.publish(part, folder, manifest.NAME, own)
    return tuple(removed)
