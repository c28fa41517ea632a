"""One max_lr or base_lr for all parameter groups wipes out the groups' own learning rates.

What it does
    Finds parameter groups that are given different lrs and train with the same one at every update, because a
    OneCycleLR or CyclicLR has a single number for all of them.

Why it matters
    The small LR that was meant to protect a pretrained backbone is gone, and the backbone trains as fast as the new
    head. Nothing in torch warns of it.

Use instead
    `max_lr: lr`, which is each group's own, or a list with one value for each group.

Sources
    katsura-jp/pytorch-cosine-annealing-with-warmup#14 and #11, pytorch#73305.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from lrviz.checks.case import Case, given
from lrviz.checks.finding import Hit
from lrviz.checks.wording import number

BAD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: AdamW, groups: [{name: backbone, lr: 1e-5}, {name: head, lr: 1e-3}]}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: 1e-3, total_steps: 100%}
"""
GOOD = """\
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: AdamW, groups: [{name: backbone, lr: 1e-5}, {name: head, lr: 1e-3}]}
schedules:
  one-cycle: {type: OneCycleLR, max_lr: lr, total_steps: 100%}
"""


def check(case: Case) -> Iterator[Hit]:
    """Find two groups whose lrs differ and whose curves do not."""
    scalar = [s for s in case.of_type("OneCycleLR", "CyclicLR") if not isinstance(given(s, "max_lr"), tuple)]
    if not scalar or len(set(case.lrs)) < 2:
        return
    scheduler, names = scalar[0], case.trace.groups
    for one, other in combinations(range(len(names)), 2):
        if case.lrs[one] == case.lrs[other] or not np.array_equal(case.lr[:, one], case.lr[:, other]):
            continue
        meant = f"{number(case.lrs[one])} and {number(case.lrs[other])}"
        same = f"train with the same LR, up to {number(float(case.peaks[one]))}"
        both = f"{names[one]} and {names[other]} are given lr {meant}"
        message = f"{both}, and {same}: {scheduler.type} has one max_lr for all"
        yield Hit(message, _advice(case, float(given(scheduler, "max_lr"))), case.at(scheduler, "max_lr"))
        return


def _advice(case: Case, peak: float) -> str:
    largest = max(case.lrs)
    each = ", ".join(number(lr * peak / largest) for lr in case.lrs)
    if abs(peak - largest) <= 1e-9 * largest:
        return f"write max_lr: lr or max_lr: [{each}]"
    return f"write max_lr: [{each}], in the proportion of the groups' lrs"
