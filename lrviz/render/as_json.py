"""Report → JSON: its traces, exact, in the form that every command reads back."""

from __future__ import annotations

import json
import re

from lrviz.report import Report

FORMAT = "lrviz-traces"
FORMAT_VERSION = 1
_SURROGATE = re.compile("[\ud800-\udfff]")


def render(report: Report, suffix: str = ".json") -> str:  # noqa: ARG001 - every format is called alike
    """Write one trace as itself, and several as a document of one line per trace."""
    traces = [_encodable(curve.trace.to_json()) for curve in report.curves]
    if len(traces) == 1:
        return traces[0] + "\n"
    head = json.dumps({"format": FORMAT, "version": FORMAT_VERSION}, separators=(",", ":"))[:-1]
    return f'{head},"traces":[\n' + ",\n".join(traces) + "\n]}\n"


def _encodable(text: str) -> str:
    # UTF-8 has no lone surrogates; JSON's escapes have.
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
