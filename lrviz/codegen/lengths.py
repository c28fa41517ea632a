"""A scheduler's length, as it was written → the comment that says where its count comes from."""

from __future__ import annotations

from lrviz.spec.clock import Clock
from lrviz.spec.curve import Scheduler


def said(spec: Scheduler, name: str, count: int, clock: Clock) -> list[str]:
    """Say of each value of an argument what it was written as; empty for a bare count."""
    texts = dict(spec.written).get(name, ())
    if len(texts) != count:
        return [""] * count
    return [_comment(text, spec, clock) for text in texts]


def _comment(text: str, spec: Scheduler, clock: Clock) -> str:
    if text.isdigit() or not text:
        return ""
    own = _whole(spec, clock)
    if "%" in text:
        return f"{text} of {own}"
    if "rest" in text:
        return f"{text} of {own}, from update {spec.start:,} on" if spec.start else f"{text} of {own}"
    if "ep" in text and spec.interval == "step" and clock.steps_per_epoch:
        return f"{text} of {clock.steps_per_epoch:,} updates"
    if "tok" in text and clock.tokens_per_step:
        return f"{text} at {clock.tokens_per_step:,} tokens per update"
    return text


def _whole(spec: Scheduler, clock: Clock) -> str:
    if spec.interval == "epoch" and clock.epochs is not None:
        return f"{float(clock.epochs):,g} epochs"
    return f"{clock.steps:,} updates"
