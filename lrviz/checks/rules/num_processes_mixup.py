"""A schedule is as many times too short or too long as the run has devices.

What it does
    Finds a length that misses the run's by `run.scheduler_calls_per_step` (a launcher that steps the scheduler once
    for each of its processes) or by `run.devices` (a length that counts what one device alone would do), and an LR
    that climbs back, or dies, only because of the calls that the launcher adds.

Why it matters
    With n processes the schedule runs n times as fast as it was written for, and the rest of the run is spent at its
    end or on the way back up. accelerate does so for every scheduler that went through `prepare()`.

Use instead
    A length that counts the calls really made: `T_max: 100%`; or step the scheduler once per update, in accelerate by
    `split_batches=True` or by leaving the scheduler out of `prepare()`.

Sources
    accelerate#2926, #2318, #1382 and #2708, transformers#24088, diffusers#3954, LTX-Video-Trainer#67, axolotl#157,
    autogluon#4966.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lrviz.checks.case import Case
from lrviz.checks.finding import Hit
from lrviz.checks.rules.lr_rebounds import rebound
from lrviz.checks.shapes import dead_tail
from lrviz.checks.units import meant, mixups, outcome, remedy
from lrviz.checks.wording import counted, number
from lrviz.trace import Trace

BAD = """\
run: {steps: 1000, scheduler_calls_per_step: 4}
optimizer: {type: AdamW, lr: 3e-4}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 1000}
"""
GOOD = """\
run: {steps: 1000, scheduler_calls_per_step: 4}
optimizer: {type: AdamW, lr: 3e-4}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 100%}
"""


def check(case: Case) -> Iterator[Hit]:
    """Hold lengths, and functions that have none, against the devices and the calls that they add."""
    calls, devices = case.clock.scheduler_calls, case.clock.devices
    for mixup in mixups(case, "scheduler_calls", "devices"):
        times = f"is stepped {counted(mixup.made, 'time')}"
        if mixup.unit == "scheduler_calls":
            message = f"{mixup} and {times}, {calls} times whenever it is due: {outcome(case)}"
            others = ["scheduler_calls_per_step: 1 if the launcher is told so"]
        else:
            what = "what one device alone would make," if mixup.long else "divided by devices once too often,"
            message = f"{mixup}, {what} and {times} on {devices} devices: {outcome(case)}"
            others = []
        yield Hit(message, remedy(case, mixup, *others), case.at(mixup.scheduler, mixup.key), case.steps - 1)
        return
    if calls > 1 and case.happened is not None and _spoilt(case, case.trace):
        once = case.again(clock=replace(case.clock, scheduler_calls=1))
        if once is not None and not _spoilt(case, once):
            last = [number(float(trace.lr[-1].max())) for trace in (case.trace, once)]
            message = (
                f"the schedulers are stepped {calls} times whenever they are due, and the LR ends at {last[0]}: "
                f"stepped once each time it would end at {last[1]}"
            )
            advice = "count the calls really made, or step once per update (accelerate: split_batches=True)"
            yield Hit(message, advice, case.place, case.steps - 1)
    elif meant(case, devices):
        message = (
            f"{case.curve.schedulers[0].type} comes down to zero over {case.steps * devices:,} calls, what one device "
            f"alone would make, and is stepped {counted(case.steps, 'time')} on {devices}: {outcome(case)}"
        )
        advice = f"count the updates of the run: {case.steps:,} in place of {case.steps * devices:,}"
        lambdas = case.of_type("LambdaLR")
        yield Hit(
            message, advice, case.at(lambdas[-1], "lr_lambda") if lambdas else case.place, case.steps - 1
        )


def _spoilt(case: Case, trace: Trace) -> bool:
    groups = range(trace.lr.shape[1])
    dead = min((dead_tail(trace.lr[:, g]) for g in groups if trace.lr[:, g].any()), default=0)
    rising = not case.cyclic and any(rebound(trace.lr[:, g]) is not None for g in groups)
    return dead > max(1, 0.01 * len(trace.lr)) or rising
