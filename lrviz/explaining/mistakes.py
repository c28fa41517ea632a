"""A plan and what a run did → the known mistakes, each made: a curve to simulate, or a trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lrviz.explaining.remaking import in_batches, shifted, stepped, stretched, warmed, with_lr
from lrviz.spec.curve import Curve
from lrviz.trace import Trace

COUNTS = (2, 3, 4, 6, 8, 16, 32, 64)  # processes, or batches per update, that a plan need not name
SCALES = (2, 4, 8, 16, 32, 64, 128, 256)  # that linear scaling multiplies an LR by


@dataclass(frozen=True, eq=False)
class Mistake:
    """A mistake, made.

    Args:
        made: what the plan gives with it: a curve to simulate, or a trace.
        sentence: what happened.
        advice: what to write, or to change.
        batches: of a curve whose updates are batches, how many of them are an update of the run, which is at the last
            of them, and at the last of an epoch.
    """

    made: Curve | Trace
    sentence: str
    advice: str
    batches: int = 1


def mistakes(curve: Curve, plan: Trace, run: Trace) -> Iterator[Mistake]:
    """Make each known mistake, those that cost nothing and explain most first."""
    yield from _by_one(plan, run)
    yield from _of_nothing(curve, plan)
    yield from _of_scale(curve, plan, run)
    yield from _of_interval(curve)
    yield from _of_calls(curve)
    yield from _of_warmup(curve)
    yield from _of_length(curve)
    yield from _by_an_epoch(plan)


def _by_one(plan: Trace, run: Trace) -> Iterator[Mistake]:
    after = shifted(plan, 1)
    if run.logged is None:
        yield Mistake(
            after,
            "every update uses the LR planned for the next: the scheduler is one step early",
            "call scheduler.step() after optimizer.step(), and not once before the first update",
        )
    else:
        yield Mistake(
            after,
            "every logged LR is the one planned for the next update: it was logged after the scheduler's step",
            "--logged next reads the log so; if it was logged before that step, the scheduler is one step early",
        )
    yield Mistake(
        shifted(plan, -1),
        "every update uses the LR planned for the one before: the run is one update late",
        "look for a first update without scheduler.step(), or an LR that is set after optimizer.step()"
        + ("" if run.logged is None else "; or the log is to be read with --logged used"),
    )


def _of_nothing(curve: Curve, plan: Trace) -> Iterator[Mistake]:
    if curve.schedulers:
        yield Mistake(
            replace(plan, lr=np.broadcast_to(plan.lr[:1], plan.lr.shape).copy(), logged=None),
            "the LR stays what the first update used: no step of the scheduler shows in what was logged",
            "call scheduler.step(), and where a trainer calls it, make sure that it is called per update or epoch as "
            "planned",
        )


def _by_an_epoch(plan: Trace) -> Iterator[Mistake]:
    per_epoch = plan.clock.steps_per_epoch
    if per_epoch is None or not 1 < per_epoch < len(plan):
        return
    yield Mistake(
        shifted(plan, -per_epoch),
        "every epoch uses the LR planned for the one before: the run is one epoch late",
        "step the scheduler at the end of the first epoch too; timm's step(epoch) takes the number of the next",
    )
    yield Mistake(
        shifted(plan, per_epoch),
        "every epoch uses the LR planned for the next: the run is one epoch early",
        "step the scheduler at the end of an epoch, not at its beginning",
    )


def _of_interval(curve: Curve) -> Iterator[Mistake]:
    if (curve.clock.steps_per_epoch or 1) < 2:
        return
    schedulers = curve.schedulers
    if any(one.interval == "epoch" for one in schedulers):
        yield Mistake(
            replace(curve, schedulers=tuple(stepped(one, "step") for one in schedulers)),
            "the scheduler was stepped once per update, and was planned to be stepped once per epoch",
            "call scheduler.step() at the end of each epoch (Lightning: interval: epoch); or plan interval: step",
        )
    if any(one.interval == "step" for one in schedulers):
        yield Mistake(
            replace(curve, schedulers=tuple(stepped(one, "epoch") for one in schedulers)),
            "the scheduler was stepped once per epoch, and was planned to be stepped once per update",
            "call scheduler.step() after each update (Lightning: interval: step); or plan interval: epoch",
        )


def _of_calls(curve: Curve) -> Iterator[Mistake]:
    """Step the schedulers several times per update, or once in several."""
    clock = curve.clock
    if clock.scheduler_calls > 1:
        yield Mistake(
            replace(curve, clock=replace(clock, scheduler_calls=1)),
            f"the scheduler was stepped once whenever it was due, and was planned to be stepped "
            f"{clock.scheduler_calls} times",
            "write scheduler_calls_per_step: 1 in the plan",
        )
    known = {clock.accumulate, clock.devices, clock.accumulate * clock.devices} - {1}
    for calls in (*sorted(known), *(n for n in COUNTS if n not in known)):
        if calls == clock.scheduler_calls:
            continue
        why = _why(calls, clock.accumulate, clock.devices)
        advice = f"step it once per update; or plan scheduler_calls_per_step: {calls}"
        # The last update of an epoch may have fewer batches; how many, a plan does not say.
        for left in range(calls, 0 if calls == clock.accumulate and clock.steps_per_epoch else calls - 1, -1):
            yield Mistake(
                replace(curve, clock=in_batches(clock, calls, left)),
                f"the scheduler was stepped {calls} times for each time planned, and before the update too: "
                f"once per batch of {calls} accumulated",
                "step it once per update: where gradients are synchronized, or prepared by accelerate",
                batches=calls,
            )
        yield Mistake(
            replace(curve, clock=replace(clock, scheduler_calls=calls)),
            f"the scheduler was stepped {calls} times for each time planned: {why}",
            advice,
        )
    for calls in (*sorted(known), *(n for n in COUNTS if n not in known)):
        slower = tuple(replace(one, frequency=one.frequency * calls) for one in curve.schedulers)
        yield Mistake(
            replace(curve, schedulers=slower),
            f"the scheduler was stepped once for every {calls} times planned",
            f"step it whenever it is due; or plan frequency: {calls}",
        )


def _why(calls: int, accumulate: int, devices: int) -> str:
    if calls == accumulate:
        return f"once per batch, where {accumulate} batches are accumulated into an update"
    if calls == devices:
        return f"once for each of the {devices} processes, as accelerate steps a prepared scheduler"
    if calls == accumulate * devices:
        return f"once per batch of each of the {devices} processes"
    return f"as once per batch of {calls} accumulated, or once for each of {calls} processes"


def _of_warmup(curve: Curve) -> Iterator[Mistake]:
    """Count the first phase of a SequentialLR in another unit, with the rest as long as it was or to the old end."""
    for factor, unit in _factors(curve):
        for keeps_end in (False, True):
            made = [warmed(one, factor, keeps_end) for one in curve.schedulers]
            if all(one is not None for one in made) and made:
                yield Mistake(
                    replace(curve, schedulers=tuple(one for one in made if one is not None)),
                    f"the warm-up is {_times(factor)} as planned: {unit}",
                    "give the warm-up its length in the unit in which the scheduler is stepped",
                )


def _of_length(curve: Curve) -> Iterator[Mistake]:
    for factor, unit in _factors(curve):
        made = [stretched(one, factor) for one in curve.schedulers]
        if made and all(one is not None for one in made):
            yield Mistake(
                replace(curve, schedulers=tuple(one for one in made if one is not None)),
                f"the schedule is {_times(factor)} as planned: {unit}",
                "give the scheduler its lengths in the unit in which it is stepped",
            )


def _factors(curve: Curve) -> Iterator[tuple[float, str]]:
    """List what a length may be wrong by, with what it then counts."""
    clock = curve.clock
    both = clock.accumulate * clock.devices
    units = (
        (clock.accumulate, "its length counts batches, not updates"),
        (clock.devices, f"its length counts what one of the {clock.devices} devices alone would do"),
        (both, "its length counts the batches of all devices"),
        (clock.steps_per_epoch or 1, "its length counts updates where epochs were planned, or the reverse"),
    )
    for factor, unit in dict(reversed(units)).items():  # of equal numbers the first counts
        if factor > 1:
            yield float(factor), unit
            yield (
                1 / factor,
                unit if factor == clock.steps_per_epoch else f"its length was divided by {factor}",
            )


def _of_scale(curve: Curve, plan: Trace, run: Trace) -> Iterator[Mistake]:
    """Multiply the LR, or the base LR where some values of the schedule stand for themselves."""
    common = np.intersect1d(plan.known, run.known)
    planned, used = plan.lr[common, 0], run.lr[common, 0]
    at = int(np.argmax(np.abs(planned)))
    ratios = [float(used[at] / planned[at])] if planned[at] else []
    ratios += [float(used[0] / planned[0])] if planned[0] else []
    if not ratios or not np.isfinite(ratios[0]) or ratios[0] <= 0 or ratios[0] == 1:
        return
    factor = _round(ratios[0])
    scaled = replace(plan, lr=plan.lr * factor, final_lr=tuple(value * factor for value in plan.final_lr))
    constant = bool(np.all(planned == planned[0]))
    if constant and bool(np.any(used != used[0])):
        return
    why, advice = _scaled_by(factor, curve)
    yield Mistake(scaled, f"the LR is {_written(factor)} times the planned one at every update{why}", advice)
    lrs = [
        dict(group.settings).get("lr", dict(curve.optimizer.settings).get("lr"))
        for group in curve.optimizer.groups
    ]
    if all(isinstance(lr, float) for lr in lrs):
        for ratio in dict.fromkeys(map(_round, ratios)):
            why, advice = _scaled_by(ratio, curve)
            sentence = f"the base LR is {_written(ratio)} times the planned one{why}"
            if ratio > 0 and ratio != 1:
                yield Mistake(replace(curve, optimizer=with_lr(curve, ratio)), sentence, advice)


def _scaled_by(factor: float, curve: Curve) -> tuple[str, str]:
    clock = curve.clock
    known = (
        (clock.devices, f"the {clock.devices} devices"),
        (clock.accumulate, f"the {clock.accumulate} accumulated batches"),
        (clock.devices * clock.accumulate, "the devices and the accumulated batches"),
    )
    for count, what in known:
        if count == 1:
            continue
        for power, rule in ((1.0, "linear"), (0.5, "square-root"), (-1.0, "inverse linear")):
            if abs(factor - count**power) < 1e-6 * factor:
                return f": {rule} scaling by {what}", "plan the LR that the optimizer is really given"
    if any(abs(factor - n) < 1e-6 * n for n in SCALES):
        return ", as linear scaling by the batch makes it", "plan the LR that the optimizer is really given"
    return "", "plan the LR that the optimizer is really given"


def _times(factor: float) -> str:
    return f"{_written(factor)} times as long" if factor > 1 else f"1/{_written(1 / factor)} as long"


def _round(factor: float) -> float:
    """Round a ratio that float32 has smeared."""
    near = float(f"{factor:.6g}")
    return near if abs(near - factor) < 1e-6 * abs(factor) else factor


def _written(factor: float) -> str:
    return f"{factor:.4g}"
