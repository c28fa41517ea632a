"""Review → Markdown for the summary of a step, or a comment on a pull request: a list of what was found."""

from __future__ import annotations

from lrviz.checks.review import Review
from lrviz.errors import Place
from lrviz.render.as_markdown import code, prose
from lrviz.render.shown import visible

MARKS = {"error": "❌", "warning": "⚠️", "info": "🛈"}
MOST = 200  # findings; a comment or a summary of more is cut by GitHub


def render(review: Review) -> str:
    """Write a line that sums up, and one per finding."""
    found = [
        f"- {MARKS[finding.severity]} **{finding.severity}** {code(finding.name)} {code(visible(finding.curve))} "
        f"({prose(_where(finding.place))}): {prose(finding.message)}. {prose(finding.why)} "
        f"Instead: {prose(finding.advice)}\n"
        for finding in review.findings
    ]
    found = [f"- ❌ {prose(str(problem))}\n" for problem in review.problems] + found
    more = f"- And {len(found) - MOST:,} more.\n" if len(found) > MOST else ""
    told = "".join([*found[:MOST], more])
    return f"**lrviz check: {prose(review.summary())}**\n" + (f"\n{told}" if told else "")


def _where(place: Place) -> str:
    return place.file if place.line is None else f"{place.file}:{place.line}:{place.column}"
