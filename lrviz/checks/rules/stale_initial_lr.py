"""A scheduler works from an initial_lr that is not the LR it was meant to work from.

What it does
    Finds phases of a SequentialLR that run from the initial_lr that a OneCycleLR beside them has put into the
    optimizer, a scheduler built on an optimizer whose `initial_lr` an earlier one has left behind, and edits of the LR
    by hand (`adjust:`) that a scheduler takes back at its next call.

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
from dataclasses import replace

import numpy as np

from lrviz.checks.case import CLOSED, Case, Phase, given, per_group
from lrviz.checks.finding import Hit
from lrviz.checks.wording import number
from lrviz.spec.reactions import Settings

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
    """Look for a base that another scheduler left, for phases beside a OneCycleLR, then for edits that do not last."""
    left = _left_behind(case)
    if left is not None:
        yield left
        return
    for phase in case.phases:
        if phase.scheduler.type == "OneCycleLR" and phase.scheduler.code is None:
            hit = _beside_onecycle(case, phase)
            if hit is not None:
                yield hit
                return
    if any("lr" in dict(rule.changes) for rule in case.curve.rules) and not case.foreign:
        yield from _undone(case)


def _left_behind(case: Case) -> Hit | None:
    """Find a group whose ``initial_lr`` was there before the scheduler, is not its lr, and makes a difference."""
    optimizer = case.curve.optimizer
    bases = [{**dict(optimizer.settings), **dict(own.settings)}.get("initial_lr") for own in optimizer.groups]
    apart = [
        g for g, base in enumerate(bases) if base is not None and not np.isclose(base, case.lrs[g], 1e-9, 0)
    ]
    if (
        not apart
        or case.foreign
        or any(dict(s.arguments).get("last_epoch", -1) >= 0 for s in case.schedulers)
    ):
        return None
    groups = tuple(replace(own, settings=_without(own.settings)) for own in optimizer.groups)
    plain = replace(optimizer, settings=_without(optimizer.settings), groups=groups)
    fresh = case.again(optimizer=plain)
    if fresh is None or np.allclose(fresh.lr, case.lr, rtol=1e-6, atol=0):
        return None
    group, scheduler = apart[0], case.curve.schedulers[0]
    (first, top), meant = (
        (number(float(x)) for x in (case.lrs[group], case.peaks[group])),
        fresh.lr[:, group].max(),
    )
    runs = f"{case.whose(group)} is {first} when {scheduler.type} is built, whose base is an initial_lr of"
    peaks = f"{number(float(bases[group] or 0.0))}, left by another scheduler: it peaks at {top}, not at"
    advice = "build the scheduler on a new optimizer, or delete initial_lr from its groups before"
    return Hit(f"{runs} {peaks} {number(float(meant))}", advice, scheduler.place)


def _without(settings: Settings) -> Settings:
    return tuple((name, value) for name, value in settings if name != "initial_lr")


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
