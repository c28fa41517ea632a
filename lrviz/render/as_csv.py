"""Report → CSV: a row for each curve, update and parameter group, numbers exact."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from lrviz.render.rows import Writing, header, rows
from lrviz.report import Report


def render(report: Report, suffix: str = ".csv") -> Iterator[str]:  # noqa: ARG001 - every format is called alike
    """Write a header, and the rows of every update, or of those that the report chooses, piece by piece."""
    yield ",".join(header(report)) + "\n"
    for some in rows(report, Writing(_quoted, repr, "")):
        yield "\n".join(map(",".join, some)) + "\n"


def _quoted(name: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([name])
    return out.getvalue()[:-1]
