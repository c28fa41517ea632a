"""A OneCycleLR has a phase without a length.

What it does
    Finds a pct_start that leaves one of the phases no call at all: pct_start · total_steps = 1, pct_start = 1, or with
    three_phase 2 · pct_start · total_steps = total_steps + 1. A rise of less than one call, which is left out, is told
    as a warning.

Why it matters
    OneCycleLR divides by the length of each phase, so that a phase without a length raises ZeroDivisionError: when it
    is built, or at the last call of the run. With a rise shorter than a call there is no
    warm-up, and the first update trains with nearly max_lr.

Use instead
    A pct_start for which the rise lasts two calls or more, such as 0.3, or a longer cycle.

Sources
    pytorch pull request 180187.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case, given, onecycle_steps
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, number
from lrviz.spec.curve import Scheduler

BAD = """\
run: {steps: 10}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: 0.1, total_steps: 100%, pct_start: 0.1}
"""
GOOD = """\
run: {steps: 10}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: 0.1, total_steps: 100%, pct_start: 0.3}
"""


def check(case: Case) -> Iterator[Hit]:
    """Measure the phases of each OneCycleLR."""
    for scheduler in case.of_type("OneCycleLR"):
        total, share = onecycle_steps(scheduler), float(given(scheduler, "pct_start"))
        if not 0 < share <= 1:
            continue  # 0 leaves the rise out on purpose; what else there is, torch refuses in plain words
        place, advice = case.at(scheduler, "pct_start"), f"write a pct_start of {_least(total)} or more"
        if total == 1 and case.happened is not None and scheduler.start < case.steps:
            yield _of_one_call(case, scheduler)
            continue
        of_cycle = f"pct_start {number(share)} of {counted(total, 'call')}"
        if case.happened is None:
            message = _without_length(case, scheduler, total, share)
            if message is not None:
                yield Hit(f"{of_cycle} {message}", _mended(total, share), place)
        elif share * total < 1 and scheduler.start < case.steps and total > 1:
            first = number(float(case.lr[scheduler.start].max()))
            message = (
                f"{of_cycle} is less than one call of rise, so that there is none: the first LR is {first}"
            )
            yield Hit(message, advice, place, scheduler.start, severity="warning")


def _of_one_call(case: Case, scheduler: Scheduler) -> Hit:
    lr = number(float(case.lr[scheduler.start].max()))
    message = f"a cycle of 1 call has no rise and no fall: the LR is {lr}, its lowest"
    place = case.at(scheduler, *_SIZES)
    return Hit(message, "write a longer cycle, or delete the scheduler", place, severity="warning")


_SIZES = ("total_steps", "epochs", "steps_per_epoch")


def _without_length(case: Case, scheduler: Scheduler, total: int, share: float) -> str | None:
    if share * total - 1 == 0:
        return "leaves the rise no length: torch divides by it and raises ZeroDivisionError"
    last = "raises ZeroDivisionError at the last call of the run"
    ends = 2 * share * total - 2 if given(scheduler, "three_phase") else share * total - 1
    if ends == total - 1 and case.calls(scheduler) >= total:
        return f"leaves the last fall no length: torch divides by it and {last}"
    return None


def _least(total: int) -> str:
    return number(min(0.5, 2 / total))


def _mended(total: int, share: float) -> str:
    return f"write pct_start: {'0.3' if total >= 7 or share == 1 else _least(total)}"
