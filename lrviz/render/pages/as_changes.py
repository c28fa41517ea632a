"""Changes → Markdown for a comment on a pull request: what became of the curves since the baseline, with figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from lrviz.render.as_markdown import code, prose
from lrviz.render.diff.as_markdown import pieces
from lrviz.render.exhibits import Changes
from lrviz.render.shown import visible

STATUSES = ("changed", "added", "removed", "equal")
LARGEST = 60_000  # bytes; GitHub takes a comment of 65,536 characters
_FENCE = re.compile("`{3,}(text)?\n")
MOST_FIGURES = 8  # in one comment; the table names all


def render(changes: Changes, image_base: str | None = "") -> str:
    """Write what became of the curves.

    Args:
        changes: what became of each spec.
        image_base: what stands before the names of figures, a URL that ends with a slash; "" where they lie beside
            the text; None where they can be seen nowhere: then there are none.
    """
    named = [(title, change) for title, change, _ in changes.named]
    return "\n".join([f"**{summed_up(changes)}**\n", *pieces(named), *_figures(changes, image_base)])


def for_comment(changes: Changes, image_base: str) -> str:
    """Write what became of the curves so that it can be posted: with figures if they can be seen, and not too long."""
    return within(render(changes, image_base or None), LARGEST)


def as_text(changes: Changes) -> str:
    """Write what became of the curves as ``lrviz diff`` prints it."""
    told = ["\n".join(change.lines) for _, change, _ in changes.named if not change.is_equal]
    equal = [f"{visible(title)}: equal" for title, change, _ in changes.named if change.is_equal]
    return "\n\n".join([*told, *(["\n".join(equal)] if equal else []), summed_up(changes)])


def within(text: str, largest: int) -> str:
    """Cut a text at the end of a line, and say so, where it is longer than is taken."""
    if len(text.encode()) <= largest:
        return text
    kept: list[str] = []
    left = largest - 100
    for line in text.splitlines(keepends=True):
        left -= len(line.encode())
        if left < 0:
            break
        kept.append(line)
    fences = [line.strip() for line in kept if _FENCE.fullmatch(line)]
    closed = f"{fences[-1].removesuffix('text')}\n" if len(fences) % 2 else ""
    return "".join([*kept, closed, "\nAnd more: see summary.md and index.html.\n"])


def summed_up(changes: Changes) -> str:
    """Count the curves: ``4 curves since the baseline: 1 changed, 3 equal``."""
    counts = {status: changes.count(status) for status in STATUSES}
    told = ", ".join(f"{count:,} {status}" for status, count in counts.items() if count)
    curves = sum(counts.values())
    said = f"{curves:,} curve{'s' * (curves != 1)} since the baseline{': ' * bool(told)}{told}"
    wrong = changes.wrong
    return (
        f"{said}; {wrong} spec{'s' * (wrong != 1)} that {'is' if wrong == 1 else 'are'} wrong"
        if wrong
        else said
    )


def _figures(changes: Changes, image_base: str | None) -> Iterator[str]:
    """Show before and after over one another."""
    drawn = [(title, figure) for title, _, figure in changes.named if figure is not None]
    if image_base is None:
        return
    for title, figure in drawn[:MOST_FIGURES]:
        yield f"{code(visible(title))}\n"
        yield f"![{prose(title)}: before and after]({image_base}{quote(figure)})\n"
    if len(drawn) > MOST_FIGURES:
        yield f"And {len(drawn) - MOST_FIGURES} more: see index.html.\n"
