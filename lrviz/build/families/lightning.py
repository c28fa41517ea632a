"""StochasticWeightAveraging's arguments → the scheduler before it, and SWALR from the epoch where it begins."""

from __future__ import annotations

from inspect import Parameter, signature
from typing import Any

from torch.optim import Optimizer
from torch.optim.swa_utils import SWALR

from lrviz import catalog
from lrviz.build.optimizers import class_at


class Averaging:
    """A scheduler that is replaced by SWALR, built as the callback builds it, when an epoch begins.

    Args:
        optimizer: what is stepped.
        start: the epoch, from 0, at whose beginning SWALR is built; the LR of that epoch is the one before.
        swa_lrs: its LR, for all groups or for each.
        annealing_epochs, annealing_strategy: how it gets there.
        max_epochs: of the Trainer, where SWALR begins to count if it anneals by a cosine.
        before: the scheduler that is replaced, its class under ``type``; None: the LR is constant until then.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start: int,
        swa_lrs: float | list[float],
        max_epochs: int,
        annealing_epochs: int = 10,
        annealing_strategy: str = "cos",
        before: dict[str, Any] | None = None,
    ) -> None:
        self.optimizer, self.start, self.epoch = optimizer, start, 0
        self._lrs, self._annealing = swa_lrs, (annealing_epochs, annealing_strategy)
        self._max_epochs = max_epochs
        arguments = dict(before or {})
        path = catalog.schedulers()[arguments.pop("type")].path if arguments else None
        self.now: Any = class_at(path)(optimizer, **arguments) if path else None
        self._begin()

    def step(self, *metric: float) -> None:
        """End an epoch: step what is there, and let the next one begin."""
        if self.now is not None:
            self.now.step() if isinstance(self.now, SWALR) else self.now.step(*metric)
        self.epoch += 1
        self._begin()

    def _begin(self) -> None:
        if self.epoch != self.start:
            return
        groups = self.optimizer.param_groups
        lrs = [self._lrs] * len(groups) if isinstance(self._lrs, float) else self._lrs
        for lr, group in zip(lrs, groups, strict=False):
            group["initial_lr"] = lr
        epochs, strategy = self._annealing
        last = self._max_epochs if strategy == "cos" else -1
        self.now = SWALR(self.optimizer, lrs, epochs, strategy, last)  # type: ignore[arg-type]  # its own default is a str


def make(name: str, optimizer: Optimizer, arguments: dict[str, Any]) -> Any:
    """Make the scheduler of the averaging."""
    del name  # there is one
    return Averaging(optimizer, **arguments)


def parameters(name: str) -> list[Parameter]:
    """List what it takes."""
    del name
    return list(signature(Averaging).parameters.values())[1:]
