"""Review → the workflow commands by which GitHub Actions annotates the lines of a pull request."""

from __future__ import annotations

from lrviz.checks.review import Review
from lrviz.errors import Place
from lrviz.render.findings.whereabouts import hosted

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
    for problem in review.problems:
        key = f"{problem.place.key}: " if problem.place.key else ""
        lines.append(_command("error", problem.place, "invalid spec", f"{key}{problem.message}"))
    return "".join(f"{line}\n" for line in lines)


def _command(level: str, place: Place, title: str, message: str) -> str:
    file = hosted(place)
    where = {} if file is None else {"file": file}
    if file is not None and place.line is not None:
        where |= {"line": str(place.line), "col": str(place.column)}
    properties = ",".join(f"{name}={_property(value)}" for name, value in {**where, "title": title}.items())
    return f"::{level} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
