"""A Rule of the spec → the edit of ``param_groups`` that people write by hand."""

from __future__ import annotations

from lrviz.build.metrics import LiveMetric
from lrviz.build.quantities import Group, momentum_of, weight_decay_of, written
from lrviz.build.training import Training
from lrviz.spec.clock import Clock
from lrviz.spec.reactions import Rule


class Editor:
    """One rule in a run."""

    def __init__(self, rule: Rule, clock: Clock) -> None:
        self.rule = rule
        self.period = 1 if rule.interval == "step" else clock.steps_per_epoch or clock.steps
        self.per_epoch = clock.steps_per_epoch or clock.steps
        self.when = rule.when.function() if rule.when else None
        self.changes = [(quantity, expression.function()) for quantity, expression in rule.changes]
        expressions = (*([rule.when] if rule.when else []), *(expression for _, expression in rule.changes))
        self.names = {name for expression in expressions for name in expression.names}
        self.edited: set[int] = set()

    def edit(
        self,
        done: int,
        groups: list[Group],
        metrics: tuple[LiveMetric, ...],
        training: Training | None = None,
    ) -> str | None:
        """Look at the rule after so many updates, and edit the groups for which it holds.

        Returns:
            What was edited, for people; None if nothing was.

        Raises:
            ArithmeticError: if an expression fails.
        """
        known = {metric.name: metric.values[-1] for metric in metrics if metric.values}
        if any(metric.name in self.names and metric.name not in known for metric in metrics):
            return None  # a loss that has not been seen yet fulfils no condition
        if training is not None and "loss" in self.names:
            known = {"loss": training.mean_loss(done, self.period), **known}
        now = {"step": float(done - 1), "epoch": float((done - 1) // self.per_epoch), **known}
        told = None
        for index in self.rule.groups:
            group = groups[index]
            if self.rule.once and index in self.edited:
                continue
            here = {**now, **_values(group)}
            if self.when is not None and not self.when(here):
                continue
            self.edited.add(index)
            for quantity, value in self.changes:
                before = here[quantity]
                written(group, quantity, value(here))
                after = _values(group)[quantity]
                if after != before and told is None:
                    told = f"edit by hand: {quantity.replace('_', ' ')} {before:.4g} to {after:.4g}"
        return told


def _values(group: Group) -> dict[str, float]:
    momentum, weight_decay = momentum_of(group), weight_decay_of(group)
    return {
        "lr": float(group["lr"]),
        "base_lr": float(group["initial_lr" if "initial_lr" in group else "lr"]),
        "weight_decay": 0.0 if weight_decay is None else weight_decay,
        "momentum": 0.0 if momentum is None else momentum,
    }
