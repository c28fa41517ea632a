"""Report → what stands beside the drawing, as HTML: legend, findings, notes, facts, events, the specs, the versions.

Every text of a spec goes through ``text`` or ``written``: what a page would obey is spelled out or escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import islice
from typing import Any

from lrviz import __version__, errors
from lrviz.checks.finding import Finding
from lrviz.render.as_table import fact_rows
from lrviz.render.number import count_text
from lrviz.render.shown import Line, lines_of, visible
from lrviz.report import Curve, Report

EVENTS = 200  # the most that are listed
LONGEST = 200_000  # letters of a spec that are shown


def legend(keys: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Write a box to tick for each line."""
    yield '<ul class="legend" id="legend">'
    for index, key in enumerate(keys):
        box = f'<input type="checkbox" id="key-{index}" data-key="{index}" autocomplete="off" checked>'
        yield f'<li><label for="key-{index}">{box}{_sample(key)}<span>{text(key["label"])}</span></label></li>'
    yield "</ul>"


def sections(report: Report, drawn: Sequence[Line], versions: Mapping[str, str]) -> Iterator[str]:
    """Write what stands beneath the drawing.

    Args:
        report: the curves.
        drawn: the lines that the script draws.
        versions: of what made the page, besides what made the curves.
    """
    every = lines_of(report)
    if len(drawn) < len(every):
        yield f'<p class="soft">Drawn are {len(drawn)} of {len(every):,} parameter groups that differ.</p>'
    yield from _findings(report)
    yield from _notes(report)
    yield from _facts(every)
    yield from _events(report)
    for name, spec in dict.fromkeys(report.texts):
        yield f"<section><h2>{text(name)}</h2>"
        yield f'<pre tabindex="0"><code>{written(spec)}</code></pre></section>'
    yield f"<footer>{text(' · '.join(_versions(report, versions)))}</footer>"


def text(words: str) -> str:
    """Write words of one line."""
    return escape(visible(words)) if words else ""


def written(words: str) -> str:
    """Write words of several lines, as they stand, what is beyond reason cut off."""
    lines = [errors.visible(line.expandtabs(4)) for line in words[:LONGEST].replace("\r\n", "\n").split("\n")]
    more = f"\n... and {len(words) - LONGEST:,} letters more" if len(words) > LONGEST else ""
    return escape("\n".join(lines).rstrip("\n") + more)


def _sample(key: Mapping[str, Any]) -> str:
    dashes = f' stroke-dasharray="{" ".join(map(str, key["dash"]))}"' if key["dash"] else ""
    line = f'<line x1="0" y1="5" x2="28" y2="5" stroke="{key["color"]}" stroke-width="2.5"{dashes}/>'
    return f'<svg width="28" height="10" aria-hidden="true">{line}</svg>'


def _findings(report: Report) -> Iterator[str]:
    found = [finding for curve in report.curves for finding in curve.findings]
    if found:
        yield "<section><h2>Findings</h2><ul>"
        yield from map(_finding, found)
        yield "</ul></section>"


def _finding(finding: Finding) -> str:
    place = finding.place
    where = place.file if place.line is None else f"{place.file}:{place.line}:{place.column}"
    severity = finding.severity if finding.severity in ("error", "warning") else "soft"
    return (
        f'<li class="{severity}"><b>{text(finding.severity)}</b> <code>{text(finding.code)} {text(finding.name)}'
        f'</code> {text(finding.curve)}: {text(finding.message)} <span class="soft">({text(where)})</span><br>'
        f'<span class="soft">{text(finding.why)} Instead: {text(finding.advice)}</span></li>'
    )


def _notes(report: Report) -> Iterator[str]:
    """Write what was assumed or rounded, and what torch warned of; once, where all curves share it."""
    said: dict[str, list[str]] = {}
    for curve in report.curves:
        for note in dict.fromkeys(_notes_of(curve)):
            said.setdefault(note, []).append(curve.name)
    if not said:
        return
    yield "<section><h2>Notes</h2><ul>"
    for note, names in said.items():
        whose = f"{', '.join(names)}: " if len(names) < len(report.curves) else ""
        yield f"<li>{text(whose + note)}</li>"
    yield "</ul></section>"


def _notes_of(curve: Curve) -> Iterator[str]:
    note = curve.trace.clock.note
    if note and not any(note in other for other in curve.notes):
        yield note
    yield from curve.notes
    for event in curve.trace.events:
        if event.kind == "warning":
            yield f"torch warns: {event.text}"
        elif event.kind == "diverged":
            yield f"{event.text} (update {count_text(event.update)})"


def _facts(lines: Sequence[Line]) -> Iterator[str]:
    yield '<section><h2>Facts</h2><div class="scroll" tabindex="0"><table id="facts">'
    heads = "".join(f'<th scope="col">{text(line.label)}</th>' for line in lines)
    yield f"<thead><tr><td></td>{heads}</tr></thead><tbody>"
    for fact, cells in fact_rows(lines).items():
        row = "".join(f"<td>{text(cell)}</td>" for cell in cells)
        yield f'<tr><th scope="row">{text(fact)}</th>{row}</tr>'
    yield '</tbody></table></div><p class="soft">Learning rates are those with which optimizer.step() ran.</p>'
    yield "</section>"


def _events(report: Report) -> Iterator[str]:
    happened = [
        (event.update, curve, event)
        for curve in report.curves
        for event in curve.trace.events
        if event.kind not in ("warning", "diverged")
    ]
    if not happened:
        return
    several = len(report.curves) > 1
    yield f"<section><details><summary><h2>Events ({len(happened):,})</h2></summary>"
    yield '<div class="scroll" tabindex="0"><table class="events"><thead><tr><th>update</th><th>epoch</th>'
    yield f"{'<th>curve</th>' if several else ''}<th>event</th></tr></thead><tbody>"
    for update, curve, event in islice(sorted(happened, key=lambda row: row[0]), EVENTS):
        per_epoch = curve.trace.clock.steps_per_epoch
        at = [count_text(update), "" if per_epoch is None else count_text(update // per_epoch)]
        at = ["before", ""] if update < 0 else at
        cells = [*at, *([curve.name] if several else []), event.text or event.kind]
        yield f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in cells)}</tr>"
    yield "</tbody></table></div>"
    if len(happened) > EVENTS:
        yield f'<p class="soft">The first {EVENTS} of them.</p>'
    yield "</details></section>"


def _versions(report: Report, versions: Mapping[str, str]) -> list[str]:
    found: dict[str, dict[str, None]] = {
        name: {version: None} for name, version in {"lrviz": __version__, **versions}.items()
    }
    for curve in report.curves:
        for name, version in curve.trace.versions.items():
            found.setdefault(name, {})[version] = None
    return [f"{name} {', '.join(versions)}" for name, versions in found.items()]
