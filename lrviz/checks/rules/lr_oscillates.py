"""The learning rate rises several times in a schedule that is not said to be cyclic.

What it does
    Counts the separate rises of more than 2% of the LR's range, and reports more than one, unless the schedule is
    cyclic (CosineAnnealingWarmRestarts, CyclicLR, or `cyclic: true`).

Why it matters
    A schedule that is not cyclic rises once, in its warm-up, and each further rise undoes some of the decay before it.
    Mostly a period is counted in the wrong unit.

Use instead
    A length that follows the run; or say that it is meant: `cyclic: true`.

Sources
    lightning#3205.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case
from lrviz.checks.finding import Hit
from lrviz.checks.shapes import per_call, rises
from lrviz.checks.wording import number

BAD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1}
schedules:
  waves: {type: LambdaLR, lr_lambda: "(1 + cos(2 * pi * t / 300)) / 2 * (1 - t / 1000)"}
"""
GOOD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1}
schedules:
  waves: {type: LambdaLR, cyclic: true, lr_lambda: "(1 + cos(2 * pi * t / 300)) / 2 * (1 - t / 1000)"}
"""


def check(case: Case) -> Iterator[Hit]:
    """Find the group that rises most often."""
    if case.cyclic or case.curve.rules:
        return
    lr = per_call(case)
    counts = [rises(lr[:, group]) for group in range(lr.shape[1])]
    group = int(np.argmax(counts))
    if counts[group] < 2:
        return
    low, high = number(float(case.lr[:, group].min())), number(float(case.peaks[group]))
    message = f"{case.whose(group)} rises {counts[group]} times, between {low} and {high}"
    lambdas = case.of_type("LambdaLR", "MultiplicativeLR")
    place = case.at(lambdas[-1], "lr_lambda") if lambdas else case.place
    yield Hit(message, "say cyclic: true if that is meant; else look for a length in the wrong unit", place)
