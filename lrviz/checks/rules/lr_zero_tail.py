"""The end of the run trains with an LR of zero.

What it does
    Finds more than 1% of the run, and more than one update, at its end at which the LR of every group is zero.

Why it matters
    Updates at an LR of zero change nothing, so that part of the run is paid for and thrown away. Mostly the decay was
    written for a shorter run, or a warm-up was subtracted twice.

Use instead
    A length that reaches to the end, `total_iters: rest` or `100%`, or a floor above zero.

Sources
    AReaL#1289 (the last tenth of each run at zero), EasyContext#21, lightning#2480.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case, horizon, reaching
from lrviz.checks.finding import Hit
from lrviz.checks.shapes import dead_tail
from lrviz.checks.wording import lengths, percent, written

BAD = """\
run: {steps: 1000}
optimizer: {type: AdamW, lr: 3e-4}
schedules:
  linear: {type: PolynomialLR, total_iters: 900}
"""
GOOD = """\
run: {steps: 1000}
optimizer: {type: AdamW, lr: 3e-4}
schedules:
  linear: {type: PolynomialLR, total_iters: 100%}
"""


def check(case: Case) -> Iterator[Hit]:
    """Count the dead updates of the group that lives longest."""
    if case.written is not None and case.written.rules:
        return
    groups = [case.lr[:, group] for group in range(case.lr.shape[1])]
    dead = min((dead_tail(lr) for lr in groups if lr.any()), default=0)
    if dead <= max(1, 0.01 * case.steps):
        return
    at = case.steps - dead
    message = (
        f"the last {dead:,} of {case.steps:,} updates ({percent(dead / case.steps)}) train with an LR of 0"
    )
    for scheduler in case.written.schedulers if case.written else ():
        planned = horizon(scheduler)
        if planned is not None and planned < case.calls(scheduler):
            last, key = reaching(scheduler)
            words = lengths(case.calls(last), last, case.clock)
            yield Hit(message, f"write {written(key, words)}", case.at(last, key), at)
            return
    advice = "let the decay reach to the end of the run, or end it above 0"
    lambdas = case.of_type("LambdaLR")
    yield Hit(message, advice, case.at(lambdas[-1], "lr_lambda") if lambdas else case.place, at)
