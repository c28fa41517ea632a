"""Review → JSON: every finding with all its parts, and the counts."""

from __future__ import annotations

import json
from typing import Any

from lrviz.checks.finding import SEVERITIES, Finding
from lrviz.checks.review import Review
from lrviz.errors import Place

VERSION = 1


def render(review: Review) -> str:
    """Write a review as JSON, indented, keys in a fixed order."""
    data = {
        "version": VERSION,
        "findings": [_finding(finding) for finding in review.findings],
        "problems": [{**_place(problem.place), "message": problem.message} for problem in review.problems],
        "checked": [{"source": checked.source, "curve": checked.curve} for checked in review.checked],
        "counts": {severity: review.count(severity) for severity in reversed(SEVERITIES)},
        "hidden": review.hidden,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "curve": finding.curve,
        **_place(finding.place),
        "update": finding.update,
        "message": finding.message,
        "why": finding.why,
        "advice": finding.advice,
        "fixable": finding.edit is not None,
    }


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column, "key": place.key}
