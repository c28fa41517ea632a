"""``warmup:`` before a curve's scheduler → a LinearLR that hands over to it, as if written out in full."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lrviz.errors import Place
from lrviz.spec.curve import Scheduler
from lrviz.spec.document import Mapping
from lrviz.spec.durations import Length, length_of
from lrviz.spec.model import Warmup, validate
from lrviz.spec.schedulers import Head, Reader

START = 0.01  # the first LR of a warm-up, as a factor, where it is not given


def warmed_up(
    found: Mapping | None, warmup: Any, place: Place, reader: Reader
) -> tuple[Scheduler, ...] | None:
    """Read a scheduler with a warm-up in front of it.

    Args:
        found: the scheduler as written; None for a constant LR.
        warmup: a length, or a mapping of length and start_factor.
        place: where the warm-up was written.
        reader: reads the curve's schedulers.

    Returns:
        What is stepped: a SequentialLR, or the LinearLR beside a ReduceLROnPlateau, which torch's
        SequentialLR cannot hold; None if something is wrong.
    """
    read = _warmup(warmup, place, reader)
    if read is None:
        if found is not None:
            reader.guessing().scheduler(found, found.place)  # for its own mistakes
        return None
    length, factor = read
    if found is None:
        alone = Scheduler("LinearLR", interval=reader.interval, place=place)
        calls = reader.setting.count(length, alone, place, minimum=0)
        return None if calls is None else ((_linear(alone, length, factor, calls),) if calls else ())
    head = reader.head(found, found.place)
    if head is None:
        return None
    if head.entry.name == "ChainedScheduler":
        message = "torch's SequentialLR cannot hand over to a ChainedScheduler"
        reader.problems.add(place, f"{message}; write a LinearLR in the chain instead")
        reader.guessing().filled(head)
        return None
    beside = head.entry.name == "ReduceLROnPlateau" or head.shell.monitor is not None
    pace = Scheduler("LinearLR", (), head.shell.interval, head.shell.frequency, place=place)
    if beside:  # a metric comes once per epoch, a warm-up need not
        pace = Scheduler("LinearLR", interval="step", place=place)
    return _joined(head, length, factor, pace, beside, reader)


def _joined(
    head: Head, length: Length, factor: float, pace: Scheduler, beside: bool, reader: Reader
) -> tuple[Scheduler, ...] | None:
    calls = reader.setting.count(length, pace, pace.place, minimum=0)
    if calls is None:
        reader.guessing().filled(head)
        return None
    after = reader.filled(head, 0 if beside else reader.setting.updates(calls, pace))
    if after is None:
        return None
    if not calls or reader.setting.guessed:  # of a guess, some milestones may be unknown
        return (after,)
    first = _linear(pace, length, factor, calls)
    return (first, after) if beside else (_sequence(first, after, calls),)


def _sequence(first: Scheduler, after: Scheduler, calls: int) -> Scheduler:
    children: tuple[Scheduler, ...] = (first, after)
    milestones: tuple[int, ...] = (calls,)
    if after.type == "SequentialLR":  # torch crashes on one inside another (issue 196243): make it one
        children = (first, *after.children)
        milestones = (calls, *(calls + milestone for milestone in dict(after.arguments)["milestones"]))
    arguments = (("schedulers", children), ("milestones", milestones))
    measured = ("milestones",) if first.measured else ()
    texts = dict(first.written).get("total_iters", ())
    if after.type == "SequentialLR" and len(children) > 2:
        texts = (*texts, *("",) * (len(milestones) - 1))
    written = (("milestones", texts),)
    return replace(
        after,
        type="SequentialLR",
        arguments=arguments,
        start=0,
        code=None,
        measured=measured,
        written=written,
    )


def _linear(shell: Scheduler, length: Length, factor: float, calls: int) -> Scheduler:
    arguments = (("start_factor", factor), ("total_iters", calls))
    measured = () if length.bare else ("total_iters",)
    written = (("total_iters", (length.text,)),)
    return replace(shell, type="LinearLR", arguments=arguments, measured=measured, written=written)


def _warmup(found: Any, place: Place, reader: Reader) -> tuple[Length, float] | None:
    if isinstance(found, Mapping):
        given = validate(Warmup, found, "warmup", reader.problems)
        if given is None:
            return None
        return given["length"], given.get("start_factor", START)
    try:
        return length_of(found), START
    except ValueError as error:
        reader.problems.add(place, f"{error}, or {{length: 5%, start_factor: 0.01}}")
        return None
