"""The table of checks → what ``lrviz check --list`` and ``lrviz explain lr-rebounds`` print."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from lrviz.checks import RULES, page
from lrviz.checks.finding import Rule
from lrviz.render.as_cards import aligned
from lrviz.render.findings.as_text import STYLES


def listing(plain: bool = False) -> RenderableType:
    """List every check: its code, its name, how severe it is, and what it finds."""
    rows = [(rule.code, rule.name, rule.severity, page(rule).text[""]) for rule in RULES.values()]
    if plain:
        return aligned(rows)
    table = Table.grid(padding=(0, 2))
    for code, name, severity, about in rows:
        table.add_row(
            Text(code, style="dim"),
            Text(name, style="bold cyan"),
            Text(severity, style=STYLES[severity]),
            about,
        )
    return Group(table, Text(), Text("lrviz explain NAME tells all about a check."))


def rule_card(rule: Rule, plain: bool = False) -> RenderableType:
    """Explain one check: its page, a spec on which it fires, and the same spec mended."""
    found = page(rule)
    title = (
        f"{rule.code} {rule.name}: {'an info' if rule.severity == 'info' else f'a check ({rule.severity})'}"
    )
    parts: list[RenderableType] = [Text(title, style="bold"), Text(found.text[""])]
    examples = {
        "Why it matters": ("Example", found.bad),
        "Use instead": ("Instead of the example", found.good),
    }
    for heading, text in found.text.items():
        if not heading:
            continue
        parts += [Text(), Text(heading, style="bold"), *_paragraphs(text, plain)]
        if heading in examples:
            label, spec = examples[heading]
            parts += [Text(), Text(label, style="bold"), _spec(spec, plain)]
    return Group(*parts)


def _paragraphs(text: str, plain: bool) -> list[RenderableType]:
    told = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    return [
        Padding(Text(paragraph), (0, 0, 0, 2)) if not plain else Text(f"  {paragraph}") for paragraph in told
    ]


def _spec(spec: str, plain: bool) -> RenderableType:
    if plain:
        return Text("\n".join(f"  {line}" for line in spec.rstrip().splitlines()))
    return Padding(Syntax(spec.rstrip(), "yaml", theme="ansi_dark", background_color="default"), (0, 0, 0, 2))
