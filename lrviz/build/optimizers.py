"""An Optimizer of the spec → a live torch optimizer, over no parameters, dummies, or those of a problem."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import Embedding, Parameter
from torch.optim import Optimizer as LiveOptimizer

from lrviz import catalog
from lrviz.build.foreign import foreign_optimizer, model_parameters
from lrviz.build.rig import refusal
from lrviz.catalog import Entry
from lrviz.spec.curve import Curve, Optimizer
from lrviz.spec.reactions import Settings

Closure = Callable[[], Tensor]


def live_optimizer(
    curve: Curve, trained: list[list[Parameter]] | None = None, dummies: bool = True
) -> tuple[LiveOptimizer, Closure | None]:
    """Build an optimizer over what is trained, over the parameters of a model, or over groups that hold none.

    A schedule does not depend on parameters: torch takes groups without any, and steps them by the same call as groups
    whose parameters have no gradients, but in less time.

    Args:
        curve: whose it is.
        trained: the parameters of each group, where they are trained.
        dummies: whether each group gets one nevertheless, since someone's own code may look for it.

    Returns:
        The optimizer, and the closure that its ``step`` needs (LBFGS), or None.

    Raises:
        RefusedByTorch: if the class does not take its arguments.
    """
    spec = curve.optimizer
    parameters = trained or (
        model_parameters(spec.model, curve) if spec.model else [_fewest(spec, dummies) for _ in spec.groups]
    )
    groups = [
        {"params": held, **_settings(group.settings, spec)}
        for held, group in zip(parameters, spec.groups, strict=True)
    ]
    if spec.code is not None:
        return foreign_optimizer(spec.code, groups, curve), None
    entry = catalog.optimizers()[spec.type]
    settings = {**({} if trained else _cheapest(entry, spec)), **_settings(spec.settings, spec)}
    if spec.tensor_lr:  # one tensor, which all groups without one of their own are given
        settings.setdefault("lr", _tensor(entry.default_lr))
    try:
        if entry.takes_groups:
            optimizer = class_at(entry.path)(groups, **settings)
        else:
            own = _settings(spec.groups[0].settings, spec)
            optimizer = class_at(entry.path)(parameters[0], **{**settings, **own})
    except (TypeError, ValueError, RuntimeError) as error:
        raise refusal(error, spec.type, curve, spec.place, spec.places) from error
    return optimizer, _closure() if spec.type == "LBFGS" else None


def class_at(path: str) -> Any:
    """Import a class by its full path; only paths of the catalog come here."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def _settings(settings: Settings, spec: Optimizer) -> dict[str, Any]:
    return {name: _tensor(value) if spec.tensor_lr and name == "lr" else value for name, value in settings}


def _tensor(lr: float) -> Tensor:
    return torch.tensor(lr, dtype=torch.float32)


def _cheapest(entry: Entry, spec: Optimizer) -> dict[str, bool]:
    # Without gradients the implementations do the same nothing: the fused one does it fastest, then the multi-tensor.
    asked = {name for settings in (spec.settings, *(g.settings for g in spec.groups)) for name, _ in settings}
    if spec.tensor_lr or asked & {"foreach", "fused", "differentiable", "capturable"}:
        return {}
    fastest = next((name for name in ("fused", "foreach") if entry.argument(name) is not None), None)
    return {fastest: True} if fastest else {}


def _fewest(spec: Optimizer, dummies: bool) -> list[Parameter]:
    # What takes no groups (LBFGS) wants a parameter.
    needed = dummies or spec.code is not None or not catalog.optimizers()[spec.type].takes_groups
    return _dummy(spec) if needed else []


def _dummy(spec: Optimizer) -> list[Parameter]:
    # A matrix, since Muon takes nothing else; one element, since nothing depends on its size; zeros, since
    # drawing it would move torch's random numbers.
    zeros = torch.zeros(1, 1)
    if spec.code is None and catalog.optimizers()[spec.type].parameter == "sparse":
        return [cast(Parameter, Embedding(1, 1, sparse=True, _weight=zeros).weight)]
    return [Parameter(zeros)]


def _closure() -> Closure:
    loss = torch.zeros(())
    return lambda: loss
