"""A ReduceLROnPlateau is stepped with a value per batch, and loses patience within an epoch.

What it does
    Finds a ReduceLROnPlateau with `interval: step` that is given a value at every update, or fifty times an epoch, and
    whose patience is over within one epoch.

Why it matters
    The patience is counted in calls, and each value is compared with the best one ever: a noisy batch loss does not
    beat its luckiest value for a dozen batches, so the LR falls to nothing within the first epochs.

Use instead
    `interval: epoch` and a metric of the whole epoch, as torch documents it. To react within an epoch, average the
    metric, evaluate it a few times per epoch (`every: 500st`, `frequency: 500`), and give it patience for an epoch.

Sources
    pytorch#30873 (the best value ever), pytorch#119763 (patience means patience + 1 calls).
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case, given
from lrviz.checks.feeding import cuts, plateaus, wait_of
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, number

BAD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  plateau:
    type: ReduceLROnPlateau
    interval: step
    monitor: batch_loss
    metrics: {batch_loss: {random: {kind: decay, rate: 0.999, noise: 0.2}, every: 1st}}
"""
GOOD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  plateau:
    type: ReduceLROnPlateau
    interval: epoch
    monitor: loss
    metrics: {loss: {random: {kind: decay, rate: 0.95, noise: 0.01}}}
"""
MANY = 50  # evaluations in an epoch: nobody validates as often


def check(case: Case) -> Iterator[Hit]:
    """Compare each plateau's patience with an epoch."""
    per_epoch = case.clock.steps_per_epoch
    for plateau in plateaus(case):
        period = plateau.frequency
        if plateau.interval != "step" or not per_epoch or not (period == 1 or per_epoch >= MANY * period):
            continue
        wait = -(-wait_of(plateau) // case.clock.scheduler_calls) * period
        if wait >= per_epoch:
            continue
        done = cuts(case, plateau)
        patience = int(given(plateau, "patience"))
        what = (
            f"patience: {patience:,} is over after {counted(wait, 'update')}, and an epoch has {per_epoch:,}"
        )
        if done:
            end = number(float(case.lr[-1].max()))
            what += f": the LR is cut {counted(len(done), 'time')}, first after update {done[0]:,}, and ends at {end}"
        advice = "write interval: epoch, with a metric that has one value per epoch"
        place = case.at(plateau, "interval", "frequency")
        yield Hit(what, advice, place, done[0] if done else None, None if done else "warning")
