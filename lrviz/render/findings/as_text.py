"""Review → text for people: what, where, the line of YAML, why it matters, what to write instead."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lrviz.checks.finding import Finding
from lrviz.checks.review import Review
from lrviz.errors import Problem, visible
from lrviz.render.findings.excerpt import Excerpt, excerpt_of

STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}
CLEAN = "green"


def render(review: Review) -> str:
    """Write a review as plain text: paragraphs of lines that are not wrapped, then the summary."""
    paragraphs = ["\n".join(_lines(finding)) for finding in review.findings]
    wrong = ["\n".join(f"{problem} [invalid]" for problem in review.problems)] if review.problems else []
    return "\n\n".join([*paragraphs, *wrong, review.summary()]) + "\n"


def shown(review: Review, width: int) -> RenderableType:
    """Make a review for a terminal of some width: coloured, and wrapped so that what hangs together does."""
    parts: list[RenderableType] = []
    for finding in review.findings:
        parts += [*_styled(finding, width), Text()]
    parts += [_wrong(problem) for problem in review.problems]
    parts += [Text()] if review.problems else []
    return Group(
        *parts, Text(review.summary(), style="bold" if review.findings or review.problems else CLEAN)
    )


def briefly(finding: Finding) -> str:
    """Write a finding in one line, without its place, for beneath a table."""
    return visible(f"{finding.severity}: {finding.curve}: {finding.message} ({finding.name})")


def printed(review: Review, console: Console, plain: bool) -> None:
    """Print a review to a console."""
    console.print(render(review).rstrip("\n") if plain else shown(review, console.width))


def _lines(finding: Finding) -> Iterator[str]:
    yield str(finding)
    excerpt = excerpt_of(finding)
    if excerpt is not None:
        gutter = " " * len(excerpt.number)
        yield f"  {excerpt.number} | {excerpt.line}"
        yield f"  {gutter} | {excerpt.pointer}"
    yield f"  why: {visible(finding.why)}"
    yield f"  instead: {visible(finding.advice)}"


def _styled(finding: Finding, width: int) -> Iterator[RenderableType]:
    where, mark, message = str(finding).partition(f" [{finding.severity}] ")
    yield _Hanging(
        Text.assemble((where, "dim"), (mark.rstrip(), STYLES[finding.severity]), (f" {message}", "bold"))
    )
    excerpt = excerpt_of(finding, width - 2 - 3 - len(str(finding.place.line)))
    if excerpt is not None:
        yield from _quoted(excerpt, STYLES[finding.severity])
    yield _labelled("why: ", Text(visible(finding.why)))
    yield _labelled("instead: ", Text(visible(finding.advice), style=CLEAN))


def _quoted(excerpt: Excerpt, style: str) -> Iterator[Text]:
    gutter = " " * len(excerpt.number)
    yield Text.assemble((f"  {excerpt.number} | ", "blue"), excerpt.line, no_wrap=True, end="\n")
    yield Text.assemble((f"  {gutter} | ", "blue"), (excerpt.pointer, style), no_wrap=True, end="\n")


def _wrong(problem: Problem) -> RenderableType:
    return _Hanging(Text.assemble(str(problem), (" [invalid]", STYLES["error"])))


class _Hanging:
    """A paragraph whose lines beyond the first are indented."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        first = self.text.wrap(console, options.max_width)[0]
        first.rstrip()
        yield first
        rest = self.text[len(first) :]
        if rest.plain.strip():
            yield Padding(rest[len(rest.plain) - len(rest.plain.lstrip()) :], (0, 0, 0, 4))


def _labelled(label: str, text: Text) -> RenderableType:
    """Put a label before a paragraph that stays to the right of it."""
    row = Table.grid()
    row.add_column(no_wrap=True)
    row.add_column()
    row.add_row(Text(f"  {label}", style="dim"), text)
    return row
