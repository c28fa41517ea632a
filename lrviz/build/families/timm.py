"""A scheduler of timm → the same, told the number of each epoch, or of each update, as timm's train.py tells it."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from inspect import Parameter, signature
from types import ModuleType
from typing import Any

from torch.optim import Optimizer


def schedulers_alone() -> Any:
    """Import ``timm.scheduler``, which needs torch alone, and not the rest of timm, which imports torchvision.

    torchvision's wheel loads only beside the torch that it was built for, and timm's models take seconds to import.

    Raises:
        ImportError: if timm is not installed.
    """
    if "timm" in sys.modules:
        return importlib.import_module("timm.scheduler")
    found = importlib.util.find_spec("timm")
    if found is None or found.submodule_search_locations is None:
        raise ImportError("No module named 'timm'")
    package = ModuleType("timm")
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["timm"] = package
    try:
        return importlib.import_module("timm.scheduler")
    finally:  # whoever imports timm after this gets the whole of it
        for name in [name for name in sys.modules if name.partition(".")[0] == "timm"]:
            del sys.modules[name]


timm_scheduler = schedulers_alone()

FACTORY = "create_scheduler_v2"
CLASSES = {
    "cosine": "CosineLRScheduler",
    "tanh": "TanhLRScheduler",
    "poly": "PolyLRScheduler",
    "step": "StepLRScheduler",
    "multistep": "MultiStepLRScheduler",
    "wsd": "WSDLRScheduler",
    "plateau": "PlateauLRScheduler",
}


class Told:
    """A scheduler of timm that is stepped like torch's: it is told what number its call has.

    Args:
        live: timm's own; None for ``sched: none``.
        start: calls made before the run began: the epoch, or the update, at which it goes on.
    """

    fresh_metric = True  # an epoch without evaluation gives it none

    def __init__(self, live: Any, start: int) -> None:
        self.live, self.done = live, start
        if start:
            self._tell(None)

    def step(self, metric: float | None = None) -> None:
        """Go on to the next epoch, or update, whichever it counts."""
        self.done += 1
        self._tell(metric)

    def state_dict(self) -> dict[str, Any]:
        """Save the count: train.py saves no more."""
        return {"done": self.done}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a count, as train.py does with the epoch at which it starts."""
        self.done = state["done"]
        self._tell(None)

    def _tell(self, metric: float | None) -> None:
        if self.live is None:
            return
        if self.live.t_in_epochs:
            self.live.step(self.done, metric)
        else:
            self.live.step_update(self.done, metric)


def make(name: str, optimizer: Optimizer, arguments: dict[str, Any]) -> Told:
    """Make a scheduler of timm.

    Args:
        name: its name here, or the factory's.
        optimizer: what it steps.
        arguments: timm's own; and ``start``, and the ``lr_scale`` of each parameter group (layer decay).

    Raises:
        ValueError: if there is not one ``lr_scale`` for each group, or timm refuses the others.
    """
    own = dict(arguments)
    start, scales = own.pop("start", 0), own.pop("lr_scale", None)
    groups = optimizer.param_groups
    if scales is not None:
        if not isinstance(scales, list) or len(scales) != len(groups):
            raise ValueError(f"lr_scale: one number for each of {len(groups)} parameter groups is wanted")
        for group, scale in zip(groups, scales, strict=True):
            group["lr_scale"] = scale
    if name == FACTORY:
        live, _ = timm_scheduler.create_scheduler_v2(optimizer, **own)
    else:
        live = getattr(timm_scheduler, CLASSES[name])(optimizer, **own)
    return Told(live, start)


def parameters(name: str) -> list[Parameter]:
    """Find what timm's own takes, and what it is given here."""
    found = getattr(timm_scheduler, CLASSES.get(name, name))
    own = list(signature(found).parameters.values())[1:]
    return [*own, *(Parameter(word, Parameter.KEYWORD_ONLY, default=None) for word in ("start", "lr_scale"))]
