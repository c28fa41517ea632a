"""Review → SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from lrviz import __version__
from lrviz.checks import RULES, page
from lrviz.checks.finding import Finding, Page
from lrviz.checks.review import Review
from lrviz.errors import Place, Problem
from lrviz.render.findings.whereabouts import fingerprint, hosted

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
PROBLEMS = {"error": "error", "warning": "warning", "info": "recommendation"}  # as GitHub calls them
INVALID = "LR000"  # a spec that cannot be read at all


def render(review: Review) -> str:
    """Write a review as one SARIF run, its rules described, its results by place."""
    rules = [_rule(name) for name in RULES]
    invalid = {
        "id": INVALID,
        "name": "invalid-spec",
        "shortDescription": {"text": "A spec that cannot be read, or that torch refuses."},
        "defaultConfiguration": {"level": "error"},
    }
    driver = {
        "name": "lrviz",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [invalid, *rules],
    }
    results = [*map(_problem, review.problems), *map(_result, review.findings)]
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    found = page(rule)
    text = found.text
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": text[""]},
        "fullDescription": {"text": _joined(text["Why it matters"])},
        "help": {"text": _help(found), "markdown": _help(found, "## ", "```yaml\n", "```")},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": ["learning-rate"],
            "precision": "high",
            "problem.severity": PROBLEMS[rule.severity],
        },
    }


def _help(found: Page, heading: str = "", opened: str = "", closed: str = "") -> str:
    parts = [f"{heading}{name}\n\n{_joined(text)}" for name, text in found.text.items() if name]
    examples = (("Example", found.bad), ("Instead of the example", found.good))
    parts += [f"{heading}{name}\n\n{opened}{spec}{closed}" for name, spec in examples]
    return "\n\n".join(part.rstrip("\n") for part in parts)


def _result(finding: Finding) -> dict[str, Any]:
    message = f"{finding.curve}: {finding.message}. Instead: {finding.advice}."
    return {
        "ruleId": finding.code,
        "ruleIndex": 1 + list(RULES).index(finding.name),
        "level": LEVELS[finding.severity],
        "message": {"text": message},
        "locations": [_location(finding.place, finding.curve)],
        "partialFingerprints": {"lrviz/v1": fingerprint(finding.name, finding.curve, finding.place)},
    }


def _problem(problem: Problem) -> dict[str, Any]:
    key = f"{problem.place.key}: " if problem.place.key else ""
    return {
        "ruleId": INVALID,
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": f"{key}{problem.message}"},
        "locations": [_location(problem.place, "")],
        "partialFingerprints": {"lrviz/v1": fingerprint("invalid-spec", problem.message, problem.place)},
    }


def _location(place: Place, curve: str) -> dict[str, Any]:
    location: dict[str, Any] = {}
    file = hosted(place)
    if file is not None:  # code scanning at GitHub takes no result without a region
        region = {"startLine": place.line or 1, "startColumn": place.column or 1}
        uri = PurePath(file).as_uri() if PurePath(file).is_absolute() else quote(file)
        location["physicalLocation"] = {"artifactLocation": {"uri": uri}, "region": region}
    name = place.key or curve or place.file
    return {**location, "logicalLocations": [{"fullyQualifiedName": name}]}


def _joined(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
