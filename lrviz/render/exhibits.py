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
class Change:
    """What became of the curves of one spec.

    Args:
        counts: of curves, by what became of them.
        lines: all of it, for people; none where every curve is equal.
        rows: of a table: what became of a curve, its name, its groups, where it parts, by how much, what became of its
            peak, end, mean and length.
        said: what else is to be said, with the curve's name.
        sparks: curves drawn in one row: the name, before, after.
    """

    counts: Mapping[str, int]
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    sparks: tuple[tuple[str, str, str], ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether every curve is what it was."""
        return set(self.counts) <= {"equal"}

    def data(self) -> dict[str, Any]:
        """Write it as JSON would have it."""
        tables = {name: [list(row) for row in getattr(self, name)] for name in ("rows", "said", "sparks")}
        return {"counts": dict(self.counts), "lines": list(self.lines), **tables}


@dataclass(frozen=True)
class Exhibit:
    """What pages tell of one spec.

    Args:
        labels: its lines: a curve each, or groups of one that differ.
        facts: a cell per line, by fact.
        notes: what was assumed or rounded, with the curve's name.
        findings: what was found wrong.
        problems: why there is nothing else to show.
        change: what became of its curves; None where there is nothing to compare with.
    """

    labels: tuple[str, ...] = ()
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    findings: tuple[Told, ...] = ()
    problems: tuple[str, ...] = ()
    change: Change | None = None

    def data(self) -> dict[str, Any]:
        """Write it as JSON would have it."""
        return {
            "labels": list(self.labels),
            "facts": {fact: list(cells) for fact, cells in self.facts.items()},
            "notes": [list(note) for note in self.notes],
            "findings": [vars(told) for told in self.findings],
            "problems": list(self.problems),
            **({} if self.change is None else {"change": self.change.data()}),
        }


@dataclass(frozen=True)
class Shown:
    """A spec on a page: its title, what is told of it, its figures and its files, by their names in the folder."""

    title: str
    exhibit: Exhibit
    figure: str | None = None
    files: tuple[str, ...] = ()
    overlay: str | None = None  # before and after


@dataclass(frozen=True)
class Changes:
    """What became of the specs in a folder.

    Args:
        named: each of them by title, with its figure of before and after where there is one.
        wrong: how many specs are wrong.
    """

    named: tuple[tuple[str, Change, str | None], ...]
    wrong: int = 0

    @property
    def are_none(self) -> bool:
        """Whether every curve is what it was."""
        return all(change.is_equal for _, change, _ in self.named)

    def count(self, status: str) -> int:
        """Count the curves of which something became."""
        return sum(change.counts.get(status, 0) for _, change, _ in self.named)


def changes_of(shown: Iterable[Shown], gone: Iterable[tuple[str, Change]]) -> Changes:
    """Put together what became of the specs that are there and of those that are gone, by title."""
    shown = list(shown)
    there = [(one.title, one.exhibit.change, one.overlay) for one in shown]
    named = [(title, change, overlay) for title, change, overlay in there if change is not None]
    named += [(title, change, None) for title, change in gone]
    return Changes(
        tuple(sorted(named, key=lambda row: row[0])), sum(bool(one.exhibit.problems) for one in shown)
    )


def exhibit_of(
    report: Report, findings: Iterable[Finding], source: str, title: str, change: Change | None = None
) -> Exhibit:
    """Write what a page tells of a report.

    Args:
        report: the curves.
        findings: what was found wrong with them.
        source: what places call the spec's file.
        title: what the page calls it.
        change: what became of its curves.
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
    return Exhibit(tuple(line.label for line in lines), facts, notes, told, change=change)


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
            _change_from(data["change"]) if "change" in data else None,
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no exhibit: {error}") from error
    if any(len(cells) != len(exhibit.labels) for cells in facts.values()):
        raise ValueError("no exhibit: cells are missing")
    return exhibit


def _change_from(data: Any) -> Change:
    if not all(type(count) is int for count in data["counts"].values()):
        raise ValueError("no count")
    rows = tuple(map(_texts, data["rows"]))
    if any(len(row) != 9 for row in rows):
        raise ValueError("no change: cells are missing")
    return Change(
        dict(data["counts"]),
        _texts(data["lines"]),
        rows,
        tuple((_text(curve), _text(said)) for curve, said in data["said"]),
        tuple((_text(curve), _text(one), _text(other)) for curve, one, other in data["sparks"]),
    )


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise ValueError("no text")
    return found


def _texts(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise ValueError("no list")
    return tuple(map(_text, found))
