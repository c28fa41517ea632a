"""Review → text for people: what, where, the line of YAML, why it matters, what to write instead."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from lrviz.checks.finding import Finding
from lrviz.checks.review import Review
from lrviz.errors import visible

STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}


def render(review: Review) -> str:
    """Write a review as plain text: paragraphs of lines that are not wrapped, then the summary."""
    lines = [line for finding in review.findings for line in (*_lines(finding), "")]
    lines += [f"{problem} [invalid]" for problem in review.problems]
    return "\n".join([*lines, review.summary(), ""])


def shown(review: Review) -> RenderableType:
    """Make a review for a terminal, wrapped to its width and coloured."""
    parts: list[RenderableType] = []
    for finding in review.findings:
        parts += [*_styled(finding), Text()]
    return Group(*parts, Text(review.summary(), style="bold" if review.findings else "green"))


def briefly(finding: Finding) -> str:
    """Write a finding in one line, without its place, for beneath a table."""
    return visible(f"{finding.severity}: {finding.curve}: {finding.message} ({finding.name})")


def _lines(finding: Finding) -> Iterator[str]:
    yield str(finding)
    if finding.line is not None and finding.place.line is not None:
        number, line = str(finding.place.line), visible(finding.line.rstrip().replace("\t", " "))
        yield f"  {number} | {line}"
        yield f"  {' ' * len(number)} | {' ' * ((finding.place.column or 1) - 1)}^"
    yield f"  why: {visible(finding.why)}"
    yield f"  instead: {visible(finding.advice)}"


def _styled(finding: Finding) -> Iterator[RenderableType]:
    first, *rest = _lines(finding)
    head, mark, message = first.partition(f"[{finding.severity}]")
    yield Text.assemble(head, (mark, STYLES[finding.severity]), (message, "bold"))
    for line in rest:
        label, colon, text = line.strip().partition(": ")
        if line.endswith("^") or " | " in line:
            yield Text(
                line, style="dim" if not line.endswith("^") else STYLES[finding.severity], no_wrap=True
            )
        else:
            yield Padding(Text.assemble((label + colon, "dim"), text), (0, 0, 0, 2))


def printed(review: Review, console: Console, plain: bool) -> None:
    """Print a review to a console."""
    console.print(render(review).rstrip("\n") if plain else shown(review))
