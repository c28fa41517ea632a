"""An ignore allows a check that does not fire.

What it does
    Finds every `check: {ignore: [...]}` and every `# lrviz: ignore[...]` that keeps nothing quiet.

Why it matters
    An ignore that has outlived its reason hides the next, real mistake of the same kind.

Use instead
    Delete the ignore. If it is meant for a rule that was left out with --select or --ignore, it is not reported.

Sources
    What ruff (RUF100) and mypy (unused-ignore) found to be needed as soon as findings can be suppressed.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.checks.case import Case
from lrviz.checks.finding import Hit

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 100%, check: {ignore: [lr-rebounds]}}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 100%}
"""


def check(case: Case) -> Iterator[Hit]:
    """Find nothing by itself: what is unused shows only once every other rule was asked (see checks.ignores)."""
    del case
    yield from ()
