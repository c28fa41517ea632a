"""The Rig: the live objects of one curve."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from lrviz.build.courses import Follower
from lrviz.build.metrics import LiveMetric
from lrviz.build.paces import Counts
from lrviz.build.training import Training
from lrviz.errors import Place, Problem, RefusedByTorch
from lrviz.spec.curve import Curve, Places, Scheduler


@dataclass(frozen=True)
class Stepper:
    """A live scheduler and when it is stepped: every ``period`` updates, ``times`` times in a row.

    Where ``counts`` are given, these say how often it is stepped before the first update, after it, and so on; and
    ``batches``, where that is so, after how many batches each time.
    """

    scheduler: Any  # an LRScheduler, or a ReduceLROnPlateau or ChainedScheduler, which take other arguments
    spec: Scheduler
    period: int
    times: int = 1
    counts: Counts | None = None
    batches: int | None = None

    def times_after(self, done: int) -> int:
        """Tell how often it is stepped when so many updates are done."""
        if self.counts is not None:
            return int(self.counts[done])
        return self.times if done and done % self.period == 0 else 0


@dataclass(frozen=True)
class Rig:
    """One curve, alive.

    Args:
        curve: what it was built from.
        optimizer: a torch optimizer over what is trained, or over dummy parameters, one per group.
        steppers: its schedulers, in the order in which they are stepped.
        closure: what the optimizer's ``step`` must be given, if anything.
        metrics: what some schedulers, and the rules, react to.
        training: what is trained, if anything.
        followers: what sets hyperparameters before every update.
        step: what makes an update, where that is not the optimizer's own ``step``.
        used: the LRs of updates before which ``step`` set others than those that stood there.
    """

    curve: Curve
    optimizer: Optimizer
    steppers: tuple[Stepper, ...]
    closure: Callable[[], Tensor] | None = None
    metrics: tuple[LiveMetric, ...] = ()
    training: Training | None = None
    followers: tuple[Follower, ...] = ()
    step: Callable[[], Any] | None = None
    used: Mapping[int, list[float]] = field(default_factory=dict)

    def latest(self, stepper: Stepper, done: int) -> list[float]:
        """Tell the metric that a scheduler is given when so many updates are done: one value, or none.

        torch's takes the last that was known; one with ``fresh_metric`` takes none where none came just now.
        """
        known = [one for one in self.metrics if one.name == stepper.spec.monitor and one.values]
        if getattr(stepper.scheduler, "fresh_metric", False):
            known = [one for one in known if one.updates[-1] == done - 1]
        return [one.values[-1] for one in known]


def refusal(
    error: Exception, what: str, curve: Curve, place: Place, places: Places, whose: str = "torch"
) -> RefusedByTorch:
    """Say that torch, or another library, refused arguments, at the one that its message names, if it names one."""
    told = error.args[0] if isinstance(error, KeyError) and error.args else error  # whose text is a repr
    message = " ".join(str(told).split())[:400] or type(error).__name__
    named = [at for name, at in places if name != "type" and _names(message, name)]
    return RefusedByTorch(
        Problem(named[0] if named else place, f"{curve.name}: {_owned(what, whose)} refuses this: {message}")
    )


def _owned(what: str, whose: str) -> str:
    return what if what.startswith(f"{whose}.") else f"{whose}'s {what}"


def _names(message: str, argument: str) -> bool:
    # torch writes "total steps" for total_steps, and "beta" for one of the betas.
    pattern = re.escape(argument).removesuffix("s").replace("_", "[_ ]")
    return re.search(rf"\b{pattern}s?\b", message, re.IGNORECASE) is not None
