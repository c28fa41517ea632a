"""The table of docs/checks.md: every known mistake is a rule, refused by the language, or impossible."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lrviz import SpecError, readers
from lrviz.checks import RULES

TEXT = (Path(__file__).parent.parent / "docs" / "checks.md").read_text(encoding="utf-8")
ROWS = {
    int(number): (met, how)
    for number, met, how in re.findall(
        r"^\| (\d+) \| .+? \| (rule|refused|impossible) \| (.+) \|$", TEXT, re.MULTILINE
    )
}
RUN = "run: {epochs: 10, steps_per_epoch: 10}\noptimizer: {type: SGD, lr: 0.1}\nschedules:\n  a: "
# What the language refuses, and a piece of what it says.
REFUSED = {
    9: [
        ("{type: CosineAnnealingLR, T_max: 4.5}", "4.5 is not a whole number of calls"),
        ("{type: CosineAnnealingLR, T_max: 30.000000000000004}", "is not a whole number of calls"),
        ("{type: MultiStepLR, milestones: [3.333]}", "is not a whole number of calls"),
    ],
    32: [
        ("{type: StepLR, step_size: 3, gamma: 'a tenth'}", "'a tenth' is not a number"),
        ("{type: StepLR, step_size: three}", "'three' is not a length"),
        ("{type: StepLR, step_size: 3, optimizer: {type: Adam, lr: '1e-3'}}", "'1e-3' is a text; write 1e-3"),
        (
            "{type: StepLR, step_size: 3, optimizer: {type: Adam, lr: 1e-3}}",
            None,
        ),  # a number, as YAML 1.2 has it
    ],
    35: [
        ("{type: CosineAnnealingLR, T_max: 0}", "0 is below 1"),
        ("{type: StepLR, step_size: 0}", "0 is below 1"),
        ("{type: StepLR, step_size: -3}", "-3 is below 1"),
        ("{type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 0}", "0 is below 1"),
    ],
    49: [("{type: StepLR, step_size: 3, verbose: true}", "torch has removed verbose; delete it")],
}
SPECS = [(row, spec, told) for row, specs in REFUSED.items() for spec, told in specs]


def test_every_known_mistake_has_a_row() -> None:
    assert list(ROWS) == list(range(1, 53))


def test_every_rule_of_the_table_exists_under_its_code_and_every_rule_has_a_row() -> None:
    named = {number: re.match(r"`([a-z0-9-]+)`", how) for number, (met, how) in ROWS.items() if met == "rule"}
    found = {f"LR1{number:02}": name[1] for number, name in named.items() if name}
    assert found == {rule.code: rule.name for rule in RULES.values() if rule.code != "LR100"}


def test_every_refused_row_has_a_spec_that_is_refused() -> None:
    assert {row for row, (met, _) in ROWS.items() if met == "refused"} <= set(REFUSED)


@pytest.mark.parametrize(
    ("row", "curve", "told"), SPECS, ids=[f"{row}-{spec[:40]}" for row, spec, _ in SPECS]
)
def test_the_language_refuses_what_the_table_says(row: int, curve: str, told: str | None) -> None:
    del row
    if told is None:
        assert len(readers.read_text(RUN + curve, "a.yaml")) == 1
        return
    with pytest.raises(SpecError, match=re.escape(told)):
        readers.read_text(RUN + curve, "a.yaml")
