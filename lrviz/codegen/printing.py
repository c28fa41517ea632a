"""A tree of calls and lists with comments → lines of Python, laid out as ruff and black lay them out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lrviz.frozen import frozen

WIDTH = 88  # columns, the formatters' own


@frozen
class Raw:
    """Python as it stands."""

    text: str


@frozen
class Item:
    """A value in a call, a list or a dict.

    Args:
        value: Raw, Call, Items, or a plain value.
        name: its keyword, if it has one.
        comment: what stands behind it.
    """

    value: Any
    name: str = ""
    comment: str = ""


@frozen
class Call:
    """A call of a function."""

    function: str
    items: tuple[Item, ...]


@frozen
class Items:
    """A list, or a dict where its items have names."""

    items: tuple[Item, ...]
    brackets: str = "[]"


@frozen
class Each:
    """A list made of something for each of several."""

    element: str
    clause: str


def lines_of(prefix: str, value: Any, indent: int = 0, suffix: str = "") -> list[str]:
    """Lay out ``prefix`` and a value: on one line where it fits and has no comments, else one item per line."""
    space = " " * indent
    flat = f"{space}{prefix}{text_of(value)}{suffix}"
    if isinstance(value, Each) and len(flat) > WIDTH:
        inner = [f"{space}    {value.element}", f"{space}    {value.clause}"]
        return [f"{space}{prefix}[", *inner, f"{space}]{suffix}"]
    if not isinstance(value, (Call, Items)) or not value.items:
        return [flat]
    if len(flat) <= WIDTH and not _commented(value):
        return [flat]
    opening, closing = (f"{value.function}(", ")") if isinstance(value, Call) else tuple(value.brackets)
    found = [f"{space}{prefix}{opening}"]
    for item in value.items:
        inner = lines_of(_key(item, value), item.value, indent + 4, ",")
        if item.comment:
            inner[-1] += f"  # {item.comment}"
        found += inner
    return [*found, f"{space}{closing}{suffix}"]


def text_of(value: Any) -> str:
    """Write a value on one line."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Each):
        return f"[{value.element} {value.clause}]"
    if isinstance(value, Call):
        return f"{value.function}({_joined(value)})"
    if isinstance(value, Items):
        inner = _joined(value)
        comma = "," if value.brackets == "()" and len(value.items) == 1 else ""
        return f"{value.brackets[0]}{inner}{comma}{value.brackets[1]}"
    return literal(value)


def literal(value: Any) -> str:
    """Write a plain value: numbers with their thousands told apart, texts in double quotes."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, int):
        return f"{value:_}"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return text_of(Items(tuple(Item(item, name) for name, item in value.items()), "{}"))
    if isinstance(value, (list, tuple)):
        return text_of(Items(tuple(map(Item, value)), "()" if isinstance(value, tuple) else "[]"))
    return repr(value)


def quoted(text: str) -> str:
    """Write a text as the formatters do: in double quotes, unless it holds more of them than of single ones."""
    written = repr(text)
    if written.startswith('"') or '"' in text:
        return written
    inner = written[1:-1].replace("\\'", "'")
    return f'"{inner}"'


def block(lines: Sequence[str], indent: int = 4) -> list[str]:
    """Indent lines, leaving empty ones empty."""
    return [f"{' ' * indent}{line}" if line else "" for line in lines]


def _key(item: Item, holder: Call | Items) -> str:
    if not item.name:
        return ""
    return f"{item.name}=" if isinstance(holder, Call) else f"{quoted(item.name)}: "


def _joined(holder: Call | Items) -> str:
    return ", ".join(f"{_key(item, holder)}{text_of(item.value)}" for item in holder.items)


def _commented(value: Any) -> bool:
    if not isinstance(value, (Call, Items)):
        return False
    return any(item.comment or _commented(item.value) for item in value.items)
