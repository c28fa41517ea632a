"""A three-phase OneCycleLR rises for so long that its final phase never comes.

What it does
    Finds `three_phase: true` with a pct_start of more than half: rise and fall, which are equally long, then fill the
    whole cycle.

Why it matters
    The final phase takes the LR from its first value down to almost nothing, and is what three_phase is written for.
    Without it the run ends on the way down, at a high LR.

Use instead
    A pct_start below 0.5; 0.45 leaves a tenth of the cycle for the final phase.

Sources
    What torch 2.13 was seen to do; pytorch#40362 and #72714 for how the phases came to be.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case, given, onecycle_steps
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, number

BAD = """\
run: {steps: 20}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: 0.1, total_steps: 100%, pct_start: 0.6, three_phase: true}
"""
GOOD = """\
run: {steps: 20}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: 0.1, total_steps: 100%, pct_start: 0.45, three_phase: true}
"""


def check(case: Case) -> Iterator[Hit]:
    """Compare the end of the second phase with the end of the cycle."""
    for scheduler in case.of_type("OneCycleLR"):
        total, share = onecycle_steps(scheduler), float(given(scheduler, "pct_start"))
        if not given(scheduler, "three_phase") or not 2 * share * total - 2 > total - 1:
            continue
        end, peak = float(case.lr[-1].max()), float(case.lr.max())
        rest = f"rise and fall fill all of its {counted(total, 'call')}"
        ends = f"the LR ends at {number(end)}, {number(end / peak)} of its peak"
        message = f"{rest}, and the final phase never runs: {ends}"
        yield Hit(
            message,
            "write a pct_start below 0.5, such as 0.45",
            case.at(scheduler, "pct_start"),
            case.steps - 1,
        )
