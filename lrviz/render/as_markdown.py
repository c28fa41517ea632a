"""Report → Markdown for a pull request: the facts, a row per curve, and the learning rates along the run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lrviz.analyze.samples import sampled_updates
from lrviz.render.as_table import ABOUT_USED, fact_rows, samples_table
from lrviz.render.shown import lines_of, visible
from lrviz.report import Report

# What Markdown, and GitHub on top of it, would read as more than a character.
_MARKUP = re.compile(r"([\\`*_\[\]#!|~$])")
_FENCES = re.compile("`+")
Column = tuple[str, Sequence[str], bool]  # heading, cells, numbers
# Facts that are words; the others are numbers, on the right.
WORDS = {"optimizer", "scheduler", "momentum", "weight decay"}


def render(report: Report, suffix: str = ".md") -> str:  # noqa: ARG001 - every format is called alike
    """Write GitHub tables of facts and of sampled learning rates, and the notes."""
    lines = lines_of(report)
    facts = fact_rows(lines)
    # A table's cells are parted before anything else in it is read, code included.
    names = [code(line.label).replace("|", r"\|") for line in lines]
    title = f"### {prose(report.view.title)}\n\n" if report.view.title else ""
    columns: list[Column] = [("curve", names, False)]
    columns += [(fact, list(map(prose, cells)), fact not in WORDS) for fact, cells in facts.items()]
    parts = [title + table(columns)]

    sampled = sampled_updates([curve.trace for curve in report.curves])
    updates = sampled if report.rows is None else report.rows
    samples = samples_table(report, updates)
    columns = [(prose(key.plain_heading), key.cells, True) for key in samples.keys]
    cells = [column.cells for unit in samples.units for column in unit]
    columns += [(name, column, True) for name, column in zip(names, cells, strict=True)]
    parts += [ABOUT_USED + "\n", table(columns)]

    notes = [
        f"- {code(visible(curve.name))}: {prose(note)}\n" for curve in report.curves for note in curve.notes
    ]
    if notes:
        parts.append("".join(notes))
    return "\n".join(parts)


def code(name: str) -> str:
    """Write a name as code, which Markdown shows as it is, HTML and mentions of people included."""
    runs = _FENCES.findall(name)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    space = " " if name[:1] == "`" or name[-1:] == "`" else ""
    return f"{fence}{space}{name}{space}{fence}"


def prose(text: str) -> str:
    """Write words so that Markdown shows them as they are, and mentions nobody."""
    plain = visible(text) if text else ""
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(r"\\\1", plain).replace("@", "@&#8203;")


def table(columns: Iterable[Column]) -> str:
    """Write a table, numbers on the right."""
    headings, cells, numbers = zip(*columns, strict=True)
    rule = ["---:" if right else ":---" for right in numbers]
    rows = [headings, rule, *zip(*cells, strict=True)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
