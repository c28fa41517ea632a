"""A run is resumed by building the scheduler with last_epoch= instead of loading its state.

What it does
    For a resumed run that gives its schedulers `last_epoch`, compares it with the uninterrupted one and reports where
    the LR differs.

Why it matters
    last_epoch restores a count and nothing else. SequentialLR does not pass it to the schedulers inside it,
    CosineAnnealingWarmRestarts misses the cycles that have gone by, StepLR, MultiStepLR and ConstantLR do their drop
    twice when resumed right at it; and it means the last count that was used, one less than the calls made.

Use instead
    Save the scheduler's state_dict and load it, for which last_epoch is not needed. If there is no saved state, replay:
    build a new scheduler and call step() as often as the old one was called (`replay: true`).

Sources
    pytorch#162591 and #168044 (open), #88791, #60265.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lrviz.checks.case import Case
from lrviz.checks.continuing import apart, resume_of, uninterrupted
from lrviz.checks.finding import Hit, Severity
from lrviz.checks.wording import number

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  warm-up, then cosine:
    type: CosineAnnealingLR
    T_max: rest
    warmup: 5ep
    resume: {at: 40ep, order: load-then-build, restore: [optimizer], last_epoch: 39}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  warm-up, then cosine:
    type: CosineAnnealingLR
    T_max: rest
    warmup: 5ep
    resume: {at: 40ep, restore: [optimizer, scheduler]}
"""
LOST = ("SequentialLR", "CosineAnnealingWarmRestarts")  # which go on wrongly wherever they are resumed


def check(case: Case) -> Iterator[Hit]:
    """Compare with the uninterrupted run, and with the last_epoch that would have been right."""
    resume = resume_of(case)
    if resume.last_epoch is None or resume.last_epoch < 0:
        return
    meant = uninterrupted(case)
    found = None if meant is None else apart(meant, case.trace, resume.at)
    if meant is None or found is None:
        return
    message = (
        f"resumed with last_epoch={resume.last_epoch:,}, the LR is {number(found.after)} instead of "
        f"{number(found.before)} at update {found.update:,}"
    )
    counts = {case.clock.calls_in(resume.at, s.interval, s.frequency) - 1 for s in case.curve.schedulers}
    right = min(counts)
    if len(counts) == 1 and right != resume.last_epoch:
        again = case.again(resume=replace(resume, last_epoch=right))
        if again is not None and apart(meant, again, resume.at) is None:
            off = f"{message}: {right + 1:,} calls were made, of which the last count is {right:,}"
            advice = f"write last_epoch: {right}, or load the scheduler's state"
            yield Hit(off, advice, resume.place, found.update, "warning")
            return
    severity: Severity = "error" if case.of_type(*LOST) else "warning"
    advice = "load the scheduler's state instead: restore: [optimizer, scheduler]; without one, replay: true"
    yield Hit(message, advice, resume.place, found.update, severity)
