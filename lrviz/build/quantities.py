"""A live optimizer's parameter groups → the quantities that a trace records besides the LR."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lrviz import catalog
from lrviz.spec.curve import Scheduler
from lrviz.trace import Array

if TYPE_CHECKING:
    from lrviz.build.rig import Rig

Group = dict[str, Any]
Quantity = Callable[[Group], float | None]


def momentum_of(group: Group) -> float | None:
    """Read a group's momentum, or its beta1; None where it has neither."""
    if "momentum" in group:
        return _number(group["momentum"])
    return _number(group["betas"][0]) if "betas" in group else None


def weight_decay_of(group: Group) -> float | None:
    """Read a group's weight decay; None where it has none."""
    return _number(group["weight_decay"]) if "weight_decay" in group else None


def written(group: Group, quantity: str, value: float) -> None:
    """Set a quantity of a group: momentum where it has betas is the first of them."""
    if quantity == "momentum" and "momentum" not in group:
        others: Any = group["betas"][1:]
        group["betas"] = (value, *others)
    else:
        group[quantity] = value


def _number(value: Any) -> float | None:
    return (
        None if value is None else float(value)
    )  # an optimizer that is not torch's may keep what it likes there


def state_of(groups: list[Group], quantity: Quantity) -> list[float | None]:
    """Read a quantity of each group."""
    return [quantity(group) for group in groups]


def filled(groups: list[Group], steps: int, quantity: Quantity, moves: bool) -> Array | None:
    """Fill one column per group with the value before training; None where the optimizer has no such quantity.

    Args:
        groups: the optimizer's.
        steps: the length of a column.
        quantity: what is read.
        moves: whether it may change: if not, every update shares one cell.
    """
    values = state_of(groups, quantity)
    if any(value is None for value in values):
        return None
    first = np.array(values, dtype=np.float64)[:, None]
    return np.repeat(first, steps, axis=1) if moves else np.broadcast_to(first, (len(groups), steps))


def moves_momentum(rig: Rig) -> bool:
    """Whether any scheduler may move momentum: only those with an argument for it do, of torch's."""

    def may(spec: Scheduler) -> bool:
        entry = catalog.schedulers()[spec.type]
        return entry.argument("cycle_momentum") is not None or any(may(child) for child in spec.children)

    return any(may(stepper.spec) for stepper in rig.steppers)
