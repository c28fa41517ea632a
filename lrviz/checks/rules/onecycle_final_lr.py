"""A OneCycleLR ends at max_lr / (div_factor · final_div_factor), not at max_lr / final_div_factor.

What it does
    Tells the last LR wherever final_div_factor is written. It is an error where that is above max_lr.

Why it matters
    final_div_factor divides the first LR, not the highest one, so that the last LR is lower by div_factor than the name
    suggests; and with a final_div_factor below 1 / div_factor the run ends at the highest LR of all.

Use instead
    max_lr / div_factor / the last LR that you want; or leave it out, for a last LR of almost nothing.

Sources
    nupic.research#360, where a reviewer "corrects" the one formula into the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case, given, onecycle_steps, per_group
from lrviz.checks.finding import Hit
from lrviz.checks.wording import number

BAD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.4, momentum: 0.9}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: 0.4, total_steps: 100%, final_div_factor: 0.01}
"""
GOOD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.4, momentum: 0.9}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: 0.4, total_steps: 100%}
"""


def check(case: Case) -> Iterator[Hit]:
    """Compare the last LR of each OneCycleLR that reaches its end with its highest one."""
    for scheduler in case.of_type("OneCycleLR"):
        if "final_div_factor" not in dict(scheduler.arguments) or case.calls(scheduler) != onecycle_steps(
            scheduler
        ):
            continue
        peaks, end = per_group(scheduler, "max_lr", len(case.lrs)), case.lr[-1]
        group = max(range(len(peaks)), key=lambda g: float(end[g]) / (peaks[g] or 1.0))
        peak, last = peaks[group], float(end[group])
        if not peak or not last:
            continue
        final, first = float(given(scheduler, "final_div_factor")), float(given(scheduler, "div_factor"))
        where, place = case.at(scheduler, "final_div_factor"), f"{case.whose(group)} ends at {number(last)}"
        if last > peak * (1 + 1e-9):
            message = f"{place}, {number(last / peak)} times its max_lr of {number(peak)}"
            advice = f"write a final_div_factor above {number(1 / first)}, such as 10000"
            yield Hit(message, advice, where, case.steps - 1, severity="error")
        elif first != 1:
            message = (
                f"{place}, max_lr / {number(peak / last)}: final_div_factor divides the first LR, not max_lr"
            )
            advice = f"write final_div_factor: {number(final / first)} to end at max_lr / {number(final)}"
            yield Hit(message, advice, where, case.steps - 1)
        return
