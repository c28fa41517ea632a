"""A Course of the spec → what sets a hyperparameter in ``param_groups`` before each update."""

from __future__ import annotations

from collections.abc import Callable

from lrviz.build.quantities import Group, written
from lrviz.spec.clock import Clock
from lrviz.spec.reactions import Course


class Follower:
    """One hyperparameter in a run.

    Args:
        course: what it follows.
        clock: the run's clock.
    """

    def __init__(self, course: Course, clock: Clock) -> None:
        per_epoch = clock.steps_per_epoch or clock.steps
        given = {"epoch": lambda step: step // per_epoch}
        self.functions: list[Callable[[float], float]] = [
            expression.function_of("step", given=given, argument=course.quantity)
            for expression in course.expressions
        ]
        self.quantity, self.update = course.quantity, 0
        self.groups: list[Group] = []

    def start(self, update: int, groups: list[Group]) -> None:
        """Set what an update is to use, in groups that loading a state may have replaced."""
        self.update, self.groups = update, groups
        self._set()

    def step(self) -> None:
        """Set what the next update is to use."""
        self.update += 1
        self._set()

    def _set(self) -> None:
        for group, value in zip(self.groups, self.functions, strict=True):
            written(group, self.quantity, value(self.update))
