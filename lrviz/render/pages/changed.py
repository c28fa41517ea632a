"""Changes → a section of the HTML page: a table of what became of the curves, and figures of before and after."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from urllib.parse import quote

from lrviz.render.diff.as_markdown import HEADINGS
from lrviz.render.exhibits import Changes
from lrviz.render.pages.as_changes import summed_up
from lrviz.render.shown import visible


def section(changes: Changes) -> Iterator[str]:
    """Write the section, line by line."""
    yield '<section id="changes">'
    yield f"<h2>{_text(summed_up(changes))}</h2>"
    rows = [(title, row) for title, change, _ in changes.named for row in change.rows]
    if rows:
        yield '<div class="scroll"><table>'
        yield "<tr>" + "".join(f"<th>{_text(heading)}" for heading in HEADINGS)
        for title, (status, curve, groups, *cells) in rows:
            named = " · ".join(word for word in (curve, groups) if word)
            told = "".join(f"<td>{_text(cell)}" for cell in (title, named, *cells))
            yield f'<tr><td class="{"error" if status == "removed" else "warning"}"><b>{_text(status)}</b>{told}'
        yield "</table></div>"
    said = [(title, *one) for title, change, _ in changes.named for one in change.said]
    if said:
        yield "<ul>"
        yield from (f"<li>{_text(title)} {_text(curve)}: {_text(text)}" for title, curve, text in said)
        yield "</ul>"
    for title, _, figure in changes.named:
        if figure is not None:
            source, about = escape(quote(figure)), _text(f"{title}: before and after")
            yield f'<figure><a href="{source}"><img src="{source}" alt="{about}" loading="lazy"></a></figure>'
    yield "</section>"


def _text(text: str) -> str:
    return escape(visible(text)) if text else ""
