"""The floor of a decay lies above the learning rate that it starts from.

What it does
    Finds an eta_min of CosineAnnealingLR or CosineAnnealingWarmRestarts that is above the lr of a parameter group (or
    is the lr of one of several).

Why it matters
    eta_min is an absolute learning rate, not a factor: where it is above lr, the "decay" raises the LR to it. With
    several groups, the one with the smallest lr is hit first.

Use instead
    `eta_min: 0`, or a floor below the smallest lr, such as `eta_min: lr / 100`. The preset cosine-min takes its floor
    as a factor of each group's own lr.

Sources
    LANfactory#124 (the LR was measured to climb from 0.010 to 0.453), KeywordsSpotting#1.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case, given
from lrviz.checks.finding import Hit
from lrviz.checks.wording import number

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: AdamW, lr: 1e-3, groups: [{name: backbone, lr: 1e-5}, {name: head}]}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 100%, eta_min: 1e-4}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: AdamW, lr: 1e-3, groups: [{name: backbone, lr: 1e-5}, {name: head}]}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 100%, eta_min: 1e-6}
"""


def check(case: Case) -> Iterator[Hit]:
    """Compare each floor with each group's lr."""
    lrs = np.array(case.lrs)
    for scheduler in case.of_type("CosineAnnealingLR", "CosineAnnealingWarmRestarts"):
        floor = float(given(scheduler, "eta_min"))
        above, level = (
            (floor > lrs * (1 + 1e-9)) & (lrs > 0),
            np.isclose(floor, lrs, rtol=1e-9, atol=0) & (lrs > 0),
        )
        if not above.any() and (
            not level.any() or level.all()
        ):  # level with all: it does nothing, and says so
            continue
        group = int(np.argmax(np.where(above | level, floor / np.maximum(lrs, 1e-300), 0)))
        used = case.used(scheduler)[:, group]
        if not len(used) or (above[group] and float(used.max()) <= 1.001 * lrs[group]):
            continue  # it never comes to anything
        first, top = number(float(used[0])), number(float(used.max()))
        whose, words = case.whose(group), f"eta_min, {number(floor)}, is"
        if above[group]:
            message = f"{whose} climbs from {first} to {top}: {words} above its lr of {number(lrs[group])}"
        else:
            message = f"{whose} stays at {top}: {words} its lr"
        at = scheduler.start + int(np.argmax(used)) if above[group] else None
        advice = f"write eta_min: 0, or a floor below {number(float(lrs.min()))}"
        yield Hit(message, advice, case.at(scheduler, "eta_min"), at)
        return
