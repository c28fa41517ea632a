"""An Expression → the function of one count that torch's LambdaLR, MultiplicativeLR and CyclicLR call."""

from __future__ import annotations

from collections.abc import Callable

from lrviz.spec.clock import Clock
from lrviz.spec.curve import Scheduler
from lrviz.spec.expressions import Expression
from lrviz.spec.spelled import Node


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
    if argument == "scale_fn":
        return expression.function_of("x", "t", argument=argument)
    period, times = clock.period(spec.interval, spec.frequency), clock.scheduler_calls
    per_epoch = clock.steps_per_epoch or clock.steps

    def once(t: float) -> float:
        return spec.start + t * period

    def repeated(t: float) -> float:
        return spec.start + -(-t // times) * period

    step = once if times == 1 else repeated  # the former is the loop's hot path

    def epoch(t: float) -> float:
        return step(t) // per_epoch

    given: dict[str, Node] = {"step": step, "epoch": epoch, "base_lr": base_lr}
    return expression.function_of("t", given=given, argument=argument)
