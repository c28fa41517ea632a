"""A kind of the catalog (length, number, lr, ...) → the pydantic type that reads it, with its message and JSON Schema."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema, WrapValidator
from pydantic_core import PydanticCustomError

from lrviz.catalog import Argument
from lrviz.errors import one_of, shown, suggestion
from lrviz.spec.durations import PATTERN, length_of

# Stands in a JSON Schema for a reference to the definition of any scheduler, which only the whole schema has.
SCHEDULER_REFERENCE = "x-scheduler"
_LISTED = 10_000  # items; no schedule has more milestones


def refused(message: str) -> PydanticCustomError:
    """Make the error whose message reaches the person as it stands."""
    return PydanticCustomError("lrviz", "{message}", {"message": message})


def reading(read: Callable[[Any], Any], schema: dict[str, Any]) -> Any:
    """Make a pydantic type of a function that returns the value or raises ValueError."""

    def validate(found: Any) -> Any:
        try:
            return read(found)
        except ValueError as error:
            raise refused(str(error)) from None

    return Annotated[Any, PlainValidator(validate), WithJsonSchema(schema)]


def number(found: Any, minimum: float | None = None) -> float:
    """Read a finite number, as a float: torch refuses an integer here and there (``pct_start=1``)."""
    if isinstance(found, str) and _is_number(found):
        raise ValueError(f"{found!r} is a text; write {found} without quotes")
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise ValueError(f"{shown(found)} is not a number; write for example 0.1 or 1e-3")
    if not math.isfinite(found):
        raise ValueError(f"{found} is not finite; write for example 0.1 or 1e-3")
    if isinstance(found, int) and abs(found) > 2**63:
        raise ValueError(f"{shown(found)} is too large")
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
        raise ValueError(f"{found} is negative; a learning rate is 0 or more")
    return lr


def integer(found: Any, minimum: float | None = None) -> int:
    """Read a whole number."""
    if isinstance(found, bool) or not isinstance(found, int):
        hint = (
            f"write {int(found)}"
            if isinstance(found, float) and found.is_integer()
            else "write for example 10"
        )
        raise ValueError(f"{shown(found)} is not a whole number; {hint}")
    return int(number(found, minimum))


def boolean(found: Any) -> bool:
    """Read true or false."""
    if not isinstance(found, bool):
        raise ValueError(f"{shown(found)} is neither true nor false; write true or false")
    return found


def choice(found: Any, choices: tuple[str, ...]) -> str:
    """Read one of a set of words."""
    if found not in choices:
        close = f"; {suggestion(found, choices)}" if isinstance(found, str) else f"; write {one_of(choices)}"
        raise ValueError(f"{shown(found)} is not one of {', '.join(choices)}{close}")
    return str(found)


def text(found: Any) -> str:
    """Read a word or a sentence."""
    if not isinstance(found, str):
        raise ValueError(f"{shown(found)} is not a text; write it in quotes")
    return found


def anything_of(kind: type, wanted: str) -> Callable[[Any], Any]:
    """Make a reader that only checks the shape: a mapping or a list."""

    def read(found: Any) -> Any:
        if not isinstance(found, kind):
            raise ValueError(f"{shown(found)} is not {wanted}")
        return found

    return read


def type_of(argument: Argument, *, relative: bool) -> Any:
    """Choose the pydantic type of one argument of a class.

    Args:
        argument: the catalog's row.
        relative: whether its numbers may be written as arithmetic over the optimizer's lr.
    """
    item = reading(lambda found: _read(argument, found, relative), _schema(argument, relative))
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
    if found is None and argument.listed and None in (argument.default or ()):
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
            return _expression_text(found)
        case "schedulers":
            return anything_of(dict, "a scheduler; write {type: LinearLR, ...}")(found)
    raise AssertionError(argument.kind)  # the catalog's test holds the kinds


def _expression_text(found: Any) -> str | float | int:
    # Checked where it stands (spec.schedulers), since what names it may use depends on that.
    if isinstance(found, bool) or not isinstance(found, (str, int, float)):
        raise ValueError(
            f'{shown(found)} is not an expression; write arithmetic in quotes, such as "min(t / 10, 1)"'
        )
    return found


def _schema(argument: Argument, relative: bool) -> dict[str, Any]:
    length = [{"type": "integer"}, {"type": "string", "pattern": PATTERN}]
    schemas: dict[str, dict[str, Any]] = {
        "length": {"anyOf": length},
        "number": {"type": ["number", "string"] if relative else "number"},
        "lr": {"type": "number", "minimum": 0}
        if not relative
        else {"type": ["number", "string"], "minimum": 0},
        "integer": {"type": "integer"},
        "boolean": {"type": "boolean"},
        "text": {"enum": list(argument.choices)},
        "expression": {"type": ["string", "number"]},
        "schedulers": {SCHEDULER_REFERENCE: True},
    }
    schema = dict(schemas[argument.kind])
    if argument.minimum is not None and argument.kind in ("number", "integer"):
        schema["minimum"] = argument.minimum
    if argument.listed and None in (argument.default if isinstance(argument.default, tuple) else ()):
        schema = {"anyOf": [schema, {"type": "null"}]}
    return schema


def _listed(item: Any, argument: Argument) -> Any:
    wanted = f"a list of {argument.size}" if argument.size else "a list"

    def check(found: Any, read: Callable[[Any], Any]) -> Any:
        if not isinstance(found, list):
            raise refused(f"{shown(found)} is not {wanted}; write [{shown(found)}]")
        if argument.size and len(found) != argument.size:
            raise refused(f"{len(found)} values; {argument.name} takes {argument.size}")
        if len(found) > _LISTED:
            raise refused(f"{len(found):,} values; at most {_LISTED:,} are read")
        return read(found)

    return Annotated[list[item], WrapValidator(check)]


def _per_group(item: Any) -> Any:
    def split(found: Any, read: Callable[[Any], Any]) -> Any:
        return read(found if isinstance(found, list) else [found])

    schema_of_item = item.__metadata__[1].json_schema
    schema = {"anyOf": [schema_of_item, {"type": "array", "items": schema_of_item}]}
    return Annotated[list[item], WrapValidator(split), WithJsonSchema(schema)]


def _optional(item: Any) -> Any:
    schema = {"anyOf": [item.__metadata__[1].json_schema, {"type": "null"}]}
    return Annotated[item, WithJsonSchema(schema)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


LengthType = reading(length_of, {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": PATTERN}]})
PositiveInteger = reading(lambda found: integer(found, 1), {"type": "integer", "minimum": 1})
Boolean = reading(boolean, {"type": "boolean"})
Text = reading(text, {"type": "string"})
