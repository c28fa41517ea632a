"""The learning rate falls below zero.

What it does
    Finds an update that trains with a negative LR; notes an LR that is negative only after the last update.

Why it matters
    An update with a negative LR climbs the gradient instead of descending it, and undoes what was learnt. Torch
    checks an LR when the optimizer is made, never again.

Use instead
    A function that ends at zero, `max(0, 1 - t / n)`, with `n` as long as the run; a gamma between 0 and 1.

Sources
    transformers#327, nathanhubens/Learning-Rate#7.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case, given
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, number

BAD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1}
schedules:
  linear: {type: LambdaLR, lr_lambda: "1 - t / 800"}
"""
GOOD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1}
schedules:
  linear: {type: LambdaLR, lr_lambda: "1 - t / 1000"}
"""
_FLOORED = ("CosineAnnealingLR", "CosineAnnealingWarmRestarts")


def check(case: Case) -> Iterator[Hit]:
    """Find the group with the lowest LR."""
    group = int(np.argmin(case.lr.min(axis=0)))
    lr = case.lr[:, group]
    below = np.flatnonzero(lr < 0)
    blamed = case.of_type("LambdaLR", "MultiplicativeLR", "StepLR", "MultiStepLR", "ExponentialLR")
    place = case.at(blamed[-1], "lr_lambda", "gamma") if blamed else case.place
    floors = [s for s in case.of_type(*_FLOORED) if float(given(s, "eta_min")) < 0]
    advice = "keep it at 0 or above"
    if blamed and "Lambda" in blamed[-1].type:
        advice = 'keep the function at 0 or above: lr_lambda: "max(0, ...)"'
    elif blamed:
        advice = "write a gamma between 0 and 1"
    elif floors:
        place, advice = case.at(floors[-1], "eta_min"), "write eta_min: 0"
    if len(below):
        trains = "trains" if len(below) == 1 else "train"
        message = (
            f"{counted(len(below), 'update')} of {case.steps:,} {trains} with a negative LR, the first is update "
            f"{int(below[0]):,}; {case.whose(group)} goes down to {number(float(lr.min()))}"
        )
        yield Hit(message, advice, place, int(below[0]))
    elif min(case.trace.final_lr) < 0 and not case.of_type("OneCycleLR"):  # whose last call always overshoots
        message = f"the LR is {number(min(case.trace.final_lr))} after the last update, which no update uses"
        yield Hit(message, advice, place, None, "info")
