"""A scheduler works from an initial_lr that is not the LR it was meant to work from.

What it does
    Finds phases of a SequentialLR that run from the initial_lr that a OneCycleLR beside them has put into the
    optimizer, and edits of the LR by hand (`adjust:`) that a scheduler takes back at its next call.

Why it matters
    Every scheduler works from `initial_lr`, which lives in the optimizer and is set once: by the first scheduler that
    is built, or anew by OneCycleLR. An LR that is set by hand later does not reach it, and the next call brings the old
    one back, or a phase runs at max_lr / div_factor, 25 times too low.

Use instead
    A OneCycleLR that stands alone. For edits by hand, a scheduler that multiplies the LR it finds (ExponentialLR,
    StepLR, CosineAnnealingLR), or the change as part of the schedule.

Sources
    pytorch#33416, #78003 and #21965.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import CLOSED, Case, Phase, given, per_group
from lrviz.checks.finding import Hit
from lrviz.checks.wording import number

BAD = """\
run: {epochs: 20, steps_per_epoch: 50}
optimizer: {type: SGD, lr: 0.1}
schedules:
  lowered by hand:
    type: LambdaLR
    lr_lambda: "0.95 ** t"
    adjust: [{when: "epoch == 9", lr: "lr * 0.1", once: true}]
"""
GOOD = """\
run: {epochs: 20, steps_per_epoch: 50}
optimizer: {type: SGD, lr: 0.1}
schedules:
  lowered by hand:
    type: ExponentialLR
    gamma: 0.95
    adjust: [{when: "epoch == 9", lr: "lr * 0.1", once: true}]
"""
_ABSOLUTE = ("OneCycleLR", "CyclicLR", "SWALR")  # which bring their own LRs


def check(case: Case) -> Iterator[Hit]:
    """Look for phases beside a OneCycleLR, then for edits that do not last."""
    for phase in case.phases:
        if phase.scheduler.type == "OneCycleLR" and phase.scheduler.code is None:
            hit = _beside_onecycle(case, phase)
            if hit is not None:
                yield hit
                return
    if any("lr" in dict(rule.changes) for rule in case.curve.rules) and not case.foreign:
        yield from _undone(case)


def _beside_onecycle(case: Case, cycle: Phase) -> Hit | None:
    peaks, groups = per_group(cycle.scheduler, "max_lr", len(case.lrs)), range(len(case.lrs))
    firsts = [peak / (given(cycle.scheduler, "div_factor") or 1.0) for peak in peaks]
    group = next((g for g in groups if abs(firsts[g] - case.lrs[g]) > 1e-9 * case.lrs[g]), None)
    if group is None:
        return None
    for phase in case.phases:
        other = phase.scheduler
        if phase.inside is not cycle.inside or other.type in _ABSOLUTE or other.code or other.children:
            continue
        # Before it, only the first phase is built on what OneCycleLR leaves, unless it knows its base by itself.
        early = phase.index == 0 and other.type not in CLOSED
        if not (early or phase.index > cycle.index) or phase.first >= phase.last:
            continue
        used = case.used(other)[:, group]
        if not len(used):
            continue
        runs = f"{other.type} runs from {number(float(used[0]))} to {number(float(used[-1]))}"
        lr = number(case.lrs[group])
        message = f"{runs}, not from lr {lr}: OneCycleLR has replaced initial_lr with max_lr / div_factor"
        advice = "write OneCycleLR alone, with total_steps: 100%: it warms up and decays by itself"
        return Hit(message, advice, other.place, other.start)
    return None


def _undone(case: Case) -> Iterator[Hit]:
    """Find an edit after which the LR is soon what it would have been without."""
    edits = [event.update for event in case.trace.events if event.kind == "edit"]
    closed = case.of_type(*CLOSED)
    if not edits or not closed:
        return
    plain = case.again(rules=())
    if plain is None or plain.lr.shape != case.lr.shape:
        return
    same = np.isclose(plain.lr, case.lr, rtol=1e-9, atol=0) & (np.abs(plain.lr) > 1e-6 * case.peaks)
    for update in sorted(set(edits)):
        if not 0 <= update < case.steps:
            continue
        for group in np.flatnonzero(~same[update]):
            back = np.flatnonzero(same[update:, group])
            if not len(back) or not same[update + back[0] : update + back[0] + 3, group].all():
                continue
            at = update + int(back[0])
            if any(update < other <= at for other in edits):
                continue
            edited, again = number(float(case.lr[update, group])), number(float(case.lr[at, group]))
            whose = case.whose(int(group))
            held = f"{whose}, {edited} by hand from update {update:,} on, is back at {again} at update {at:,}"
            message = f"{held}: {closed[0].type} sets it anew from initial_lr"
            advice = (
                f"put the change into {closed[0].type}, or use a scheduler that multiplies the LR it finds"
            )
            yield Hit(message, advice, case.curve.rules[0].place, at)
            return
