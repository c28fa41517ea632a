"""A class, a function or a model by path → the live scheduler, optimizer or parameters that it gives.

A scheduler is a class that derives from torch's LRScheduler, or a function that returns one, called with the optimizer;
an optimizer likewise, called with parameter groups; a model is an ``nn.Module``, or whatever returns one.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch.nn import Module, Parameter
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from lrviz.build.blame import line_of, trouble
from lrviz.build.code import arguments_of, called, loaded
from lrviz.errors import CodeError, one_of
from lrviz.spec.curve import Code, Curve, Model, Scheduler

_FEW = 3  # names in a message


def foreign_scheduler(
    spec: Scheduler, code: Code, optimizer: Optimizer, curve: Curve, last_epoch: int | None
) -> Any:
    """Build a scheduler by path.

    Raises:
        CodeError: if it is none, does not take its arguments, or raises.
    """
    arguments = arguments_of(spec.arguments)
    if last_epoch is not None:
        arguments["last_epoch"] = last_epoch
    live = _made(LRScheduler, "scheduler", code, curve, spec.places, arguments, optimizer)
    if isinstance(live, ReduceLROnPlateau) and spec.monitor is None:
        message = f"{code} is a ReduceLROnPlateau, which needs a metric; write monitor: val_loss"
        raise trouble(spec.place, curve, message)
    return live


def foreign_optimizer(code: Code, groups: list[dict[str, Any]], curve: Curve) -> Optimizer:
    """Build an optimizer by path.

    Raises:
        CodeError: if it is none, does not take its arguments, or raises.
    """
    spec = curve.optimizer
    arguments = arguments_of(spec.settings)
    live: Optimizer = _made(Optimizer, "optimizer", code, curve, spec.places, arguments, groups)
    if len(live.param_groups) != len(spec.groups) or any("lr" not in group for group in live.param_groups):
        message = f"{len(live.param_groups)} parameter groups for {len(spec.groups)}, or a group without lr"
        raise trouble(code.place, curve, f"{code} makes {message}")
    return live


def foreign_function(code: Code, curve: Curve) -> Callable[..., float]:
    """Import a function by path.

    Raises:
        CodeError: if it is none.
    """
    found: Any = loaded(code, curve)
    if not callable(found):
        where = f"{code} is of type {type(found).__name__}"
        raise trouble(code.place, curve, f"{where}, which cannot be called; write a function")
    return found  # type: ignore[no-any-return]


def model_parameters(model: Model, curve: Curve) -> list[list[Parameter]]:
    """Build a model, and give each parameter group its parameters: to the first group of which a pattern fits.

    Raises:
        CodeError: if it is no model, if its parameters and the groups do not fit, or if it raises.
    """
    code = model.code
    with torch.random.fork_rng(devices=[]):  # its first weights move nobody else's random numbers
        torch.manual_seed(0)
        live = called(loaded(code, curve), code, curve, (), **arguments_of(model.arguments))
    if not isinstance(live, Module):
        raise _not(code, "torch.nn.Module", "model", curve, f"gives a {type(live).__name__}")
    groups = curve.optimizer.groups
    held: list[list[Parameter]] = [[] for _ in groups]
    left: list[str] = []
    rest = next((index for index, group in enumerate(groups) if not group.match), None)
    for name, parameter in live.named_parameters():
        fits = (i for i, group in enumerate(groups) if any(fnmatchcase(name, p) for p in group.match))
        index = next(fits, rest)
        if index is None:
            left.append(name)
        else:
            held[index].append(parameter)
    place = curve.optimizer.place
    if left:
        some = f"{len(left):,} parameters" if len(left) > 1 else "a parameter"
        message = f"{some} of {code} in no group ({_few(left)}); add a group without match for the rest"
        raise trouble(place, curve, message)
    for group, parameters in zip(groups, held, strict=True):
        if not parameters:
            names = [name for name, _ in live.named_parameters()]
            message = f"no parameter of {code} is in group {group.name}; it has {_few(names)}"
            raise trouble(place, curve, message)
    return held


def _made(
    wanted: type, kind: str, code: Code, curve: Curve, places: Any, arguments: dict[str, Any], first: Any
) -> Any:
    found = loaded(code, curve)
    if isinstance(found, type) and not issubclass(found, wanted):
        raise _not(code, _path(wanted), kind, curve, "does not derive from it", line_of(found))
    if not callable(found):
        raise _not(code, _path(wanted), kind, curve, f"is of type {type(found).__name__}")
    live = called(found, code, curve, places, first, **arguments)
    if not isinstance(live, wanted):
        raise _not(code, _path(wanted), kind, curve, f"gives a {type(live).__name__}", line_of(found))
    return live


def _path(wanted: type) -> str:
    return f"{wanted.__module__}.{wanted.__name__}"


def _not(code: Code, wanted: str, kind: str, curve: Curve, why: str, where: str | None = None) -> CodeError:
    what = f"{where or code}: {code.name} is no {kind}"
    return trouble(code.place, curve, f"{what}: it must be a {wanted}, or return one, and it {why}")


def _few(names: list[str]) -> str:
    more = [f"{len(names) - _FEW:,} more"] if len(names) > _FEW + 1 else []
    return one_of([*names[:_FEW], *more] if more else names).replace(" or ", " and ")
