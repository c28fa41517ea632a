"""A curve's phases and events → what is marked along its x axis, with as many words as there is room for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lrviz.render.beside import Box
from lrviz.render.lettering import TICK, fitted, line_height, printable, width
from lrviz.report import Curve
from lrviz.trace import Event, Trace

KINDS = ("hand-over", "milestone", "restart", "cut")
WORDS = 8  # the most texts
LINES = 20  # more marks of one kind are a texture, not information


@dataclass(frozen=True)
class Mark:
    """An update worth a thin line, and what is said of it."""

    update: int
    text: str


@dataclass(frozen=True)
class Caption:
    """The text of a mark, with the box it fills."""

    text: str
    box: Box


def marks_of(curve: Curve) -> tuple[Mark, ...]:
    """List the phases of a curve in the order of their importance; what falls together is told once."""
    trace = curve.trace
    marks = []
    facts = curve.facts[0] if curve.facts else None
    if facts and 0 < facts.warmup < len(trace) - 1:
        # A curve that climbs again and again cycles; that is a warm-up only if a scheduler ends there.
        ends = [e.update for e in trace.events if e.kind == "hand-over"]
        if facts.rises == 1 or any(_near(end, facts.warmup, trace) for end in ends):
            marks.append(Mark(facts.warmup, "warm-up ends"))
    for kind in KINDS:
        events = [e for e in trace.events if e.kind == kind and 0 < e.update < len(trace)]
        for event in events if len(events) <= LINES else ():
            if not any(_near(mark.update, event.update, trace) for mark in marks):
                marks.append(Mark(event.update, _words(event)))
    for finding in curve.findings:
        if finding.update is not None and not any(_near(m.update, finding.update, trace) for m in marks):
            marks.append(Mark(finding.update, finding.name))
    return tuple(marks)


def cuts_of(trace: Trace) -> tuple[int, ...]:
    """List the updates from which ReduceLROnPlateau had cut the learning rate."""
    return tuple(e.update for e in trace.events if e.kind == "cut" and 0 < e.update <= len(trace))


def waits_of(trace: Trace) -> tuple[tuple[int, int], ...]:
    """List the stretches of updates in which the patience of ReduceLROnPlateau ran out."""
    return tuple((e.since, e.update) for e in trace.events if e.kind == "cut" and e.since is not None)


def captions(
    marks: Sequence[Mark], per_update: float, end: float, size: tuple[float, float]
) -> tuple[Caption, ...]:
    """Write the marks along the top of a panel of a size in inches, leaving out texts that would overlap."""
    wide, tall = size
    kept: list[Caption] = []
    for mark in marks:
        at = mark.update * per_update / end * wide
        text = fitted(mark.text, 1.8, TICK)
        long = width(text, TICK)
        bottom = tall - line_height(TICK) - 0.03
        for left in (at + 0.05, at - 0.05 - long):
            box = (left, bottom, left + long, tall)
            crossed = any(
                left - 0.04 < other.update * per_update / end * wide < left + long + 0.04
                for other in marks
                if other is not mark
            )
            clear = all(box[2] + 0.12 < other.box[0] or other.box[2] + 0.12 < box[0] for other in kept)
            if left >= 0 and left + long <= wide and clear and not crossed and len(kept) < WORDS:
                kept.append(Caption(text, box))
                break
    # The same word at some marks and not at others would make the others something else: once is enough then.
    said, meant = Counter(caption.text for caption in kept), Counter(fitted(m.text, 1.8, TICK) for m in marks)
    first = {caption.text: caption for caption in reversed(kept)}
    return tuple(c for c in kept if said[c.text] == meant[c.text] or first[c.text] is c)


def _near(one: int, other: int, trace: Trace) -> bool:
    return abs(one - other) <= len(trace) * 0.004


def _words(event: Event) -> str:
    text = printable(event.text)
    return text if event.text and len(text) <= 30 else event.kind
