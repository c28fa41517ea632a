"""A ReduceLROnPlateau that can never reduce the learning rate.

What it does
    Feeds each ReduceLROnPlateau of a run in which it did nothing the last value of its metric again and again, until
    its patience is over, and reports one that even then leaves the LR where it is; and a group whose lr is below
    min_lr, which stays where it is when the others are cut.

Why it matters
    With a negative metric and threshold_mode: rel (the default), the bar is best·(1 - threshold), which lies on the
    wrong side of best: a flat metric, even one that gets slightly worse, counts as an improvement. And a cut by less
    than eps (1e-8) is not made at all.

Use instead
    `threshold_mode: abs` for a metric that may be negative (a log-likelihood, an ELBO, a reward); a smaller `eps` for
    a small LR or a factor near 1; a `min_lr` below the LR.

Sources
    pytorch#47513 and #38622 (open), joeynmt#163, optax#1767.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case, given, per_group
from lrviz.checks.feeding import MOST_CALLS, alone, cuts, plateaus, wait_of
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, number
from lrviz.spec.curve import Scheduler

BAD = """\
run: {epochs: 60, steps_per_epoch: 100}
optimizer: {type: Adam, lr: 0.001}
schedules:
  plateau:
    type: ReduceLROnPlateau
    monitor: elbo
    patience: 5
    metrics: {elbo: {expr: "-2 + 3 * 0.8 ** epoch"}}
"""
GOOD = """\
run: {epochs: 60, steps_per_epoch: 100}
optimizer: {type: Adam, lr: 0.001}
schedules:
  plateau:
    type: ReduceLROnPlateau
    monitor: elbo
    patience: 5
    threshold_mode: abs
    metrics: {elbo: {expr: "-2 + 3 * 0.8 ** epoch"}}
"""


def check(case: Case) -> Iterator[Hit]:
    """Feed each plateau a flat metric."""
    for plateau in plateaus(case):
        held_up = _held_up(case, plateau)
        if held_up is not None:
            yield held_up
            continue
        values = case.trace.metrics[str(plateau.monitor)].values
        wait = wait_of(plateau)
        if not len(values) or wait + 1 > min(case.calls(plateau), MOST_CALLS) or cuts(case, plateau):
            continue
        flat = float(values[-1])
        fed = alone(case, plateau, [flat] * (wait + 1))
        if fed is None or not fed.lr[0].any() or (fed.lr[-1] != fed.lr[0]).any():
            continue
        message = (
            f"after {counted(wait + 1, 'call')} with {plateau.monitor} at {number(flat)} the LR is still "
            f"{number(float(fed.lr[0].max()))}: a flat metric never cuts it"
        )
        name, advice = _remedy(plateau, flat)
        yield Hit(message, advice, case.at(plateau, name))


def _held_up(case: Case, plateau: Scheduler) -> Hit | None:
    """Find a group that stays where it is when the others are cut, since its lr is below min_lr."""
    floors = per_group(plateau, "min_lr", len(case.lrs))
    below = [lr < floor * (1 - 1e-9) for lr, floor in zip(case.lrs, floors, strict=True)]
    stuck = next((group for group, lr in enumerate(case.lrs) if below[group] and lr > 0), None)
    if stuck is None or all(below) or len(case.curve.schedulers) > 1:
        return None
    lr, floor = number(case.lrs[stuck]), number(floors[stuck])
    message = f"{case.whose(stuck)}, {lr}, is below min_lr, {floor}: no cut ever reaches it"
    return Hit(message, f"write a min_lr below {lr}", case.at(plateau, "min_lr"))


def _remedy(plateau: Scheduler, flat: float) -> tuple[str, str]:
    if flat < 0 and given(plateau, "threshold_mode") == "rel":
        return "threshold_mode", "write threshold_mode: abs, since the metric is negative"
    if any(
        given(plateau, "min_lr")
        if isinstance(given(plateau, "min_lr"), tuple)
        else [given(plateau, "min_lr")]
    ):
        return "min_lr", "write a min_lr below the optimizer's lr, or leave it out"
    return "eps", f"write eps: 0, since a cut by less than {number(given(plateau, 'eps'))} is not made"
