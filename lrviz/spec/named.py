"""Code that a spec names, inert: a class by path, a model, a LightningModule."""

from __future__ import annotations

import os
from dataclasses import field

from lrviz.errors import Place
from lrviz.frozen import frozen
from lrviz.spec.reactions import Settings


@frozen
class Code:
    """Code that a spec names and a person trusts: it is imported when the curve is built, not before.

    Args:
        source: a file's path, or a module's dotted name.
        name: what is wanted of it; may hold dots.
        folder: where the spec is; None for code in a file, which has a folder of its own.
        place: where it was written.
        family: the library whose scheduler it is, of those that lrviz knows, and runs without being told to.
    """

    source: str
    name: str
    folder: str | None = None
    place: Place = field(default=Place("<value>"), compare=False, repr=False)
    family: str | None = None

    def __str__(self) -> str:
        if self.family is not None:
            return f"{self.family}.{self.name}"
        return f"{self.source if self.folder is not None else os.path.basename(self.source)}:{self.name}"


@frozen
class Model:
    """A model whose parameters an optimizer is given, and the arguments that it is made with."""

    code: Code
    arguments: Settings = ()


@frozen
class Module:
    """A LightningModule, whose ``configure_optimizers`` makes the optimizer and the schedulers of a curve.

    Args:
        code: the class.
        arguments: what it is made with.
        trainer: what its ``trainer`` says of the run: max_epochs, max_steps, accumulate_grad_batches, and devices.
        index: which of its optimizers is the curve's; None: not known yet.
    """

    code: Code
    arguments: Settings = ()
    trainer: Settings = ()
    index: int | None = None
