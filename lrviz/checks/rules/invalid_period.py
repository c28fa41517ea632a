"""A factor or a length of 0 that torch takes, and that stops the LR or the run.

What it does
    Finds a gamma of 0 (StepLR, MultiStepLR, ExponentialLR), a factor of 0 (ConstantLR, ReduceLROnPlateau), a div_factor
    or final_div_factor of 0 (OneCycleLR) and a total_iters of 0 (PolynomialLR). Lengths below 1 are refused by lrviz
    itself.

Why it matters
    torch takes these values when it builds the scheduler, and divides by them, or multiplies the LR by them for good,
    later: in the middle of the run, or in silence.

Use instead
    A small factor, such as 0.1, and a length of 1 or more. To keep the LR as it is, leave the scheduler out.

Sources
    pytorch#177833, #189374, #185006, #174025; litgpt#1393, torchtitan#1010, Megatron-LM#7099.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case, given, per_group
from lrviz.checks.finding import Hit
from lrviz.checks.wording import lengths
from lrviz.spec.curve import Scheduler

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  step decay: {type: StepLR, step_size: 30ep, gamma: 0}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  step decay: {type: StepLR, step_size: 30ep, gamma: 0.1}
"""
_FACTORS = {
    "StepLR": ("gamma",),
    "MultiStepLR": ("gamma",),
    "ExponentialLR": ("gamma",),
    "ConstantLR": ("factor",),
    "ReduceLROnPlateau": ("factor",),
    "OneCycleLR": ("div_factor", "final_div_factor"),
    "PolynomialLR": ("total_iters",),
}


def check(case: Case) -> Iterator[Hit]:
    """Find the first argument that is 0 and must not be."""
    for scheduler in case.of_type(*_FACTORS):
        for name in _FACTORS[scheduler.type]:
            if given(scheduler, name) == 0 and not _has_floor(case, scheduler):
                message, advice = _words(case, scheduler, name)
                yield Hit(message, advice, case.at(scheduler, name))
                return


def _has_floor(case: Case, scheduler: Scheduler) -> bool:
    """Whether a cut to nothing stops at a min_lr, which can be meant."""
    return scheduler.type == "ReduceLROnPlateau" and all(per_group(scheduler, "min_lr", len(case.lrs)))


def _words(case: Case, scheduler: Scheduler, name: str) -> tuple[str, str]:
    what = f"{scheduler.type} with {name}: 0"
    if scheduler.type == "OneCycleLR":
        known = {"div_factor": 25, "final_div_factor": 10000}[name]
        return (
            f"{what} divides by it: torch raises ZeroDivisionError",
            f"write {name}: {known}, which is torch's default",
        )
    if scheduler.type == "PolynomialLR":
        words = lengths(case.calls(scheduler), scheduler, case.clock)[-1]
        return (
            f"{what} never decays: the LR stays as it is",
            f"write total_iters: {words}, or leave the scheduler out",
        )
    small = "write a small factor, such as 0.01"
    if scheduler.type == "ConstantLR" and case.happened is None:
        end = case.clock.update_of(given(scheduler, "total_iters"), scheduler.interval, scheduler.frequency)
        after = f"after {scheduler.start + end:,} updates"
        return (
            f"{what} cannot bring the LR back: torch divides by it and raises ZeroDivisionError {after}",
            small,
        )
    if case.happened is not None and (case.lr == 0).all(axis=1).any():
        zero = (case.lr == 0).all(axis=1)
        return f"{what} sets the LR to 0, for {zero.sum():,} of {case.steps:,} updates", small
    return f"{what} sets the LR to 0 for good", small
