"""Review → JUnit XML: a suite per file, a test case per curve, failed where an error fires on it."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree

from lrviz.checks.finding import Finding
from lrviz.checks.review import Checked, Review
from lrviz.errors import Problem

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0


def render(review: Review) -> str:
    """Write a review as JUnit XML: errors are failures, slighter findings the output of a case that passes."""
    suites = ElementTree.Element("testsuites", name="lrviz check")
    for source, checked in groupby(review.checked, key=lambda one: one.source):
        _suite(suites, source, list(checked), review)
    if review.problems:
        _invalid(suites, review.problems)
    for name in ("tests", "failures", "errors"):
        suites.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    ElementTree.indent(suites)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"
    )


def _suite(suites: ElementTree.Element, source: str, checked: list[Checked], review: Review) -> None:
    suite = ElementTree.SubElement(
        suites, "testsuite", name=_text(source), tests=str(len(checked)), errors="0"
    )
    failures = 0
    for one in checked:
        case = ElementTree.SubElement(suite, "testcase", classname=_text(source), name=_text(one.curve))
        own = [f for f in review.findings if (f.place.file, f.curve) == (one.source, one.curve)]
        wrong = [finding for finding in own if finding.severity == "error"]
        if wrong:
            failures += 1
            failure = ElementTree.SubElement(
                case, "failure", type=wrong[0].name, message=_text(wrong[0].message)
            )
            failure.text = _told(wrong)
        slight = [finding for finding in own if finding not in wrong]
        if slight:
            ElementTree.SubElement(case, "system-out").text = _told(slight)
    suite.set("failures", str(failures))


def _invalid(suites: ElementTree.Element, problems: tuple[Problem, ...]) -> None:
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        name="invalid specs",
        tests=str(len(problems)),
        failures="0",
        errors=str(len(problems)),
    )
    for problem in problems:
        case = ElementTree.SubElement(
            suite, "testcase", classname=_text(problem.place.file), name=_text(problem.place.key or "spec")
        )
        ElementTree.SubElement(
            case, "error", type="invalid-spec", message=_text(problem.message)
        ).text = _text(str(problem))


def _told(findings: list[Finding]) -> str:
    told = (f"{finding}\nwhy: {finding.why}\ninstead: {finding.advice}" for finding in findings)
    return _text("\n\n".join(told))


def _text(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
