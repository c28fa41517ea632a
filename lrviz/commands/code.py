"""``lrviz code``: the Python that builds a schedule."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrviz import pipeline
from lrviz.commands.given import taking_given
from lrviz.commands.options import (
    Epochs,
    Lr,
    One,
    OptimizerName,
    Steps,
    StepsPerEpoch,
    Trust,
    chosen_of,
    run_of,
)


@taking_given
def code(
    curve: One,
    target: Annotated[
        str, typer.Option("--for", metavar="torch|lightning|transformers", help="What the code is for.")
    ] = "torch",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file: train_lr.py.")
    ] = None,
    epochs: Epochs = None,
    steps_per_epoch: StepsPerEpoch = None,
    steps: Steps = None,
    lr: Lr = None,
    optimizer: OptimizerName = None,
    trust: Trust = False,
) -> None:
    """Write the Python that builds this optimizer and schedule, with the loop that steps them.

    For torch: configure(model), and a training loop. For lightning: configure_optimizers and what the Trainer must be
    told. For transformers: TrainingArguments, and the optimizer and scheduler where they cannot say it. Lengths are
    counted out, with what was written beside them.

    \b
    Examples:
      lrviz code config.yaml#cosine -o train_lr.py
      lrviz code wsd --steps 20000 --lr 3e-4 --optimizer AdamW --for transformers
    """
    from lrviz.codegen import code_of

    spec = pipeline.read(curve, run_of(epochs, steps_per_epoch, steps), chosen_of(lr, optimizer), trust=trust)
    text = code_of(spec, target)
    if output is None:
        print(text, end="")
        return
    from lrviz.render.write import write_pieces

    write_pieces(output, [text.encode()])
