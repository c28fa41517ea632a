"""A plan, and a run that did otherwise → the known mistake that explains it, where one does.

Each mistake is made in the plan, on the real objects, or on what they gave; the first that gives the run's LR at every
update that is known of it is told. Where none does, nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lrviz.analyze.comparison import Explanation, compared
from lrviz.analyze.tolerance import Tolerance
from lrviz.explaining.mistakes import mistakes
from lrviz.explaining.remaking import last_of
from lrviz.spec.curve import Curve
from lrviz.trace import Trace

Simulate = Callable[[Curve], Trace | None]
MOST = 10_000_000  # updates that are simulated in search of an explanation
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
    for mistake in mistakes(curve, plan, run):
        made = mistake.made
        if isinstance(made, Curve):
            left -= made.clock.steps
            if left < 0:
                return None
            found = simulate(made)
            if found is None:
                continue
            made = found if mistake.batches == 1 else last_of(found, mistake.batches)
        if len(np.intersect1d(made.known, run.known)) >= FEWEST and _fits(made, run, tolerance):
            return Explanation(mistake.sentence, mistake.advice)
    return None


def _fits(made: Trace, run: Trace, tolerance: Tolerance) -> bool:
    return not any(one.quantity == "lr" for one in compared("", made, run, tolerance).divergences)
