"""A parameter scheduler of mmengine → the same, built as its Runner builds it, and stepped as its hook steps it."""

from __future__ import annotations

from inspect import Parameter, signature
from typing import Any

from mmengine.optim import scheduler as mmengine_scheduler
from mmengine.registry import PARAM_SCHEDULERS, build_scheduler_from_cfg
from torch.optim import Optimizer

from lrviz.build.families.evaluated import Evaluated

CONVERTED = (
    "convert_to_iter_based",
    "epoch_length",
)  # what the Runner takes of a config before the class sees it


class Plateau(Evaluated):
    """A ReduceOnPlateau, told of each epoch's end, and then of the evaluation if there was one."""

    def step(self, metric: float | None = None) -> None:
        """Count an epoch, as the hook does at its end; then look at the metric, as it does after validation."""
        self.live.step()
        if metric is not None:
            self.live.step({self.live.monitor: metric})


def make(name: str, optimizer: Optimizer, arguments: dict[str, Any]) -> Any:
    """Make a parameter scheduler by the function that the Runner uses.

    Args:
        name: of its class.
        optimizer: what it steps.
        arguments: as in ``param_scheduler``; beside ``convert_to_iter_based`` the ``epoch_length`` is wanted.

    Raises:
        ValueError: if it is to be converted, and the epochs at its end, or in its length, are not told.
    """
    config = {"type": name, **arguments}
    if config.get("convert_to_iter_based"):
        for wanted, example in (
            ("epoch_length", "the batches of an epoch"),
            ("end", "the epoch at which it ends"),
        ):
            if wanted not in config:
                raise ValueError(f"{wanted} ({example}) is wanted beside convert_to_iter_based")
    live = build_scheduler_from_cfg(config, PARAM_SCHEDULERS, {"optimizer": optimizer})
    return Plateau(live) if getattr(live, "need_val_args", False) else live


def parameters(name: str) -> list[Parameter]:
    """Find what a class takes besides the optimizer and the quantity's name, and what the Runner takes before it."""
    found = getattr(mmengine_scheduler, name)
    base = next(one for one in found.__mro__ if one.__name__.endswith("ParamScheduler"))
    own = list(signature(base.__init__).parameters.values())[2:]  # after itself and the optimizer
    own = [one for one in own if one.name != "param_name"]
    return [*own, *(Parameter(word, Parameter.KEYWORD_ONLY, default=None) for word in CONVERTED)]
