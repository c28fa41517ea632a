"""A parameter scheduler of mmengine → the same, built as its Runner builds it, and stepped as its hook steps it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from mmengine.optim import scheduler as mmengine_scheduler
from mmengine.registry import PARAM_SCHEDULERS, build_scheduler_from_cfg
from torch.optim import Optimizer

CONVERTED = (
    "convert_to_iter_based",
    "epoch_length",
)  # what the Runner takes of a config before the class sees it


class Evaluated:
    """A ReduceOnPlateau, told of each epoch's end, and then of the evaluation if there was one."""

    fresh_metric = True  # an epoch without evaluation only counts

    def __init__(self, live: Any) -> None:
        self.live = live

    def step(self, metric: float | None = None) -> None:
        """Count an epoch, as the hook does at its end; then look at the metric, as it does after validation."""
        self.live.step()
        if metric is not None:
            self.live.step({self.live.monitor: metric})

    def state_dict(self) -> dict[str, Any]:
        """Save mmengine's own state."""
        state: dict[str, Any] = self.live.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Load mmengine's own state."""
        self.live.load_state_dict(state)


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
    return Evaluated(live) if getattr(live, "need_val_args", False) else live


def signature(name: str) -> Callable[..., Any]:
    """Find what a class takes besides the optimizer and the quantity's name, and what the Runner takes before it."""
    found = getattr(mmengine_scheduler, name)
    base = next(one for one in found.__mro__ if one.__name__.endswith("ParamScheduler"))

    def taking() -> None:
        """Stand for it."""

    own = list(inspect.signature(base.__init__).parameters.values())[1:]
    own = [one for one in own if one.name != "param_name"]
    extra = [inspect.Parameter(word, inspect.Parameter.KEYWORD_ONLY, default=None) for word in CONVERTED]
    setattr(taking, "__signature__", inspect.Signature([*own, *extra]))  # noqa: B010  # mypy knows no such attribute
    return taking
