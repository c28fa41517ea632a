"""One spec → its artifacts in the hidden folder, and its entry of the manifest; or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lrviz import pipeline
from lrviz.artifacts.baselines import Baseline, since
from lrviz.artifacts.inputs import PAGE
from lrviz.artifacts.manifest import Artifact, Entry
from lrviz.artifacts.sources import Source
from lrviz.artifacts.staging import stage
from lrviz.checks.choice import Choice
from lrviz.errors import LrvizError, OutputError, Place, Problem, RefusedByTorch, SpecError
from lrviz.processes import end_if_orphaned
from lrviz.render.exhibits import Change, exhibit_of
from lrviz.spec.curve import Curve, Spec

if TYPE_CHECKING:
    from lrviz.analyze.comparison import Diff
    from lrviz.checks.finding import Finding
    from lrviz.report import Report
    from lrviz.trace import Trace

NUMBERS = (".csv", ".json")  # what every spec is written as, besides its figures
BEFORE, AFTER = "baseline", "now"  # what the two sides are called
OVERLAY = (
    "--diff"  # ends the name of a figure of before and after; no spec's own name has two hyphens in a row
)


@dataclass(frozen=True)
class Way:
    """How specs are rendered.

    Args:
        part, folder: the hidden folder, and the one it is for.
        figures: suffixes of the figures.
        choice: the checks that count; None: none.
        cache: whether traces are kept between runs.
        baseline: what they are compared with; None: nothing.
    """

    part: str
    folder: str
    figures: tuple[str, ...]
    choice: Choice | None
    cache: bool
    baseline: Baseline | None = None


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


def names_of(source: Source, figures: Sequence[str], overlaid: bool = False) -> tuple[str, ...]:
    """List the files that a spec is rendered to.

    Args:
        source: the spec.
        figures: suffixes of its figures.
        overlaid: whether there are figures of before and after.
    """
    overlays = [f"{OVERLAY}{suffix}" for suffix in figures if suffix != PAGE] if overlaid else []
    return tuple(f"{source.stem}{ending}" for ending in (*figures, *NUMBERS, *overlays))


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
    compared, change = _compared(way, job, traces)
    exhibit = exhibit_of(report, found, job.spec.source, job.source.title, change)
    # What trusted code does may change under its name: such a spec is made anew each time.
    runs_code = any(isinstance(curve, Curve) and curve.codes for curve in job.spec)
    return Entry("" if runs_code else job.input, job.files, _staged(way, job, report, compared), exhibit)


def is_overlaid(change: Change | None) -> bool:
    """Whether there is a figure of before and after: something became of a spec that was there before."""
    return change is not None and not change.is_equal and set(change.counts) != {"added"}


def _compared(way: Way, job: Job, traces: Mapping[str, Trace]) -> tuple[Diff | None, Change | None]:
    """Compare a spec with its baseline: in full, where there is something to draw, and in texts."""
    if way.baseline is None:
        return None, None
    from lrviz.analyze.comparison import Diff
    from lrviz.render.diff.changes import change_of

    title, tolerance = job.source.title, way.baseline.tolerance
    found = since(way.baseline.files.get(title), title, traces, tolerance)
    change = change_of(title, found, tolerance)
    return Diff(BEFORE, AFTER, tolerance, tuple(found)) if is_overlaid(change) else None, change


def _titled(job: Job, report: Report) -> Report:
    """Call the spec's file by its title, which is the same wherever lrviz was started."""
    source, title = job.spec.source, job.source.title

    def named(finding: Finding) -> Finding:
        place = finding.place
        return replace(finding, place=replace(place, file=title if place.file == source else place.file))

    curves = tuple(replace(one, findings=tuple(map(named, one.findings))) for one in report.curves)
    return replace(report, curves=curves, texts=tuple((title, text) for _, text in report.texts))


def _staged(way: Way, job: Job, report: Report, compared: Diff | None) -> Mapping[str, Artifact]:
    from lrviz.render import FORMATS
    from lrviz.render.as_figure import renders

    drawings = [suffix for suffix in way.figures if suffix != PAGE]

    def pieces() -> Iterator[tuple[str, Iterable[bytes]]]:
        for suffix, drawn in renders(report, drawings).items():
            yield suffix, [drawn]
        for row in FORMATS:
            if row.suffix in NUMBERS or (row.suffix == PAGE and PAGE in way.figures):
                yield row.suffix, row.pieces(report)
        if compared is not None:
            from lrviz.render.diff.as_figure import render

            for suffix in drawings:
                yield f"{OVERLAY}{suffix}", [render(compared, suffix)]

    artifacts = {}
    for ending, some in pieces():
        end_if_orphaned()
        name = f"{job.source.stem}{ending}"
        artifacts[name] = stage(way.part, way.folder, name, some)
    return artifacts
