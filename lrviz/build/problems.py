"""A Train of the spec → fixed data, a fresh model and their loss.

All numbers are drawn from one torch.Generator with the spec's seed, in the order in which they stand here: data first,
then the model's weights, each drawn as torch's own layers draw theirs. torch's global random numbers stay where they
are. The data are a fixed number of batches: update ``i`` trains on batch ``i`` modulo that number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Generator, Tensor
from torch.nn import Embedding, Linear, Module, Parameter, ReLU, Sequential
from torch.nn.functional import cross_entropy, mse_loss
from torch.nn.utils import skip_init

from lrviz.spec.curve import Train

BATCH = 32


@dataclass(frozen=True)
class Live:
    """A model with its data.

    Args:
        parameters: the tensors that are trained, in the model's order.
        loss: the loss of an update, given its index: the forward pass.
    """

    parameters: tuple[Parameter, ...]
    loss: Callable[[int], Tensor]


def live_problem(train: Train, parameter: str) -> Live:
    """Build what a run trains on.

    Args:
        train: which problem.
        parameter: what the optimizer steps: ``dense``, ``matrix`` (a model without biases) or ``sparse``.
    """
    settings = dict(train.settings)
    numbers = Generator().manual_seed(train.seed)
    batches, biases = int(settings.get("batches", 1)), parameter != "matrix"
    if train.problem == "mlp":
        return _mlp(numbers, batches, biases)
    if train.problem == "classification":
        return _classification(numbers, batches, biases)
    if train.problem == "embedding":
        return _embedding(numbers, batches, sparse=parameter == "sparse")
    return _quadratic(settings["condition"]) if train.problem == "quadratic" else _rosenbrock()


def _mlp(numbers: Generator, batches: int, biases: bool) -> Live:
    """Learn a bent plane under noise, of which no model gets below a loss of 0.04."""
    inputs = _normal(numbers, batches, BATCH, 10)
    plane = _normal(numbers, 10, 2)
    noise = _normal(numbers, batches, BATCH, 2)
    targets = torch.tanh(inputs @ plane) + 0.2 * noise
    model = Sequential(_linear(10, 5, biases, numbers), ReLU(), _linear(5, 2, biases, numbers))
    return _taught(model, inputs, targets, mse_loss)


def _classification(numbers: Generator, batches: int, biases: bool) -> Live:
    """Tell four clusters apart that overlap."""
    centres = _normal(numbers, 4, 8)
    labels = torch.randint(4, (batches, BATCH), generator=numbers)
    inputs = centres[labels] + _normal(numbers, batches, BATCH, 8)
    model = Sequential(_linear(8, 16, biases, numbers), ReLU(), _linear(16, 4, biases, numbers))
    return _taught(model, inputs, labels, cross_entropy)


def _embedding(numbers: Generator, batches: int, sparse: bool) -> Live:
    """Learn a table by heart of which row ``k`` is seen as often as 1 / (k + 1) says."""
    table = _normal(numbers, 50, 8)
    often = 1.0 / torch.arange(1, 51, dtype=torch.float32)
    rows = torch.multinomial(often, batches * BATCH, replacement=True, generator=numbers).view(batches, BATCH)
    model = Embedding(50, 8, sparse=sparse, _weight=torch.zeros(50, 8))
    return _taught(model, rows, table[rows], mse_loss)


def _quadratic(condition: float) -> Live:
    # In double precision, as rosenbrock: their curves are those of the mathematics, down to a loss of 1e-30.
    curvatures = torch.logspace(0, -1, 10, base=condition, dtype=torch.float64)
    point = Parameter(torch.ones(10, dtype=torch.float64))
    return Live((point,), lambda _: 0.5 * (curvatures * point**2).sum())


def _rosenbrock() -> Live:
    point = Parameter(torch.tensor([-1.2, 1.0], dtype=torch.float64))

    def loss(_: int) -> Tensor:
        x, y = point.unbind()
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    return Live((point,), loss)


def _taught(
    model: Module, inputs: Tensor, targets: Tensor, criterion: Callable[[Tensor, Tensor], Tensor]
) -> Live:
    batches = list(zip(inputs, targets, strict=True))

    def loss(update: int) -> Tensor:
        given, wanted = batches[update % len(batches)]
        return criterion(model(given), wanted)

    return Live(tuple(model.parameters()), loss)


def _linear(inputs: int, outputs: int, biases: bool, numbers: Generator) -> Linear:
    """Make a layer with the weights that torch's own would have, from these random numbers."""
    made = skip_init(Linear, inputs, outputs, bias=biases, dtype=torch.float32)  # type: ignore[no-untyped-call]
    layer = cast(Linear, made)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.uniform_(-(inputs**-0.5), inputs**-0.5, generator=numbers)
    return layer


def _normal(numbers: Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=numbers, dtype=torch.float32)
