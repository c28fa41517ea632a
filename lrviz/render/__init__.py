"""Report → str or bytes: one file per format, and one row per format in FORMATS.

A format's module has one public function, ``render(report, suffix) -> str | bytes | Iterator[str]``: the whole, or of
what may be long the pieces in turn, so that no more of it than that is in memory. It opens nothing: ``write`` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrviz.report import Report


@dataclass(frozen=True)
class Format:
    """One row of the table of formats: its suffix, its module under ``render``, and what it holds.

    A format that is a folder of files has ``files(report)`` in its module instead of ``render``. One that needs a
    package which lrviz does not bring says so: the extra that brings it is named as the suffix.
    """

    suffix: str
    module: str
    about: str
    folder: bool = False
    needs: str = ""

    def render(self, report: Report) -> bytes:
        """Render a report in this format."""
        return b"".join(self.pieces(report))

    def pieces(self, report: Report) -> Iterator[bytes]:
        """Render a report in this format piece by piece, each when it is asked for."""
        rendered = import_module(f"lrviz.render.{self.module}").render(report, self.suffix)
        if isinstance(rendered, bytes):
            return iter([rendered])
        return (text.encode() for text in ([rendered] if isinstance(rendered, str) else rendered))


_CSV = Format(".csv", "as_csv", "every update, a row each")
_MARKDOWN = Format(".md", "as_markdown", "tables for a pull request or a report")

# What -o can write, by suffix.
FORMATS = (
    Format(".png", "as_figure", "figure, as pixels"),
    Format(".svg", "as_figure", "figure, as vectors for the web"),
    Format(".pdf", "as_figure", "figure, as vectors for a paper"),
    _CSV,
    Format(".json", "as_json", "the traces, exact; every command reads them back"),
    _MARKDOWN,
    Format(".html", "as_html", "one page: curves to hover over and zoom, and all about them", needs="Bokeh"),
    Format(".tb", "as_tensorboard", "a folder of event files for TensorBoard, a run per curve", folder=True),
)

# What a table of some updates can be written as: as JSON it is records, not a trace.
TABLES = {"csv": _CSV, "json": Format(".json", "as_records", "the rows, an object each"), "md": _MARKDOWN}
