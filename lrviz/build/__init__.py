"""A Curve → a Rig: a fresh model, optimizer and schedulers of torch, shared with no other curve."""

from __future__ import annotations

from collections.abc import Callable

from torch.optim import Optimizer

from lrviz.build.metrics import live_metric
from lrviz.build.optimizers import live_optimizer
from lrviz.build.rig import Rig, Stepper
from lrviz.build.schedulers import live_scheduler
from lrviz.spec.curve import Curve

__all__ = ["Rig", "Stepper", "build"]


def build(
    curve: Curve, last_epoch: int | None = None, prepare: Callable[[Optimizer], None] | None = None
) -> Rig:
    """Build the live objects of one curve.

    Args:
        curve: what to build.
        last_epoch: passed to the schedulers as well; None: not passed.
        prepare: what is done to the optimizer before schedulers are built on it.

    Raises:
        RefusedByTorch: if a torch class does not take what the spec gives it.
    """
    optimizer, closure = live_optimizer(curve)
    if prepare is not None:
        prepare(optimizer)
    steppers = tuple(
        Stepper(
            scheduler=live_scheduler(scheduler, optimizer, curve, last_epoch),
            spec=scheduler,
            per_call=curve.clock.updates_per_call(scheduler.interval, scheduler.frequency),
        )
        for scheduler in curve.schedulers
    )
    metrics = tuple(live_metric(metric, curve.clock) for metric in curve.metrics)
    return Rig(curve, optimizer, steppers, closure, metrics)
