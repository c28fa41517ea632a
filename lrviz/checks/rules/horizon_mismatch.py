"""The schedule is longer or shorter than the run.

What it does
    Compares the length that a schedule was written for (T_max, total_steps, total_iters of a decay; for a
    SequentialLR its last milestone and the length behind it) with the calls that the run really makes, and reports a
    difference of more than 1%.

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

from lrviz.checks.case import Case, horizon, reaching
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, lengths, number, written

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
    if case.curve.cyclic:  # then it is meant to go on past its length
        return
    for scheduler in case.curve.schedulers:
        planned, made = horizon(scheduler), case.calls(scheduler)
        if planned is None or abs(made - planned) <= max(1, 0.01 * planned):
            continue
        last, key = reaching(scheduler)
        end = number(float(case.lr[-1].max()))
        if planned > made:
            outcome = f"it stops at {made / planned:.0%} of its way, at {end}"
        else:
            outcome = f"it is done after {planned / made:.0%} of the run, and stays at {end}"
        message = f"{scheduler.type} is written for {counted(planned, 'call')}, and the run makes {made:,}: {outcome}"
        words = lengths(case.calls(last), last, case.clock)
        yield Hit(message, f"write {written(key, words)}", case.at(last, key), case.steps - 1)
