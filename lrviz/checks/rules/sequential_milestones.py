"""A milestone of a SequentialLR is out of order, doubled, 0 or past the end of the run, and a phase never runs.

What it does
    Finds phases of a SequentialLR that are never stepped: their milestone is not below the next one, or comes when the
    run is over.

Why it matters
    A phase whose turn never comes is skipped without a word: torch looks its place up in a list that it takes to be
    sorted. What was planned as the final decay may be what is missing.

Use instead
    Milestones in rising order, from 1 up to the end of the run; with units (`10%`, `60ep`) they follow the run when its
    length changes.

Sources
    threestudio#226, pytorch#185872 (a milestone of 0, which torch before 2.13 got wrong).
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case, Phase, given
from lrviz.checks.finding import Edit, Hit
from lrviz.checks.wording import lengths, number

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  three phases:
    type: SequentialLR
    milestones: [60, 5]
    schedulers:
      - {type: LinearLR, start_factor: 0.01, total_iters: 5}
      - {type: ConstantLR, factor: 1.0, total_iters: 90}
      - {type: LinearLR, start_factor: 1.0, end_factor: 0.0, total_iters: 30}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  three phases:
    type: SequentialLR
    milestones: [5, 60]
    schedulers:
      - {type: LinearLR, start_factor: 0.01, total_iters: 5}
      - {type: ConstantLR, factor: 1.0, total_iters: 90}
      - {type: LinearLR, start_factor: 1.0, end_factor: 0.0, total_iters: 30}
"""


def check(case: Case) -> Iterator[Hit]:
    """Find the first phase of each SequentialLR whose turn never comes."""
    for outer in case.of_type("SequentialLR"):
        phases = [phase for phase in case.phases if phase.inside is outer]
        never = next((phase for phase in phases if not _runs(case, phase)), None)
        if never is not None:
            yield _hit(case, never, len(phases))


def _runs(case: Case, phase: Phase) -> bool:
    """Whether some update trains in a phase."""
    outer = phase.inside
    first = outer.start + case.clock.update_of(phase.first, outer.interval, outer.frequency)
    return phase.first < phase.last or (phase.first == phase.last and first < case.steps and _is_last(phase))


def _is_last(phase: Phase) -> bool:
    return phase.index == len(phase.inside.children) - 1


def _hit(case: Case, never: Phase, count: int) -> Hit:
    outer = never.inside
    points = tuple(given(outer, "milestones"))
    place = case.at(outer, "milestones")
    calls = case.calls(outer)
    end = number(float(case.lr[-1].max()))
    name = f"phase {never.index + 1} of {count}, {never.scheduler.type},"
    reachable = [point for point in points if 0 < point < calls]
    if never.first >= calls and points == tuple(sorted(points)):
        why = f"its milestone is {never.first:,}, and the run makes {calls:,} calls"
        last = lengths(max(calls * 9 // 10, 1), outer, case.clock)[0]
        advice = f"write a milestone before the end of the run, such as {last}, or delete the phase"
        return Hit(f"{name} never runs: {why}; the LR ends at {end}", advice, place)
    written = "[" + ", ".join(str(point) for point in points) + "]"
    message = f"{name} never runs: milestones are {written}; the LR ends at {end}"
    if len(set(reachable)) == len(points) and points != tuple(sorted(points)):
        rising = ", ".join(str(point) for point in sorted(points))
        return Hit(message, f"write milestones: [{rising}]", place, edit=Edit("sort", place))
    if never.first == 0 == never.last:
        return Hit(message, "delete the phase and its milestone of 0", place)
    return Hit(message, "write rising milestones, each of them once, or delete the phase", place)
