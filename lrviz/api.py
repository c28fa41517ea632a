"""The Python interface: load, simulate, check, compare and draw, over the same stages as the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrviz import comparing, notebook, pipeline
from lrviz.errors import SpecError
from lrviz.loading import load
from lrviz.spec.curve import Spec
from lrviz.trace import Trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lrviz.analyze.comparison import Diff
    from lrviz.checks.finding import Finding

Drawable = str | Path | Spec | Trace | Iterable[Trace] | Mapping[str, Trace]


def simulate(spec: Spec | str | Path, *, cache: bool = True, trust: bool = False) -> dict[str, Trace]:
    """Step every curve of a spec through its run; several long ones each in a process of its own.

    Args:
        spec: the curves, or a word that ``load`` takes.
        cache: whether to use, and add to, the traces kept from earlier runs (``lrviz cache info``).
        trust: whether code that the word names may run; for a Spec, ``load`` was told.

    Returns:
        The traces by the curves' names, in the spec's order.

    Raises:
        RefusedByTorch: if a torch class does not take what the spec gives it.
        CodeError: if code that the spec names goes wrong.
    """
    found = spec if isinstance(spec, Spec) else load(spec, trust=trust)
    return pipeline.simulate(found, cache=cache)


def check(
    spec: Spec | str | Path,
    *,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    severity: str | Iterable[str] = "warning",
    cache: bool = True,
    trust: bool = False,
) -> list[Finding]:
    """Find the known mistakes in a spec, as ``lrviz check`` does.

    Args:
        spec: the curves, or a word that ``load`` takes.
        select: names or codes of the rules that count; None: all.
        ignore: names or codes of those that do not.
        severity: the least severity that is told (``error``), and severities of rules (``lr-jump=error``).
        cache: whether to use, and add to, the traces kept from earlier runs.
        trust: whether code that the word names may run; for a Spec, ``load`` was told.

    Raises:
        LrvizError: if a rule does not exist.
        RefusedByTorch: if a torch class does not take what the spec gives it, and no finding tells why.
    """
    from lrviz.checks.choice import choice_of

    choice = choice_of(select, ignore, _words(severity), "check")
    found = spec if isinstance(spec, Spec) else load(spec, trust=trust)
    findings, refused = pipeline.check(found, pipeline.attempt(found, cache=cache), choice, cache=cache)
    if refused:
        raise refused[0]
    return [finding for finding in findings if choice.wants(finding)]


def check_scheduler(
    optimizer: Any,
    scheduler: Any,
    *,
    steps: int,
    steps_per_epoch: int | None = None,
    interval: str = "step",
    metric: Sequence[float] | Mapping[str, Sequence[float]] | None = None,
    cyclic: bool = False,
    accumulate: int = 1,
    devices: int = 1,
    scheduler_calls: int = 1,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    severity: str | Iterable[str] = "warning",
) -> list[Finding]:
    """Find the known mistakes in an optimizer and a scheduler of torch that are built already, before they train.

    They are copied, without the parameters and what the optimizer keeps of them, and the copies are stepped; the
    objects themselves are not touched.

    Args:
        optimizer: the optimizer that trains.
        scheduler: its scheduler, or several in a list, each alone or as (scheduler, interval).
        steps: updates (``optimizer.step()``) in the whole run.
        steps_per_epoch: updates in an epoch.
        interval: whether ``scheduler.step()`` is called per ``step``, per ``epoch`` or per ``batch``.
        metric: the values that a ReduceLROnPlateau is given, one per call, by name: ``{"val_loss": [1.0, 0.9]}``; the
            last is held.
        cyclic: whether the LR is meant to rise again and again.
        accumulate: batches per update.
        devices: devices that share an epoch's data.
        scheduler_calls: calls of ``scheduler.step()`` each time it is due, under accelerate one per process.
        select: as in ``check``.
        ignore: as in ``check``.
        severity: as in ``check``.

    Raises:
        LrvizError: if they cannot be checked: the scheduler steps another optimizer, or has no metric.
        RefusedByTorch: if stepping them fails before the end of the run, and no finding tells why.
    """
    from lrviz.checks.choice import choice_of

    return pipeline.check_live(
        optimizer,
        scheduler,
        choice_of(select, ignore, _words(severity), "check_scheduler"),
        steps=steps,
        steps_per_epoch=steps_per_epoch,
        interval=interval,
        metric=metric,
        cyclic=cyclic,
        accumulate=accumulate,
        devices=devices,
        scheduler_calls=scheduler_calls,
    )


def assert_schedule_ok(schedule: Any, scheduler: Any = None, **options: Any) -> None:
    """Fail a test if a schedule looks like a mistake.

    Args:
        schedule: what ``check`` takes; or an optimizer, with its scheduler.
        scheduler: what ``check_scheduler`` takes, where there is an optimizer.
        options: those of ``check`` or ``check_scheduler``; ``severity="error"`` lets warnings pass.

    Raises:
        AssertionError: with the findings as text.
    """
    live = scheduler is not None
    found = check_scheduler(schedule, scheduler, **options) if live else check(schedule, **options)
    if found:
        told = "\n".join(f"{finding}\n  why: {finding.why}\n  do: {finding.advice}" for finding in found)
        raise AssertionError(f"{len(found)} finding{'s' * (len(found) > 1)} of lrviz check\n{told}")


def _words(severity: str | Iterable[str]) -> Iterable[str]:
    return [severity] if isinstance(severity, str) else severity


def diff(
    before: Drawable,
    after: Drawable,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    cache: bool = True,
    trust: bool = False,
) -> Diff:
    """Tell what became of curves, as ``lrviz diff`` does.

    Args:
        before: what ``lrviz diff`` takes (a spec, a saved trace, a folder of them, ``git:main:config.yaml``), a Spec, a
            Trace, or several Traces.
        after: the same.
        rtol: values are equal up to this share of the larger of them; None: 1e-9.
        atol: and up to this difference besides; None: 1e-12.
        cache: whether to use, and add to, the traces kept from earlier runs.
        trust: whether code that a word names may run.

    Returns:
        The comparisons of the curves: ``found.equal``, ``found.having("changed")``, ``found.comparisons``.

    Raises:
        SpecError: with everything that is wrong in either.
        RefusedByTorch: if a torch class does not take what a Spec gives it.
    """
    tolerance = comparing.tolerance(rtol, atol)
    if isinstance(before, (str, Path)) and isinstance(after, (str, Path)):
        words = str(before), str(after)
        found = comparing.diff(
            comparing.pairs(words),
            lambda word: comparing.read(word, trust=trust),
            lambda spec: pipeline.attempt(spec, cache=cache),
            words,
            tolerance,
        )
        if found.problems:
            raise SpecError(found.problems)
        return found
    one, other = (_side(side, cache, trust) for side in (before, after))
    names = [str(side) if isinstance(side, (str, Path)) else "" for side in (before, after)]
    return comparing.diff_of_traces(one, other, (names[0] or "before", names[1] or "after"), tolerance)


def assert_matches(
    spec: Drawable,
    baseline: str | Path,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    cache: bool = True,
    trust: bool = False,
) -> None:
    """Fail a test if curves are not what they were when they were saved.

    Args:
        spec: a spec, a word that ``load`` takes, a Trace, or several Traces.
        baseline: what ``lrviz plot SPEC -o baseline.json`` or ``trace.to_json()`` has saved, or ``lrviz accept``.
        rtol: as in ``diff``.
        atol: as in ``diff``.
        cache: as in ``diff``.
        trust: as in ``diff``.

    Raises:
        AssertionError: with what became of the curves.
        SpecError: if the spec is wrong, or there is no such baseline.
    """
    found = diff(baseline, spec, rtol=rtol, atol=atol, cache=cache, trust=trust)
    if not found.equal:
        from lrviz.render.diff.as_text import render

        told = render(found).rstrip("\n")
        raise AssertionError(f"not what is saved in {baseline}; if that is meant, save it anew\n{told}")


def _side(side: Drawable, cache: bool, trust: bool) -> list[Trace]:
    if isinstance(side, (str, Path)):
        side = comparing.read(str(side), trust=trust)
    if isinstance(side, Spec):
        return list(pipeline.simulate(side, cache=cache).values())
    return list(_traces(side)[1].values())


def draw(curves: Drawable, to: str | Path | None = None, **view: Any) -> Figure:
    """Draw curves as a figure.

    Args:
        curves: a Spec, a word that ``load`` takes, a Trace, or several Traces.
        to: a file to write, its suffix choosing the format; None writes none.
        view: options of the figure, as under ``plot:`` (``x="epoch"``, ``y="log"``, ``theme="dark"``, ...).

    Raises:
        OutputError: if ``to`` cannot be written.
    """
    from lrviz.render.as_figure import figure

    if to is not None:
        pipeline.check_outputs([Path(to)])
    spec, traces = _traces(curves)
    result = pipeline.report(spec, traces, spec.view.with_options(**view))
    if to is not None:
        pipeline.write(result, [Path(to)])
    return figure(result)


def _traces(curves: Drawable) -> tuple[Spec, Mapping[str, Trace]]:
    if isinstance(curves, (str, Path)):
        curves = load(curves)
    if isinstance(curves, Spec):
        return curves, pipeline.simulate(curves)
    if isinstance(curves, Trace):
        curves = [curves]
    traces = {trace.name: trace for trace in (curves.values() if isinstance(curves, Mapping) else curves)}
    return pipeline.spec_of_traces(traces.values()), traces


def _png(value: Spec | Trace) -> bytes:
    from lrviz.render.as_figure import render

    spec, traces = _traces(value)
    return render(pipeline.report(spec, traces), ".png")


notebook.register(_png)
