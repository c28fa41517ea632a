"""A kind of the catalog (length, lr, ...) → the Kind that reads it, with message and JSON Schema."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable
from typing import Any

from lrviz.catalog import Argument
from lrviz.errors import one_of, shown, suggestion
from lrviz.spec.durations import PATTERN, length_of
from lrviz.spec.sections import Kind, listed

ANY_SCHEDULER = {"$ref": "#/definitions/scheduler"}  # in the whole JSON Schema (see spec.schema)
_LISTED = 10_000  # items; no schedule has more milestones
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # what turns the direction of a text


def reading(read: Callable[[Any], Any], schema: dict[str, Any]) -> Any:
    """Make a kind of a function that returns the value or raises ValueError."""
    return Kind(read, schema)  # as Any: a section's annotations name it


def number(found: Any, minimum: float | None = None) -> float:
    """Read a finite number, as a float: torch refuses an integer here and there (``pct_start=1``)."""
    if isinstance(found, str) and _is_number(found):
        raise ValueError(f"{shown(found)} is a text; write {found.strip()} without quotes")
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise ValueError(f"{shown(found)} is not a number; write for example 0.1 or 1e-3")
    if isinstance(found, int) and abs(found) > 2**63:
        raise ValueError(f"{shown(found)} is too large; write for example 0.1 or 1e-3")
    if not math.isfinite(found):
        raise ValueError(f"{found} is not finite; write for example 0.1 or 1e-3")
    if minimum is not None and found < minimum:
        raise ValueError(f"{found} is below {minimum:g}; write {minimum:g} or more")
    return float(found)


def relative_number(found: Any, minimum: float | None = None) -> float | str:
    """Read a number, or leave arithmetic over the optimizer's lr to be settled where that is known."""
    if isinstance(found, str) and not _is_number(found):
        return found
    return number(found, minimum)


def learning_rate(found: Any) -> float:
    """Read a learning rate: finite, not negative."""
    lr = number(found)
    if lr < 0:
        raise ValueError(f"{found} is negative; write a learning rate of 0 or more")
    return lr


def integer(found: Any, minimum: float | None = None) -> int:
    """Read a whole number."""
    if isinstance(found, bool) or not isinstance(found, int):
        if isinstance(found, str) and found.strip("+-").isdecimal():
            raise ValueError(f"{shown(found)} is a text; write {found} without quotes")
        near = isinstance(found, float) and found.is_integer() and abs(found) < 2**63
        hint = int(found) if near else "for example 10"
        raise ValueError(f"{shown(found)} is not a whole number; write {hint}")
    if abs(found) > 2**63:
        raise ValueError(f"{shown(found)} is too large; write for example 10")
    if minimum is not None and found < minimum:
        raise ValueError(f"{found} is below {minimum:g}; write {minimum:g} or more")
    return found


def boolean(found: Any) -> bool:
    """Read true or false."""
    if not isinstance(found, bool):
        raise ValueError(f"{shown(found)} is neither true nor false; write true or false")
    return found


def choice(found: Any, choices: tuple[str, ...]) -> str:
    """Read one of a set of words."""
    if found not in choices:
        hint = suggestion(found, choices) if isinstance(found, str) else f"write {one_of(choices)}"
        raise ValueError(f"{shown(found)} is not a choice here; {hint}")
    return str(found)


def choices(*known: str) -> Any:
    """Make the type of one of a set of words."""
    return reading(lambda found: choice(found, known), {"enum": list(known)})


def text(found: Any) -> str:
    """Read a word or a sentence."""
    if not isinstance(found, str):
        quoted = isinstance(found, (int, float)) and " " not in shown(found)
        raise ValueError(f"{shown(found)} is not a text" + (f"; write '{shown(found)}'" if quoted else ""))
    hidden = unshowable(found)
    if hidden:
        raise ValueError(f"a text with the character {hidden}; delete it")
    return found


def unshowable(text: str) -> str | None:
    """Name the first character that would steer a terminal or turn its text around, as U+001B, if any."""
    if text.isprintable():
        return None
    steering = (c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _TURNING)
    return next((f"U+{ord(c):04X}" for c in steering), None)


def anything_of(kind: type, wanted: str) -> Callable[[Any], Any]:
    """Make a reader that only checks the shape: a mapping or a list."""

    def read(found: Any) -> Any:
        if not isinstance(found, kind):
            raise ValueError(f"{shown(found)} is not {wanted}")
        return found

    return read


def type_of(argument: Argument, *, relative: bool) -> Kind:
    """Choose the kind of one argument of a class.

    Args:
        argument: the catalog's row.
        relative: whether its numbers may be written as arithmetic over the optimizer's lr.
    """
    item = Kind(lambda found: _read(argument, found, relative), _schema(argument, relative))
    if argument.listed:
        return _listed(item, argument)
    if argument.per_group:
        return _per_group(item)
    if argument.default is None:
        return _optional(item)
    return item


def _read(argument: Argument, found: Any, relative: bool) -> Any:
    minimum = argument.minimum
    if found is None and argument.default is None:
        return None
    if found is None and isinstance(argument.default, tuple) and None in argument.default:
        return None
    match argument.kind:
        case "length":
            length = length_of(found)
            if length.bare and minimum is not None and sum(amount for amount, _ in length.terms) < minimum:
                raise ValueError(f"{found} is below {minimum:g}; write {minimum:g} or more")
            return length
        case "number":
            return relative_number(found, minimum) if relative else number(found, minimum)
        case "lr":
            return relative_number(found) if relative and isinstance(found, str) else learning_rate(found)
        case "integer":
            return integer(found, minimum)
        case "boolean":
            return boolean(found)
        case "text":
            return choice(found, argument.choices)
        case "expression":
            return arithmetic(found)
        case "schedulers":
            return anything_of(dict, "a scheduler; write {type: LinearLR, ...}")(found)
    raise AssertionError(argument.kind)  # the catalog's test holds the kinds


def arithmetic(found: Any) -> str | float | int:
    """Read arithmetic as it is written."""
    # Checked where it stands (spec.schedulers), since what names it may use depends on that.
    if isinstance(found, bool) or not isinstance(found, (str, int, float)):
        example = '"min(t / 10, 1)"'
        raise ValueError(
            f"{shown(found)} is not an expression; write arithmetic in quotes, such as {example}"
        )
    return found


def _schema(argument: Argument, relative: bool) -> dict[str, Any]:
    least = {} if argument.minimum is None else {"minimum": argument.minimum}
    schemas: dict[str, dict[str, Any]] = {
        "length": {"anyOf": [{"type": "integer", **least}, {"type": "string", "pattern": PATTERN}]},
        "number": {"type": ["number", "string"] if relative else "number"},
        "lr": {"type": "number", "minimum": 0}
        if not relative
        else {"type": ["number", "string"], "minimum": 0},
        "integer": {"type": "integer"},
        "boolean": {"type": "boolean"},
        "text": {"enum": list(argument.choices)},
        "expression": {"type": ["string", "number"]},
        "schedulers": ANY_SCHEDULER,
    }
    schema = dict(schemas[argument.kind])
    if argument.minimum is not None and argument.kind in ("number", "integer"):
        schema["minimum"] = argument.minimum
    if argument.listed and None in (argument.default if isinstance(argument.default, tuple) else ()):
        schema = {"anyOf": [schema, {"type": "null"}]}
    return schema


def _listed(item: Kind, argument: Argument) -> Kind:
    wanted = f"a list of {argument.size}" if argument.size else "a list"
    default = argument.default if isinstance(argument.default, tuple) else ()
    usual = f"[{', '.join('null' if item is None else str(item) for item in default)}]"

    def check(found: Any) -> list[Any]:
        if not isinstance(found, list):
            raise ValueError(f"{shown(found)} is not {wanted}; write {_example(argument, found, usual)}")
        if argument.size and len(found) != argument.size:
            plural = "s" * (len(found) != 1)
            raise ValueError(
                f"{len(found)} value{plural}; {argument.name} takes {argument.size}; write {usual}"
            )
        if len(found) > _LISTED:
            raise ValueError(f"{len(found):,} values; at most {_LISTED:,} are read")
        return found

    size = {"minItems": argument.size, "maxItems": argument.size} if argument.size else {}
    return listed(item, check, {"type": "array", "items": item.schema, **size})


def _example(argument: Argument, found: Any, usual: str) -> str:
    if argument.size:
        return usual
    if argument.kind == "schedulers":
        return "[{type: LinearLR, ...}, ...]"
    return f"[{shown(found)}]".replace("'", "") if isinstance(found, (str, int, float)) else "[...]"


def _per_group(item: Kind) -> Kind:
    schema = {"anyOf": [item.schema, {"type": "array", "items": item.schema}]}
    return listed(item, lambda found: found if isinstance(found, list) else [found], schema)


def list_of(item: Kind, *, least: int = 0) -> Any:
    """Make the kind of a list of a section's own, or null."""

    def check(found: Any) -> list[Any]:
        if not isinstance(found, list):
            raise ValueError(f"{shown(found)} is not a list; write [...]")
        if len(found) < least:
            raise ValueError("an empty list; write at least one value")
        return found

    array = {"type": "array", "items": item.schema, **({"minItems": least} if least else {})}
    return _optional(listed(item, check, array))


def _optional(item: Kind) -> Kind:
    schema = {"anyOf": [item.schema, {"type": "null"}]}
    return Kind(lambda found: None if found is None else item.read(found), schema)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


LengthType = reading(length_of, {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": PATTERN}]})
PositiveInteger = reading(lambda found: integer(found, 1), {"type": "integer", "minimum": 1})
Boolean = reading(boolean, {"type": "boolean"})
Text = reading(text, {"type": "string"})
