"""Review → GitLab's code quality report, which a merge request shows beside the lines that it changes."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from lrviz.checks.review import Review
from lrviz.errors import Place
from lrviz.render.findings.whereabouts import fingerprint, hosted

# GitLab knows info, minor, major, critical and blocker.
SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}
INVALID = "critical"  # a spec that cannot be read at all


def render(review: Review) -> str:
    """Write a list of what was found, by place; an empty one tells GitLab that earlier findings are gone."""
    issues = [
        _issue(
            SEVERITIES[finding.severity],
            finding.name,
            f"{finding.curve}: {finding.message}. Instead: {finding.advice}.",
            finding.place,
            fingerprint(finding.name, finding.curve, finding.place),
        )
        for finding in review.findings
    ]
    for problem in review.problems:
        key = f"{problem.place.key}: " if problem.place.key else ""
        known = fingerprint("invalid-spec", problem.message, problem.place)
        issues.append(_issue(INVALID, "invalid-spec", f"{key}{problem.message}", problem.place, known))
    _tell_apart(issues)
    return json.dumps(issues, ensure_ascii=False, indent=2) + "\n"


def _issue(severity: str, name: str, description: str, place: Place, known: str) -> dict[str, Any]:
    return {
        "description": description,
        "check_name": name,
        "fingerprint": known,
        "severity": severity,
        "location": {"path": hosted(place) or place.file, "lines": {"begin": place.line or 1}},
    }


def _tell_apart(issues: list[dict[str, Any]]) -> None:
    """Give each a fingerprint of its own: of those that share one GitLab shows the first alone."""
    seen: Counter[str] = Counter()
    for issue in issues:
        known = issue["fingerprint"]
        seen[known] += 1
        if seen[known] > 1:
            issue["fingerprint"] = fingerprint(known, str(seen[known]))
