"""A run is resumed by loading the optimizer first and building the scheduler on it afterwards.

What it does
    For a resumed run that loads the optimizer's state before it builds the schedulers (`order: load-then-build`) and
    then loads theirs, simulates the other order too, and reports where the LR differs.

Why it matters
    A scheduler's constructor writes the first LR of its schedule into the optimizer, over the LR just loaded.
    OneCycleLR and LambdaLR then train one update at the LR of the start; LinearLR, ConstantLR and all that is built of
    them multiply what they find, and are wrong to the end of the run.

Use instead
    Build everything, then load everything: `order: build-then-load`, which is bit-exact for every scheduler of torch.

Sources
    pytorch#119168, mmengine#1542.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lrviz.checks.case import Case
from lrviz.checks.continuing import apart, resume_of
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, number

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  one cycle:
    type: OneCycleLR
    max_lr: 0.1
    total_steps: 100%
    resume: {at: 40ep, order: load-then-build}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  one cycle:
    type: OneCycleLR
    max_lr: 0.1
    total_steps: 100%
    resume: {at: 40ep, order: build-then-load}
"""


def check(case: Case) -> Iterator[Hit]:
    """Resume in the other order, and compare."""
    resume = resume_of(case)
    both = {"optimizer", "scheduler"} <= set(resume.restore)
    if resume.order != "load-then-build" or not both or resume.last_epoch is not None:
        return
    right = case.again(resume=replace(resume, order="build-then-load"))
    found = None if right is None else apart(right, case.trace, resume.at)
    if right is None or found is None:
        return
    differ = np.abs(case.lr - right.lr) > 1e-9 * np.abs(right.lr).max()
    many = int(differ.any(axis=1).sum())
    values = f"{number(found.after)} instead of {number(found.before)}"
    if many == case.steps - found.update:
        message = f"the LR is {values} at update {found.update:,}, and wrong from there to the end of the run"
    else:
        message = f"the LR is {values} at update {found.update:,}: {counted(many, 'update')} at a wrong LR"
    what = f"{message}, because the scheduler is built on the optimizer whose state was loaded"
    advice = "write order: build-then-load: build the scheduler before optimizer.load_state_dict"
    yield Hit(what, advice, resume.place, found.update)
