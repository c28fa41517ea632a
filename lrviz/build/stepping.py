"""A live optimizer → the cheapest call that is still its own ``step``.

torch wraps every optimizer's ``step`` in a profiler's record, the hooks, and a switch of the gradient mode: nine tenths
of the time of a step that has no gradients to apply; and the switch imports torch's compiler, which takes a second.
Where none of these can matter, the method beneath is called.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from types import MethodType
from typing import Any

from torch.optim import Optimizer
from torch.optim import optimizer as shared

from lrviz import catalog
from lrviz.build.optimizers import class_at
from lrviz.build.rig import Rig

Step = Callable[[], Any]
MANY = 8  # parameter groups


def plain_step(rig: Rig) -> Step:
    """Give the optimizer's ``step`` as a training loop calls it, with its closure if it needs one."""
    optimizer, closure = rig.optimizer, rig.closure
    return optimizer.step if closure is None else lambda: optimizer.step(closure)  # type: ignore[arg-type]


def bare_step(rig: Rig) -> Step:
    """Give the optimizer's own ``step`` beneath its wrappers, or the plain one where the wrappers could matter."""
    optimizer = rig.optimizer
    if rig.step is not None:
        return rig.step
    ours = rig.curve.codes == () and not _overridden(optimizer)
    if not ours or rig.closure is not None or _hooked(optimizer) or _has_gradients(optimizer):
        return plain_step(rig)
    own: Any = type(optimizer).step
    while hasattr(own, "__wrapped__"):
        own = own.__wrapped__
    for scaling in ("grad_scale", "found_inf"):  # looked up at each step, and slow to find missing
        setattr(optimizer, scaling, getattr(optimizer, scaling, None))
    # What the wrapper that a scheduler puts around `step` notes, for torch's check that schedulers come second.
    setattr(optimizer, "_opt_called", True)  # noqa: B010
    if len(optimizer.param_groups) > MANY:
        return _in_turns(own, optimizer)
    return MethodType(own, optimizer)


def _in_turns(own: Callable[[Optimizer], Any], optimizer: Optimizer) -> Step:
    """Step one group at each update, each in its turn.

    A group without gradients is passed over by ``step``, at a microsecond a group: of hundreds of groups, one at a time
    is as much of nothing as all of them, and the schedulers always see all.
    """
    everything = optimizer.param_groups
    turns = cycle([[group] for group in everything])

    def step() -> None:
        optimizer.param_groups = next(turns)
        own(optimizer)
        optimizer.param_groups = everything

    return step


def _overridden(optimizer: Optimizer) -> bool:
    """Whether its ``step`` is not that of a class of torch, as schedulers wrap it on the object."""
    entry = catalog.optimizers().get(type(optimizer).__name__)
    known = entry is not None and type(optimizer) is class_at(entry.path)
    # Not looked up in vars(): once its dictionary is asked for, Python 3.11 reads an object's attributes more slowly,
    # for good; half a microsecond per update.
    step: Any = optimizer.step
    on_object = getattr(step, "__func__", None) is not type(optimizer).step
    return not known or (on_object and not hasattr(step, "_wrapped_by_lr_sched"))


def _hooked(optimizer: Optimizer) -> bool:
    return any(
        (
            shared._global_optimizer_pre_hooks,
            shared._global_optimizer_post_hooks,
            optimizer._optimizer_step_pre_hooks,
            optimizer._optimizer_step_post_hooks,
        )
    )


def _has_gradients(optimizer: Optimizer) -> bool:
    return any(
        parameter.grad is not None for group in optimizer.param_groups for parameter in group["params"]
    )
