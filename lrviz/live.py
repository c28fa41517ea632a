"""An optimizer and schedulers that someone built → what is wrong with them, found on copies of them.

The copies are stepped through the run by the loop that steps everything here. What a person would have written for them
is described from them, and counts only if, built anew, it gives the same learning rates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from lrviz import catalog
from lrviz.build import Rig, Stepper
from lrviz.build.copying import calls_made, copied
from lrviz.build.describing import PLACE, described_optimizer, described_scheduler, with_lrs
from lrviz.build.metrics import live_metric
from lrviz.build.paces import calls_after
from lrviz.checks.case import Case
from lrviz.checks.choice import Choice
from lrviz.checks.finding import Finding
from lrviz.checks.running import findings_of
from lrviz.errors import LrvizError, one_of, shown
from lrviz.loop import simulate
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Curve, Scheduler
from lrviz.spec.reactions import Given, Interval, Metric
from lrviz.trace import Array, Trace

SAME = 1e-6  # of the peak: what was worked back from what torch keeps may be off by rounding
Metrics = Sequence[float] | Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Built:
    """What someone built, and how they step it.

    Args:
        optimizer: theirs.
        schedulers: theirs, each with how often it is stepped.
        clock: the run's clock.
        metric: the values that a ReduceLROnPlateau is given, a name to values, or values; None: there are none.
        cyclic: whether the LR is meant to rise again and again.
    """

    optimizer: Any
    schedulers: tuple[tuple[Any, Interval], ...]
    clock: Clock
    metric: Metrics | None = None
    cyclic: bool = False


def findings_of_live(built: Built, choice: Choice) -> list[Finding]:
    """Check what someone built.

    Raises:
        LrvizError: if it cannot be checked.
        RefusedByTorch: if it fails before the end of the run, and no error that was found tells why.
    """
    case, refused = _case(built)
    found = findings_of([case], choice)
    if refused is not None and not any(finding.severity == "error" for finding in found):
        raise refused
    # There is no file to edit.
    return [replace(finding, edit=None) for finding in found if choice.wants(finding)]


def schedulers_of(given: Any, interval: str) -> tuple[tuple[Any, Interval], ...]:
    """Read schedulers as they are passed: one, or a list of them, each alone or with its interval.

    Raises:
        LrvizError: if an interval is none.
    """
    listed = given if isinstance(given, (list, tuple)) else [given]
    if not listed:
        raise LrvizError("no scheduler; pass one, or a list of (scheduler, interval)")
    pairs = [item if isinstance(item, tuple) and len(item) == 2 else (item, interval) for item in listed]
    return tuple((scheduler, _interval(each)) for scheduler, each in pairs)


def _interval(found: Any) -> Interval:
    known: tuple[Interval, ...] = get_args(Interval)
    if found not in known:
        raise LrvizError(f"{shown(found)} is no interval; write {one_of(known)}")
    return known[known.index(found)]


def clock_of(
    steps: int, steps_per_epoch: int | None, accumulate: int = 1, devices: int = 1, scheduler_calls: int = 1
) -> Clock:
    """Make the run's clock.

    Raises:
        LrvizError: if one of them is no count.
    """
    counts = {
        "steps": steps,
        "accumulate": accumulate,
        "devices": devices,
        "scheduler_calls": scheduler_calls,
    }
    epochs = {} if steps_per_epoch is None else {"steps_per_epoch": steps_per_epoch}
    for name, count in (counts | epochs).items():
        if type(count) is not int or count < 1:
            raise LrvizError(f"{name}={shown(count)} is no count; write 1 or more")
    return Clock(steps, steps_per_epoch, None, None, accumulate, devices, scheduler_calls)


def _case(built: Built) -> tuple[Case, LrvizError | None]:
    for scheduler, interval in built.schedulers:
        if interval == "epoch" and built.clock.steps_per_epoch is None:
            name = type(scheduler).__name__
            raise LrvizError(f"{name} is stepped per epoch, and the run counts none; pass steps_per_epoch")
    own = [scheduler for scheduler, _ in built.schedulers]
    optimizer, copies = copied(built.optimizer, own)
    metrics = _metrics(built)
    specs = tuple(
        described_scheduler(copy, built.clock, interval, metrics[0].name if _waits(copy) else None)
        for copy, (_, interval) in zip(copies, built.schedulers, strict=True)
    )
    name = " and ".join(spec.type for spec in specs)
    moved = any(_cycles(spec) for spec in specs)
    bases = [float(group.get("initial_lr", group["lr"])) for group in optimizer.param_groups]
    described = described_optimizer(optimizer, type(built.optimizer), bases, moved)
    curve = Curve(name, built.clock, described, specs, metrics, place=PLACE, cyclic=built.cyclic)
    candidates = [
        replace(curve, optimizer=one) for one in _optimizers(built.optimizer, optimizer, copies, curve)
    ]
    if any(map(calls_made, own)):
        return _rewound(built, candidates), None
    steppers = tuple(
        Stepper(
            copy,
            spec,
            built.clock.period(spec.interval),
            built.clock.scheduler_calls,
            calls_after(spec, built.clock),
        )
        for copy, spec in zip(copies, specs, strict=True)
    )
    rig = Rig(
        curve, optimizer, steppers, metrics=tuple(live_metric(metric, built.clock) for metric in metrics)
    )
    happened = _attempted(curve, rig)
    if isinstance(happened, Trace) and not curve.codes:
        candidates += _stale(curve, happened, bases)
    known = curve if curve.codes else next((c for c in candidates if _alike(_attempted(c), happened)), None)
    if isinstance(happened, LrvizError):
        return Case(name, known, None, _again), happened
    return Case(name, known, happened, _again), None


def _optimizers(theirs: Any, optimizer: Any, copies: list[Any], curve: Curve) -> Iterator[Any]:
    """Describe the optimizer as it may have been before the schedulers were built, the likeliest first."""
    base = curve.optimizer
    lr = theirs.defaults.get("lr")
    # OneCycleLR and CyclicLR write their own LR over the optimizer's, which it may still know from its constructor.
    if len(optimizer.param_groups) == 1 and lr is not None and float(lr) != _default_lr(base.type):
        yield _with_lr(base, [float(lr)])
    yield base
    if base.tensor_lr:
        return
    for copy in copies:
        first = next((one for one in getattr(copy, "_schedulers", [copy]) if hasattr(one, "base_lrs")), None)
        if first is not None:
            yield _with_lr(base, [float(lr) for lr in first.base_lrs])


def _with_lr(optimizer: Any, lrs: list[float]) -> Any:
    plain = with_lrs(optimizer, lrs, lrs)
    groups = tuple(
        replace(group, settings=tuple((k, v) for k, v in group.settings if k != "initial_lr"))
        for group in plain.groups
    )
    if len(groups) == 1:  # as a person writes it
        return replace(
            plain, settings=(*plain.settings, *groups[0].settings), groups=(replace(groups[0], settings=()),)
        )
    return replace(plain, groups=groups)


def _stale(curve: Curve, happened: Trace, bases: list[float]) -> Iterator[Curve]:
    """Describe an optimizer that kept the ``initial_lr`` of an earlier scheduler, if the first LR tells of one."""
    fresh = _attempted(curve)
    if isinstance(fresh, Trace) and not curve.optimizer.tensor_lr and (fresh.lr[0] != 0).all():
        lrs = [base * float(ratio) for base, ratio in zip(bases, happened.lr[0] / fresh.lr[0], strict=True)]
        yield replace(curve, optimizer=with_lrs(curve.optimizer, lrs, bases))


def _rewound(built: Built, candidates: list[Curve]) -> Case:
    """Check schedulers that have been stepped already: as described, from the start of the run."""
    calls = [calls_made(scheduler) for scheduler, _ in built.schedulers]
    name, most = candidates[0].name, max(calls)
    message = f"{name} has been stepped {most:,} time{'s' * (most > 1)}"
    if candidates[0].codes or any(_waits(scheduler) for scheduler, _ in built.schedulers):
        raise LrvizError(f"{message}, and its past is not known; check it before it is stepped")
    at = max(
        built.clock.update_of(count, interval)
        for count, (_, interval) in zip(calls, built.schedulers, strict=True)
    )
    now = np.array([float(group["lr"]) for group in built.optimizer.param_groups])
    for curve in candidates:
        trace = _attempted(curve)
        if isinstance(trace, Trace):
            lr = trace.lr[at] if at < len(trace) else np.array(trace.final_lr)
            if at <= len(trace) and _close(lr, now, trace.lr):
                return Case(name, curve, trace, _again)
    where = f"the LR is {now.max():.4g}, which is not what its arguments give there"
    raise LrvizError(f"{message}, and {where}; check it before it is stepped")


def _metrics(built: Built) -> tuple[Metric, ...]:
    waiting = [(scheduler, interval) for scheduler, interval in built.schedulers if _waits(scheduler)]
    if not waiting:
        return ()
    if not built.metric:
        raise LrvizError("ReduceLROnPlateau needs a metric; pass metric={'val_loss': [1.0, 0.9]}")
    named = built.metric if isinstance(built.metric, Mapping) else {"metric": built.metric}
    name, values = next(iter(named.items()))
    every = 1 if waiting[0][1] == "step" else None
    return (Metric(name, Given(tuple(float(value) for value in values), "hold"), every),)


def _waits(scheduler: Any) -> bool:
    return any(kind.__name__ == "ReduceLROnPlateau" for kind in type(scheduler).__mro__)


def _cycles(spec: Scheduler) -> bool:
    own = spec.type in ("OneCycleLR", "CyclicLR") and dict(spec.arguments).get("cycle_momentum", True)
    return bool(own) or any(map(_cycles, spec.children))


def _default_lr(name: str) -> float | None:
    entry = catalog.optimizers().get(name)
    return None if entry is None else entry.default_lr


def _again(curve: Curve) -> Trace:
    if curve.codes:
        raise LrvizError("code that is alive cannot be built anew")
    return simulate(curve)


def _attempted(curve: Curve, rig: Rig | None = None) -> Trace | LrvizError:
    try:
        return _again(curve) if rig is None else simulate(curve, rig=rig)
    except LrvizError as error:
        return error


def _alike(one: Trace | LrvizError, other: Trace | LrvizError) -> bool:
    if isinstance(one, LrvizError) or isinstance(other, LrvizError):
        return isinstance(one, LrvizError) and isinstance(other, LrvizError)
    return _close(one.lr, other.lr, other.lr)


def _close(one: Array, other: Array, all_of: Array) -> bool:
    return bool(np.allclose(one, other, rtol=SAME, atol=SAME * float(np.abs(all_of).max())))
