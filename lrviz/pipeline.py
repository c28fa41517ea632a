"""The stages, from a word to a figure: each a line, each loading what it needs only when it runs.

Torch arrives here and nowhere else, so that ``--help``, ``list``, ``explain`` and every refused spec do without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lrviz.checks.choice import Choice
    from lrviz.checks.finding import Finding
    from lrviz.errors import RefusedByTorch
    from lrviz.readers.written import Texts
    from lrviz.report import Report
    from lrviz.spec.curve import Curve, Recorded, Spec
    from lrviz.spec.logs import Logs
    from lrviz.spec.view import View
    from lrviz.trace import Trace

Progress = Callable[[int], None]
Options = Mapping[str, Any]


def read(
    word: str,
    run: Options | None = None,
    optimizer: Options | None = None,
    train: str | None = None,
    *,
    trust: bool = False,
    text: str | None = None,
    opened: dict[str, str] | None = None,
    logs: Logs | None = None,
) -> Spec:
    """Read one word as a spec: see ``readers.read``. LightningModules that it names are called, if they are trusted."""
    from lrviz import readers

    own = dict(optimizer) if optimizer else None
    spec = readers.read(word, dict(run) if run else None, own, train, trust, text, opened, logs)
    if not trust:
        return spec
    from lrviz.configured import configured

    return configured(spec, word, own)


def merge(specs: Iterable[Spec]) -> Spec:
    """Put several specs' curves side by side."""
    from lrviz import readers

    return readers.merged(specs)


def simulate(spec: Spec, progress: Progress | None = None, *, cache: bool = True) -> dict[str, Trace]:
    """Step every curve of a spec; what was recorded or simulated before is read back, without torch.

    Args:
        spec: the curves.
        progress: called now and then with the number of updates just done.
        cache: whether to use, and add to, the traces kept from earlier runs.
    """
    from lrviz import cache as kept
    from lrviz.spec.curve import Curve

    known = {curve.name: _known(curve, cache) for curve in spec}
    found = {name: trace for name, trace in known.items() if trace is not None}
    missing = [curve for curve in spec if isinstance(curve, Curve) and curve.name not in found]
    if missing:
        from lrviz.parallel import simulate_all

        for curve, trace in zip(missing, simulate_all(missing, progress), strict=True):
            found[curve.name] = trace
            if cache and not curve.codes:
                kept.keep(curve, trace)
    return {name: found[name] for name in spec.names}


def check(
    spec: Spec,
    traces: Mapping[str, Trace | RefusedByTorch],
    choice: Choice | None = None,
    *,
    cache: bool = True,
    texts: Texts | None = None,
) -> tuple[list[Finding], list[RefusedByTorch]]:
    """Find the known mistakes in a spec's curves.

    Args:
        spec: the curves.
        traces: what each of them did, or why torch refused to step it.
        choice: which rules count; None: all.
        cache: whether curves that a rule has simulated besides may be read back, and kept.
        texts: the texts of the files that the curves are from.

    Returns:
        The findings, by place; and why torch refused curves, where no error that was found tells it.

    Raises:
        SpecError: if the spec allows a check that does not exist.
    """
    from dataclasses import replace

    from lrviz.checks.case import Case
    from lrviz.checks.choice import Choice
    from lrviz.checks.running import findings_of
    from lrviz.errors import RefusedByTorch
    from lrviz.readers.written import Texts
    from lrviz.spec.curve import Curve

    again = _Again(spec, traces, cache)
    happened = {n: None if isinstance(t, RefusedByTorch) or t.logged else t for n, t in traces.items()}
    cases = [Case(c.name, c if isinstance(c, Curve) else None, happened[c.name], again) for c in spec]
    found = findings_of(cases, choice or Choice())
    told = {finding.curve for finding in found if finding.severity == "error"}
    refused = [
        why for name in spec.names if isinstance(why := traces[name], RefusedByTorch) and name not in told
    ]
    texts = texts or Texts()
    return [replace(finding, line=texts.line(finding.place)) for finding in found], refused


def certain(findings: Iterable[Finding], texts: Texts) -> list[Finding]:
    """Keep the remedies of findings only where the text of their file can be rewritten."""
    from dataclasses import replace

    found = list(findings)
    return [
        one if one.edit and rewritten([one], texts) is not None else replace(one, edit=None) for one in found
    ]


def rewritten(findings: Sequence[Finding], texts: Texts) -> str | None:
    """Change the text of a file as findings in it ask; None if that is not certain."""
    from lrviz.readers.rewriting import Change
    from lrviz.readers.rewriting import rewritten as changed

    edits = [finding.edit for finding in findings if finding.edit is not None]
    file = {edit.place.file for edit in edits}
    text = texts.of(file.pop()) if len(file) == 1 else None
    if text is None:
        return None
    return changed(text, [Change(edit.kind, edit.place, edit.value) for edit in edits])


def specs_in(folder: str) -> list[str]:
    """List the specs and saved traces in a folder, as words that ``read`` takes."""
    from lrviz.readers.folder import specs_in as listed

    return listed(folder)


def check_live(optimizer: Any, scheduler: Any, choice: Choice | None = None, **how: Any) -> list[Finding]:
    """Find the known mistakes in an optimizer and schedulers that someone has built, on copies of them.

    Args:
        optimizer: theirs.
        scheduler: theirs, or a list of (scheduler, interval).
        choice: which rules count; None: all.
        how: how they step them: see ``api.check_scheduler``.

    Raises:
        LrvizError: if they cannot be checked.
    """
    from lrviz import live
    from lrviz.checks.choice import Choice

    interval, metric, cyclic = how.pop("interval"), how.pop("metric"), how.pop("cyclic")
    clock = live.clock_of(**how)
    built = live.Built(optimizer, live.schedulers_of(scheduler, interval), clock, metric, cyclic)
    return live.findings_of_live(built, choice or Choice())


class _Again:
    """Simulates curves that rules ask for, each once, those of the spec not again."""

    def __init__(self, spec: Spec, traces: Mapping[str, Trace | RefusedByTorch], cache: bool) -> None:
        from lrviz.spec.curve import Curve

        self.cache = cache
        self.known = [(curve, traces[curve.name]) for curve in spec if isinstance(curve, Curve)]

    def __call__(self, curve: Curve) -> Trace:
        from lrviz.errors import RefusedByTorch
        from lrviz.spec.curve import Spec

        found = next((trace for known, trace in self.known if known == curve), None)
        if found is None:
            found = attempt(Spec((curve,)), cache=self.cache)[curve.name]
            self.known.append((curve, found))
        if isinstance(found, RefusedByTorch):
            raise found
        return found


def attempt(
    spec: Spec, progress: Progress | None = None, *, cache: bool = True
) -> dict[str, Trace | RefusedByTorch]:
    """Step every curve, as ``simulate`` does; of a curve that torch refuses, return the refusal."""
    from dataclasses import replace

    from lrviz.errors import RefusedByTorch

    try:
        return dict(simulate(spec, progress, cache=cache))
    except RefusedByTorch as error:
        if len(spec) == 1:
            return {spec.names[0]: error}
    found: dict[str, Trace | RefusedByTorch] = {}
    for curve in spec:
        found.update(attempt(replace(spec, curves=(curve,)), cache=cache))
    return found


def spec_of_traces(traces: Iterable[Trace]) -> Spec:
    """Make the spec that stands for traces already there."""
    from lrviz.spec.curve import Recorded, Spec

    return Spec(tuple(Recorded(trace.name, {}) for trace in traces))


def report(
    spec: Spec,
    traces: Mapping[str, Trace],
    view: View | None = None,
    rows: Sequence[int] | None = None,
    findings: Iterable[Finding] = (),
) -> Report:
    """Tell the facts of traces, what was found wrong with them, and how they are to be shown."""
    from lrviz.analyze.facts import facts_of
    from lrviz.report import Curve, Report

    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.curve, []).append(finding)
    curves = (
        Curve(traces[c.name], facts_of(traces[c.name]), _notes(c, traces), tuple(found.get(c.name, ())))
        for c in spec
    )
    return Report(tuple(curves), view or spec.view, rows, spec.texts)


def _notes(curve: Curve | Recorded, traces: Mapping[str, Trace]) -> tuple[str, ...]:
    """Tell what was assumed for a curve, and how it differs from the run that it resumes."""
    from lrviz.analyze.partings import told

    notes: tuple[str, ...] = getattr(curve, "notes", ())
    resume = getattr(curve, "resume", None)
    if resume is None or resume.before.name not in traces:
        return notes
    return (*notes, told(traces[resume.before.name], traces[curve.name], resume.at))


def write(result: Report, paths: Iterable[Path], tensorboard: Path | None = None) -> None:
    """Write a report to files, the suffix choosing the format, and to a folder of event files for TensorBoard."""
    from lrviz.render import folder
    from lrviz.render import write as writer

    for path in paths:
        writer.write(result, path)
    if tensorboard is not None:
        folder.write_folder(result, str(tensorboard))


def table(result: Report, form: str) -> Iterator[bytes]:
    """Write the report's rows as ``csv``, ``json`` or ``md``, piece by piece."""
    from lrviz.render import TABLES

    return TABLES[form].pieces(result)


def check_outputs(paths: Iterable[Path], tensorboard: Path | None = None) -> None:
    """Refuse outputs that cannot be written, before anything is computed."""
    from lrviz.render import write as writer

    writer.check_outputs(list(paths), tensorboard)


def updates_in(spec: Spec, *, cache: bool = True) -> int:
    """Count the updates that are still to be simulated, for a progress bar."""
    from lrviz import cache as kept
    from lrviz.spec.curve import Curve

    curves = [curve for curve in spec if isinstance(curve, Curve)]
    return sum(curve.clock.steps for curve in curves if not (cache and not curve.codes and kept.holds(curve)))


def _known(curve: Curve | Recorded, cache: bool) -> Trace | None:
    """Find the trace of a curve that need not be simulated."""
    from dataclasses import replace

    from lrviz import cache as kept
    from lrviz.spec.curve import Recorded
    from lrviz.trace import Trace

    if isinstance(curve, Recorded):
        return replace(Trace.from_data(curve.data, curve.source), name=curve.name)
    return kept.find(curve) if cache and not curve.codes else None  # what code says may change under its name
