"""Parameter groups share one learning-rate tensor, and each write to it counts for all of them.

What it does
    For an optimizer whose LR is a tensor, with groups that have no LR of their own, simulates the same run with plain
    numbers, and reports where the LR differs.

Why it matters
    torch gives one and the same tensor to every group that has no lr of its own, and schedulers write into it in place:
    with a lambda or a max_lr for each group, all groups get the last one, and a ReduceLROnPlateau cuts once per group.

Use instead
    An lr in each group: `groups: [{name: backbone, lr: 0.1}, {name: head, lr: 0.1}]`; in Python, a tensor of its own
    for each, `{"params": ..., "lr": torch.tensor(0.1)}`.

Sources
    Found by stepping torch; near: pytorch#163103, pytorch#195984.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lrviz.checks.case import Case
from lrviz.checks.finding import Hit
from lrviz.checks.wording import number

BAD = """\
run: {epochs: 30, steps_per_epoch: 10}
optimizer: {type: AdamW, lr: 0.001, tensor_lr: true, groups: [{name: backbone}, {name: head}]}
schedules:
  one decay each: {type: LambdaLR, lr_lambda: ["0.98 ** t", "0.9 ** t"]}
"""
GOOD = """\
run: {epochs: 30, steps_per_epoch: 10}
optimizer: {type: AdamW, tensor_lr: true, groups: [{name: backbone, lr: 0.001}, {name: head, lr: 0.001}]}
schedules:
  one decay each: {type: LambdaLR, lr_lambda: ["0.98 ** t", "0.9 ** t"]}
"""
APART = 0.01  # of the LR that is meant: far more than the rounding of float32


def check(case: Case) -> Iterator[Hit]:
    """Compare with the same run without tensors."""
    optimizer = case.curve.optimizer
    sharing = [group for group in optimizer.groups if "lr" not in dict(group.settings)]
    if not optimizer.tensor_lr or len(sharing) < 2 or not case.curve.schedulers:
        return
    meant = case.again(optimizer=replace(optimizer, tensor_lr=False))
    if meant is None:
        return
    differ = np.abs(case.lr - meant.lr) > APART * np.abs(meant.lr) + 1e-12 * np.abs(meant.lr).max()
    if not differ.any():
        return
    update = int(np.argmax(differ.any(axis=1)))
    group = int(np.argmax(differ[update]))
    names = " and ".join(group.name for group in sharing[:2])
    more = f" and {len(sharing) - 2} more" if len(sharing) > 2 else ""
    message = (
        f"{names}{more} share one LR tensor: {case.whose(group)} is {number(float(case.lr[update, group]))} instead "
        f"of {number(float(meant.lr[update, group]))} at update {update:,}"
    )
    advice = f"write lr: {number(case.lrs[group])} in each group, so that each has a tensor of its own"
    yield Hit(message, advice, dict(optimizer.places).get("tensor_lr", optimizer.place), update)
