"""A saved trace (``.json``) → recorded curves, read as data; the arrays are made when they are wanted."""

from __future__ import annotations

import json
from typing import Any

from lrviz.errors import Place, Problem, SpecError
from lrviz.spec.curve import Recorded
from lrviz.spec.fields import unshowable

ONE, SEVERAL = "lrviz-trace", "lrviz-traces"


def recorded_curves(text: str, file: str) -> tuple[Recorded, ...]:
    """Read one saved trace, or a file of several.

    Raises:
        SpecError: if the text is neither.
    """
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecError([Problem(Place(file), f"not JSON: {error}")]) from None
    if isinstance(data, dict) and data.get("format") == ONE:
        traces = [data]
    elif isinstance(data, dict) and data.get("format") == SEVERAL and isinstance(data.get("traces"), list):
        traces = data["traces"]
    else:
        message = f'not a saved trace: it has no "format": "{ONE}"; lrviz plot SPEC -o trace.json writes one'
        raise SpecError([Problem(Place(file), message)])
    return tuple(Recorded(_name(trace, index, file), trace, file) for index, trace in enumerate(traces))


def is_saved(text: str, file: str) -> bool:
    """Whether the text of a file can only be that of saved traces."""
    return file.lower().endswith(".json") and f'"{ONE}' in text[:200]


def _name(trace: Any, index: int, file: str) -> str:
    """Find a trace's name; whether the rest of it makes a trace is seen when it is read."""
    name = trace.get("name") if isinstance(trace, dict) else None
    if not isinstance(name, str):
        return f"trace {index}"
    hidden = unshowable(name)
    if hidden:
        raise SpecError([Problem(Place(file, key="name"), f"a name with the character {hidden}; delete it")])
    return name
