"""``lrviz cache``: the traces kept from earlier runs."""

from __future__ import annotations

import typer

from lrviz.commands.typed import Command, Group

cache = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Show or clear the traces kept from earlier runs.",
)


@cache.command(cls=Command)
def info() -> None:
    """Show where kept traces lie, how many there are, and their size."""
    from lrviz import cache as kept

    found = kept.info()
    print(f"folder  {found.folder}")
    print(f"traces  {found.traces:,}")
    print(f"size    {found.size / 1e6:,.1f} MB of at most {kept.LARGEST / 1e6:,.0f} MB")


@cache.command(cls=Command)
def clear() -> None:
    """Remove every kept trace; they are made anew when they are next wanted."""
    from lrviz import cache as kept

    removed = kept.clear()
    print(f"removed {removed.traces:,} traces, {removed.size / 1e6:,.1f} MB")
