"""Report → JSON: its traces, exact, in the form that every command reads back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from lrviz.report import Report

FORMAT = "lrviz-traces"
FORMAT_VERSION = 1
_SURROGATE = re.compile("[\ud800-\udfff]")


def render(report: Report, suffix: str = ".json") -> Iterator[str]:  # noqa: ARG001 - every format is called alike
    """Write one trace as itself, and several as a document of one line per trace, piece by piece."""
    alone = len(report.curves) == 1
    if not alone:
        head = json.dumps({"format": FORMAT, "version": FORMAT_VERSION}, separators=(",", ":"))[:-1]
        yield f'{head},"traces":[\n'
    for index, curve in enumerate(report.curves):
        if index:
            yield ",\n"
        yield from map(_encodable, curve.trace.json_pieces())
    yield "\n" if alone else "\n]}\n"


def _encodable(text: str) -> str:
    # UTF-8 has no lone surrogates; JSON's escapes have.
    return text if text.isascii() else _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
