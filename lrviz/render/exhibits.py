"""A Report → an Exhibit: what pages tell of a spec beside its figure, as texts that can be kept and read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lrviz.checks.finding import Finding
from lrviz.errors import Place

if TYPE_CHECKING:  # a report brings NumPy, which those who read what was kept can do without
    from lrviz.report import Report


@dataclass(frozen=True)
class Told:
    """A finding, as a page tells it."""

    severity: str
    code: str
    name: str
    curve: str
    where: str
    message: str
    why: str
    advice: str


@dataclass(frozen=True)
class Exhibit:
    """What pages tell of one spec.

    Args:
        labels: its lines: a curve each, or groups of one that differ.
        facts: a cell per line, by fact.
        notes: what was assumed or rounded, with the curve's name.
        findings: what was found wrong.
        problems: why there is nothing else to show.
    """

    labels: tuple[str, ...] = ()
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    findings: tuple[Told, ...] = ()
    problems: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Write it as JSON would have it."""
        return {
            "labels": list(self.labels),
            "facts": {fact: list(cells) for fact, cells in self.facts.items()},
            "notes": [list(note) for note in self.notes],
            "findings": [vars(told) for told in self.findings],
            "problems": list(self.problems),
        }


@dataclass(frozen=True)
class Shown:
    """A spec on a page: its title, what is told of it, its figure and its files, by their names in the folder."""

    title: str
    exhibit: Exhibit
    figure: str | None = None
    files: tuple[str, ...] = ()


def exhibit_of(report: Report, findings: Iterable[Finding], source: str, title: str) -> Exhibit:
    """Write what a page tells of a report.

    Args:
        report: the curves.
        findings: what was found wrong with them.
        source: what places call the spec's file.
        title: what the page calls it.
    """
    from lrviz.render.as_table import fact_rows
    from lrviz.render.shown import lines_of

    lines = lines_of(report)
    facts = {fact: tuple(cells) for fact, cells in fact_rows(lines).items()}
    notes = tuple((curve.name, note) for curve in report.curves for note in curve.notes)
    told = tuple(
        Told(f.severity, f.code, f.name, f.curve, where(f.place, source, title), f.message, f.why, f.advice)
        for f in findings
    )
    return Exhibit(tuple(line.label for line in lines), facts, notes, told)


def where(place: Place, source: str, title: str) -> str:
    """Write a place without its key, the spec under its title."""
    file = title if place.file == source else place.file
    return file if place.line is None else f"{file}:{place.line}:{place.column}"


def exhibit_from(data: Any) -> Exhibit:
    """Read what ``Exhibit.data`` wrote.

    Raises:
        ValueError: if it is anything else.
    """
    try:
        facts = {_text(fact): _texts(cells) for fact, cells in data["facts"].items()}
        exhibit = Exhibit(
            _texts(data["labels"]),
            facts,
            tuple((_text(curve), _text(note)) for curve, note in data["notes"]),
            tuple(Told(**{name: _text(text) for name, text in told.items()}) for told in data["findings"]),
            _texts(data["problems"]),
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no exhibit: {error}") from error
    if any(len(cells) != len(exhibit.labels) for cells in facts.values()):
        raise ValueError("no exhibit: cells are missing")
    return exhibit


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise ValueError("no text")
    return found


def _texts(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise ValueError("no list")
    return tuple(map(_text, found))
