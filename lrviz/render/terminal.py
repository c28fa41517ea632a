"""The terminal: the console that output goes to, coloured and fitted, or plain for other programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDTH = 80


def show(made: RenderableType) -> None:
    """Print on standard output; a text that is wanted plain needs no Rich for it."""
    if isinstance(made, str) and is_plain(sys.stdout):
        _forgive(sys.stdout)
        sys.stdout.write(f"{made}\n")  # at once, so that a reader who goes early (head) is met at most once
        sys.stdout.flush()
    else:
        console().print(made)


def console(stderr: bool = False) -> Console:
    """Open the terminal: with colours and tables fitted to it, or plain for other programs.

    Names are never read as Rich's markup or emoji; a plain console neither wraps nor cuts a line.
    """
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    _forgive(stream)
    plain = is_plain(stream)
    interactive = _is_terminal(stream)
    dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    return Console(
        file=stream,
        force_terminal=not plain,
        force_jupyter=False,
        no_color=plain,
        color_system=None if plain else "standard" if dumb else "auto",
        width=None if interactive else _columns(os.environ),
        soft_wrap=plain,
        markup=False,
        emoji=False,
        highlight=False,
    )


def is_plain(stream: IO[str]) -> bool:
    """Tell whether a stream wants bare text: a pipe unless FORCE_COLOR, or under NO_COLOR or TERM=dumb."""
    if os.environ.get("NO_COLOR"):
        return True
    if os.environ.get("FORCE_COLOR", "0").lower() not in ("", "0", "false"):
        return False
    return not _is_terminal(stream) or os.environ.get("TERM", "").lower() in ("dumb", "unknown")


def can_draw(stream: IO[str]) -> bool:
    """Tell whether a stream can hold braille and box characters."""
    try:
        "⣿┤≤·".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _is_terminal(stream: IO[str]) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # a closed stream, or something that only looks like one
        return False


def _columns(environment: Mapping[str, str]) -> int:
    columns = environment.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) > 0 else WIDTH


def _forgive(stream: IO[str]) -> None:
    """Let a terminal of few characters show question marks rather than fail on a name."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
