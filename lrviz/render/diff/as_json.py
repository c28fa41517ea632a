"""Diff → JSON: what became of every curve and parameter group, in full."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from lrviz.analyze.comparison import STATUSES, Comparison, Diff, Group
from lrviz.errors import Problem

FORMAT = "lrviz-diff"
VERSION = 1
FACTS = ("start", "peak", "peak_at", "end", "mean")


def render(diff: Diff, suffix: str = ".json") -> str:  # noqa: ARG001 - every format is called alike
    """Write a diff as JSON, indented, keys in a fixed order."""
    data = {
        "format": FORMAT,
        "version": VERSION,
        "before": diff.before,
        "after": diff.after,
        "tolerance": asdict(diff.tolerance),
        "equal": diff.equal,
        "counts": {status: len(diff.having(status)) for status in STATUSES},
        "curves": [_curve(one) for one in diff.comparisons],
        "problems": [_problem(problem) for problem in diff.problems],
    }
    # Names may hold lone surrogates, which UTF-8 has not: escapes have.
    return json.dumps(_exact(data), indent=2, allow_nan=False) + "\n"


def _curve(one: Comparison) -> dict[str, Any]:
    before, after = one.lengths
    return {
        "source": one.source,
        "curve": one.name,
        "status": one.status,
        "updates": {"before": before, "after": after},
        "parts": [
            _parts(divergence.quantity, divergence.group, divergence.parting)
            for divergence in one.divergences
        ],
        "groups": [_group(group) for group in one.groups],
        "remarks": list(one.remarks),
        "notes": list(one.notes),
        "explanation": None if one.explanation is None else asdict(one.explanation),
    }


def _parts(quantity: str, group: str, parting: Any) -> dict[str, Any]:
    told = asdict(parting)
    del told["group"]  # an index, of one group alone
    return {"quantity": quantity, "group": group, **told}


def _group(group: Group) -> dict[str, Any]:
    facts = {f: {"before": getattr(group.before, f), "after": getattr(group.after, f)} for f in FACTS}
    return {"group": group.name, **facts}


def _problem(problem: Problem) -> dict[str, Any]:
    place = problem.place
    where = {"file": place.file, "line": place.line, "column": place.column, "key": place.key}
    return {**where, "message": problem.message}


def _exact(value: Any) -> Any:
    """Write what JSON has no number for as words."""
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
