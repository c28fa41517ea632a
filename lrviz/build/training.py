"""A problem and an optimizer → the update of a run that trains, and what the optimizer made of each LR."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer

from lrviz.build.problems import Live
from lrviz.trace import Array


class Training:
    """The training of one curve.

    Args:
        problem: what is trained.
        optimizer: over its parameters.
        steps: updates in the run.
        whole: whether the optimizer's ``step`` wants the forward and backward pass as a closure (LBFGS).

    Attributes:
        loss: the loss of each update's forward pass; shape (updates,).
        step_size: RMS of the change of the parameters of each group; shape (groups, updates).
        effective_lr: that over the RMS of their gradient; NaN where the gradient is zero; the same shape.
    """

    def __init__(self, problem: Live, optimizer: Optimizer, steps: int, whole: bool) -> None:
        self.problem, self.optimizer, self.whole = problem, optimizer, whole
        groups = [_Group(group["params"]) for group in optimizer.param_groups]
        self.groups = groups
        self.loss: Array = np.full(steps, np.nan)
        self.step_size: Array = np.full((len(groups), steps), np.nan)
        self.effective_lr: Array = np.full((len(groups), steps), np.nan)
        self.update = 0

    def step(self) -> None:
        """Do an update as a training loop does: zero_grad, forward, backward, ``optimizer.step()``."""
        update = self.update
        self.loss[update] = self._backward().item()
        for group in self.groups:
            group.before_step()
        if self.whole:
            self.optimizer.step(self._backward)  # type: ignore[arg-type]  # the stub wants a float of a closure
        else:
            self.optimizer.step()
        for index, group in enumerate(self.groups):
            size, gradient = group.after_step()
            self.step_size[index, update] = size
            self.effective_lr[index, update] = size / gradient if gradient else np.nan
        self.update = update + 1

    def mean_loss(self, done: int, updates: int) -> float:
        """Take the mean loss of the last so many of the updates done."""
        return float(np.mean(self.loss[max(0, done - updates) : done]))

    def weights(self) -> list[Tensor]:
        """List the model's parameters, for a checkpoint."""
        return [parameter.detach() for parameter in self.problem.parameters]

    def go_on(self, weights: Sequence[Tensor], before: Training) -> None:
        """Go on with the weights of a checkpoint where another training stopped; its data go on too."""
        with torch.no_grad():
            for parameter, saved in zip(self.problem.parameters, weights, strict=True):
                parameter.copy_(saved)
        done = self.update = before.update
        self.loss[:done] = before.loss[:done]
        self.step_size[:, :done] = before.step_size[:, :done]
        self.effective_lr[:, :done] = before.effective_lr[:, :done]

    def _backward(self) -> Tensor:
        self.optimizer.zero_grad()
        loss = self.problem.loss(self.update)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
        return loss


class _Group:
    """The numbers of one parameter group, laid end to end."""

    def __init__(self, parameters: list[Parameter]) -> None:
        ends = [0, *accumulate(parameter.numel() for parameter in parameters)]
        self.root = ends[-1] ** 0.5
        # In double precision: the squares of float32's small numbers would vanish.
        self.before, self.after, self.gradient = (np.empty(ends[-1]) for _ in range(3))
        self.parts: list[tuple[Parameter, Array, Array, Array]] = []
        for parameter, (begin, end) in zip(parameters, pairwise(ends), strict=True):
            flat = (self.before, self.after, self.gradient)
            before, after, gradient = (array[begin:end].reshape(parameter.shape) for array in flat)
            self.parts.append((parameter, before, after, gradient))

    def before_step(self) -> None:
        """Keep the parameters and their gradients."""
        for parameter, before, _, gradient in self.parts:
            before[...] = parameter.detach().numpy()
            gradient[...] = 0.0 if parameter.grad is None else _dense(parameter.grad).numpy()

    def after_step(self) -> tuple[float, float]:
        """Tell the RMS of the parameters' change, and of the gradient."""
        for parameter, _, after, _ in self.parts:
            after[...] = parameter.detach().numpy()
        change = self.after
        change -= self.before
        return _norm(change) / self.root, _norm(self.gradient) / self.root


@contextmanager
def ready(training: Training | None) -> Iterator[None]:
    """Switch on what a run that trains needs: gradients, and one thread; off what a run that does not has no use for.

    Matrices this small are slower on several threads, by ten times where other programs are at work too; and on one
    thread sums are the same on a machine with many cores as on one with few.
    """
    if training is None:
        with torch.no_grad():
            yield
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.enable_grad(), np.errstate(all="ignore"):  # a loss may overflow: that is told, not raised
            yield
    finally:
        torch.set_num_threads(threads)


def shared_out(parameters: Sequence[Parameter], groups: int) -> list[list[Parameter]]:
    """Share parameters out among groups, in order, as evenly as they go: the first groups get one more."""
    each, over = divmod(len(parameters), groups)
    ends = [0, *accumulate(each + (index < over) for index in range(groups))]
    return [list(parameters[begin:end]) for begin, end in pairwise(ends)]


def _dense(gradient: Tensor) -> Tensor:
    return gradient.to_dense() if gradient.is_sparse else gradient


def _norm(values: Array) -> float:
    return math.sqrt(values.dot(values))
