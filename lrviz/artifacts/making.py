"""One spec → its artifacts in the hidden folder, and its entry of the manifest; or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lrviz import pipeline
from lrviz.artifacts.inputs import PAGE
from lrviz.artifacts.manifest import Artifact, Entry
from lrviz.artifacts.sources import Source
from lrviz.artifacts.staging import stage
from lrviz.checks.choice import Choice
from lrviz.errors import LrvizError, OutputError, Place, Problem, RefusedByTorch, SpecError
from lrviz.processes import end_if_orphaned
from lrviz.render.exhibits import exhibit_of
from lrviz.spec.curve import Curve, Spec

if TYPE_CHECKING:
    from lrviz.checks.finding import Finding
    from lrviz.report import Report

NUMBERS = (".csv", ".json")  # what every spec is written as, besides its figures


@dataclass(frozen=True)
class Way:
    """How specs are rendered.

    Args:
        part, folder: the hidden folder, and the one it is for.
        figures: suffixes of the figures.
        choice: the checks that count; None: none.
        cache: whether traces are kept between runs.
    """

    part: str
    folder: str
    figures: tuple[str, ...]
    choice: Choice | None
    cache: bool


@dataclass(frozen=True)
class Job:
    """One spec to render.

    Args:
        source: where it is from.
        spec: its curves.
        input: the hash of what determines its artifacts.
        files: the files that it names.
    """

    source: Source
    spec: Spec
    input: str
    files: tuple[str, ...]

    @property
    def updates(self) -> int:
        """Count the rows that have to be stepped or written."""
        return sum(
            curve.clock.steps * len(curve.optimizer.groups) for curve in self.spec if isinstance(curve, Curve)
        )

    @property
    def trains(self) -> bool:
        """Whether a curve of it really trains, for which a forked process may lack the threads."""
        return any(isinstance(curve, Curve) and curve.train is not None for curve in self.spec)


Made = Entry | list[Problem] | OutputError


def names_of(source: Source, figures: Iterable[str]) -> tuple[str, ...]:
    """List the files that a spec is rendered to."""
    return tuple(f"{source.stem}{suffix}" for suffix in (*figures, *NUMBERS))


def made(way: Way, job: Job) -> Made:
    """Step, check, draw and write one spec; raise nothing."""
    try:
        return _made(way, job)
    except OutputError as error:
        return error
    except SpecError as error:
        return list(error.problems)
    except RefusedByTorch as error:
        return [error.problem]
    except LrvizError as error:
        return [Problem(Place(job.spec.source), str(error))]
    except Exception as error:  # one spec does not cost the others theirs
        return [Problem(Place(job.spec.source), f"{type(error).__name__}: {error}")]


def _made(way: Way, job: Job) -> Made:
    tried = pipeline.attempt(job.spec, end_if_orphaned, cache=way.cache)
    refused = [why.problem for why in tried.values() if isinstance(why, RefusedByTorch)]
    if refused:
        return refused
    traces = {name: trace for name, trace in tried.items() if not isinstance(trace, RefusedByTorch)}
    found, choice = [], way.choice
    if choice is not None:
        every, _ = pipeline.check(job.spec, tried, choice, cache=way.cache)
        found = [finding for finding in every if choice.wants(finding)]
    errors = [finding for finding in found if finding.severity == "error"]
    report = _titled(job, pipeline.report(job.spec, traces, findings=errors))
    exhibit = exhibit_of(report, found, job.spec.source, job.source.title)
    # What trusted code does may change under its name: such a spec is made anew each time.
    runs_code = any(isinstance(curve, Curve) and curve.codes for curve in job.spec)
    return Entry("" if runs_code else job.input, job.files, _staged(way, job, report), exhibit)


def _titled(job: Job, report: Report) -> Report:
    """Call the spec's file by its title, which is the same wherever lrviz was started."""
    source, title = job.spec.source, job.source.title

    def named(finding: Finding) -> Finding:
        place = finding.place
        return replace(finding, place=replace(place, file=title if place.file == source else place.file))

    curves = tuple(replace(one, findings=tuple(map(named, one.findings))) for one in report.curves)
    return replace(report, curves=curves, texts=tuple((title, text) for _, text in report.texts))


def _staged(way: Way, job: Job, report: Report) -> Mapping[str, Artifact]:
    from lrviz.render import FORMATS
    from lrviz.render.as_figure import renders

    def pieces() -> Iterator[tuple[str, Iterable[bytes]]]:
        for suffix, drawn in renders(report, [one for one in way.figures if one != PAGE]).items():
            yield suffix, [drawn]
        for row in FORMATS:
            if row.suffix in NUMBERS or (row.suffix == PAGE and PAGE in way.figures):
                yield row.suffix, row.pieces(report)

    artifacts = {}
    for suffix, some in pieces():
        end_if_orphaned()
        name = f"{job.source.stem}{suffix}"
        artifacts[name] = stage(way.part, way.folder, name, some)
    return artifacts
