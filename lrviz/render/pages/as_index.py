"""Exhibits → one static HTML page of all specs: their figures beside it, no script, and every text escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from urllib.parse import quote

from lrviz.render.as_markdown import WORDS
from lrviz.render.exhibits import Changes, Exhibit, Shown, Told
from lrviz.render.pages import changed
from lrviz.render.pages.as_summary import summed_up
from lrviz.render.palette import GROUNDS, Ground
from lrviz.render.shown import visible

STYLE = """
:root { color-scheme: light dark; %(light)s }
@media (prefers-color-scheme: dark) { :root { %(dark)s } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.4rem } h2 { font-size: 1.15rem; margin: 0 0 .75rem }
h1, h2, p, li { overflow-wrap: anywhere }
a { color: inherit }
nav ul { columns: 16rem; padding-left: 1.2rem }
section { border-top: 1px solid var(--faint); padding: 1.5rem 0 }
figure { margin: 0 0 1rem } figure img { max-width: 100%%; height: auto; background: #fff; border-radius: 6px }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: .85rem } th, td { padding: .25rem .6rem .25rem 0; text-align: left }
th { color: var(--soft); font-weight: 500; vertical-align: bottom } tr + tr { border-top: 1px solid var(--faint) }
td { font-variant-numeric: tabular-nums; white-space: nowrap } td.number, th.number { text-align: right }
td:first-child { min-width: 10rem; white-space: normal; overflow-wrap: anywhere }
ul { margin: .75rem 0 } .error b { color: %(error)s } .warning b { color: %(warning)s }
.soft, footer { color: var(--soft); font-size: .85rem }
"""
ERROR, WARNING = "light-dark(#b42318, #ff8a80)", "light-dark(#8a5a00, #f0b429)"
# Nothing but what lies beside the page is loaded, and nothing runs.
POLICY = "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'"


def render(shown: Sequence[Shown], versions: Mapping[str, str], changes: Changes | None = None) -> str:
    """Write the page.

    Args:
        shown: the specs.
        versions: of what made the figures.
        changes: what became of the curves; None where they are compared with nothing.
    """
    colours = {theme: _colours(ground) for theme, ground in GROUNDS.items()}
    title = summed_up(shown)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(title)}</title>",
            f"<style>{STYLE % {**colours, 'error': ERROR, 'warning': WARNING}}</style>",
            f"<h1>{_text(title)}</h1>",
            *(_contents(shown) if len(shown) > 1 else ()),
            *(changed.section(changes) if changes is not None else ()),
            *(line for index, one in enumerate(shown, 1) for line in _section(index, one)),
            f"<footer>{_text(' · '.join(f'{name} {version}' for name, version in versions.items()))}</footer>",
            "</html>\n",
        ]
    )


def _colours(ground: Ground) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in vars(ground).items())


def _contents(shown: Sequence[Shown]) -> Iterator[str]:
    yield "<nav><ul>"
    for index, one in enumerate(shown, 1):
        severities = {told.severity for told in one.exhibit.findings}
        worst = next((word for word in ("error", "warning") if word in severities), "")
        worst = "error" if one.exhibit.problems else worst
        mark = f' <span class="{worst}"><b>{worst}</b></span>' if worst else ""
        yield f'<li><a href="#spec-{index}">{_text(one.title)}</a>{mark}'
    yield "</ul></nav>"


def _section(index: int, one: Shown) -> Iterator[str]:
    exhibit = one.exhibit
    yield f'<section id="spec-{index}">'
    yield f"<h2>{_text(one.title)}</h2>"
    if one.figure is not None:
        about = _text(", ".join(exhibit.labels))
        source = _link(one.figure)
        yield f'<figure><a href="{source}"><img src="{source}" alt="{about}" loading="lazy"></a></figure>'
    if exhibit.problems:
        yield "<ul>"
        yield from (f'<li class="error"><b>wrong</b> {_text(problem)}' for problem in exhibit.problems)
        yield "</ul>"
    yield from _facts(exhibit)
    if exhibit.findings:
        yield "<ul>"
        yield from map(_finding, exhibit.findings)
        yield "</ul>"
    if exhibit.notes:
        yield '<ul class="soft">'
        yield from (f"<li>{_text(curve)}: {_text(note)}" for curve, note in exhibit.notes)
        yield "</ul>"
    if one.files:
        links = " · ".join(f'<a href="{_link(name)}">{_text(name)}</a>' for name in one.files)
        yield f'<p class="soft">{links}</p>'
    yield "</section>"


def _facts(exhibit: Exhibit) -> Iterator[str]:
    if not exhibit.labels:
        return
    kinds = {fact: "" if fact in WORDS else ' class="number"' for fact in exhibit.facts}
    yield '<div class="scroll"><table>'
    yield "<tr><th>curve" + "".join(f"<th{kind}>{_text(fact)}" for fact, kind in kinds.items())
    for row, label in enumerate(exhibit.labels):
        cells = (
            f"<td{kind}>{_text(exhibit.facts[fact][row]) if exhibit.facts[fact][row] else ''}"
            for fact, kind in kinds.items()
        )
        yield f"<tr><td>{_text(label)}" + "".join(cells)
    yield "</table></div>"


def _finding(told: Told) -> str:
    severity = told.severity if told.severity in ("error", "warning") else "soft"
    return (
        f'<li class="{severity}"><b>{_text(told.severity)}</b> <code>{_text(told.name)}</code> {_text(told.curve)}: '
        f'{_text(told.message)} <span class="soft">({_text(told.where)})</span><br>'
        f'<span class="soft">{_text(told.why)} Instead: {_text(told.advice)}</span>'
    )


def _text(text: str) -> str:
    return escape(visible(text))


def _link(name: str) -> str:
    return escape(quote(name))
