"""Exhibits → Markdown for a pull request: of every spec its facts, what was found wrong, and its figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from lrviz.checks.finding import SEVERITIES
from lrviz.checks.wording import counted
from lrviz.render.as_markdown import WORDS, code, prose, table
from lrviz.render.exhibits import Changes, Exhibit, Shown
from lrviz.render.pages import as_changes
from lrviz.render.shown import visible

MARKS = {"error": "❌", "warning": "⚠️", "info": "🛈"}
LARGEST = 1_000_000  # bytes that GitHub shows of a step's summary, and a little less


def render(shown: Sequence[Shown], changes: Changes | None = None) -> str:
    """Write the summary of a folder; figures are linked by their names in it."""
    told = [] if changes is None else [as_changes.render(changes)]
    return "\n".join([f"# {summed_up(shown)}\n", *told, *(_section(one, figures=True) for one in shown)])


def for_step(
    shown: Sequence[Shown], changes: Changes | None = None, image_base: str = "", largest: int = LARGEST
) -> str:
    """Write the summary for a place that has no figures: tables alone, and no more than may be shown there."""
    parts = [f"# {summed_up(shown)}\n"]
    if changes is not None:
        parts.append(as_changes.within(as_changes.render(changes, image_base or None), largest))
    size = sum(len(part.encode()) for part in parts) + len(parts) - 1
    for index, one in enumerate(shown):
        section = _section(one, figures=False)
        size += len(section.encode()) + 1
        if size > largest:
            parts.append(f"And {counted(len(shown) - index, 'spec')} more: see summary.md.\n")
            break
        parts.append(section)
    return "\n".join(parts)


def summed_up(shown: Sequence[Shown]) -> str:
    """Sum up in one line: how many specs and curves, and how much was found wrong."""
    curves = sum(len(one.exhibit.labels) for one in shown)
    found = [told.severity for one in shown for told in one.exhibit.findings]
    counts = [
        counted(found.count(severity), "note" if severity == "info" else severity)
        for severity in reversed(SEVERITIES)
        if severity in found
    ]
    wrong = sum(bool(one.exhibit.problems) for one in shown)
    counts += [f"{counted(wrong, 'spec')} that {'is' if wrong == 1 else 'are'} wrong"] if wrong else []
    told = ", ".join(counts) or "no findings"
    return f"{counted(len(shown), 'spec')}, {counted(curves, 'curve')}: {told}"


def _section(one: Shown, figures: bool) -> str:
    parts = [f"## {code(visible(one.title))}\n", *_tables(one.exhibit)]
    if figures and one.figure is not None:
        parts.append(f"![{prose(', '.join(one.exhibit.labels))}]({quote(one.figure)})\n")
        links = " · ".join(f"[{prose(name)}]({quote(name)})" for name in one.files)
        parts.append(f"{links}\n")
    return "\n".join(parts)


def _tables(exhibit: Exhibit) -> Iterator[str]:
    problems = [f"- ❌ {prose(problem)}\n" for problem in exhibit.problems]
    if problems:
        yield "".join(problems)
    if exhibit.labels:
        # A table's cells are parted before anything else in it is read, code included.
        names = [code(label).replace("|", r"\|") for label in exhibit.labels]
        facts = [
            (prose(fact), list(map(prose, cells)), fact not in WORDS) for fact, cells in exhibit.facts.items()
        ]
        yield table([("curve", names, False), *facts])
    found = [
        f"- {MARKS.get(told.severity, '')} **{prose(told.severity)}** {code(visible(told.name))} "
        f"{code(visible(told.curve))} ({prose(told.where)}): {prose(told.message)}. "
        f"{prose(told.why)} Instead: {prose(told.advice)}\n"
        for told in exhibit.findings
    ]
    if found:
        yield "".join(found)
    notes = [f"- {code(visible(curve))}: {prose(note)}\n" for curve, note in exhibit.notes]
    if notes:
        yield "".join(notes)
