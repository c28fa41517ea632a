"""A Curve → a Rig: a fresh model, optimizer and schedulers of torch, shared with no other curve."""

from __future__ import annotations

from collections.abc import Callable

from torch.optim import Optimizer

from lrviz import catalog
from lrviz.build.courses import Follower
from lrviz.build.metrics import live_metric
from lrviz.build.modules import module_rig
from lrviz.build.optimizers import live_optimizer
from lrviz.build.paces import batches_between, calls_after
from lrviz.build.problems import live_problem
from lrviz.build.rig import Rig, Stepper
from lrviz.build.schedulers import live_scheduler
from lrviz.build.training import Training, shared_out
from lrviz.spec.curve import Curve

__all__ = ["Rig", "Stepper", "build"]


def build(
    curve: Curve,
    last_epoch: int | None = None,
    prepare: Callable[[Optimizer], None] | None = None,
    goes_on_as: Curve | None = None,
) -> Rig:
    """Build the live objects of one curve.

    Args:
        curve: what to build.
        last_epoch: passed to the schedulers as well; None: not passed.
        prepare: what is done to the optimizer before schedulers are built on it.
        goes_on_as: the curve that loads its state, if any: their parameter groups must fit.

    Raises:
        RefusedByTorch: if a torch class does not take what the spec gives it.
    """
    if curve.module is not None:
        return module_rig(curve)
    problem = trained = training = None
    if curve.train is not None:
        spec = curve.optimizer
        problem = live_problem(curve.train, catalog.optimizers()[spec.type].parameter)
        trained = shared_out(problem.parameters, len(spec.groups))
    dummies = bool(curve.codes or (goes_on_as and goes_on_as.codes))
    optimizer, closure = live_optimizer(curve, trained, dummies)
    if problem is not None:
        training = Training(problem, optimizer, curve.clock.steps, whole=closure is not None)
    if prepare is not None:
        prepare(optimizer)
    by_batch = curve.clock.accumulate > 1 and any(one.interval == "batch" for one in curve.schedulers)
    steppers = tuple(
        Stepper(
            scheduler=live_scheduler(scheduler, optimizer, curve, last_epoch),
            spec=scheduler,
            period=curve.clock.period(scheduler.interval, scheduler.frequency),
            times=curve.clock.scheduler_calls,
            counts=(counts := calls_after(scheduler, curve.clock, by_batch)),
            batches=None if counts is None else batches_between(scheduler, curve.clock),
        )
        for scheduler in curve.schedulers
    )
    metrics = tuple(live_metric(metric, curve.clock, training) for metric in curve.metrics)
    followers = tuple(Follower(course, curve.clock) for course in curve.courses)
    return Rig(curve, optimizer, steppers, closure, metrics, training, followers)
