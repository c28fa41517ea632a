"""Findings, and what their spec allows → the findings that are left, and the ignores that allow nothing."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.checks import RULES, find, page, suggested
from lrviz.checks.case import Case
from lrviz.checks.choice import Choice
from lrviz.checks.finding import Finding
from lrviz.checks.pages import first_sentence
from lrviz.errors import Problem, SpecError, shown
from lrviz.spec.curve import Ignore

UNUSED = RULES["unused-ignore"]


def allowed(found: Sequence[tuple[Case, list[Finding]]], choice: Choice) -> list[Finding]:
    """Leave out what the curves' own ``ignore`` allows, and add a finding for each that allows nothing.

    Raises:
        SpecError: with every ``ignore`` that names no rule.
    """
    ignores: dict[Ignore, list[Case]] = {}
    for case, _ in found:
        for ignore in case.written.ignores if case.written else ():
            ignores.setdefault(ignore, []).append(case)
    unknown = [ignore for ignore in ignores if find(ignore.check) is None]
    if unknown:
        raise SpecError(Problem(ignore.place, _unknown(ignore.check)) for ignore in unknown)
    used: set[Ignore] = set()
    kept: list[Finding] = []
    for case, findings in found:
        own = case.written.ignores if case.written else ()
        for finding in findings:
            matching = [ignore for ignore in own if _allows(ignore, finding, case)]
            used.update(matching)
            if not matching:
                kept.append(finding)
    # What was not asked for, or could not be found out, is not known to allow nothing.
    refused = any(case.happened is None for case, _ in found)
    unused = [i for i in ignores if i not in used and i.own and choice.counts(_name(i)) and not refused]
    return [*kept, *(_unused(ignore, ignores[ignore]) for ignore in unused)]


def _unknown(check: str) -> str:
    if not check:
        return "allows no check by name; write for example # lrviz: ignore[lr-rebounds]"
    return f"{shown(check)} is no check; {suggested(check)}"


def _name(ignore: Ignore) -> str:
    rule = find(ignore.check)
    return rule.name if rule else ignore.check


def _allows(ignore: Ignore, finding: Finding, case: Case) -> bool:
    if _name(ignore) != finding.name:
        return False
    return not ignore.on_line or ignore.place.line in (finding.place.line, case.place.line)


def _unused(ignore: Ignore, cases: Sequence[Case]) -> Finding:
    case = cases[0]
    where = "this line" if ignore.on_line else case.name if len(cases) == 1 else "the curves that it is for"
    return Finding(
        code=UNUSED.code,
        name=UNUSED.name,
        severity=UNUSED.severity,
        curve=case.name,
        message=f"{_name(ignore)} is ignored, but does not fire on {where}",
        why=first_sentence(page(UNUSED).text["Why it matters"]),
        advice=f"delete {_name(ignore)} from the ignore",
        place=ignore.place,
    )
