"""``lrviz init``: a commented spec to start from."""

from __future__ import annotations

from typing import Annotated

import typer

from lrviz.commands.options import complete_preset


def init(
    preset: Annotated[
        str,
        typer.Argument(
            metavar="PRESET",
            help="The schedule to start from, as lrviz list presets shows them.",
            autocompletion=complete_preset,
        ),
    ] = "warmup-cosine",
) -> None:
    """Write a commented starter spec to standard output.

    \b
    Examples:
      lrviz init cosine > config.yaml
      lrviz init wsd | lrviz plot - -o wsd.png
    """
    from lrviz.presets.starter import starter

    print(starter(preset), end="")
