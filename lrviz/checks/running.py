"""Cases → findings: every rule asked, what another tells better left out, what a person allows left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lrviz.checks import RULES, page
from lrviz.checks.case import Case
from lrviz.checks.choice import Choice
from lrviz.checks.finding import SEVERITIES, Finding, Hit, Page
from lrviz.checks.ignores import allowed
from lrviz.checks.pages import first_sentence


def findings_of(cases: Sequence[Case], choice: Choice) -> list[Finding]:
    """Check the curves of one spec.

    Args:
        cases: its curves.
        choice: which rules count, and how much.

    Returns:
        The findings of rules that count, by place, code and curve, however slight; those that the spec allows are not
        among them, but an ``ignore`` that allows nothing is.

    Raises:
        LrvizError: if the spec allows a rule that does not exist.
    """
    found = [(case, list(_of(case, choice))) for case in cases]
    kept = allowed(found, choice)
    rated = (replace(finding, severity=choice.severity_of(finding)) for finding in kept)
    return sorted((finding for finding in rated if choice.counts(finding.name)), key=_order)


def _of(case: Case, choice: Choice) -> Iterable[Finding]:
    """Ask every rule about one case, and drop what another rule tells better."""
    hits: dict[str, list[Hit]] = {}
    resumed = case.written is not None and case.written.resume is not None
    for rule in RULES.values():
        there = {"curve": case.written is not None, "trace": case.happened is not None}
        if rule.needs and rule.resumed == resumed and all(there[need] for need in rule.needs):
            hits[rule.name] = list(page(rule).check(case))
    firing = {name for name, found in hits.items() if found}
    # A rule that was not selected tells nothing, and so nothing better.
    telling = firing if choice.select is None else firing & choice.select
    for name in firing:
        if not telling & set(RULES[name].yields_to):
            yield from (_finding(case, page(RULES[name]), hit) for hit in hits[name])


def _finding(case: Case, of: Page, hit: Hit) -> Finding:
    return Finding(
        code=of.rule.code,
        name=of.rule.name,
        severity=hit.severity or of.rule.severity,
        curve=case.name,
        message=hit.message,
        why=first_sentence(of.text["Why it matters"]),
        advice=hit.advice,
        place=hit.place,
        update=hit.update,
        edit=hit.edit,
    )


def _order(finding: Finding) -> tuple[str, int, int, int, str, str, str]:
    place, rank = finding.place, -SEVERITIES.index(finding.severity)
    return (
        place.file,
        place.line or 0,
        place.column or 0,
        rank,
        finding.code,
        finding.curve,
        finding.message,
    )
