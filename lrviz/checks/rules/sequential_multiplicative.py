"""A MultiplicativeLR as a later phase goes on from wherever the phase before it has got to.

What it does
    Finds a MultiplicativeLR behind another phase of a SequentialLR whose last LR is not the optimizer's: below it on
    the way up is a warning, anything else an info.

Why it matters
    MultiplicativeLR has no closed form to start a phase with, and multiplies the LR that it finds. A warm-up never
    makes its last step, since that is the call at which the next phase takes over, so that the whole phase behind it
    runs too low.

Use instead
    LambdaLR or ExponentialLR, which start from the optimizer's lr.

Sources
    What torch 2.13 was seen to do: `SequentialLR([LinearLR(0.1, 3), MultiplicativeLR(0.5)], [3])` goes from 0.7 to
    0.35.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case
from lrviz.checks.finding import Hit
from lrviz.checks.wording import number

BAD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  warm-up and decay:
    type: SequentialLR
    milestones: [3]
    schedulers:
      - {type: LinearLR, start_factor: 0.1, total_iters: 3}
      - {type: MultiplicativeLR, lr_lambda: "0.9"}
"""
GOOD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  warm-up and decay:
    type: SequentialLR
    milestones: [3]
    schedulers:
      - {type: LinearLR, start_factor: 0.1, total_iters: 3}
      - {type: ExponentialLR, gamma: 0.9}
"""
_AMISS = 0.05  # of the lr: a warm-up of 20 calls or more is near enough


def check(case: Case) -> Iterator[Hit]:
    """Compare the LR before each MultiplicativeLR with the optimizer's."""
    for phase in case.phases:
        scheduler, at = phase.scheduler, phase.scheduler.start
        if scheduler.type != "MultiplicativeLR" or scheduler.code or not 0 < at < case.steps:
            continue
        off = [abs(float(case.lr[at - 1, g]) - lr) / lr if lr else 0.0 for g, lr in enumerate(case.lrs)]
        group = max(range(len(off)), key=off.__getitem__)
        if off[group] <= _AMISS:
            continue
        before, first, lr = float(case.lr[at - 1, group]), float(case.lr[at, group]), case.lrs[group]
        earlier = case.lr[:at, group]
        rising = before < lr and before >= float(earlier.max()) and before > float(earlier[0])
        goes = f"MultiplicativeLR goes on from {number(before)} to {number(first)}"
        message = f"{goes}, not from the lr of {number(lr)}: it multiplies the LR that it finds"
        advice = "write a LambdaLR or an ExponentialLR, which start from lr"
        yield Hit(message, advice, scheduler.place, at, severity=None if rising else "info")
        return
