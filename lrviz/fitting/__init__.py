"""A recorded learning rate → the schedule that made it, or the nearest that there is.

Closed forms propose, and real torch objects decide: every schedule that is told has been stepped, update by update, and
what is said of its residual is said of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from lrviz.errors import LrvizError
from lrviz.fitting.families import BODIES, WHOLE
from lrviz.fitting.groups import grouped
from lrviz.fitting.points import Array, Pace, Points, Whole, paces
from lrviz.fitting.proposal import Proposal
from lrviz.fitting.warmups import warmed
from lrviz.fitting.writing import Run, spec_text
from lrviz.trace import Trace

EXACT, ROUNDED = (
    1e-12,
    1e-6,
)  # largest residual of what fits: in double precision, and of numbers rounded to float32
CLOSE = 1e-4  # largest misfit of a closed form that is worth stepping
BONUS = 1.5  # numbers that equality to the last bit is worth
NEAREST = 3  # schedules that are stepped where none comes near
MOST = 12  # schedules that are stepped at each pace

Simulate = Callable[[str], Array]  # a spec's text → the LR of its one curve, (updates, groups)


@dataclass(frozen=True)
class Residual:
    """How far a schedule is from a curve.

    Args:
        relative: the largest deviation, as a share of the LR (of a thousandth of the peak, where the LR is less).
        absolute: the largest deviation.
        share: that, as a share of the peak.
        update: where the relative one is.
        farthest: where the absolute one is.
        exact: how many of the numbers are equal to the last bit.
        count: how many numbers there are.
    """

    relative: float
    absolute: float
    share: float
    update: int
    farthest: int
    exact: int
    count: int


@dataclass(frozen=True)
class Fitted:
    """A schedule, and how well it fits.

    Args:
        family: its name, for people.
        interval: how it is stepped.
        text: the spec.
        residual: what is left.
        parameters: how many numbers make it.
        fits: whether it made the curve.
    """

    family: str
    interval: str
    text: str
    residual: Residual
    parameters: float
    fits: bool


def fit_trace(trace: Trace, optimizer: str, simulate: Simulate) -> Fitted:
    """Find the schedule of a trace, of which some updates may be unknown (NaN).

    Args:
        trace: the recorded curve.
        optimizer: the class that the spec is to name.
        simulate: steps the curve of a spec.

    Raises:
        LrvizError: if too little of it is known.
    """
    known = np.flatnonzero(np.isfinite(trace.lr).all(axis=1))
    if len(known) < 2:
        raise LrvizError(f"{trace.name}: {len(known)} known learning rates; a fit wants two or more")
    run = Run(trace.clock.steps, trace.clock.steps_per_epoch, optimizer, trace.groups)
    return fit(known, trace.lr[known], run, simulate)


def fit(updates: Whole, values: Array, run: Run, simulate: Simulate) -> Fitted:
    """Find the simplest schedule that makes a curve; where none does, the nearest.

    Args:
        updates: the updates that are known, ascending.
        values: the LR of each group at each, (updates, groups).
        run: what else is known of the run.
        simulate: steps the curve of a spec.
    """
    found: list[Fitted] = []
    first = values[:, 0]
    for pace in paces(updates, first, run.steps_per_epoch):
        found += _tried(pace, updates, values, run, simulate)
        if pace.certain and any(one.fits for one in found):
            break
    fitting = [one for one in found if one.fits]
    if fitting:
        return min(fitting, key=_rank)
    if not found:
        raise LrvizError("none of the schedules that come near can be stepped by torch")
    return min(found, key=lambda one: (one.residual.share, one.parameters))


def _tried(pace: Pace, updates: Whole, values: Array, run: Run, simulate: Simulate) -> Iterator[Fitted]:
    """Step what comes near; where nothing of it fits, also the nearest that does not."""
    points = pace.points(updates, values[:, 0], run.steps)
    proposals = [one for one in sorted(_proposals(points), key=lambda one: one[:3]) if np.isfinite(one[0])]
    fits, best = False, np.inf
    for misfit, parameters, _, proposal in proposals[:MOST]:
        if misfit <= CLOSE and parameters - BONUS < best:  # what cannot be better need not be stepped
            stepped = _stepped(proposal.rounded(points), pace, updates, values, run, simulate)
            if stepped is not None:
                fits = fits or stepped.fits
                exact, rank, _ = _rank(stepped)
                best = min(best, np.inf if exact or not stepped.fits else rank)
                yield stepped
    if not fits:
        some = points.thinned(3000)
        near = sorted(proposals, key=lambda one: (one[3].share(some), *one[1:3]))[:NEAREST]
        level = [one for one in proposals if one[3].name == "constant"]
        for _, _, _, proposal in (*near, *level):
            stepped = _stepped(proposal, pace, updates, values, run, simulate)
            if stepped is not None:
                yield stepped


def _rank(one: Fitted) -> tuple[bool, float, float]:
    """Prefer what is exact, then what has fewer numbers; equality to the last bit is worth BONUS numbers."""
    same = one.residual.exact == one.residual.count
    return one.residual.relative > EXACT, one.parameters - BONUS * same, one.residual.relative


def _proposals(points: Points) -> Iterator[tuple[float, int, int, Proposal]]:
    order = 0
    for body in (*BODIES, *WHOLE):
        for proposal in body(points):
            order += 1
            yield _judged(proposal, points, order)
    for body in BODIES:
        for proposal in warmed(points, body):
            order += 1
            yield _judged(proposal, points, order)


def _judged(proposal: Proposal, points: Points, order: int) -> tuple[float, int, int, Proposal]:
    """Judge by the closed form: what is as good as exact is ordered by its number of parameters."""
    misfit = proposal.misfit(points)
    return (misfit if misfit > 1e-8 else 0.0), proposal.parameters, order, proposal


def _stepped(
    proposal: Proposal, pace: Pace, updates: Whole, values: Array, run: Run, simulate: Simulate
) -> Fitted | None:
    """Step what is proposed; None where torch, or the language, does not take it."""
    text = spec_text(grouped(proposal, values), pace, run)
    try:
        lr = simulate(text)
    except (ValueError, ArithmeticError):
        return None
    residual = _residual(lr[updates], values, updates)
    largest = ROUNDED if _is_rounded(values) else EXACT
    return Fitted(
        proposal.name,
        pace.interval,
        text,
        residual,
        proposal.parameters + 1.25 * pace.guessed,  # the length of an epoch
        residual.relative <= largest,
    )


def _residual(found: Array, values: Array, updates: Whole) -> Residual:
    off, peak = np.abs(found - values), np.max(np.abs(values), axis=0) + 1e-300
    relative = off / np.maximum(np.abs(values), 1e-3 * peak)
    return Residual(
        relative=float(np.max(relative)),
        absolute=float(np.max(off)),
        share=float(np.max(off / peak)),
        update=int(updates[np.argmax(np.max(relative, axis=1))]),
        farthest=int(updates[np.argmax(np.max(off / peak, axis=1))]),
        exact=int(np.sum(off == 0)),
        count=off.size,
    )


def _is_rounded(values: Array) -> bool:
    """Whether all numbers are such as a float32 holds, or were written with few digits."""
    if np.array_equal(values.astype(np.float32).astype(np.float64), values):
        return True
    some = values.ravel()[:: max(1, values.size // 500)]
    return all(float(f"{value:.7e}") == value for value in some.tolist()) and len(set(some.tolist())) > 8
