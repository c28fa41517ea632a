"""The learning rate is still rising when the run ends.

What it does
    Finds an LR that is at its highest at the end of the run and rose to the last, unless the schedule is cyclic.

Why it matters
    A run ends well at a low LR, so one that ends at its highest has its decay written backwards, or its warm-up cut
    off by the end. The weights that are kept come from the noisiest updates of all.

Use instead
    A function that falls: `1 - t / n` for `t / n`. Allow it for a range test, which rises on purpose:
    `check: {ignore: [lr-rising-at-end]}`.

Sources
    karpathy/nanochat#68, where it was found in released code.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case
from lrviz.checks.finding import Hit
from lrviz.checks.shapes import per_call
from lrviz.checks.wording import number

BAD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1}
schedules:
  linear: {type: LambdaLR, lr_lambda: "t / 1000 + 0.01"}
"""
GOOD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1}
schedules:
  linear: {type: LambdaLR, lr_lambda: "1 - t / 1000"}
"""


def check(case: Case) -> Iterator[Hit]:
    """Look at the last change of each group."""
    lr = per_call(case)
    if case.cyclic or case.curve.rules or len(lr) < 3:
        return
    rising = (lr[-1] > lr[-2] * (1 + 1e-9)) & (lr[-1] >= case.peaks * (1 - 1e-9)) & (case.peaks > 0)
    if not rising.any():
        return
    group = int(np.argmax(rising))
    first, last = number(float(case.lr[0, group])), number(float(case.lr[-1, group]))
    message = f"{case.whose(group)} rises to the end of the run, from {first} to {last}"
    advice = "turn the decay round, or let the warm-up end earlier"
    scheduler = case.schedulers[-1] if case.schedulers else None
    place = case.place if scheduler is None else case.at(scheduler, "lr_lambda", "gamma", "total_iters")
    yield Hit(message, advice, place, case.steps - 1)
