"""An optimizer and schedulers that someone built → copies that can be stepped without touching theirs.

The copy of the optimizer holds a dummy parameter of one element for each group, no state, and steps nothing: what a
real optimizer does with parameters that have no gradients. The schedulers are copied whole, and step that.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.nn import Module, Parameter
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lrviz.errors import LrvizError, one_of


class _Still(Optimizer):
    """An optimizer whose parameters have no gradients."""

    def __init__(self, groups: list[dict[str, Any]], defaults: dict[str, Any]) -> None:
        super().__init__(groups, defaults)

        def step(closure: Any = None) -> None:
            del closure

        # What schedulers put around `step`, and what that notes, for their check that they are called second.
        setattr(step, "_wrapped_by_lr_sched", True)  # noqa: B010  # a function has no such attribute to mypy
        self.step = step  # type: ignore[method-assign,assignment]  # as schedulers do
        self._opt_called = True


def copied(optimizer: Any, schedulers: Sequence[Any]) -> tuple[Optimizer, list[Any]]:
    """Copy an optimizer and what steps it.

    Args:
        optimizer: an optimizer.
        schedulers: schedulers on it.

    Returns:
        The copies, which share nothing with theirs that can change.

    Raises:
        LrvizError: if they are no such things, or cannot be copied.
    """
    if not isinstance(optimizer, Optimizer):
        inside = (
            "; pass its .optimizer" if isinstance(getattr(optimizer, "optimizer", None), Optimizer) else ""
        )
        raise LrvizError(
            f"a {type(optimizer).__name__} is no optimizer of torch{inside or '; pass the optimizer'}"
        )
    for scheduler in schedulers:
        _check(scheduler, optimizer)
    memo: dict[int, Any] = {}
    groups = []
    for group in optimizer.param_groups:
        dummy = Parameter(torch.zeros(1, 1))
        memo.update({id(parameter): dummy for parameter in group["params"]})
        groups.append((dummy, {name: value for name, value in group.items() if name != "params"}))
    memo[id(optimizer.state)] = defaultdict(dict)
    for scheduler in schedulers:  # a scheduler may hold a model: that is not its to change, and may be huge
        memo.update({id(value): value for value in vars(scheduler).values() if isinstance(value, Module)})
    try:
        # All at once: tensors that groups or schedulers share are shared by the copies too.
        settings = [{"params": [dummy], **copy.deepcopy(own, memo)} for dummy, own in groups]
        memo[id(optimizer)] = still = _Still(settings, copy.deepcopy(optimizer.defaults, memo))
        return still, [copy.deepcopy(scheduler, memo) for scheduler in schedulers]
    except Exception as error:  # what someone's own class raises may be anything
        names = one_of(type(scheduler).__name__ for scheduler in schedulers)
        raise LrvizError(f"{names} cannot be copied: {type(error).__name__}: {error}") from error


def calls_made(scheduler: Any) -> int:
    """Count how often a scheduler has been stepped."""
    inside = getattr(scheduler, "_schedulers", None)
    own = vars(scheduler).get("last_epoch")
    if own is None and inside:  # a ChainedScheduler counts nothing itself
        return max(map(calls_made, inside))
    return max(0, int(own or 0))


def _check(scheduler: Any, optimizer: Optimizer) -> None:
    name = type(scheduler).__name__
    if not isinstance(scheduler, LRScheduler):
        wrapped = isinstance(getattr(scheduler, "scheduler", None), LRScheduler)
        hint = "pass its .scheduler" if wrapped else "pass the scheduler, or a list of (scheduler, interval)"
        raise LrvizError(f"a {name} is no scheduler of torch; {hint}")
    for one in _tree(scheduler):
        steps = getattr(one, "optimizer", None)
        if steps is not None and steps is getattr(optimizer, "optimizer", None):
            wrapper = type(optimizer).__name__
            raise LrvizError(f"{type(one).__name__} steps what the {wrapper} wraps; pass its .optimizer")
        if steps is not optimizer:
            what = f"{type(one).__name__} steps another {type(optimizer).__name__} than the one given"
            raise LrvizError(
                f"{what}: the optimizer that trains would keep its LR; build the scheduler on that one"
            )
        if len(one.base_lrs if hasattr(one, "base_lrs") else optimizer.param_groups) != len(
            optimizer.param_groups
        ):
            raise LrvizError(
                f"{type(one).__name__} was built before a parameter group was added; build it after add_param_group"
            )


def _tree(scheduler: Any) -> Iterator[Any]:
    yield scheduler
    for child in getattr(scheduler, "_schedulers", ()):
        yield from _tree(child)
