"""A learning rate that is a float32 tensor drifts away from the schedule, or stops moving.

What it does
    For an optimizer whose LR is a tensor and a scheduler that goes on from the LR it finds, called more than 10,000
    times, simulates the same run with plain numbers, and reports a difference of more than 0.1% of the peak.

Why it matters
    A float32 holds seven digits, and most schedulers compute each LR from the one before: the rounding of every call
    adds up, and a change smaller than the last digit is no change at all. A CosineAnnealingLR with an eta_min can stay
    at the bottom for good.

Use instead
    A plain number as lr, which is exact enough for any run; or a scheduler that computes the LR from its count
    (LambdaLR, OneCycleLR), which does not drift.

Sources
    Found by stepping torch: up to 0.6% in a million calls, and a cosine that stays at eta_min.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lrviz.checks.case import Case
from lrviz.checks.finding import Hit, Severity
from lrviz.checks.wording import number

BAD = """\
run: {steps: 20000}
optimizer: {type: Adam, lr: 0.1, tensor_lr: true, capturable: true}
schedules:
  waves: {type: CosineAnnealingLR, T_max: 10000, eta_min: 0.05, cyclic: true}
"""
GOOD = """\
run: {steps: 20000}
optimizer: {type: Adam, lr: 0.1}
schedules:
  waves: {type: CosineAnnealingLR, T_max: 10000, eta_min: 0.05, cyclic: true}
"""
FEWEST = 10_000  # calls: the drift of fewer is not worth a simulation
DRIFT, BROKEN = 1e-3, 1e-2  # of the peak: worth a warning, and an error
ONWARD = (
    *("ConstantLR", "CosineAnnealingLR", "ExponentialLR", "LinearLR", "MultiplicativeLR", "MultiStepLR"),
    *("PolynomialLR", "StepLR"),
)


def check(case: Case) -> Iterator[Hit]:
    """Compare with the same run without tensors."""
    optimizer = case.curve.optimizer
    if not optimizer.tensor_lr or not case.of_type(*ONWARD):
        return
    if max(map(case.calls, case.curve.schedulers)) <= FEWEST:
        return
    meant = case.again(optimizer=replace(optimizer, tensor_lr=False))
    if meant is None:
        return
    apart = np.abs(case.lr - meant.lr) / np.abs(meant.lr).max(axis=0)
    update, group = (int(index) for index in np.unravel_index(np.argmax(apart), apart.shape))
    worst = float(apart[update, group])
    if worst <= DRIFT:
        return
    severity: Severity = "error" if worst > BROKEN else "warning"
    message = (
        f"{case.whose(group)} is {number(float(case.lr[update, group]))} instead of "
        f"{number(float(meant.lr[update, group]))} at update {update:,}, because it is a float32 tensor"
    )
    advice = "make the lr a plain number: delete tensor_lr, or compute the LR from the count with a LambdaLR"
    place = dict(optimizer.places).get("tensor_lr", optimizer.place)
    yield Hit(message, advice, place, update, severity)
