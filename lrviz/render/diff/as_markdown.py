"""Diff → Markdown for a comment on a pull request: a row per curve that is not what it was, and before and after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from lrviz.analyze.comparison import Diff
from lrviz.render.as_markdown import code, prose
from lrviz.render.exhibits import Change
from lrviz.render.shown import visible

HEADINGS = ("", "spec", "curve", "parts at", "by up to", "peak", "end", "mean", "length")
MOST_SPARKS = 8  # curves drawn in one comment
Named = tuple[str, Change]  # what a spec is called, and what became of it


def render(diff: Diff, suffix: str = ".md") -> str:  # noqa: ARG001 - every format is called alike
    """Write a GitHub table of what became of curves, and what else is to be said."""
    from lrviz.render.diff.changes import change_of
    from lrviz.render.diff.wording import summary

    changes = [
        (source, change_of(source, list(some), diff.tolerance))
        for source, some in groupby(diff.comparisons, key=lambda one: one.source)
    ]
    head = f"**{prose(summary(diff))}** (before: {_name(diff.before)}, after: {_name(diff.after)})\n"
    problems = [f"- {prose(str(problem))}\n" for problem in diff.problems]
    return "\n".join([head, *pieces(changes, problems)])


def pieces(changes: Sequence[Named], problems: Sequence[str] = ()) -> Iterator[str]:
    """Write the table of changes, what else is to be said, and the curves before and after in blocks.

    Args:
        changes: what became of each spec.
        problems: what is wrong with others, written already.
    """
    order = ("changed", "added", "removed")
    found = [(source, row) for source, change in changes for row in change.rows]
    rows = [_row(source, row) for status in order for source, row in found if row[0] == status]
    if rows:
        rule = ("---",) * len(HEADINGS)
        yield "".join(f"| {' | '.join(row)} |\n" for row in (HEADINGS, rule, *rows))
    said = [
        f"- {_name(source)} {_name(curve)}: {prose(text)}\n"
        for source, change in changes
        for curve, text in change.said
    ]
    if said or problems:
        yield "".join([*said, *problems])
    sparks = [(source, *drawn) for source, change in changes for drawn in change.sparks]
    if sparks:
        yield _fenced(sparks[:MOST_SPARKS])


def _row(source: str, row: tuple[str, ...]) -> tuple[str, ...]:
    status, curve, whose, *cells = row
    named = " · ".join([*([_name(curve)] if curve else []), *([prose(whose)] if whose else [])])
    return f"**{status}**", _name(source), named, *map(prose, cells)


def _fenced(sparks: Iterable[tuple[str, str, str, str]]) -> str:
    """Write drawings in one row of blocks: a comment shows no picture that lies on no server."""
    lines = []
    for source, curve, before, after in sparks:
        lines += [visible(f"{source} {curve}"), f"  before  {before}", f"  after   {after}"]
    longest = max((len(run) for run in re.findall("`+", "".join(lines))), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}text", *lines, fence]) + "\n"


def _name(name: str) -> str:
    # A table's cells are parted before anything else in it is read, code included.
    return code(visible(name)).replace("|", r"\|")
