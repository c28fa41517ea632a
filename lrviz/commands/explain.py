"""``lrviz explain``: what a preset, scheduler, optimizer or check is, and when to use it."""

from __future__ import annotations

from typing import Annotated

import typer

from lrviz.commands.options import complete_name


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A preset, scheduler or optimizer (lrviz list shows them), or a check (lrviz check --list).",
            autocompletion=complete_name,
        ),
    ],
) -> None:
    """Explain a preset, scheduler or optimizer (formula, arguments, when to use it, its shape), or a check.

    \b
    Examples:
      lrviz explain onecycle
      lrviz explain CosineAnnealingLR
      lrviz explain AdamW
      lrviz explain transformers.cosine
      lrviz explain lr-rebounds
    """
    from lrviz.commands.running import shown
    from lrviz.render.as_cards import card

    shown(lambda plain: card(name, plain))
