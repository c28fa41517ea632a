"""A MultiplicativeLR is given a factor of the first LR, and multiplies it up call by call.

What it does
    Finds a MultiplicativeLR whose LR all but vanishes, where the same expression in a LambdaLR gives a curve that does
    not.

Why it matters
    MultiplicativeLR multiplies the current LR by the factor at every call, so that a factor that was meant for the
    first LR is compounded: 1 / (1 + 0.1·t) is down to a tenth after 7 calls, and to nothing soon after.

Use instead
    LambdaLR, whose expression is the factor of the first LR. For MultiplicativeLR, the ratio of two successive factors.

Sources
    Diffusion-Planner#293, pytorch#2809.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lrviz.checks.case import Case, exchanged
from lrviz.checks.finding import Hit
from lrviz.checks.wording import number
from lrviz.spec.expressions import Expression

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  inverse time: {type: MultiplicativeLR, lr_lambda: "1 / (1 + 0.1 * t)"}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  inverse time: {type: LambdaLR, lr_lambda: "1 / (1 + 0.1 * t)"}
"""


def check(case: Case) -> Iterator[Hit]:
    """Compare the curve with that of a LambdaLR of the same expression."""
    for scheduler in case.of_type("MultiplicativeLR"):
        written = dict(scheduler.arguments)["lr_lambda"]
        each = written if isinstance(written, tuple) else (written,)
        if not all(isinstance(one, Expression) for one in each) or scheduler.start >= case.steps:
            continue
        used = case.lr[scheduler.start :]
        if not (used[-1] < 1e-3 * used.max(axis=0)).any():
            continue
        schedulers = exchanged(case.curve.schedulers, scheduler, replace(scheduler, type="LambdaLR"))
        other = case.again(schedulers=schedulers)
        if other is None:
            continue
        meant = other.lr[scheduler.start :]
        group = next((g for g in range(used.shape[1]) if _compounded(used[:, g], meant[:, g])), None)
        if group is not None:
            ends = f"{case.whose(group)} ends at {number(float(used[-1, group]))}"
            instead = f"in a LambdaLR the same expression ends at {number(float(meant[-1, group]))}"
            message = f"{ends}: MultiplicativeLR multiplies the factors of all calls; {instead}"
            yield Hit(
                message, "write type: LambdaLR", case.at(scheduler, "type", "lr_lambda"), case.steps - 1
            )
            return


def _compounded(used: np.ndarray, meant: np.ndarray) -> bool:
    """Whether a curve is the product of factors, most of which are far from 1 and make a schedule by themselves."""
    top = float(meant.max())
    if top <= 0 or meant.min() < 0 or abs(float(used[-1])) >= 1e-3 * abs(float(meant[-1])):
        return False
    falls = float(meant.min()) <= 0.5 * top
    steady = np.mean(
        np.isclose(meant, meant[0], rtol=1e-3, atol=0)
    )  # of drops now and then, most are no change
    return falls and float(steady) < 0.5
