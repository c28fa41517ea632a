"""A planned curve, or its trace → the same with another clock of its schedulers, other lengths or another base LR."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lrviz import catalog
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Curve, Optimizer, Scheduler
from lrviz.spec.reactions import Interval, Settings
from lrviz.trace import Logged, Trace


def with_lr(curve: Curve, factor: float) -> Optimizer:
    """Multiply the LR of the optimizer, and of every group that has its own."""
    optimizer = curve.optimizer
    groups = tuple(replace(group, settings=_scaled(group.settings, factor)) for group in optimizer.groups)
    return replace(optimizer, settings=_scaled(optimizer.settings, factor), groups=groups)


def _scaled(settings: Settings, factor: float) -> Settings:
    return tuple((name, value * factor if name == "lr" else value) for name, value in settings)


def shifted(plan: Trace, by: int) -> Trace:
    """Give every update the LR of a later one (or an earlier, where ``by`` is negative); the first is held."""
    steps = len(plan)
    at = np.arange(steps) + by
    rows = np.vstack([plan.lr, np.array(plan.final_lr)[None]])
    known = np.flatnonzero(at <= steps).astype(np.int64)
    logged = None if len(known) == steps else Logged(known, ended=True)
    return replace(plan, lr=rows[np.clip(at, 0, steps)], logged=logged)


def is_plain(curve: Curve) -> bool:
    """Whether the beginning of a curve is the same however long its run is."""
    besides = (curve.rules, curve.metrics, curve.train, curve.resume, curve.courses, curve.codes)
    return not any(besides) and all(_counts_calls(scheduler) for scheduler in curve.schedulers)


def _counts_calls(scheduler: Scheduler) -> bool:
    """Whether a scheduler knows nothing of the run: functions may."""
    function = scheduler.type in ("LambdaLR", "MultiplicativeLR") or "scale_fn" in dict(scheduler.arguments)
    return not function and all(map(_counts_calls, scheduler.children))


def in_batches(clock: Clock, batches: int, left: int) -> Clock:
    """Count a clock's updates in batches, as a loop does that steps its scheduler for each of them.

    Args:
        clock: the plan's.
        batches: those of an update.
        left: those of the last update of an epoch.
    """
    if clock.steps_per_epoch is None:
        return replace(clock, steps=clock.steps * batches, scheduler_calls=1)
    per_epoch = (clock.steps_per_epoch - 1) * batches + left
    epochs, rest = divmod(clock.steps, clock.steps_per_epoch)
    return replace(
        clock, steps=epochs * per_epoch + rest * batches, steps_per_epoch=per_epoch, scheduler_calls=1
    )


def last_of(trace: Trace, batches: int) -> Trace:
    """Take the LR at the last of every so many batches, and of every epoch: there gradients are applied."""
    at = np.arange(len(trace))
    per_epoch = trace.clock.steps_per_epoch or len(trace)
    last = (at % per_epoch % batches == batches - 1) | (at % per_epoch == per_epoch - 1)
    clock = replace(trace.clock, steps=int(last.sum()), steps_per_epoch=None)
    return replace(trace, clock=clock, lr=trace.lr[last], momentum=None, weight_decay=None)


def stepped(scheduler: Scheduler, interval: Interval) -> Scheduler:
    """Step a scheduler at another interval, its arguments as they are."""
    inside = tuple(
        (name, tuple(stepped(one, interval) for one in value) if _are_schedulers(value) else value)
        for name, value in scheduler.arguments
    )
    return replace(scheduler, interval=interval, arguments=inside)


def stretched(scheduler: Scheduler, factor: float) -> Scheduler | None:
    """Multiply the lengths of a scheduler; None where it has none, or one is then less than a call."""
    lengths = _lengths(scheduler)
    changed = False
    made: list[tuple[str, Any]] = []
    for name, value in scheduler.arguments:
        if _are_schedulers(value):
            inside = [stretched(one, factor) or one for one in value]
            changed = changed or inside != list(value)
            made.append((name, tuple(inside)))
        elif name in lengths and _are_counts(value):
            found = _multiplied(value, factor)
            if found is None:
                return None
            changed = True
            made.append((name, found))
        else:
            made.append((name, value))
    return replace(scheduler, arguments=tuple(made)) if changed else None


def warmed(scheduler: Scheduler, factor: float, keeps_end: bool) -> Scheduler | None:
    """Multiply the length of a SequentialLR's first phase."""
    arguments = dict(scheduler.arguments)
    milestones, children = arguments.get("milestones"), scheduler.children
    if not children or len(children) < 2 or not milestones or not _are_counts(milestones):
        return None
    first = _multiplied(milestones[0], factor)
    warmup = stretched(children[0], factor)
    if first is None or warmup is None:
        return None
    more = first - milestones[0]
    rest = children[1:]
    if keeps_end:
        rest = tuple(_shortened(one, more) for one in rest)
    arguments["milestones"] = (first, *(at if keeps_end else at + more for at in milestones[1:]))
    arguments["schedulers"] = (warmup, *rest)
    if list(arguments["milestones"]) != sorted(set(arguments["milestones"])):
        return None
    return replace(scheduler, arguments=tuple(arguments.items()))


def _shortened(scheduler: Scheduler, by: int) -> Scheduler:
    lengths = _lengths(scheduler)
    return replace(
        scheduler,
        arguments=tuple(
            (name, value - by if name in lengths and isinstance(value, int) and value > by else value)
            for name, value in scheduler.arguments
        ),
    )


def _lengths(scheduler: Scheduler) -> set[str]:
    if scheduler.code is not None:
        return set()
    entry = catalog.schedulers().get(scheduler.type)
    return (
        set()
        if entry is None
        else {argument.name for argument in entry.arguments if argument.kind == "length"}
    )


def _multiplied(value: Any, factor: float) -> Any:
    """Multiply a count, or each of several; None where one does not stay a count."""
    if isinstance(value, tuple):
        found = [_multiplied(one, factor) for one in value]
        return None if None in found else tuple(found)
    made = round(value * factor)
    return made if made >= 1 else None


def _are_schedulers(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], Scheduler)


def _are_counts(value: Any) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    return all(type(one) is int for one in values)
