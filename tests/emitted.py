"""Emitted code, executed: what its optimizers' groups hold when they step, recorded by torch's own hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle
from typing import Any

import numpy as np
import torch
from bare_loop import quiet
from torch.nn import Embedding, Parameter
from torch.optim.optimizer import register_optimizer_step_pre_hook

from lrviz.build.quantities import momentum_of, weight_decay_of
from lrviz.spec.curve import Curve
from lrviz.trace import Trace


@dataclass
class Seen:
    """What was in the groups right before each ``optimizer.step()``."""

    lr: list[list[float]] = field(default_factory=list)
    momentum: list[list[float | None]] = field(default_factory=list)
    weight_decay: list[list[float | None]] = field(default_factory=list)
    last: Any = None

    def __call__(self, optimizer: Any, *_: object) -> None:
        groups = optimizer.param_groups
        self.lr.append([float(group["lr"]) for group in groups])
        self.momentum.append([momentum_of(group) for group in groups])
        self.weight_decay.append([weight_decay_of(group) for group in groups])
        self.last = optimizer

    def check(self, trace: Trace) -> None:
        """Hold it against a trace, bit for bit."""
        assert len(self.lr) == len(trace)
        assert np.array_equal(np.array(self.lr), trace.lr)
        for mine, theirs in ((self.momentum, trace.momentum), (self.weight_decay, trace.weight_decay)):
            if theirs is not None:
                assert np.array_equal(np.array(mine, dtype=float), theirs)


@contextmanager
def recording() -> Iterator[Seen]:
    seen = Seen()
    handle = register_optimizer_step_pre_hook(seen)
    try:
        with quiet():
            yield seen
    finally:
        handle.remove()


class Model:
    """What code asks of a model: parameters, one for each group, under its name."""

    def __init__(self, curve: Curve) -> None:
        sparse = curve.optimizer.type == "SparseAdam"
        self.held = {
            f"{group.name}.weight": Embedding(2, 2, sparse=True).weight
            if sparse
            else Parameter(torch.zeros(1, 1))
            for group in curve.optimizer.groups
        }
        self.sparse = sparse

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        yield from self.held.items()

    def parameters(self) -> Iterator[Parameter]:
        yield from self.held.values()


class Loss:
    """A loss whose gradients nobody needs."""

    def __truediv__(self, _: int) -> Loss:
        return self

    def backward(self) -> None:
        pass


def trained(text: str, curve: Curve, trace: Trace) -> Seen:
    """Execute code for torch, and train with it; metrics are those of the trace, in their order."""
    space: dict[str, Any] = {}
    exec(compile(text, "<emitted>", "exec"), space)
    values = {name: iter(series.values.tolist()) for name, series in trace.metrics.items()}
    clock = curve.clock
    batch = [0] * clock.accumulate
    batches: Any = cycle([batch])
    if clock.steps_per_epoch and "batches(epoch)" in text:
        batches = lambda _: [batch] * (clock.steps_per_epoch or 0)  # noqa: E731
    arguments: list[Any] = [Model(curve), batches, lambda *_: Loss()]
    if "measure(model, " in text:
        arguments.append(lambda _, name: next(values[name]))
    go: Callable[..., None] = space["run" if curve.resume else "train"]
    with recording() as seen, torch.no_grad():
        go(*arguments)
    return seen


OPERATORS = (
    "deform_conv2d",
    "nms",
    "ps_roi_align",
    "ps_roi_pool",
    "qnms",
    "qroi_align",
    "roi_align",
    "roi_pool",
)


@cache
def declare_torchvision() -> None:
    """Declare torchvision's operators, without which its wheel does not load beside a CPU-only torch."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    kept.append(library)  # what it declares goes with it
    for name in OPERATORS:
        for operator in (name, f"_{name}_backward"):
            if not hasattr(torch.ops.torchvision, operator):
                library.define(f"{operator}(Tensor x) -> Tensor")


kept: list[torch.library.Library] = []
