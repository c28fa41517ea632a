"""``lrviz import``: a trainer's config → a spec of ours."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lrviz import loading
from lrviz.commands.given import taking_given
from lrviz.commands.options import Trust
from lrviz.errors import LrvizError


@taking_given
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A trainer's config, or - for standard input.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a new file instead.")
    ] = None,
    trust: Trust = False,
) -> None:
    """Translate a trainer's config into a spec: what it will really do, each number with where it came from.

    Every command reads such configs as they are; this is for those who want to see how, or to go on from there.

    \b
    Examples:
      lrviz import training_args.yaml --dataset-size 50000 --devices 8
      lrviz import lightning.yaml --batches-per-epoch 1000 -o config.yaml
      lrviz plot training_args.yaml --dataset-size 50000
    """
    if output is not None and output.exists():
        raise LrvizError(f"{output}: is there already; name a new file")
    text = loading.imported(file, trust=trust)
    if output is None:
        sys.stdout.write(text)
    else:
        from lrviz.render.write import write_pieces

        write_pieces(output, [text.encode()])
        print(f"wrote {output}")
