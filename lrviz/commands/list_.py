"""``lrviz list``: every scheduler, optimizer and preset, a line each, and the schedules of papers."""

from __future__ import annotations

from typing import Annotated

import typer

from lrviz.errors import LrvizError, suggestion

KINDS = ("presets", "schedulers", "optimizers", "families", "published")


def list_(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="[presets|schedulers|optimizers|families|published]",
            help="What to list; everything where not given, of families and published schedules their number.",
            autocompletion=lambda incomplete: [k for k in KINDS if k.startswith(incomplete)],
        ),
    ] = None,
) -> None:
    """List every preset, scheduler and optimizer, a line each; or the schedules of other libraries, or of papers.

    \b
    Examples:
      lrviz list presets
      lrviz list published
      lrviz list families
      lrviz list | grep warm
    """
    if kind is not None and kind not in KINDS:
        raise LrvizError(f"{kind!r} is no list; {suggestion(kind, KINDS)}")
    from lrviz.commands.running import shown

    if kind == "published":
        from lrviz.render.as_published import published_listing

        shown(published_listing)
        return
    from lrviz.render.as_cards import listing

    shown(lambda plain: listing([kind] if kind else None, plain))
