"""A Scheduler of the spec → a live torch scheduler on a live optimizer, children first."""

from __future__ import annotations

from typing import Any

from torch.optim import Optimizer

from lrviz import catalog
from lrviz.build.families import family_scheduler
from lrviz.build.foreign import foreign_function, foreign_scheduler
from lrviz.build.functions import lambda_of
from lrviz.build.optimizers import class_at
from lrviz.build.rig import refusal
from lrviz.spec.curve import Code, Curve, Scheduler
from lrviz.spec.expressions import Expression


def live_scheduler(spec: Scheduler, optimizer: Optimizer, curve: Curve, last_epoch: int | None = None) -> Any:
    """Build a scheduler, and those inside it, in the order in which a person would write them.

    Args:
        spec: what to build.
        optimizer: what it steps.
        curve: whose it is.
        last_epoch: passed to it too, but not to those inside it, which is what torch's users can do.

    Raises:
        RefusedByTorch: if the class does not take its arguments.
    """
    if spec.code is not None and spec.code.family is not None:
        return family_scheduler(spec, spec.code, optimizer, curve, last_epoch)
    if spec.code is not None:
        return foreign_scheduler(spec, spec.code, optimizer, curve, last_epoch)
    arguments = {name: _live(name, value, spec, optimizer, curve) for name, value in spec.arguments}
    if last_epoch is not None:
        arguments["last_epoch"] = last_epoch
    entry = catalog.schedulers()[spec.type]
    try:
        if spec.type == "ChainedScheduler":  # the one class whose optimizer comes last, and may be left out
            return class_at(entry.path)(**arguments)
        return class_at(entry.path)(optimizer, **arguments)
    except (
        TypeError,
        ValueError,
        KeyError,
        RuntimeError,
        NotImplementedError,
        ArithmeticError,
        AttributeError,
    ) as error:
        raise refusal(error, spec.type, curve, spec.place, spec.places) from error


def _live(name: str, value: Any, spec: Scheduler, optimizer: Optimizer, curve: Curve) -> Any:
    if name == "schedulers":
        return [live_scheduler(child, optimizer, curve) for child in value]
    # What the scheduler will take as its base: the schedulers built before it have already moved group["lr"].
    bases = [float(group.get("initial_lr", group["lr"])) for group in optimizer.param_groups]
    if isinstance(value, Code):
        return foreign_function(value, curve)
    if isinstance(value, Expression):
        # An expression over base_lr is another function for each group.
        each = [lambda_of(name, value, spec, curve.clock, base) for base in bases]
        return each if "base_lr" in value.names else each[0]
    if isinstance(value, tuple):
        if any(isinstance(item, (Code, Expression)) for item in value):
            return [
                foreign_function(item, curve)
                if isinstance(item, Code)
                else lambda_of(name, item, spec, curve.clock, base)
                for item, base in zip(value, bases, strict=True)
            ]
        return list(value)
    return value
