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
from lrviz.analyze.tolerance import Tolerance
from lrviz.artifacts import baselines, manifest, staging
from lrviz.artifacts.baselines import Baseline
from lrviz.artifacts.inputs import common_of, input_of, named_text, versions
from lrviz.artifacts.making import OVERLAY, Job, Made, Way, is_overlaid, made, names_of
from lrviz.artifacts.manifest import Artifact, Entry, Manifest
from lrviz.artifacts.sources import Source, sources_of
from lrviz.checks.choice import Choice
from lrviz.errors import LrvizError, OutputError, Place, Problem, SpecError
from lrviz.processes import CAN_FORK, can_spawn, cores
from lrviz.readers.given import given_now
from lrviz.render.exhibits import Changes, Exhibit, Shown, changes_of
from lrviz.spec.curve import Spec
from lrviz.workers import worked

INDEX, SUMMARY, CHANGES = "index.html", "summary.md", "changes.md"
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
        baseline: the folder of what the specs did before; None: they are compared with nothing.
        tolerance: what counts as equal there.
        image_base: where the folder can be seen by those who read a comment, as a URL; "" where nowhere.
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
    baseline: str | None = None
    tolerance: Tolerance = field(default_factory=Tolerance)
    image_base: str = ""


@dataclass(frozen=True)
class Rendered:
    """What a run came to.

    Args:
        shown: every spec, by title.
        made: how many were stepped and drawn.
        removed: files of specs that are gone.
        problems: what is wrong with specs.
        changes: what became of each spec, those that are gone too; None where they are compared with nothing.
    """

    shown: tuple[Shown, ...]
    made: int
    removed: tuple[str, ...]
    problems: tuple[Problem, ...]
    changes: Changes | None = None


def render(request: Request) -> Rendered:
    """Render specs into a folder; what is there already, made from the same, stays as it is.

    Raises:
        SpecError: if a spec is wrong, with everything that is; with ``keep_going`` such specs are told of instead.
        OutputError: if the folder cannot be written to; what was there is whole.
    """
    if request.baseline is not None:
        baselines.check_folder(request.baseline, request.folder)
    sources, problems = sources_of(request.paths, request.folder, request.baseline)
    baseline = _baseline(request, sources)
    wrong: dict[str, list[Problem]] = {}
    overlaid = baseline is not None
    names = [name for source in sources for name in names_of(source, request.figures, overlaid)]
    pages = (INDEX, SUMMARY, CHANGES) if overlaid else (INDEX, SUMMARY)
    staging.check_folder(request.folder, [*names, *pages, manifest.NAME])
    old = manifest.manifest_in(request.folder)
    kept, jobs = _sorted_out(request, baseline, sources, old, wrong)
    _refuse(request, problems, wrong)
    gone = () if baseline is None else baselines.gone_in(baseline)
    if not (kept or jobs or wrong or gone):
        raise SpecError(problems) if problems else LrvizError("nothing to render")
    with staging.staging(request.folder) as part:
        entries = dict(kept)
        with closing(
            _results(request, baseline, part, jobs)
        ) as results:  # whatever happens, no process is left
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
        shown = tuple(_shown(title, entries[title], request.figures) for title in sorted(entries))
        changes = None if baseline is None else changes_of(shown, gone)
        new = _with_pages(request, part, entries, shown, changes)
        removed = _published(request.folder, part, old, new)
    told = [*problems, *(problem for some in wrong.values() for problem in some)]
    return Rendered(shown, len(jobs), removed, tuple(told), changes)


def _baseline(request: Request, sources: Sequence[Source]) -> Baseline | None:
    if request.baseline is None:
        return None
    return baselines.baseline_of(request.baseline, request.tolerance, request.paths, sources)


def _sorted_out(
    request: Request,
    baseline: Baseline | None,
    sources: Sequence[Source],
    old: Manifest,
    wrong: dict[str, list[Problem]],
) -> tuple[dict[str, Entry], list[Job]]:
    """Tell the specs that are as they were from those that must be rendered; note what is wrong with any."""
    kept: dict[str, Entry] = {}
    jobs: list[Job] = []
    compared = {} if baseline is None else {"tolerance": vars(baseline.tolerance)}
    beside = {"given": repr(given_now())}  # what is told beside trainers' configs
    common = common_of({**request.options, **compared, **beside}, request.figures, request.choice)
    for source in sources:
        try:
            text = None if source.file is None else readers.text_of(source.file)
            since = None if baseline is None else baseline.digest(source.title)
            known = old.entries.get(source.title)
            if known is not None and known.input and _is_known(request, source, text, since, known, common):
                kept[source.title] = known
                continue
            opened: dict[str, str] = {}
            spec = request.read(source.word, text=text, opened=opened)
        except SpecError as error:
            wrong[source.title] = list(error.problems)
            continue
        files = tuple(sorted(opened))
        jobs.append(Job(source, spec, input_of(source, text, opened, common, since), files))
    return kept, jobs


def _is_known(
    request: Request, source: Source, text: str | None, since: str | None, known: Entry, common: str
) -> bool:
    """Whether what is there of a spec was made from the same, and is as it was written."""
    files = {name: named_text(source, name) for name in known.files}
    same = input_of(source, text, files, common, since) == known.input
    names = names_of(source, request.figures, is_overlaid(known.exhibit.change))
    return same and manifest.are_unchanged(request.folder, known.artifacts, names)


def _refuse(request: Request, problems: Sequence[Problem], wrong: Mapping[str, Sequence[Problem]]) -> None:
    every = [*problems, *(problem for some in wrong.values() for problem in some)]
    if every and not request.keep_going:
        raise SpecError(every)


def _results(
    request: Request, baseline: Baseline | None, part: str, jobs: Sequence[Job]
) -> Generator[tuple[Job, Made], None, None]:
    """Render jobs: the longest first, on all cores; those that train in this process, which has its threads."""
    way = Way(part, request.folder, request.figures, request.choice, request.cache, baseline)
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
    request: Request,
    part: str,
    entries: Mapping[str, Entry],
    shown: tuple[Shown, ...],
    changes: Changes | None,
) -> Manifest:
    from lrviz.render.pages import as_changes, as_index, as_summary

    made_by = versions(request.figures)
    texts = {
        INDEX: as_index.render(shown, made_by, changes),
        SUMMARY: as_summary.render(shown, changes),
    }
    if changes is not None:
        texts[CHANGES] = as_changes.for_comment(changes, request.image_base)
    pages = {name: staging.stage(part, request.folder, name, [text.encode()]) for name, text in texts.items()}
    return Manifest(made_by, entries, pages)


def _shown(title: str, entry: Entry, figures: Sequence[str]) -> Shown:
    # Vectors, where there are any: a page shows them at any size.
    drawn = [
        name
        for suffix in (".svg", ".png")
        for name in sorted(entry.artifacts)
        if name.endswith(suffix) and suffix in figures
    ]
    overlays = [name for name in drawn if os.path.splitext(name)[0].endswith(OVERLAY)]
    own = [name for name in drawn if name not in overlays]
    return Shown(
        title,
        entry.exhibit,
        own[0] if own else None,
        tuple(sorted(entry.artifacts)),
        overlays[0] if overlays else None,
    )


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
