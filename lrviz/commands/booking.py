"""Specs → one page of them all, each shown when it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz import pipeline
from lrviz.commands.reviewing import words_of
from lrviz.commands.running import attempted
from lrviz.errors import LrvizError, RefusedByTorch, SpecError

if TYPE_CHECKING:
    from lrviz.checks.choice import Choice
    from lrviz.errors import Problem
    from lrviz.report import Report
    from lrviz.spec.curve import Spec


@dataclass(frozen=True)
class Book:
    """What became of specs: the page's reports by title, how many errors checks have found, and what is wrong."""

    reports: dict[str, Report]
    errors: int
    problems: tuple[Problem, ...]


def book_of(paths: Sequence[str], read: Callable[[str], Spec], choice: Choice | None, no_cache: bool) -> Book:
    """Read, step and check specs; one that is wrong does not keep the others from it.

    Args:
        paths: specs, and folders of specs.
        read: reads one.
        choice: which checks count; None: none.
        no_cache: whether every curve is stepped anew.
    """
    words, problems = words_of(list(paths))
    specs: dict[str, Spec] = {}
    for word in words:
        try:
            specs[word] = read(word)
        except SpecError as error:
            problems += error.problems
    reports: dict[str, Report] = {}
    errors = 0
    for title, (spec, tried) in zip(specs, attempted(list(specs.values()), no_cache), strict=True):
        refused = [found.problem for found in tried.values() if isinstance(found, RefusedByTorch)]
        problems += refused
        traces = {name: found for name, found in tried.items() if not isinstance(found, RefusedByTorch)}
        if refused:
            continue
        found = [] if choice is None else pipeline.check(spec, tried, choice, cache=not no_cache)[0]
        shown = [finding for finding in found if finding.severity == "error"]
        errors += len(shown)
        reports[title] = pipeline.report(spec, traces, findings=shown)
    return Book(reports, errors, tuple(problems))


def write_book(book: Book, path: Path) -> None:
    """Write the page.

    Raises:
        LrvizError: if there is nothing to show.
    """
    from lrviz.render.as_html import book as page
    from lrviz.render.write import write_pieces

    if not book.reports:
        raise LrvizError("nothing to render")
    count = len(book.reports)
    write_pieces(path, [page(book.reports, f"{count:,} spec{'s' * (count != 1)}").encode()])
