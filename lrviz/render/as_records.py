"""Report → JSON records: the rows of a table, an object each, for programs that want no trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from lrviz.render.rows import Writing, header, rows
from lrviz.report import Report


def render(report: Report, suffix: str = ".json") -> Iterator[str]:  # noqa: ARG001 - every format is called alike
    """Write a list of objects, one on each line, piece by piece; null stands for what a curve does not have."""
    record = "{" + ", ".join(f'"{name}": %s' for name in header(report)) + "}"
    before = "[\n"
    for some in rows(report, Writing(partial(json.dumps, ensure_ascii=False), _odd, "null")):
        yield before + ",\n".join(map(record.__mod__, some))
        before = ",\n"
    yield "\n]\n"


def _odd(value: float) -> str:
    return f'"{value}"'  # JSON has no NaN or infinity
