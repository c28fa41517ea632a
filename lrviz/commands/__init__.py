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
    "watch": "watch",
    "diff": "diff",
    "accept": "accept",
    "render": "render",
    "record": "record",
    "list": "list_",
    "explain": "explain",
    "code": "code",
    "fit": "fit",
    "init": "init",
    "import": "import_",
    "schema": "schema",
    "cache": "cache",
}
# What Click is to know of a command besides: what follows a script are its own options.
SETTINGS: dict[str, dict[str, Any]] = {"record": {"allow_interspersed_args": False}}


def command(name: str) -> Any:
    """Import a command."""
    return getattr(import_module(f"lrviz.commands.{COMMANDS[name]}"), COMMANDS[name])
