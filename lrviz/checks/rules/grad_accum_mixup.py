"""A length counts batches, and the scheduler is stepped once per accumulated update.

What it does
    With `run.accumulate`, finds a length that is that many times longer than the run (it counts batches), or shorter
    (it was divided twice), and a function of the step that comes down to zero only when it is called once per batch.

Why it matters
    The schedule stops at a fraction of its way, so that the run ends at an LR that was meant for its first half.
    Accumulating over 4 batches makes a quarter of the updates, and `len(loader) * epochs` counts them all.

Use instead
    A length that follows the run: `T_max: 100%`. In a script, `math.ceil(len(loader) / accumulate) * epochs`.

Sources
    lightning#1476, axolotl#1170 and #977, starVLA#210, OneVision-Encoder#82, diffusers#4387, h2o-llmstudio#663,
    TinyLlama#172.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case
from lrviz.checks.finding import Hit
from lrviz.checks.units import meant, mixups, outcome, remedy
from lrviz.checks.wording import counted

BAD = """\
run: {epochs: 10, steps_per_epoch: 100, accumulate: 4}
optimizer: {type: AdamW, lr: 3e-4}
schedules:
  cosine: {type: CosineAnnealingLR, interval: step, T_max: 4000}
"""
GOOD = """\
run: {epochs: 10, steps_per_epoch: 100, accumulate: 4}
optimizer: {type: AdamW, lr: 3e-4}
schedules:
  cosine: {type: CosineAnnealingLR, interval: step, T_max: 100%}
"""


def check(case: Case) -> Iterator[Hit]:
    """Hold lengths, and functions that have none, against the run's batches."""
    factor = case.clock.accumulate
    for mixup in mixups(case, "accumulate"):
        times = f"is stepped {counted(mixup.made, 'time')}, once per update of {factor} batches"
        what = "a number of batches," if mixup.long else f"divided by accumulate: {factor} once too often,"
        message = f"{mixup}, {what} and {times}: {outcome(case)}"
        yield Hit(message, remedy(case, mixup), case.at(mixup.scheduler, mixup.key), case.steps - 1)
        return
    if meant(case, factor):
        message = (
            f"{case.curve.schedulers[0].type} comes down to zero over {case.steps * factor:,} calls, a number of "
            f"batches, and is stepped {counted(case.steps, 'time')}, once per update of {factor}: {outcome(case)}"
        )
        advice = f"count updates, not batches: {case.steps:,} in place of {case.steps * factor:,}"
        lambdas = case.of_type("LambdaLR")
        place = case.at(lambdas[-1], "lr_lambda") if lambdas else case.place
        yield Hit(message, advice, place, case.steps - 1)
