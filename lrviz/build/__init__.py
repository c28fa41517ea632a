"""A Curve → a Rig: a fresh model, optimizer and schedulers of torch, shared with no other curve."""

from __future__ import annotations

from lrviz.build.optimizers import live_optimizer
from lrviz.build.rig import Rig, Stepper
from lrviz.build.schedulers import live_scheduler
from lrviz.spec.curve import Curve

__all__ = ["Rig", "Stepper", "build"]


def build(curve: Curve) -> Rig:
    """Build the live objects of one curve.

    Raises:
        RefusedByTorch: if a torch class does not take what the spec gives it.
    """
    optimizer, closure = live_optimizer(curve)
    metrics = {metric.name: metric for metric in curve.metrics}
    steppers = tuple(
        Stepper(
            scheduler=live_scheduler(scheduler, optimizer, curve),
            spec=scheduler,
            per_call=curve.clock.updates_per_call(scheduler.interval, scheduler.frequency),
            metric=metrics[scheduler.monitor] if scheduler.monitor else None,
        )
        for scheduler in curve.schedulers
    )
    return Rig(curve, optimizer, steppers, closure)
