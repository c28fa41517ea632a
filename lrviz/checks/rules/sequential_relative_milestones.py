"""The milestones of a later phase count from the start of the phase, not of the run.

What it does
    Finds a MultiStepLR, or a StepLR, that is a later phase of a SequentialLR (or stands behind a `warmup:`) with bare
    numbers, and tells at which updates it drops. It is an error where a milestone lies behind the end of its phase.

Why it matters
    Each phase of a SequentialLR counts from 0 when it takes over, so that drops copied from a recipe come late by the
    length of the warm-up. The last one may not come at all.

Use instead
    Milestones with a unit (`30ep`, `33%`), which lrviz counts from the start of the run. In torch, subtract the length
    of what comes before.

Sources
    Found while trying out torch 2.13: `SequentialLR([LinearLR, MultiStepLR([6, 8])], [3])` drops at 9 and 11.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lrviz.checks.case import Case, Phase, given
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, lengths, listed
from lrviz.spec.curve import Scheduler

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  step decay: {type: MultiStepLR, warmup: 5ep, milestones: [30, 60, 88]}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  step decay: {type: MultiStepLR, warmup: 5ep, milestones: [30ep, 60ep, 88ep]}
"""


def check(case: Case) -> Iterator[Hit]:
    """Look at the stepped phases that start later than the run."""
    for phase in case.phases:
        scheduler = phase.scheduler
        if not 0 < phase.first < phase.last or scheduler.code is not None:
            continue
        points = given(scheduler, "milestones") if scheduler.type == "MultiStepLR" else ()
        if points and "milestones" not in scheduler.measured:
            yield from _milestones(case, phase, sorted(set(points)))
        elif scheduler.type == "StepLR" and "step_size" not in scheduler.measured:
            yield from _steps(case, phase)


def _steps(case: Case, phase: Phase) -> Iterator[Hit]:
    scheduler, size = phase.scheduler, int(given(phase.scheduler, "step_size"))
    drops = [phase.first + size * n for n in (1, 2) if phase.first + size * n < phase.last]
    if drops:
        update = case.clock.update_of(drops[0], scheduler.interval, scheduler.frequency)
        start = f"StepLR counts from call {phase.first:,}, where its phase starts"
        message = f"{start}: its first drop{'s come' if len(drops) > 1 else ' comes'} at {_calls(drops)}"
        advice = f"write step_size: {lengths(size, _alone(scheduler), case.clock)[0]} if it is meant"
        yield Hit(message, advice, case.at(scheduler, "step_size"), update)


def _milestones(case: Case, phase: Phase, points: list[int]) -> Iterator[Hit]:
    scheduler, inside = phase.scheduler, phase.inside
    place = case.at(scheduler, "milestones")
    late = [point for point in points if phase.first + point >= phase.last]
    absolute = [phase.first + point for point in points]
    words = ", ".join(lengths(point, _alone(scheduler), case.clock)[0] for point in points)
    advice = f"write milestones: [{words}] to drop at {_calls(points)} of the run"
    start = f"MultiStepLR counts from call {phase.first:,}, where its phase starts"
    if late:
        end = "the run ends" if phase.last == case.calls(inside) else "its phase ends"
        come = f"{_milestone_words(late)} would come at {_calls([phase.first + point for point in late])}"
        message = f"{start}: its {come}, and {end} after {counted(phase.last, 'call')}"
        yield Hit(message, advice, place, severity="error")
    elif absolute:
        update = case.clock.update_of(absolute[0], inside.interval, inside.frequency)
        yield Hit(f"{start}: it drops at {_calls(absolute)}", advice, place, update)


def _milestone_words(points: list[int]) -> str:
    return f"milestone{'s' * (len(points) > 1)} {listed([f'{point:,}' for point in points])}"


def _calls(points: list[int]) -> str:
    return f"call{'s' * (len(points) > 1)} {listed([f'{point:,}' for point in points])}"


def _alone(scheduler: Scheduler) -> Scheduler:
    """Take a scheduler for one that starts with the run, for lengths that count from there."""
    return replace(scheduler, start=0)
