"""Diff → text, JSON, Markdown or a figure: one file per format, and one row per format in FORMATS."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrviz.analyze.comparison import Diff


@dataclass(frozen=True)
class Format:
    """One row of the table of formats: its name, its file's suffix, its module.

    A module has one public function, ``render(diff, suffix) -> str | bytes``.
    """

    name: str
    suffix: str
    module: str

    def render(self, diff: Diff) -> bytes:
        """Render a diff in this format."""
        rendered: str | bytes = import_module(f"lrviz.render.diff.{self.module}").render(diff, self.suffix)
        return rendered.encode() if isinstance(rendered, str) else rendered


# Those that are text can be printed; all can be written.
PRINTED = (
    Format("text", ".txt", "as_text"),
    Format("json", ".json", "as_json"),
    Format("md", ".md", "as_markdown"),
)
FORMATS = (
    *PRINTED,
    Format("png", ".png", "as_figure"),
    Format("svg", ".svg", "as_figure"),
    Format("pdf", ".pdf", "as_figure"),
)
