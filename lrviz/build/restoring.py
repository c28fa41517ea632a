"""A Rig that has run → what a checkpoint holds of it → a new Rig that goes on from there."""

from __future__ import annotations

import io
from typing import Any

import torch
from torch.optim import Optimizer

from lrviz.build import build
from lrviz.build.rig import Rig, refusal
from lrviz.spec.curve import Curve, Resume


def checkpoint(rig: Rig) -> bytes:
    """Save the states of a rig's optimizer, schedulers and model, as ``torch.save`` writes them."""
    saved = io.BytesIO()
    schedulers = [stepper.scheduler.state_dict() for stepper in rig.steppers]
    model = rig.training.weights() if rig.training else []
    torch.save({"optimizer": rig.optimizer.state_dict(), "schedulers": schedulers, "model": model}, saved)
    return saved.getvalue()


def restored(curve: Curve, resume: Resume, saved: bytes, before: Rig) -> Rig:
    """Build everything anew and load what is restored, in the order that the spec says.

    Raises:
        RefusedByTorch: if a class does not take its arguments, or a state.
    """
    state: dict[str, Any] = torch.load(io.BytesIO(saved), weights_only=True)

    def load_optimizer(optimizer: Optimizer) -> None:
        if "optimizer" in resume.restore:
            optimizer.load_state_dict(state["optimizer"])

    first = resume.order == "load-then-build"
    try:
        rig = build(curve, resume.last_epoch, load_optimizer if first else None)
        if not first:
            load_optimizer(rig.optimizer)
        if rig.training and before.training:
            rig.training.go_on(state["model"], before.training)
        if "scheduler" in resume.restore:
            for stepper, known in zip(rig.steppers, state["schedulers"], strict=True):
                stepper.scheduler.load_state_dict(known)
        if resume.replay:
            _replay(rig, before, resume.at)
    except (ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise refusal(error, "load_state_dict", curve, resume.place, ()) from error
    for metric, known in zip(rig.metrics, before.metrics, strict=False):
        while len(metric.values) < len(known.values):  # random numbers go on where they were
            metric.evaluate(known.updates[len(metric.values)] + 1, 0.0)
        metric.values[:], metric.updates[:] = known.values, known.updates
    return rig


def _replay(rig: Rig, before: Rig, at: int) -> None:
    """Call the new schedulers as often as the old ones were called, with the metrics they were given."""
    known = {metric.name: dict(zip(metric.updates, metric.values, strict=True)) for metric in before.metrics}
    for done in range(1, at + 1):
        for stepper in rig.steppers:
            if done % stepper.period == 0:
                monitor = stepper.spec.monitor
                for _ in range(stepper.times):
                    stepper.scheduler.step(*([known[monitor][done - 1]] if monitor else []))
