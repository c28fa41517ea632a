"""Report → JSON records: the rows of a table, an object each, for programs that want no trace."""

from __future__ import annotations

import json
from typing import Any

from lrviz.render.rows import header, rows
from lrviz.report import Report


def render(report: Report, suffix: str = ".json") -> str:  # noqa: ARG001 - every format is called alike
    """Write a list of objects, one on each line; null stands for what a curve does not have."""
    names = header(report)
    records = (
        json.dumps(dict(zip(names, map(_json, row), strict=True)), ensure_ascii=False) for row in rows(report)
    )
    return "[\n" + ",\n".join(records) + "\n]\n"


def _json(cell: Any) -> Any:
    if cell == "":
        return None
    return str(cell) if isinstance(cell, float) and cell * 0 != 0 else cell  # JSON has no NaN or infinity
