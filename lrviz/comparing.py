"""Pairs of words, or of values, → a Diff: both sides read and simulated, and each curve held against what it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lrviz import pipeline
from lrviz.errors import LrvizError, Place, Problem, RefusedByTorch, SpecError

if TYPE_CHECKING:
    from lrviz.analyze.comparison import Comparison, Diff
    from lrviz.analyze.tolerance import Tolerance
    from lrviz.readers.pairs import Pair
    from lrviz.spec.curve import Curve, Recorded, Spec
    from lrviz.spec.logs import Logs
    from lrviz.trace import Trace

Read = Callable[[str], "Spec"]
Simulate = Callable[["Spec"], Mapping[str, "Trace | RefusedByTorch"]]


def read(
    word: str,
    run: dict[str, Any] | None = None,
    optimizer: dict[str, Any] | None = None,
    *,
    trust: bool = False,
    logs: Logs | None = None,
) -> Spec:
    """Read anything that ``pipeline.read`` takes, and ``git:REV:path``.

    Raises:
        SpecError: with everything that is wrong.
    """
    from lrviz.readers import revision

    if revision.names_revision(word):
        return revision.read(word, run, optimizer)
    return pipeline.read(word, run, optimizer, trust=trust, logs=logs)


def pairs(words: Sequence[str], since: str | None = None, baseline: str | None = None) -> list[Pair]:
    """Pair what is to be compared: two words or folders; files with a revision; specs with a folder of baselines.

    Raises:
        SpecError: if something is not there.
    """
    from lrviz.readers import pairs as readers

    if since is not None:
        return readers.pairs_since(since, words or ["."])
    if baseline is not None:
        return readers.pairs_with_baseline(baseline, words or ["."])
    return readers.pairs_of(*words)


def diff(
    pairs: Iterable[Pair],
    read: Read,
    simulate: Simulate,
    names: tuple[str, str],
    tolerance: Tolerance,
    prepare: Callable[[Sequence[Spec]], None] | None = None,
) -> Diff:
    """Compare pairs of words; what is wrong with one does not keep the others from being compared.

    Args:
        pairs: what is compared.
        read: reads a word.
        simulate: steps the curves of a spec.
        names: what the two sides are called.
        tolerance: what counts as equal.
        prepare: is told all specs before the first of them is stepped.

    Raises:
        SpecError: if what is wrong leaves nothing to compare.
    """
    # Everything is read first: what is wrong with a spec is told before anything is simulated.
    problems: list[Problem] = []
    specs: dict[str, Spec] = {}
    listed = list(pairs)
    for word in dict.fromkeys(
        word for pair in listed for word in (pair.before, pair.after) if word is not None
    ):
        try:
            specs[word] = read(word)
        except SpecError as error:
            problems += error.problems
    good = [pair for pair in listed if {pair.before, pair.after} - {None} <= set(specs)]
    if problems and not good:
        raise SpecError(problems)
    if prepare is not None:
        words = (word for pair in good for word in (pair.before, pair.after) if word is not None)
        prepare([specs[word] for word in dict.fromkeys(words)])
    from lrviz.analyze.comparison import Diff

    found: list[Comparison] = []
    for pair in good:
        try:
            found += _compared(pair, specs, simulate, tolerance)
        except RefusedByTorch as error:
            problems.append(error.problem)
        except SpecError as error:
            problems += error.problems
        except LrvizError as error:
            problems.append(Problem(Place(pair.title), str(error)))
    return Diff(*names, tolerance, tuple(found), SpecError(problems).problems if problems else ())


def diff_of_traces(
    before: Iterable[Trace], after: Iterable[Trace], names: tuple[str, str], tolerance: Tolerance
) -> Diff:
    """Compare traces that are there already."""
    from lrviz.analyze.comparison import Diff, comparisons_of

    return Diff(*names, tolerance, tuple(comparisons_of(names[1], list(before), list(after), tolerance)))


def tolerance(rtol: float | None, atol: float | None) -> Tolerance:
    """Settle what counts as equal.

    Raises:
        LrvizError: if it is no tolerance.
    """
    from lrviz.analyze.tolerance import tolerance_of

    return tolerance_of(rtol, atol)


def _compared(
    pair: Pair, specs: Mapping[str, Spec], simulate: Simulate, tolerance: Tolerance
) -> list[Comparison]:
    from lrviz.analyze.comparison import comparisons_of

    before, after = (
        [_whole(trace) for trace in simulate(specs[word]).values()] if word is not None else []
        for word in (pair.before, pair.after)
    )
    if len(before) > 1 and len(after) == 1 and after[0].logged is not None:
        message = (
            f"holds {len(before)} curves, and a run is one; name its own: {pair.before}#{before[0].name}"
        )
        raise SpecError([Problem(Place(str(pair.before)), message)])
    found = comparisons_of(pair.title, before, after, tolerance)
    plans, runs = (_curves(specs, word) for word in (pair.before, pair.after))
    return [_explained(one, plans, runs, simulate, tolerance) for one in found]


def _curves(specs: Mapping[str, Spec], word: str | None) -> dict[str, Curve | Recorded]:
    return {} if word is None else {curve.name: curve for curve in specs[word]}


def _explained(
    one: Comparison,
    plans: Mapping[str, Curve | Recorded],
    runs: Mapping[str, Curve | Recorded],
    simulate: Simulate,
    tolerance: Tolerance,
) -> Comparison:
    """Add what was assumed in reading a run, and why it did not do as planned."""
    from dataclasses import replace

    from lrviz.explaining import explanation_of
    from lrviz.spec.curve import Curve, Recorded, Spec
    from lrviz.trace import Trace

    plan = plans.get(one.before.name) if one.before is not None else None
    run = runs.get(one.after.name) if one.after is not None else None
    sides = [side for side in (plan, run) if isinstance(side, Recorded)]
    one = replace(
        one, notes=tuple(dict.fromkeys([*one.notes, *(note for side in sides for note in side.notes)]))
    )
    if not (one.divergences and isinstance(plan, Curve) and isinstance(run, Recorded)):
        return one

    def again(curve: Curve) -> Trace | None:
        found = simulate(Spec((curve,)))[curve.name]
        return found if isinstance(found, Trace) else None

    assert one.before is not None
    assert one.after is not None
    return replace(one, explanation=explanation_of(plan, one.before, one.after, tolerance, again))


def _whole(trace: Trace | RefusedByTorch) -> Trace:
    if isinstance(trace, RefusedByTorch):
        raise trace
    return trace
