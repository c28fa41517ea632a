"""A word of the command line → the value that a command wants, by Typer; where it is plain, at once.

Typer reads every value with pydantic, which takes longer to import than most commands take to run. A text where a
text is wanted, a path, digits, or nothing at all needs no reading; whatever does is left to Typer, and so is
every word that is wrong: its messages are Typer's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_origin

from typer.core import TyperCommand, TyperGroup

INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


class Command(TyperCommand):
    """A command of Typer's that takes plain values as they are."""

    def get_params(self, ctx: Any) -> list[Any]:
        """List its parameters."""
        return _taking_plain_values(super().get_params(ctx))


class Group(TyperGroup):
    """The same of a group of commands."""

    def get_params(self, ctx: Any) -> list[Any]:
        """List the parameters that stand before the command's name."""
        return _taking_plain_values(super().get_params(ctx))


def _taking_plain_values(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        # Older Typers, which import no pydantic, describe no types: nothing is to be saved there.
        if hasattr(parameter, "type_descriptor"):
            usual = partial(type(parameter).process_value, parameter)
            parameter.process_value = partial(_processed, parameter, usual)
    return parameters


def _processed(parameter: Any, usual: Callable[..., Any], context: Any, value: Any) -> Any:
    """Do what Click's ``Parameter.process_value`` does: read a value, and show it to the parameter's callback."""
    described = parameter.type_descriptor
    try:
        read = _value(described.annotation, value, parameter.required, described.parameter_info)
    except ValueError:
        return usual(context, value)
    return read if parameter.callback is None else parameter.callback(context, parameter, read)


def _value(wanted: Any, value: Any, required: bool, bounds: Any) -> Any:
    """Read a value, or several, or none.

    Raises:
        ValueError: where it is not plain.
    """
    if bounds.parser is not None or bounds.exists or bounds.resolve_path:  # which no command of ours has
        raise ValueError
    several = get_origin(wanted) is list
    if value is None and not required:
        return () if several else None
    if not several:
        return _plain(wanted, value, bounds)
    if not isinstance(value, (list, tuple)) or (required and not value):
        raise ValueError
    return [_plain(get_args(wanted)[0], item, bounds) for item in value]


def _plain(wanted: Any, value: Any, bounds: Any) -> Any:
    if isinstance(wanted, type) and type(value) is wanted:
        return value
    if not isinstance(value, str):
        raise ValueError
    if wanted is Path and (os.access(value, os.R_OK) or not os.path.lexists(value)):
        return Path(value)
    if wanted is int and INTEGER.fullmatch(value) and _within(int(value), bounds):
        return int(value)
    if wanted is float and NUMBER.fullmatch(value) and _within(float(value), bounds):
        return float(value)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return wanted(value)
    raise ValueError


def _within(number: float, bounds: Any) -> bool:
    return (bounds.min is None or number >= bounds.min) and (bounds.max is None or number <= bounds.max)
