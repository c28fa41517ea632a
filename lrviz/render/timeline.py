"""The clocks of the curves → the x axis they share: updates, epochs, tokens, or the share of each run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrviz.render.scales import amounts, nice
from lrviz.spec.clock import Clock
from lrviz.spec.view import Axis


@dataclass(frozen=True)
class Timeline:
    """An x axis.

    Args:
        per_update: how far one update goes along the axis, for each curve.
        end: where the longest run ends.
        label: what the axis counts.
        ticks: where its ticks stand.
        labels: what they say.
        epoch: length of one epoch on the axis, where a second axis of epochs is worth drawing above it.
    """

    per_update: tuple[float, ...]
    end: float
    label: str
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    epoch: float | None = None


def timeline_of(clocks: Sequence[Clock], wanted: Axis | None, ticks: int) -> Timeline:
    """Lay out the x axis.

    Args:
        clocks: the clock of each curve.
        wanted: what the axis should count; None: updates, and epochs where the two are the same.
        ticks: the most ticks wanted.
    """
    lengths = {clock.steps_per_epoch for clock in clocks}
    in_epochs = None not in lengths
    if in_epochs and (wanted == "epoch" or (wanted is None and lengths == {1})):
        per_update = tuple(1.0 / (clock.steps_per_epoch or 1) for clock in clocks)
        label = "epoch (1 update each)" if lengths == {1} else "epoch"
    elif wanted == "tokens":
        per_update = tuple(float(clock.tokens_per_step or 1) for clock in clocks)
        label = "tokens"
    elif wanted == "run":
        per_update, label = tuple(100 / clock.steps for clock in clocks), "% of the run"
    else:
        per_update, label = (1.0,) * len(clocks), "update"
    end = max(clock.steps * step for clock, step in zip(clocks, per_update, strict=True))
    at = nice(0.0, end, ticks, whole=label in ("update", "tokens") or end > 2)
    epoch = None
    if label == "update" and in_epochs and len(lengths) == 1:
        epoch = float(lengths.pop() or 1)
    return Timeline(per_update, end, label, at, amounts(at), epoch)


def epoch_ticks(timeline: Timeline, ticks: int) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Place whole epochs along an axis of updates."""
    epoch = timeline.epoch or 1.0
    at = nice(0.0, timeline.end / epoch, ticks, whole=True)
    return tuple(tick * epoch for tick in at), amounts(at)
