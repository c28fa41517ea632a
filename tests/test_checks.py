"""Every rule fires on its BAD with the message written out here, and nothing fires on its GOOD."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrviz import pipeline, readers
from lrviz.checks import RULES, page
from lrviz.checks.finding import Finding, Rule

# "### rule", then what `lrviz check` finds in its BAD, a line for each finding and one for its advice.
EXPECTED = {
    block.partition("\n")[0]: block.partition("\n")[2].strip().splitlines()
    for block in (Path(__file__).parent / "data" / "findings.txt")
    .read_text(encoding="utf-8")
    .split("### ")[1:]
}


def found_in(text: str, name: str) -> list[Finding]:
    spec = readers.read_text(text, name)
    return pipeline.check(spec, pipeline.attempt(spec), cache=False)[0]


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_a_rule_fires_on_its_bad_spec_and_says_what_why_and_what_instead(rule: Rule) -> None:
    found = found_in(page(rule).bad, "bad.yaml")
    told = [line for finding in found for line in (str(finding), f"= {finding.advice}")]
    assert told == EXPECTED[rule.name]
    assert rule.name in {finding.name for finding in found}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_nothing_fires_on_the_mended_spec(rule: Rule) -> None:
    assert [str(finding) for finding in found_in(page(rule).good, "good.yaml")] == []


def test_every_expectation_is_of_a_rule() -> None:
    assert set(EXPECTED) == set(RULES)
