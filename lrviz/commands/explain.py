"""``lrviz explain``: what a preset, scheduler or optimizer is, and when to use it."""

from __future__ import annotations

from typing import Annotated

import typer

from lrviz.commands.options import complete_name


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A preset, scheduler or optimizer, as lrviz list shows them.",
            autocompletion=complete_name,
        ),
    ],
) -> None:
    """Explain a preset, a scheduler or an optimizer: formula, arguments, when to use it, and its shape.

    \b
    Examples:
      lrviz explain onecycle
      lrviz explain CosineAnnealingLR
      lrviz explain AdamW
    """
    from lrviz.commands.running import shown
    from lrviz.render.as_cards import card

    shown(lambda plain: card(name, plain))
