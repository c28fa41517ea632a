"""Review → text for people, CI services and code hosts: one file per format, and one row per format in FORMATS."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrviz.checks.review import Review


@dataclass(frozen=True)
class Format:
    """One row of the table of formats: its name, its file's suffix, its module, and what it is for.

    A module has one public function, ``render(review) -> str``. Where two formats share a suffix, the one is for files
    whose names hold one of its words.
    """

    name: str
    suffix: str
    module: str
    about: str
    words: tuple[str, ...] = ()

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
    Format("md", ".md", "as_markdown", "for a comment on a pull request, and the summary of a step"),
    Format(
        "gitlab",
        ".json",
        "as_gitlab",
        "GitLab's code quality report",
        words=("code-quality", "code_quality", "codequality"),
    ),
)
SUFFIXES = tuple(dict.fromkeys(row.suffix for row in FORMATS))


def format_of(path: str | os.PathLike[str]) -> Format:
    """Find the format of a file by its name: ``findings.json``, but ``gl-code-quality-report.json``."""
    name = os.path.basename(path).lower()
    rows = [row for row in FORMATS if name.endswith(row.suffix)]
    special = [row for row in rows if any(word in name for word in row.words)]
    return special[0] if special else next(row for row in rows if not row.words)
