"""Diff → text for people: what became of each curve, spec by spec, then the counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lrviz.analyze.comparison import Comparison, Diff
from lrviz.analyze.tolerance import Tolerance
from lrviz.render.diff.wording import Row, length, rows_of, summary
from lrviz.render.shown import visible

STYLES = {"changed": "bold yellow", "added": "bold green", "removed": "bold red", "equal": "dim"}
LABEL = 13  # columns of the labels under a curve


def render(diff: Diff, suffix: str = ".txt") -> str:  # noqa: ARG001 - every format is called alike
    """Write a diff as plain text, lines not wrapped."""
    paragraphs = []
    for source, comparisons in _sources(diff):
        paragraphs.append("\n".join(paragraph(source, comparisons, diff.tolerance)))
    equal = _equal(diff)
    return "\n\n".join([*paragraphs, *([equal] if equal else []), summary(diff)]) + "\n"


def paragraph(source: str, comparisons: Sequence[Comparison], tolerance: Tolerance) -> list[str]:
    """Say in lines what became of the curves of one spec."""
    lines = [visible(source)]
    for one in comparisons:
        lines.append(f"  {one.status:<8} {visible(one.name)}{_brief(one)}")
        lines += [f"    {label:<{LABEL}}{said}" for label, said in _rows(one, tolerance)]
    return lines


def printed(diff: Diff, console: Console, plain: bool) -> None:
    """Print a diff to a console."""
    console.print(render(diff).rstrip("\n") if plain else shown(diff))


def shown(diff: Diff) -> RenderableType:
    """Make a diff for a terminal: coloured, and wrapped beside its labels."""
    parts: list[RenderableType] = []
    for source, comparisons in _sources(diff):
        parts.append(Text(visible(source), style="bold", overflow="fold"))
        for one in comparisons:
            heading = Text.assemble(
                (f"{one.status:<8}", STYLES[one.status]), f" {visible(one.name)}{_brief(one)}"
            )
            heading.overflow = "fold"
            parts.append(Padding(heading, (0, 0, 0, 2)))
            parts += [Padding(_table(rows), (0, 0, 0, 4)) for rows in [_rows(one, diff.tolerance)] if rows]
        parts.append(Text())
    equal = _equal(diff)
    parts += [Text(equal, style="dim", overflow="fold"), Text()] if equal else []
    return Group(*parts, Text(summary(diff), style="green" if diff.equal else "bold"))


def _table(rows: list[Row]) -> Table:
    table = Table.grid()
    table.add_column(width=LABEL, no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for label, said in rows:
        table.add_row(label, Text(said))
    return table


def _sources(diff: Diff) -> Iterator[tuple[str, list[Comparison]]]:
    """List the specs of which something became, with all their curves."""
    for source, found in groupby(diff.comparisons, key=lambda one: one.source):
        comparisons = list(found)
        if any(one.status != "equal" for one in comparisons):
            yield source, comparisons


def _equal(diff: Diff) -> str:
    """Name the specs that are what they were."""
    changed = {source for source, _ in _sources(diff)}
    notes: dict[str, list[str]] = {}
    for one in diff.comparisons:
        if one.source not in changed:
            notes.setdefault(visible(one.source), []).extend(one.notes)
    return "\n".join(
        line
        for name, told in notes.items()
        for line in (f"{name}: equal", *(f"  note: {visible(note)}" for note in dict.fromkeys(told)))
    )


def _rows(comparison: Comparison, tolerance: Tolerance) -> list[Row]:
    return rows_of(comparison, tolerance) if comparison.status == "changed" else []


def _brief(comparison: Comparison) -> str:
    return f" ({length(comparison)})" if comparison.status in ("added", "removed") else ""
