"""The first update trains with a learning rate of zero.

What it does
    Finds an LR of exactly zero in every group at the first update; more than 1% of the run like that is a warning.

Why it matters
    An update at an LR of zero does nothing, though its forward and backward passes are paid for. One is harmless;
    stepped per epoch, it is the whole first epoch.

Use instead
    A warm-up that starts above zero: `(t + 1) / w` for `t / w`, or lrviz's `warmup: 5%`, which starts at 1% of the LR.

Sources
    nanoGPT#443 and #578, torchtitan#1261, bert#1293; all warm-ups of transformers start so.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case
from lrviz.checks.finding import Hit, Severity
from lrviz.checks.shapes import dead_head
from lrviz.checks.wording import percent

BAD = """\
run: {steps: 1000}
optimizer: {type: AdamW, lr: 3e-4}
schedules:
  warm-up: {type: LambdaLR, lr_lambda: "min(1, t / 100)"}
"""
GOOD = """\
run: {steps: 1000}
optimizer: {type: AdamW, lr: 3e-4}
schedules:
  warm-up: {type: LambdaLR, lr_lambda: "min(1, (t + 1) / 100)"}
"""


def check(case: Case) -> Iterator[Hit]:
    """Count the updates before the first group moves."""
    groups = [case.lr[:, group] for group in range(case.lr.shape[1])]
    dead = min((dead_head(lr) for lr in groups if lr.any()), default=0)
    if not dead:
        return
    many = dead > max(1, 0.01 * case.steps)
    severity: Severity | None = "warning" if many else None
    which = (
        "update trains" if dead == 1 else f"{dead:,} updates ({percent(dead / case.steps)} of the run) train"
    )
    lambdas = case.of_type("LambdaLR")
    place = case.at(lambdas[0], "lr_lambda") if lambdas else case.place
    advice = "start above zero: (t + 1) / w in place of t / w" if lambdas else "start above zero"
    if many and any(stepped.interval == "epoch" for stepped in case.trace.schedulers):
        advice = f"{advice}, or warm up per update: interval: step"
    yield Hit(f"the first {which} with an LR of 0", advice, place, 0, severity)
