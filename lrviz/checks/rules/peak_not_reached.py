"""The learning rate never comes near the one that was asked for.

What it does
    Finds a group whose LR stays below 90% of the optimizer's (or of max_lr), because a warm-up or a cycle is cut short,
    or because a factor is never released. Functions and chains, which may mean to stay below, are left alone unless
    a warm-up in them is cut.

Why it matters
    The run trains at a fraction of the LR that was chosen and tuned for it. Nothing warns: the loss only falls more
    slowly.

Use instead
    A warm-up that fits the run, `warmup: 5%`; for a CyclicLR a `step_size_up` that follows it, since torch's default
    of 2000 calls is meant for batches.

Sources
    axolotl#2897, torchtitan#1284 and #1261, pytorch#65417.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case, given
from lrviz.checks.finding import Hit
from lrviz.checks.phases import Phase, phases
from lrviz.checks.wording import number

BAD = """\
run: {epochs: 3, steps_per_epoch: 100}
optimizer: {type: AdamW, lr: 3e-4}
schedules:
  warm-up: {type: LinearLR, interval: step, start_factor: 0.01, total_iters: 500}
"""
GOOD = """\
run: {epochs: 3, steps_per_epoch: 100}
optimizer: {type: AdamW, lr: 3e-4}
schedules:
  warm-up: {type: LinearLR, interval: step, start_factor: 0.01, total_iters: 5%}
"""
# Whose LR need not come near the optimizer's: functions of any size, products, reactions to metrics.
_FREE = ("LambdaLR", "MultiplicativeLR", "ChainedScheduler", "ReduceLROnPlateau")


def check(case: Case) -> Iterator[Hit]:
    """Find the group that stays farthest below its peak."""
    if case.foreign or case.curve.rules or not case.schedulers:
        return
    bases = np.array(case.bases)
    with np.errstate(over="ignore"):  # of a base that is next to nothing
        reached = np.where(bases > 0, case.peaks / np.where(bases > 0, bases, 1.0), 1.0)
    group = int(np.argmin(reached))
    if reached[group] >= 0.9:
        return
    cut = next((phase for phase in phases(case) if _rise(phase) > phase.seen), None)
    scaled = any(s.type == "CyclicLR" and given(s, "mode") == "exp_range" for s in case.schedulers)
    scaled = scaled or any(dict(s.arguments).get("scale_fn") is not None for s in case.schedulers)
    if cut is None and (scaled or case.of_type(*_FREE) or len(case.curve.schedulers) > 1):
        return
    at = int(case.peaks_at[group])
    message = (
        f"{case.whose(group)} never gets above {number(float(case.peaks[group]))}, {reached[group]:.0%} of "
        f"{number(float(bases[group]))}"
    )
    if cut is None:
        advice = "write the LR that the run is to reach as the optimizer's, or release the factor earlier"
        yield Hit(message, advice, case.schedulers[0].place, at)
        return
    scheduler, key = cut.scheduler, _KEYS[cut.scheduler.type]
    message = f"{message}: {scheduler.type} rises for {_rise(cut):,} calls, and {cut.seen:,} are made"
    advice = f"write a length that fits, such as {key}: {'5%' if key == 'total_iters' else '50%'}"
    if cut.end < case.steps:
        advice = f"{advice}, or move the milestone at which it hands over"
    yield Hit(message, advice, case.at(scheduler, key), at)


_KEYS = {"LinearLR": "total_iters", "ConstantLR": "total_iters", "CyclicLR": "step_size_up"}


def _rise(phase: Phase) -> int:
    """Count the calls after which a scheduler has brought the LR up; 0 where it does no such thing."""
    scheduler = phase.scheduler
    if scheduler.type == "LinearLR" and given(scheduler, "end_factor") > given(scheduler, "start_factor"):
        return int(given(scheduler, "total_iters"))
    if scheduler.type == "ConstantLR" and given(scheduler, "factor") < 1:
        return int(given(scheduler, "total_iters"))
    return int(given(scheduler, "step_size_up")) if scheduler.type == "CyclicLR" else 0
