"""Report → CSV: a row for each curve, update and parameter group, numbers exact."""

from __future__ import annotations

import csv
import io

from lrviz.render.rows import header, rows
from lrviz.report import Report


def render(report: Report, suffix: str = ".csv") -> str:  # noqa: ARG001 - every format is called alike
    """Write a header, and the rows of every update, or of those that the report chooses."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header(report))
    writer.writerows(rows(report))
    return out.getvalue()
