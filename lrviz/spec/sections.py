"""A part of the language as a table (keys, what reads each, its default and meaning) → values read, or a JSON Schema.

A section is a class whose annotations name the kinds of its keys:

    class Run(Section):
        epochs: PositiveInteger = Field(None, description="epochs in the run")

No schema library stands behind it: to import one takes longer than to read a spec and refuse it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

REQUIRED: Any = ...  # the default of a key that must be given


class Kind(NamedTuple):
    """What a key may hold.

    Args:
        read: returns the value; raises ValueError, or ItemsRefused for some items of a list.
        schema: the same as JSON Schema.
    """

    read: Callable[[Any], Any]
    schema: dict[str, Any]


class ItemsRefused(ValueError):
    """Some items of a list are wrong.

    Args:
        wrong: the index of each, and what is wrong with it.
    """

    def __init__(self, wrong: list[tuple[int, str]]) -> None:
        self.wrong = wrong
        super().__init__("; ".join(message for _, message in wrong))


class _Key(NamedTuple):
    default: Any
    description: str
    kind: Kind

    @property
    def required(self) -> bool:
        return self.default is REQUIRED


def Field(default: Any = REQUIRED, *, description: str) -> Any:
    """Say what a key means, and its default; where none is given, the key is required."""
    return _Key(default, description, _UNREAD)


class Section:
    """A part of a spec; an unknown key in it is an error."""

    keys: dict[str, _Key]

    def __init_subclass__(cls) -> None:
        module, annotations = sys.modules[cls.__module__], inspect.get_annotations(cls)
        cls.keys = {
            key: getattr(cls, key)._replace(kind=getattr(module, kind)) for key, kind in annotations.items()
        }


def section_of(name: str, about: str, rows: dict[str, tuple[Kind, Any]]) -> type[Section]:
    """Make the section of a table that is known only at run time.

    Args:
        name: what it is.
        about: one sentence.
        rows: of each key its kind and its Field.
    """
    made: type[Section] = type(name, (Section,), {"__doc__": about})
    made.keys = {key: field._replace(kind=kind) for key, (kind, field) in rows.items()}
    return made


def listed(item: Kind, check: Callable[[Any], list[Any]], schema: dict[str, Any]) -> Kind:
    """Make the kind of a list.

    Args:
        item: the kind of each of its items.
        check: returns the list; raises ValueError if what was found is none, or none that is wanted.
        schema: JSON Schema, of the list.
    """

    def read(found: Any) -> list[Any]:
        values: list[Any] = []
        wrong: list[tuple[int, str]] = []
        for index, value in enumerate(check(found)):
            try:
                values.append(item.read(value))
            except ValueError as error:
                wrong.append((index, str(error)))
        if wrong:
            raise ItemsRefused(wrong)
        return values

    return Kind(read, schema)


def schema_of(section: type[Section]) -> dict[str, Any]:
    """Write a section as JSON Schema."""
    properties = {key: _described(known) for key, known in section.keys.items()}
    required = [key for key, known in section.keys.items() if known.required]
    return {
        "additionalProperties": False,
        "description": inspect.cleandoc(section.__doc__ or ""),
        "properties": properties,
        **({"required": required} if required else {}),
        "type": "object",
    }


def _described(known: _Key) -> dict[str, Any]:
    default = list(known.default) if isinstance(known.default, tuple) else known.default
    told = {} if known.required or default is None else {"default": default}
    schema: dict[str, Any] = _sorted({**known.kind.schema, **told, "description": known.description})
    return schema


def _sorted(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _sorted(node[key]) for key in sorted(node)}
    return [_sorted(item) for item in node] if isinstance(node, list) else node


def _unread(found: Any) -> Any:
    raise AssertionError(f"no kind reads {found}")


_UNREAD = Kind(_unread, {})
