"""``lrviz accept``: what specs do now becomes what ``lrviz diff --baseline`` compares them with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lrviz import accepting
from lrviz.commands import differing
from lrviz.commands.given import taking_given
from lrviz.commands.options import (
    Epochs,
    Lr,
    NoCache,
    OptimizerName,
    Steps,
    StepsPerEpoch,
    Trust,
    complete_curve,
)

if TYPE_CHECKING:
    from lrviz.spec.curve import Spec

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH...",
        help="Specs, folders of specs, or presets with changes (. where none is named).",
        autocompletion=complete_curve,
    ),
]


@taking_given
def accept(
    paths: Paths = None,
    baseline: Annotated[
        str,
        typer.Option("--baseline", metavar="DIR", help="The folder of traces; it is created where needed."),
    ] = "baseline",
    epochs: Epochs = None,
    steps_per_epoch: StepsPerEpoch = None,
    steps: Steps = None,
    lr: Lr = None,
    optimizer: OptimizerName = None,
    no_cache: NoCache = False,
    trust: Trust = False,
) -> None:
    """Keep what specs do now, for lrviz diff --baseline to compare with later; commit the folder.

    Each spec has one file of traces there, named after its path from the working directory. Nothing is written if any
    spec is wrong. Of a folder that is named, the traces of specs that are gone are removed.

    \b
    Examples:
      lrviz accept configs/ --baseline baseline/
      lrviz diff configs/ --baseline baseline/

    \b
    Exit codes: 0 kept, 2 a spec is wrong, or a file cannot be written.
    """

    def read(word: str) -> Spec:
        return differing.read(word, epochs, steps_per_epoch, steps, lr, optimizer, trust)

    for line in accepting.accept(paths or ["."], baseline, read, differing.simulating(no_cache)):
        print(line, flush=True)
