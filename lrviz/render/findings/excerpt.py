"""A finding → the line of YAML that it points at, cut to a width, and carets under what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from lrviz.checks.finding import Finding
from lrviz.errors import visible

WIDTH = 200  # cells, where there is no terminal to fit: a spec may be one line of JSON
CUT = "…"
BEFORE = 0.6  # of the width is kept for what stands before the carets, where a line is cut


@dataclass(frozen=True)
class Excerpt:
    """A line of YAML with its number, and the line of carets beneath it."""

    number: str
    line: str
    pointer: str


def excerpt_of(finding: Finding, width: int = WIDTH) -> Excerpt | None:
    """Quote the line that a finding points at, cut to a width in cells; None where there is none."""
    place = finding.place
    if finding.line is None or place.line is None:
        return None
    line, start = finding.line.rstrip(), (place.column or 1) - 1
    before, rest = _plain(line[:start]), _plain(line[start:])
    about = _plain(_about(line[start:], place.key))
    if cell_len(before + rest) > width:
        before, rest = _cut(before, rest, max(width, 20))
    carets = min(max(cell_len(about), 1), max(cell_len(rest), 1))
    return Excerpt(str(place.line), before + rest, " " * cell_len(before) + "^" * carets)


def _about(text: str, key: str) -> str:
    """Find how much of the text is the key that a place names; one character where it is something else."""
    name = key.rpartition(".")[2]
    quoted = (name, f'"{name}"', f"'{name}'")
    return next((word for word in quoted if name and text.startswith(word)), text[:1])


def _cut(before: str, rest: str, width: int) -> tuple[str, str]:
    """Cut a line at both ends, so that what the carets stand under is in sight."""
    kept = max(int(BEFORE * width), width - cell_len(rest))
    if cell_len(before) > kept:
        before = CUT + _last(before, kept - 1)
    if cell_len(before) + cell_len(rest) > width:
        rest = _first(rest, width - cell_len(before) - 1) + CUT
    return before, rest


def _first(text: str, width: int) -> str:
    text = text[:width]
    while cell_len(text) > width:
        text = text[:-1]
    return text


def _last(text: str, width: int) -> str:
    text = text[len(text) - width :] if len(text) > width else text
    while cell_len(text) > width:
        text = text[1:]
    return text


def _plain(text: str) -> str:
    return visible(text.replace("\t", " "))
