"""What a run of ``lrviz check`` came to: the one value that every format of findings reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lrviz.checks.choice import Choice
from lrviz.checks.finding import SEVERITIES, Finding
from lrviz.checks.wording import counted
from lrviz.errors import Problem, one_of


@dataclass(frozen=True)
class Checked:
    """One curve that was checked: the file or word that it comes from, and its name."""

    source: str
    curve: str


@dataclass(frozen=True)
class Review:
    """Findings, and what was looked at to find them.

    Args:
        findings: those worth showing, by place.
        checked: every curve that was checked, in order.
        problems: what is wrong with specs that could not be read, or that torch refuses; by place.
        hidden: findings too slight to be shown.
    """

    findings: tuple[Finding, ...]
    checked: tuple[Checked, ...]
    problems: tuple[Problem, ...] = ()
    hidden: int = 0

    def count(self, severity: str) -> int:
        """Count the findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def exit_code(self, strict: bool = False) -> int:
        """Tell the command's exit code: 2 for a spec that is wrong, 1 for an error (if strict, a warning too)."""
        failing = self.count("error") + (self.count("warning") if strict else 0)
        return 2 if self.problems else 1 if failing else 0

    def summary(self) -> str:
        """Sum up in one line: how many findings, in how many curves, what can be mended, and what is not shown."""
        counts = [
            counted(self.count(severity), "note" if severity == "info" else severity)
            for severity in reversed(SEVERITIES)
            if self.count(severity)
        ]
        files = len({checked.source for checked in self.checked})
        where = counted(len(self.checked), "curve") + (f" of {files:,} files" if files > 1 else "")
        none = f"no findings in {where}" if self.checked else "nothing was checked"
        found = f"{one_of(counts).replace(' or ', ' and ')} in {where}" if counts else none
        slight = (
            f"; {counted(self.hidden, 'slighter one')} not shown (--severity info)" if self.hidden else ""
        )
        able = sum(finding.edit is not None for finding in self.findings)
        mendable = f"; {able:,} can be mended with --fix" if able else ""
        wrong = f"; {counted(len(self.problems), 'problem')} in specs" if self.problems else ""
        return f"{found}{mendable}{slight}{wrong}"


def review_of(
    found: Iterable[Finding], checked: Sequence[Checked], problems: Iterable[Problem], choice: Choice
) -> Review:
    """Sort out what is worth showing."""
    found = list(dict.fromkeys(found))  # a curve may be named twice: spec.yaml spec.yaml#cosine
    shown = tuple(finding for finding in found if choice.wants(finding))
    return Review(
        shown, tuple(dict.fromkeys(checked)), tuple(dict.fromkeys(problems)), len(found) - len(shown)
    )
