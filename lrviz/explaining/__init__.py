"""A plan, and a run that did otherwise → the known mistake that explains it, where one does.

Each mistake is made in the plan, on the real objects, or on what they gave; the first that gives the run's LR at every
update that is known of it is told. Where none does, nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lrviz.analyze.comparison import Explanation, compared
from lrviz.analyze.tolerance import Tolerance
from lrviz.explaining.mistakes import Mistake, mistakes
from lrviz.explaining.remaking import is_plain, last_of
from lrviz.spec.curve import Curve
from lrviz.trace import Trace

Simulate = Callable[[Curve], Trace | None]
MOST = 2_000_000  # updates that are simulated in search of an explanation
FEWEST = 3  # updates at which a mistake must fit


def explanation_of(
    curve: Curve, plan: Trace, run: Trace, tolerance: Tolerance, simulate: Simulate
) -> Explanation | None:
    """Find the mistake that explains what a run did.

    Args:
        curve: what was planned.
        plan: what it gives.
        run: what the run did.
        tolerance: what counts as equal.
        simulate: steps a curve; None where torch refuses it.
    """
    common = np.intersect1d(plan.known, run.known)
    if len(common) < FEWEST:
        return None
    left = MOST
    needed = _needed(curve, plan, run, tolerance)
    for mistake in mistakes(curve, plan, run):
        made = mistake.made
        # What begins otherwise than the run is not stepped to its end.
        for share in (needed, 1.0) if needed < 1 and isinstance(made, Curve) else (1.0,):
            found = _made(mistake, share, simulate)
            left -= len(found) * mistake.batches if found is not None and isinstance(made, Curve) else 0
            if left < 0:
                return None
            if found is None or not _fits(found, run, tolerance):
                break
        else:
            return Explanation(mistake.sentence, mistake.advice)
    return None


def _needed(curve: Curve, plan: Trace, run: Trace, tolerance: Tolerance) -> float:
    """Tell which share of a run, from its beginning, shows that most mistakes are not the one."""
    if not is_plain(curve):
        return 1.0
    partings = [
        one.parting.update for one in compared("", plan, run, tolerance).divergences if one.quantity == "lr"
    ]
    third = int(np.intersect1d(plan.known, run.known)[FEWEST - 1])
    share = (max(third, *partings) + 2) / curve.clock.steps
    return share if share < 0.5 else 1.0


def _made(mistake: Mistake, share: float, simulate: Simulate) -> Trace | None:
    made = mistake.made
    if isinstance(made, Trace):
        return made
    if share < 1:
        made = replace(made, clock=replace(made.clock, steps=math.ceil(share * made.clock.steps)))
    found = simulate(made)
    return found if found is None or mistake.batches == 1 else last_of(found, mistake.batches)


def _fits(made: Trace, run: Trace, tolerance: Tolerance) -> bool:
    if len(np.intersect1d(made.known, run.known)) < FEWEST:
        return False
    return not any(one.quantity == "lr" for one in compared("", made, run, tolerance).divergences)
