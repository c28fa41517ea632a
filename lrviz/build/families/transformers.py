"""A name that ``get_scheduler`` knows → what it makes: a LambdaLR, a ReduceLROnPlateau or a GreedyLR."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

from torch.optim import Optimizer
from transformers import optimization
from transformers.trainer_utils import SchedulerType

LENGTHS = ("num_warmup_steps", "num_training_steps")  # what get_scheduler takes itself; the rest goes on


def make(name: str, optimizer: Optimizer, arguments: dict[str, Any]) -> Any:
    """Make a schedule by the function that Trainer uses.

    Args:
        name: as in ``SchedulerType``.
        optimizer: what it steps.
        arguments: lengths in updates, and the schedule's own keyword arguments.
    """
    if "last_epoch" in arguments:  # which get_scheduler drops on the way to some
        return _making(name)(optimizer, **arguments)
    own = {key: value for key, value in arguments.items() if key not in LENGTHS}
    lengths = {key: value for key, value in arguments.items() if key in LENGTHS}
    return optimization.get_scheduler(name, optimizer, **lengths, scheduler_specific_kwargs=own or None)


def parameters(name: str) -> list[Parameter]:
    """List what the schedule's own function takes."""
    return list(signature(_making(name)).parameters.values())[1:]


def _making(name: str) -> Callable[..., Any]:
    """Find the schedule's own function."""
    found = optimization.TYPE_TO_SCHEDULER_FUNCTION[SchedulerType(name)]
    # These two take what their classes take.
    classes = {"reduce_lr_on_plateau": "ReduceLROnPlateau", "greedy": "GreedyLR"}
    taking: Callable[..., Any] = getattr(optimization, classes[name]) if name in classes else found
    return taking
