"""CyclicLR takes its state out of the dictionary that it loads.

What it does
    Finds a resumed run that loads the state of a CyclicLR.

Why it matters
    CyclicLR.load_state_dict pops entries from the caller's dictionary: to load the same dictionary a second time raises
    KeyError. That bites where a checkpoint is read once and loaded into several runs, or loaded again after a retry.

Use instead
    Load a copy: `scheduler.load_state_dict(dict(state))`, or read the checkpoint anew each time. In a run that is
    resumed once there is nothing to do.

Sources
    pytorch#32756, which is the same bug in LambdaLR, mended there.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case
from lrviz.checks.continuing import resume_of
from lrviz.checks.finding import Hit

BAD = """\
run: {steps: 4000}
optimizer: {type: SGD, lr: 0.01, momentum: 0.9}
schedules:
  triangles: {type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 500, resume: {at: 1000st}}
"""
GOOD = """\
run: {steps: 4000}
optimizer: {type: SGD, lr: 0.01, momentum: 0.9}
schedules:
  triangles: {type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 500, resume: {at: 1000st, replay: true}}
"""


def check(case: Case) -> Iterator[Hit]:
    """Find a CyclicLR whose state is loaded."""
    resume = resume_of(case)
    if "scheduler" in resume.restore and case.of_type("CyclicLR"):
        message = "CyclicLR.load_state_dict takes entries out of the dictionary it is given, which can be loaded once"
        advice = "write scheduler.load_state_dict(dict(state)), or read the checkpoint anew for each load"
        yield Hit(message, advice, resume.place, resume.at)
