"""A Rig → what is stepped within a stretch of updates, and where stretches end for something else to be done."""

from __future__ import annotations

from lrviz.build.editing import Editor
from lrviz.build.quantities import moves_momentum
from lrviz.build.rig import Rig, Stepper
from lrviz.build.turns import turns_of
from lrviz.spec.curve import Scheduler

CHUNK = 10_000  # updates between two reports of progress
TRAINED = 500  # the same, of updates that train
MOVING = ("momentum", "weight_decay")  # what may move besides the LR


class Plan:
    """When what is done in a run.

    Args:
        rig: what runs.

    Attributes:
        flowing: schedulers stepped within a stretch, right after the update.
        turns: the order in which these are stepped; None where each is due after every so many updates.
        waiting: schedulers stepped between stretches: per epoch, or given a metric.
        editors: the rules.
        periods: the updates between two ends of stretches, for each thing that is done there.
        chunk: the most updates of a stretch.
        moves: whether each of MOVING may change.
    """

    def __init__(self, rig: Rig) -> None:
        clock = rig.curve.clock
        per_epoch = clock.steps_per_epoch or clock.steps
        self.chunk = TRAINED if rig.training else CHUNK
        self.editors = [Editor(rule, clock) for rule in rig.curve.rules]
        reacting = bool(rig.metrics or self.editors)
        # Where an epoch is one update and nothing is reacted to, per epoch is per update, without stopping for it.
        self.waiting = [
            stepper
            for stepper in rig.steppers
            if stepper.spec.monitor is not None
            or (stepper.spec.interval == "epoch" and stepper.counts is None and (per_epoch > 1 or reacting))
        ]
        rest = [stepper for stepper in rig.steppers if stepper not in self.waiting]
        self.flowing = sorted(rest, key=lambda stepper: stepper.spec.interval == "epoch")
        # What is set before an update is set after the one before it, when its schedulers have had their say.
        self.flowing += [
            Stepper(follower, Scheduler("set", interval="step"), 1) for follower in rig.followers
        ]
        uneven = any(stepper.counts is not None for stepper in self.flowing)
        self.turns = turns_of(self.flowing) if uneven else None
        self.periods = sorted(
            {stepper.period for stepper in self.waiting}
            | {metric.period for metric in rig.metrics}
            | {editor.period for editor in self.editors}
        )
        edited = {quantity for rule in rig.curve.rules for quantity, _ in rule.changes}
        edited |= {course.quantity for course in rig.curve.courses}
        foreign = bool(rig.curve.codes)  # which may move what it likes
        self.moves = {
            "momentum": foreign or moves_momentum(rig) or "momentum" in edited,
            "weight_decay": foreign or "weight_decay" in edited,
        }

    def stop_after(self, update: int) -> int:
        """Find where the stretch that begins at an update ends."""
        ends = [(update // period + 1) * period for period in self.periods]
        return min([update + self.chunk, *ends])
