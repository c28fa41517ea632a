"""The YAML loaders: scalars read as in YAML 1.2's core schema: ``1e-3`` is a number, ``on`` a word."""

from __future__ import annotations

import re
from typing import Any

import yaml

# (tag, pattern, first characters), in the order in which they are tried.
_SCALARS: tuple[tuple[str, str, str], ...] = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("int", r"[-+]?[0-9][0-9_]*|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("merge", r"<<", "<"),
)


def resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """Build the table of implicit resolvers that PyYAML's loaders look scalars up in."""
    table: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for tag, pattern, first in _SCALARS:
        known = re.compile(rf"^(?:{pattern})$")
        for character in first or " ":
            table.setdefault(character, []).append((f"tag:yaml.org,2002:{tag}", known))
    table.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile(r"^$")))
    return table


def int_of(text: str) -> int:
    """Read an integer as YAML 1.2 does: ``0100`` is a hundred."""
    plain = text.replace("_", "")
    sign, digits = (plain[0], plain[1:]) if plain[0] in "+-" else ("", plain)
    base = {"0o": 8, "0x": 16}.get(digits[:2], 10)
    return int(sign + (digits if base == 10 else digits[2:]), base)


def scalar(text: str) -> Any:
    """Read one plain scalar, as it would be read in a file."""
    for tag, pattern in [*resolvers().get(text[:1], ())]:
        if pattern.match(text):
            kind = tag.rpartition(":")[2]
            if kind == "bool":
                return text.lower() == "true"
            if kind == "null":
                return None
            if kind == "int":
                return int_of(text)
            if kind == "float":
                return float_of(text)
    return None if text == "" else text


def float_of(text: str) -> float:
    """Read a float as YAML 1.2 does; the words are ``.inf`` and ``.nan``."""
    plain = text.replace("_", "").lower()
    if plain.lstrip("+-") in (".inf", ".nan"):
        return float(plain.replace(".", "", 1))
    return float(plain)


# The C parser where PyYAML was built with it, for speed; the two read the same.
_Fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DataLoader(_Fast):  # type: ignore[misc]  # its base is chosen at run time
    """The loader of the package's own data files."""

    yaml_implicit_resolvers = resolvers()


for _tag, _read in (("int", int_of), ("float", float_of)):
    DataLoader.add_constructor(
        f"tag:yaml.org,2002:{_tag}", lambda loader, node, read=_read: read(loader.construct_scalar(node))
    )


def load(data: bytes) -> Any:
    """Read one of the package's own data files."""
    return yaml.load(data, DataLoader)
