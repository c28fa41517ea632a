"""A cosine with a floor in a chain is not the product of the chain's factors.

What it does
    Compares the curve of a ChainedScheduler that holds a CosineAnnealingLR with an eta_min above 0 with the product of
    its children's own curves, and tells a difference of more than 1% of the peak.

Why it matters
    CosineAnnealingLR computes each LR from the one before it, towards an eta_min that knows nothing of the other
    factors. The LR then is neither the cosine times the other factors nor bounded by eta_min as written.

Use instead
    `eta_min: 0`, for which the chain is the product; phases in a SequentialLR; or one LambdaLR with the floor as a
    factor.

Sources
    The family of pytorch#40971, and what torch 2.13 was seen to do.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case, given
from lrviz.checks.finding import Hit
from lrviz.checks.wording import number
from lrviz.spec.curve import Scheduler
from lrviz.trace import Array

BAD = """\
run: {epochs: 6, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 1.0}
schedules:
  warm-up and cosine:
    type: ChainedScheduler
    schedulers:
      - {type: LinearLR, start_factor: 0.1, total_iters: 3}
      - {type: CosineAnnealingLR, T_max: 6, eta_min: 0.1}
"""
GOOD = """\
run: {epochs: 6, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 1.0}
schedules:
  warm-up and cosine:
    type: ChainedScheduler
    schedulers:
      - {type: LinearLR, start_factor: 0.1, total_iters: 3}
      - {type: CosineAnnealingLR, T_max: 6}
"""
_FACTORS = (
    "StepLR",
    "MultiStepLR",
    "ConstantLR",
    "LinearLR",
    "ExponentialLR",
    "PolynomialLR",
    "MultiplicativeLR",
    "CosineAnnealingLR",
)


def check(case: Case) -> Iterator[Hit]:
    """Compare each chain with the product of its children, each stepped alone."""
    if len(case.curve.schedulers) != 1 or case.curve.rules or case.foreign:
        return
    chain = case.curve.schedulers[0]
    floors = [s for s in chain.children if s.type == "CosineAnnealingLR" and given(s, "eta_min") > 0]
    known = all(child.type in _FACTORS for child in chain.children)
    if chain.type != "ChainedScheduler" or len(chain.children) < 2 or not floors or not known:
        return
    product = _product(case, chain)
    if product is None:
        return
    amiss = np.abs(case.lr - product) / np.where(case.peaks > 0, case.peaks, 1.0)
    at, group = (int(i) for i in np.unravel_index(int(np.argmax(amiss)), amiss.shape))
    if amiss[at, group] <= 0.01:
        return
    here, there = number(float(case.lr[at, group])), number(float(product[at, group]))
    names = " and ".join(child.type for child in chain.children)
    message = (
        f"{case.whose(group)} is {here} at update {at:,}, where {names}, each alone, multiply to {there}"
    )
    yield Hit(
        message, "write eta_min: 0, or one LambdaLR with the floor in it", case.at(floors[0], "eta_min"), at
    )


def _product(case: Case, chain: Scheduler) -> Array | None:
    """Multiply the factors of the children of a chain, each stepped alone."""
    lrs = np.array(case.lrs)
    if not (lrs > 0).all():
        return None
    product: Array = np.ones_like(case.lr)
    for child in chain.children:
        alone = case.again(schedulers=(child,))
        if alone is None:
            return None
        product = product * alone.lr / lrs
    return np.asarray(product * lrs)
