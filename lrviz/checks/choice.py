"""Which rules count, how severe each is, and what is worth showing: a person's choice, as a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from lrviz.checks import find, suggested
from lrviz.checks.finding import SEVERITIES, Finding, Severity
from lrviz.errors import LrvizError, one_of, shown
from lrviz.frozen import frozen


@frozen
class Choice:
    """What a person wants to hear of.

    Args:
        select: the rules that count; None: all.
        ignore: rules that do not.
        least: the least severity that is shown.
        severities: severities of a person's own, by rule.
    """

    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()
    least: Severity = "warning"
    severities: Mapping[str, Severity] = field(default_factory=dict)

    def counts(self, name: str) -> bool:
        """Whether a rule counts."""
        return (self.select is None or name in self.select) and name not in self.ignore

    def severity_of(self, finding: Finding) -> Severity:
        """Tell how severe a finding is."""
        return self.severities.get(finding.name, finding.severity)

    def wants(self, finding: Finding) -> bool:
        """Whether a finding is severe enough to be shown."""
        return SEVERITIES.index(finding.severity) >= SEVERITIES.index(self.least)


def choice_of(
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    severity: Iterable[str] = (),
    where: str = "the command line",
) -> Choice:
    """Read a choice as written.

    Args:
        select: names or codes of the rules that count; None: all.
        ignore: names or codes of those that do not.
        severity: the least severity that is shown (``warning``), and severities of rules (``lr-jump=error``).
        where: where it is written, for messages.

    Raises:
        LrvizError: if a rule or a severity does not exist.
    """
    least: Severity = "warning"
    own: dict[str, Severity] = {}
    for word in severity:
        name, given, level = word.rpartition("=")
        known = _severity(level.strip(), where)
        if given:
            own[_name(name, where)] = known
        else:
            least = known
    chosen = None if select is None else frozenset(_name(word, where) for word in select)
    return Choice(chosen, frozenset(_name(word, where) for word in ignore), least, own)


def _name(word: str, where: str) -> str:
    rule = find(word)
    if rule is None:
        raise LrvizError(f"{where}: {shown(word)} is no check; {suggested(word)}")
    return rule.name


def _severity(word: str, where: str) -> Severity:
    known = next((severity for severity in SEVERITIES if severity == word), None)
    if known is None:
        raise LrvizError(f"{where}: {shown(word)} is no severity; write {one_of(SEVERITIES)}")
    return known
