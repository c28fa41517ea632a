"""The schedule is longer or shorter than the run.

What it does
    Compares the length that a schedule was written for (T_max, total_steps, total_iters of a decay; for a
    SequentialLR its last milestone and the length behind it) with the calls that the run really makes, and reports a
    difference of more than 1%. A shorter length with a unit (`80%`) whose LR then stays where it is, is only noted.

Why it matters
    A decay that is longer than the run never finishes, and one that is shorter leaves the rest of the run at its lowest
    LR. The last tenth of the decay is where most of its gain is.

Use instead
    A length that follows the run: `100%`, or `rest` behind another phase. If the difference is meant, allow it:
    `check: {ignore: [horizon-mismatch]}`.

Sources
    CodefyUI#205 and #252 (which ask for this very warning), vllm-project/speculators#1104, NeMo-RL#939, maxtext#4392,
    lightning#9630.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.checks.case import Case, horizon, reaching
from lrviz.checks.finding import Hit, Severity
from lrviz.checks.wording import counted, lengths, number, percent, written

BAD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 200}
"""
GOOD = """\
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 100%}
"""


def check(case: Case) -> Iterator[Hit]:
    """Compare each scheduler's length with the run's."""
    for scheduler in () if case.curve.cyclic else case.curve.schedulers:
        planned, made = horizon(scheduler), case.calls(scheduler)
        if planned is None or abs(made - planned) <= max(1, 0.01 * planned):
            continue
        last, key = reaching(scheduler)
        if last.start >= case.steps:  # its milestone is to blame, not its length
            continue
        group = int(np.argmax(case.peaks))
        end = f"{case.whose(group)} {{}} at {number(float(case.lr[-1, group]))}"
        severity: Severity | None = None
        if planned > made:
            outcome = f"at {percent(made / planned)} of its way {end.format('stops')}"
        elif len(np.unique(case.lr[case.steps * planned // made :, group])) > 1:
            outcome = f"it is done after {percent(planned / made)} of them, and {end.format('ends')}"
        else:
            outcome = f"it is done after {percent(planned / made)} of them, and {end.format('stays')}"
            severity = "info" if key in last.measured else None  # a length with a unit, and a floor: as meant
        message = f"{scheduler.type} is written for {counted(planned, 'call')}, and the run makes {made:,}: {outcome}"
        words = lengths(case.calls(last), last, case.clock)
        place = case.at(last, key, "epochs")
        yield Hit(message, f"write {written(key, words)}", place, case.steps - 1, severity)
