"""The subcommands: one thin file each, imported when it is wanted; its function's docstring is its help."""

from __future__ import annotations

from importlib import import_module
from typing import Any

COMMANDS = {
    # name: its module, and the function in it (or, of several commands under one name, the Typer)
    "compare": "compare",
    "plot": "plot",
    "table": "table",
    "check": "check",
    "diff": "diff",
    "accept": "accept",
    "render": "render",
    "list": "list_",
    "explain": "explain",
    "code": "code",
    "fit": "fit",
    "init": "init",
    "schema": "schema",
    "cache": "cache",
}


def command(name: str) -> Any:
    """Import a command."""
    return getattr(import_module(f"lrviz.commands.{COMMANDS[name]}"), COMMANDS[name])
