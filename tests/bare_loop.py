"""The plain training loop that people write, with torch alone: what lrviz, unknown to it, is held against."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Stepped:
    """A live scheduler, and when the loop steps it; a metric has one value per epoch."""

    scheduler: Any
    per: str = "epoch"
    every: int = 1
    metric: Sequence[float] | None = None


@dataclass(frozen=True)
class Seen:
    """What was in the groups right before each ``optimizer.step()``, and after the last scheduler step."""

    lr: Array
    momentum: Array | None
    weight_decay: Array | None
    final_lr: tuple[float, ...]


def weight() -> Parameter:
    """A small matrix with a gradient."""
    parameter = Parameter(torch.tensor([[0.5, -0.25], [0.125, 1.0]]))
    parameter.grad = torch.tensor([[0.01, 0.02], [-0.03, 0.04]])
    return parameter


def sparse_weight() -> Parameter:
    """An embedding of which one row has a gradient."""
    parameter = Parameter(torch.tensor([[0.5, -0.25], [0.125, 1.0], [0.0, 0.0]]))
    parameter.grad = torch.sparse_coo_tensor(torch.tensor([[1]]), torch.tensor([[0.01, -0.02]]), (3, 2))
    return parameter


def closure_of(parameter: Parameter) -> Callable[[], Tensor]:
    """The closure that LBFGS asks for: it computes the loss and its gradient anew."""

    def closure() -> Tensor:
        parameter.grad = None
        loss = (parameter**2).sum()
        loss.backward()
        return loss

    return closure


@contextmanager
def quiet() -> Iterator[None]:
    """Let torch warn of what it likes: the loop is about numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def bare_loop(
    optimizer: Optimizer,
    *stepped: Stepped,
    epochs: int,
    steps_per_epoch: int,
    closure: Callable[[], Tensor] | None = None,
) -> Seen:
    """Train, and write down what each update used."""
    groups = optimizer.param_groups
    lr, momentum, weight_decay = [], [], []
    update = 0
    with quiet():
        for epoch in range(epochs):
            for _ in range(steps_per_epoch):
                lr.append([group["lr"] for group in groups])
                momentum.append([_momentum(group) for group in groups])
                weight_decay.append([group.get("weight_decay") for group in groups])
                optimizer.step(closure)
                update += 1
                for one in stepped:
                    if one.per == "step" and update % one.every == 0:
                        one.scheduler.step()
            for one in stepped:
                if one.per == "epoch" and (epoch + 1) % one.every == 0:
                    if one.metric is None:
                        one.scheduler.step()
                    else:
                        one.scheduler.step(one.metric[epoch])
    return Seen(
        lr=np.array(lr, dtype=np.float64),
        momentum=_column(momentum),
        weight_decay=_column(weight_decay),
        final_lr=tuple(group["lr"] for group in groups),
    )


def _momentum(group: dict[str, Any]) -> float | None:
    if "momentum" in group:
        return group["momentum"]
    return group["betas"][0] if "betas" in group else None


def _column(rows: list[list[float | None]]) -> Array | None:
    return None if rows[0][0] is None else np.array(rows, dtype=np.float64)
