"""A saved trace (``.json``) → recorded curves, read as data; the arrays are made when they are wanted."""

from __future__ import annotations

import json
from typing import Any

from lrviz.errors import Place, Problem, SpecError
from lrviz.spec.curve import Recorded

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
        message = (
            f'not a saved trace: it holds no "format": "{ONE}"; write one with lrviz plot SPEC -o trace.json'
        )
        raise SpecError([Problem(Place(file), message)])
    return tuple(
        Recorded(
            str(trace.get("name", f"trace {i}")) if isinstance(trace, dict) else f"trace {i}", trace, file
        )
        for i, trace in enumerate(traces)
    )
