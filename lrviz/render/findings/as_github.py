"""Review → the workflow commands by which GitHub Actions annotates the lines of a pull request."""

from __future__ import annotations

from lrviz.checks.review import Review
from lrviz.errors import Place

LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(review: Review) -> str:
    """Write an annotation per finding, a line each; nothing where there is none."""
    lines = [
        _command(
            LEVELS[finding.severity],
            finding.place,
            f"{finding.code} {finding.name}",
            f"{finding.curve}: {finding.message}\n{finding.why}\nInstead: {finding.advice}",
        )
        for finding in review.findings
    ]
    lines += [
        _command("error", p.place, "invalid spec", f"{p.place.key}: {p.message}") for p in review.problems
    ]
    return "".join(f"{line}\n" for line in lines)


def _command(level: str, place: Place, title: str, message: str) -> str:
    where = {"file": place.file} if place.line is not None else {}
    if place.line is not None:
        where |= {"line": str(place.line), "col": str(place.column)}
    properties = ",".join(f"{name}={_property(value)}" for name, value in {**where, "title": title}.items())
    return f"::{level} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
