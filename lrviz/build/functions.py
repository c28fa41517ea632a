"""An Expression → the function of one count that torch's LambdaLR, MultiplicativeLR and CyclicLR call."""

from __future__ import annotations

from collections.abc import Callable

from lrviz.spec.clock import Clock
from lrviz.spec.curve import Scheduler
from lrviz.spec.expressions import Expression


def lambda_of(
    argument: str, expression: Expression, spec: Scheduler, clock: Clock, base_lr: float
) -> Callable[[float], float]:
    """Make the function that torch calls.

    Args:
        argument: ``lr_lambda``, called with the scheduler's count; or ``scale_fn``, called with what CyclicLR counts.
        expression: what to evaluate.
        spec: the scheduler, for its pace and the update at which it takes over.
        clock: the run's clock.
        base_lr: the LR of the group that it is for.
    """
    evaluate = expression.function(argument)
    if argument == "scale_fn":
        return lambda x: evaluate({"x": x, "t": x})
    if not {"step", "epoch"} & set(expression.names):
        return lambda t: evaluate({"t": float(t), "base_lr": base_lr})
    per_call = clock.updates_per_call(spec.interval, spec.frequency)
    per_epoch = clock.steps_per_epoch or clock.steps

    def value(t: float) -> float:
        step = spec.start + t * per_call
        return evaluate(
            {"t": float(t), "step": float(step), "epoch": float(step // per_epoch), "base_lr": base_lr}
        )

    return value
