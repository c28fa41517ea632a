"""Review → text for people, CI services and code hosts: one file per format, and one row per format in FORMATS."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrviz.checks.review import Review


@dataclass(frozen=True)
class Format:
    """One row of the table of formats: its name, its file's suffix, its module, and what it is for.

    A module has one public function, ``render(review) -> str``.
    """

    name: str
    suffix: str
    module: str
    about: str

    def render(self, review: Review) -> str:
        """Render a review in this format."""
        rendered: str = import_module(f"lrviz.render.findings.{self.module}").render(review)
        return rendered


FORMATS = (
    Format("text", ".txt", "as_text", "for people"),
    Format("json", ".json", "as_json", "every finding, an object each"),
    Format("github", ".github", "as_github", "annotations on the lines of a pull request, by GitHub Actions"),
    Format("sarif", ".sarif", "as_sarif", "SARIF 2.1.0, for code scanning"),
    Format("junit", ".xml", "as_junit", "JUnit XML, a test case per curve"),
)
