"""A Review → the formats that a person asked for, on standard output and in files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz.errors import LrvizError, OutputError, suggestion

if TYPE_CHECKING:
    from lrviz.checks.review import Review

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"  # names a file; GitHub Actions shows it on the page of a run


def formats_of(names: list[str]) -> list[str]:
    """Read the formats for standard output: those that are known, once each; text where none is named.

    Raises:
        LrvizError: if one of them does not exist.
    """
    from lrviz.render.findings import FORMATS

    known = [row.name for row in FORMATS]
    wrong = [name for name in names if name not in known]
    if wrong:
        raise LrvizError(f"--format: {wrong[0]!r} is no format; {suggestion(wrong[0], known)}")
    return list(dict.fromkeys(names)) or ["text"]


def check_outputs(output: list[Path]) -> None:
    """Find out before a long run whether its findings can be written.

    Raises:
        OutputError: for every file that cannot be.
    """
    from lrviz.render.findings import SUFFIXES
    from lrviz.render.write import check_suffixes

    check_suffixes(output, SUFFIXES, "findings")


def write(review: Review, output: list[Path]) -> None:
    """Write a review to files, the suffix choosing the format."""
    from lrviz.render.findings import format_of
    from lrviz.render.write import write_pieces

    for path in output:
        write_pieces(path, [format_of(path).render(review).encode()])
        print(f"wrote {path}", file=sys.stderr)


def show(review: Review, formats: list[str]) -> None:
    """Print a review in every format; beside formats for programs, what is wrong with specs on standard error."""
    from lrviz.render.findings import FORMATS, as_text
    from lrviz.render.terminal import console, is_plain

    for name in formats:
        if name == "text":
            as_text.printed(review, console(), is_plain(sys.stdout))
        else:
            sys.stdout.write(next(row for row in FORMATS if row.name == name).render(review))
    for problem in review.problems if "text" not in formats else ():
        print(problem, file=sys.stderr)


def add_to_step_summary(text: Callable[[], str]) -> None:
    """Add a text to the summary of a step of GitHub Actions; a warning where that cannot be written to.

    The gate's answer is its exit code: a page that cannot be written does not change it.
    """
    path = os.environ.get(STEP_SUMMARY)
    if not path:
        return
    from lrviz.render.write import append

    try:
        append(path, text())
    except OutputError as error:
        print(f"warning: ${STEP_SUMMARY}: {error}", file=sys.stderr)


def show_changes(files: Iterable[tuple[str, str, str]], formats: list[str]) -> None:
    """Print how files change: on standard output, or, where that is for a program, on standard error."""
    from lrviz.render.findings import as_diff
    from lrviz.render.terminal import console, is_plain

    to_person = formats == ["text"]
    stream = sys.stdout if to_person else sys.stderr
    for name, before, after in files:
        if is_plain(stream):
            stream.write(as_diff.render(name, before, after) + "\n")
        else:
            console(stderr=not to_person).print(as_diff.shown(name, before, after), soft_wrap=True)
