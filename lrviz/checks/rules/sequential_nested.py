"""A SequentialLR holds another SequentialLR, or begins with a ChainedScheduler.

What it does
    Finds a SequentialLR as a later phase of another, which torch cannot hand over to, and a SequentialLR or
    ChainedScheduler as a first phase whose curve is not the one that it has by itself.

Why it matters
    Composite schedulers have no LR of their own to start from, so torch raises NotImplementedError in the middle of the
    run, at the milestone. As a first phase they start, but a step ahead or with a factor too many: the steps that
    they made while they were built are only half undone.

Use instead
    One SequentialLR with all the phases; `warmup:` in front of a SequentialLR makes it one by itself.

Sources
    pytorch#196243 (open), #132745, #67957.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case, Phase, given
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, lengths, number

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  nested:
    type: SequentialLR
    milestones: [5ep]
    schedulers:
      - {type: LinearLR, start_factor: 0.1, total_iters: 5ep}
      - type: SequentialLR
        milestones: [60ep]
        schedulers:
          - {type: ConstantLR, factor: 1.0, total_iters: rest}
          - {type: CosineAnnealingLR, T_max: rest}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  one after the other:
    type: SequentialLR
    milestones: [5ep, 60ep]
    schedulers:
      - {type: LinearLR, start_factor: 0.1, total_iters: 5ep}
      - {type: ConstantLR, factor: 1.0, total_iters: rest}
      - {type: CosineAnnealingLR, T_max: rest}
"""


def check(case: Case) -> Iterator[Hit]:
    """Find the first phase that is itself made of several."""
    for phase in case.phases:
        child = phase.scheduler
        if child.code is not None or child.type not in ("SequentialLR", "ChainedScheduler"):
            continue
        if phase.index and phase.first <= case.calls(phase.inside):
            happens = (
                f"torch raises NotImplementedError after {counted(child.start, 'update')} of {case.steps:,}"
            )
            message = f"SequentialLR cannot hand over to a {child.type}: {happens}"
            yield Hit(message, _advice(case, phase), child.place, child.start - 1)
            return
        if not phase.index and phase.inside.start == 0 and case.happened is not None and not case.foreign:
            hit = _late(case, phase)
            if hit is not None:
                yield hit
                return


def _late(case: Case, phase: Phase) -> Hit | None:
    """Compare a first phase with the same scheduler by itself."""
    if phase.inside not in case.curve.schedulers or len(case.curve.schedulers) > 1:
        return None
    child = phase.scheduler
    alone = case.again(schedulers=(child,))
    end = min(case.clock.update_of(phase.last, child.interval, child.frequency), case.steps)
    if alone is None or np.allclose(alone.lr[:end], case.lr[:end], rtol=1e-9, atol=0):
        return None
    at, group = (
        int(i) for i in np.argwhere(~np.isclose(alone.lr[:end], case.lr[:end], rtol=1e-9, atol=0))[0]
    )
    here, there = number(float(case.lr[at, group])), number(float(alone.lr[at, group]))
    out = f"as the first phase of a SequentialLR, {child.type} is out of step"
    message = f"{out}: {case.whose(group)} is {here} at update {at:,}, where it has {there} by itself"
    return Hit(message, _advice(case, phase), child.place, at)


def _advice(case: Case, phase: Phase) -> str:
    outer, child = phase.inside, phase.scheduler
    if child.type == "ChainedScheduler":
        return "write one LambdaLR that is the product of the chain in its place"
    before = given(outer, "milestones")[: phase.index]
    offset = before[-1] if before else 0
    inner = (offset + point for point in given(child, "milestones"))
    points = (*before, *inner, *given(outer, "milestones")[phase.index :])
    words = ", ".join(lengths(point, outer, case.clock)[0] for point in points)
    return f"put its phases among those of the outer SequentialLR, with milestones: [{words}]"
