"""What one update costs: lrviz, the scheduler alone, the two-line loop, a tutorial's training loop, pytorch-ignite.

Each figure is the median of several runs, interleaved, each in a process of its own; in processor time, since another
program at work would count for whichever loop it meets. The slow loops run fewer updates. ``--one`` is such a run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import interleaved, machine
from torch import rand, zeros
from torch.nn import Linear, Parameter
from torch.nn.functional import mse_loss
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CyclicLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
)

try:
    from ignite.handlers.param_scheduler import LRScheduler as Ignite
except ImportError:
    Ignite = None


@dataclass(frozen=True)
class Case:
    """A schedule in YAML and in Python; n is the number of updates."""

    name: str
    yaml: str
    build: Callable[[Any, int], Any]
    scheduler: float  # allowed: times the scheduler alone
    two_line: float | None = None  # times the two-line loop
    ignite: float | None = None  # times pytorch-ignite
    groups: int = 1
    share: int = 1  # one in so many of the updates asked for


CASES = [
    Case("StepLR", "type: StepLR, step_size: 300000", lambda o, _: StepLR(o, 300_000), 1.7, 0.3, 0.8),
    Case(
        "CosineAnnealingLR",
        "type: CosineAnnealingLR, T_max: 100%",
        lambda o, n: CosineAnnealingLR(o, n),
        1.7,
        0.3,
        0.8,
    ),
    Case(
        "OneCycleLR",
        "type: OneCycleLR, max_lr: 0.4, total_steps: 100%, cycle_momentum: false",
        lambda o, n: OneCycleLR(o, max_lr=0.4, total_steps=n + 1, cycle_momentum=False),
        1.5,
    ),
    Case(
        "OneCycleLR with momentum",
        "optimizer: {type: SGD, lr: 0.1, momentum: 0.9}, type: OneCycleLR, max_lr: 0.4, total_steps: 100%",
        lambda o, n: OneCycleLR(momentum(o), max_lr=0.4, total_steps=n + 1),
        1.5,
    ),
    Case(
        "CyclicLR",
        "type: CyclicLR, base_lr: 0.01, max_lr: 0.1, cycle_momentum: false",
        lambda o, _: CyclicLR(o, base_lr=0.01, max_lr=0.1, cycle_momentum=False),
        1.5,
    ),
    Case(
        "LambdaLR of an expression",
        "type: LambdaLR, lr_lambda: 1 / (1 + t / 10)",
        lambda o, _: LambdaLR(o, lambda t: 1 / (1 + t / 10)),
        1.5,
    ),
    Case(
        "SequentialLR",
        "type: SequentialLR, milestones: [5%], schedulers: "
        "[{type: LinearLR, total_iters: 5%}, {type: CosineAnnealingLR, T_max: rest}]",
        lambda o, n: SequentialLR(
            o, [LinearLR(o, total_iters=n // 20), CosineAnnealingLR(o, n - n // 20)], milestones=[n // 20]
        ),
        1.5,
    ),
    Case(
        "StepLR, 200 groups",
        f"optimizer: {{type: SGD, groups: [{', '.join(['{lr: 0.1}'] * 200)}]}}, type: StepLR, step_size: 300000",
        lambda o, _: StepLR(o, 300_000),
        2.0,
        groups=200,
        share=100,
    ),
]


def momentum(optimizer: SGD) -> SGD:
    """Give an optimizer momentum to cycle."""
    for group in optimizer.param_groups:
        group["momentum"] = 0.9
    return optimizer


def optimizer_of(case: Case) -> SGD:
    """Build an optimizer as a person does to look at a schedule: a parameter, and no gradient."""
    return SGD([{"params": [Parameter(zeros(1))]} for _ in range(case.groups)], lr=0.1)


def ours(case: Case, n: int) -> Iterator[int]:
    """What lrviz does for a curve: built, stepped, recorded."""
    import lrviz
    from lrviz import loop

    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "spec.yaml"
        spec.write_text(
            f"run: {{steps: {n}}}\noptimizer: {{type: SGD, lr: 0.1}}\n"
            f"schedules: {{curve: {{interval: step, {case.yaml}}}}}\n",
            encoding="utf-8",
        )
        (curve,) = lrviz.load(spec)
    yield n
    loop.simulate(curve)  # type: ignore[arg-type]


def scheduler_alone(case: Case, n: int) -> Iterator[int]:
    """``scheduler.step()``, and nothing besides."""
    optimizer = optimizer_of(case)
    step = case.build(optimizer, n).step
    optimizer.step()
    yield n
    for _ in range(n):
        step()


def two_line(case: Case, n: int) -> Iterator[int]:
    """``optimizer.step(); scheduler.step()``: nothing is recorded."""
    optimizer, few = optimizer_of(case), max(n // 20, 100)
    scheduler = case.build(optimizer, few)
    yield few
    for _ in range(few):
        optimizer.step()
        scheduler.step()


def tutorial(case: Case, n: int) -> Iterator[int]:
    """The training loop of the tutorials, on the smallest of models."""
    few = max(n // 100, 100)
    model, x, y = Linear(10, 1), rand(32, 10), rand(32, 1)
    optimizer = SGD(model.parameters(), lr=1e-3)
    scheduler = case.build(optimizer, few)
    yield few
    for _ in range(few):
        optimizer.zero_grad()
        loss = mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step()


def ignite(case: Case, n: int) -> Iterator[int]:
    """What pytorch-ignite does for a figure: ``get_lr()`` alone, and no optimizer step."""
    scheduler = case.build(optimizer_of(case), n)
    yield n
    Ignite.simulate_values(num_events=n, lr_scheduler=scheduler)


LOOPS = (ours, scheduler_alone, two_line, tutorial, ignite)


def microseconds(run: Iterator[int]) -> float:
    """Time a loop that yields the number of its updates before it begins."""
    updates = next(run)
    begun = time.process_time()
    for _ in run:
        pass
    return (time.process_time() - begun) / updates * 1e6


def shown_by(case: Case) -> list[Callable[[Case, int], Iterator[int]]]:
    """List the loops that a case goes through: ignite takes no SequentialLR, a tutorial has no hundred groups."""
    without: set[Any] = set()
    if Ignite is None or case.name == "SequentialLR":
        without.add(ignite)
    if case.groups > 1:
        without.add(tutorial)
    return [loop for loop in LOOPS if loop not in without]


def process(case: Case, loop: Callable[..., Any], n: int) -> Callable[[], float]:
    """Make the measurement that a process of its own takes."""
    command = [sys.executable, __file__, "--updates", str(n), "--one", case.name, loop.__name__]

    def measure() -> float:
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    return measure


def row(case: Case, found: dict[str, float]) -> tuple[str, int]:
    """Write a case's row; count the ratios that are above what is allowed."""
    allowed = {"scheduler_alone": case.scheduler, "two_line": case.two_line, "ignite": case.ignite}
    times = [f"{found[loop.__name__]:.2f}" if loop.__name__ in found else "-" for loop in LOOPS]
    ratios, above = [], 0
    for against in LOOPS[1:]:
        name = against.__name__
        ratio = found["ours"] / found[name] if name in found else None
        limit = allowed.get(name)
        over = ratio is not None and limit is not None and ratio > limit
        above += over
        ratios.append("-" if ratio is None else f"{ratio:.2f}" + (f" (> {limit})" if over else ""))
    return f"| {' | '.join([case.name, *times, *ratios])} |", above


def main() -> int:
    """Measure, print one table, and count what is above what is allowed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=2, metavar=("CASE", "LOOP"))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.one:
        (case,) = (case for case in CASES if case.name == asked.one[0])
        (loop,) = (loop for loop in LOOPS if loop.__name__ == asked.one[1])
        print(microseconds(loop(case, max(asked.updates // case.share, 100))))
        return 0
    print(f"{asked.updates:,} updates, median of {asked.rounds} interleaved runs; {machine()}\n")
    print(
        "| µs per update | lrviz | scheduler alone | two-line loop | tutorial | ignite | lrviz / scheduler "
        "| / two-line | / tutorial | / ignite |\n|---|" + "--:|" * 9
    )
    above = 0
    for case in CASES:
        runs = {loop.__name__: process(case, loop, asked.updates) for loop in shown_by(case)}
        line, over = row(case, interleaved(runs, asked.rounds))
        print(line, flush=True)
        above += over
    return above


if __name__ == "__main__":
    sys.exit(main() > 0)
