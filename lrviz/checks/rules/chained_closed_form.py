"""A scheduler that computes the LR afresh stands beside others, whose work it overwrites.

What it does
    Finds a LambdaLR, OneCycleLR, CyclicLR or CosineAnnealingWarmRestarts that shares its LR with other schedulers, in a
    ChainedScheduler or side by side under `schedulers:`.

Why it matters
    A closed-form scheduler computes the LR from its base and its own count, and takes no notice of what other
    schedulers made of it. What stands before it is lost; what stands behind it multiplies by the ratio of two of its
    own factors, of which nothing is kept, so that a warm-up from 0.1 can lift the LR to several times its base.

Use instead
    Phases in a SequentialLR, a `warmup:` in front of the scheduler, or one LambdaLR that is the product.

Sources
    pytorch#129565 (open), pytorch#82859, casanovo#249.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import CLOSED, Case, given
from lrviz.checks.finding import Hit
from lrviz.checks.wording import listed, number
from lrviz.spec.curve import Scheduler

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  warm-up and decay:
    type: ChainedScheduler
    schedulers:
      - {type: LinearLR, start_factor: 0.1, total_iters: 5}
      - {type: LambdaLR, lr_lambda: "0.95 ** t"}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  warm-up and decay: {type: LambdaLR, lr_lambda: "0.95 ** t", warmup: {length: 5, start_factor: 0.1}}
"""


def check(case: Case) -> Iterator[Hit]:
    """Look at the schedulers that stand side by side, then at those of each chain."""
    teams = [case.curve.schedulers, *(chain.children for chain in case.of_type("ChainedScheduler"))]
    for team in teams:
        known = [s for s in team if s.code is None and s.type != "ReduceLROnPlateau"]
        for scheduler in known:
            closed = _closed(scheduler)
            others = [other for other in known if other is not scheduler]
            if closed is not None and others:
                yield _hit(case, closed, others, behind=known.index(scheduler) < len(known) - 1)
                return


def _closed(scheduler: Scheduler) -> Scheduler | None:
    if scheduler.type in CLOSED and scheduler.code is None:
        return scheduler
    return next((found for child in scheduler.children if (found := _closed(child))), None)


def _hit(case: Case, closed: Scheduler, others: list[Scheduler], *, behind: bool) -> Hit:
    bases = np.array([max(pair) for pair in zip(case.bases, case.lrs, strict=True)])
    over = np.divide(case.peaks, bases, out=np.zeros_like(bases), where=bases > 0)
    group = int(np.argmax(over))
    types = sorted({other.type for other in others})
    names, many, whose = listed(types), len(types) > 1, case.whose(group)
    what = f"{closed.type} sets {whose} anew from its base at every call"
    peak = number(float(case.peaks[group]))
    if behind and over[group] > 1.001:
        does = f"{names} {'multiply' if many else 'multiplies'} it by ratios that do not fit"
        message = f"{what}, and {does}: it peaks at {peak}, where {number(float(bases[group]))} is written"
        return Hit(message, _advice(closed, others), closed.place, int(case.peaks_at[group]))
    first, last = number(float(case.lr[0, group])), number(float(case.lr[-1, group]))
    lost = f"what {names} {'make' if many else 'makes'} of it is lost"
    message = f"{what}, and {lost}: it starts at {first} and ends at {last}"
    return Hit(message, _advice(closed, others), closed.place)


def _advice(closed: Scheduler, others: list[Scheduler]) -> str:
    alone = others[0] if len(others) == 1 else None
    if alone is not None and alone.type == "LinearLR" and closed.type != "OneCycleLR":
        start, calls = given(alone, "start_factor"), given(alone, "total_iters")
        if start < given(alone, "end_factor") and calls and alone.interval == closed.interval:
            length = f"warmup: {{length: {calls}, start_factor: {start:.4g}}}"
            return f"write {closed.type} alone, with {length}"
    if closed.type == "OneCycleLR":
        return "write OneCycleLR alone: it warms up and decays by itself"
    return "write them as phases of a SequentialLR, or as one LambdaLR that is their product"
