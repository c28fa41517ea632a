"""The learning rate falls to almost nothing long before the end.

What it does
    Finds more than 5% of the run, after the peak, at an LR below a millionth of it but above zero.

Why it matters
    At a millionth of the peak the updates are below the rounding of the weights, so nothing more is learnt. A gamma
    that was meant per epoch does this when it is applied per update.

Use instead
    A gamma for the pace at which it is applied: `gamma: "0.01 ** (1 / run)"` with `where: {run: rest}` ends at 1% of
    the LR, however long the run is.

Sources
    physical-ai-studio#403 and #407, easy-faster-rcnn#26.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case
from lrviz.checks.finding import Hit
from lrviz.checks.shapes import vanished
from lrviz.checks.wording import number, percent

BAD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1}
schedules:
  exponential: {type: ExponentialLR, gamma: 0.95}
"""
GOOD = """\
run: {steps: 1000}
optimizer: {type: SGD, lr: 0.1}
schedules:
  exponential: {type: ExponentialLR, gamma: 0.995}
"""


def check(case: Case) -> Iterator[Hit]:
    """Find the group that spends most of the run at nothing."""
    counts = [vanished(case.lr[:, group]) for group in range(case.lr.shape[1])]
    group = int(np.argmax(counts))
    if counts[group] <= 0.05 * case.steps:
        return
    lr, peak = case.lr[:, group], float(case.peaks[group])
    low = np.flatnonzero(lr[int(case.peaks_at[group]) :] < 1e-6 * peak)
    at = int(case.peaks_at[group]) + int(low[0])
    share = percent(len(low) / case.steps)
    message = (
        f"{case.whose(group)} falls below a millionth of its peak at update {at:,}, for {share} of the run, and ends "
        f"at {number(float(lr[-1]))}"
    )
    blamed = case.of_type("ExponentialLR", "StepLR", "MultiStepLR", "MultiplicativeLR", "LambdaLR")
    place = case.at(blamed[-1], "gamma", "lr_lambda") if blamed else case.place
    advice = "let it fall more slowly"
    plateaus = case.of_type("ReduceLROnPlateau")
    if plateaus and not blamed:
        place, advice = (
            plateaus[0].place,
            f"write min_lr: {number(float(lr.max()) / 1000)}, or whatever is worth training at",
        )
    if blamed and blamed[-1].type == "ExponentialLR":
        advice = 'write the gamma for the run: gamma: "0.01 ** (1 / run)", where: {run: rest}'
    yield Hit(message, advice, place, at)
