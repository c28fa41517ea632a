"""The ``adjust:`` of a curve → Rules: edits of ``param_groups`` by hand."""

from __future__ import annotations

from typing import Any

from lrviz.errors import Place, shown, suggestion
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Optimizer
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.expressions import Expression, expression_of
from lrviz.spec.model import validate
from lrviz.spec.optimizers import has_quantity
from lrviz.spec.reacting import Rule as RuleModel
from lrviz.spec.reactions import Interval, Metric, Rule

QUANTITIES = ("lr", "momentum", "weight_decay")
VARIABLES = ("epoch", "step", "base_lr", *QUANTITIES)
EXAMPLE = '{when: "val_loss < 0.1", lr: "lr * 0.1"}'


def rules_of(
    curve: Mapping,
    clock: Clock,
    pace: Interval,
    optimizer: Optimizer,
    metrics: tuple[Metric, ...],
    trains: bool,
    problems: Problems,
) -> tuple[Rule, ...]:
    """Read a curve's rules; those that are wrong are noted and left out.

    Where the run trains, they may name ``loss``: its mean since the rule was last looked at.
    """
    written = curve.get("adjust")
    if written is None:
        return ()
    place = curve.at("adjust")
    if isinstance(written, Mapping):  # one rule needs no list
        written, place = Sequence([written], place), place
    if not isinstance(written, Sequence):
        problems.add(place, f"{shown(written)} is not a list of rules; write [{EXAMPLE}]")
        return ()
    declared = curve.get("metrics")
    names = tuple(declared) if isinstance(declared, Mapping) else tuple(metric.name for metric in metrics)
    names = tuple(dict.fromkeys((*names, *(["loss"] if trains else []))))
    reader = _RuleReader(clock, pace, optimizer, names, problems)
    read = [reader.rule(item, written.at(index)) for index, item in enumerate(written)]
    return tuple(rule for rule in read if rule is not None)


class _RuleReader:
    def __init__(
        self, clock: Clock, pace: Interval, optimizer: Optimizer, metrics: tuple[str, ...], problems: Problems
    ) -> None:
        self.clock, self.pace, self.optimizer, self.metrics, self.problems = (
            clock,
            pace,
            optimizer,
            metrics,
            problems,
        )

    def rule(self, found: Any, place: Place) -> Rule | None:
        if not isinstance(found, Mapping):
            self.problems.add(place, f"{shown(found)} is not a rule; write {EXAMPLE}")
            return None
        before = len(self.problems.found)
        given = validate(RuleModel, found, "a rule", self.problems)
        if given is None:
            return None
        when = self._expression(given["when"], found.at("when")) if given.get("when") is not None else None
        changes = tuple(
            (quantity, expression)
            for quantity in QUANTITIES
            if quantity in given
            and self._has(quantity, found.at(quantity))
            and (expression := self._expression(given[quantity], found.at(quantity))) is not None
        )
        if not any(quantity in given for quantity in QUANTITIES):
            self.problems.add(place, f"changes nothing; write {EXAMPLE}")
        groups = self._groups(given.get("groups"), found)
        interval: Interval = given.get("interval") or self.pace
        if interval == "epoch" and self.clock.steps_per_epoch is None:
            self.problems.add(found.at("interval"), "the run counts no epochs; write interval: step")
        if len(self.problems.found) > before:
            return None
        return Rule(when, changes, groups, interval, given.get("once", False), place)

    def _expression(self, text: Any, place: Place) -> Expression | None:
        try:
            return expression_of(text, (*VARIABLES, *self.metrics), self.clock.constants())
        except ValueError as error:
            self.problems.add(place, str(error))
            return None

    def _has(self, quantity: str, place: Place) -> bool:
        has = has_quantity(self.optimizer, quantity)
        if not has:
            self.problems.add(place, f"{self.optimizer.type} has no {quantity.replace('_', ' ')}; delete it")
        return has

    def _groups(self, names: list[str] | None, found: Mapping) -> tuple[int, ...]:
        known = [group.name for group in self.optimizer.groups]
        if names is None:
            return tuple(range(len(known)))
        written = found["groups"]
        for index, name in enumerate(names):
            if name not in known:
                self.problems.add(
                    written.at(index), f"{shown(name)} is no parameter group; {suggestion(name, known)}"
                )
        return tuple(known.index(name) for name in names if name in known)
