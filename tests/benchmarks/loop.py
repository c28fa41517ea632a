"""What one update costs: lrviz, the scheduler alone, the two-line loop, and a visualizer without an optimizer step."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import Row, interleaved, machine, table
from torch import zeros
from torch.nn import Parameter
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

import lrviz
from lrviz import loop

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
    visualizer: float | None = None  # times the visualizer
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
LABELS = {"scheduler": "scheduler alone", "two-line": "two-line loop", "visualizer": "visualizer"}


def momentum(optimizer: SGD) -> SGD:
    """Give an optimizer momentum to cycle."""
    for group in optimizer.param_groups:
        group["momentum"] = 0.9
    return optimizer


def optimizer_of(case: Case) -> SGD:
    """Build an optimizer as a person does to look at a schedule: a parameter, and no gradient."""
    return SGD([{"params": [Parameter(zeros(1))]} for _ in range(case.groups)], lr=0.1)


def simulate_values(updates: int, scheduler: Any) -> list[list[float]]:
    """Do what pytorch-ignite does for a figure: ``get_lr()`` alone, the count by hand, no optimizer step."""
    values, groups = [], scheduler.optimizer.param_groups
    for update in range(updates):
        scheduler._get_lr_called_within_step = True
        lrs = scheduler.get_lr()
        scheduler._get_lr_called_within_step = False
        for group, lr in zip(groups, lrs, strict=True):
            group["lr"] = lr
        scheduler.last_epoch += 1
        values.append([update, *[group["lr"] for group in groups]])
    return values


def loops(case: Case, folder: Path, updates: int) -> Iterator[tuple[str, Callable[[], float]]]:
    """Make the loops to be timed, each of which gives its microseconds per update."""
    n = max(updates // case.share, 100)
    few = max(n // 10, 100)  # of the slow ones
    spec = folder / f"{case.name}.yaml"
    spec.write_text(
        f"run: {{steps: {n}}}\noptimizer: {{type: SGD, lr: 0.1}}\n"
        f"schedules: {{curve: {{interval: step, {case.yaml}}}}}\n",
        encoding="utf-8",
    )
    (curve,) = lrviz.load(spec)

    def ours() -> float:
        begun = time.perf_counter()
        loop.simulate(curve)
        return (time.perf_counter() - begun) / n * 1e6

    def scheduler() -> float:
        optimizer = optimizer_of(case)
        step = case.build(optimizer, n).step
        optimizer.step()
        begun = time.perf_counter()
        for _ in range(n):
            step()
        return (time.perf_counter() - begun) / n * 1e6

    def two_line() -> float:
        optimizer = optimizer_of(case)
        scheduler = case.build(optimizer, few)
        begun = time.perf_counter()
        for _ in range(few):
            optimizer.step()
            scheduler.step()
        return (time.perf_counter() - begun) / few * 1e6

    def visualizer() -> float:
        scheduler = case.build(optimizer_of(case), n)
        begun = time.perf_counter()
        (Ignite.simulate_values if Ignite else simulate_values)(n, scheduler)
        return (time.perf_counter() - begun) / n * 1e6

    yield "ours", ours
    yield "scheduler", scheduler
    yield "two-line", two_line
    if case.visualizer:  # it can show no other
        yield "visualizer", visualizer


def main() -> int:
    """Measure, print, and tell by the exit code whether all is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{asked.updates:,} updates, median of {asked.rounds} interleaved rounds; {machine()}\n")
    width = max(len(case.name) for case in CASES)
    print(
        f"{'µs per update':<{width}}  {'lrviz':>10}  {'scheduler':>10}  {'two-line':>10}  {'visualizer':>10}"
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            found = interleaved(dict(loops(case, Path(folder), asked.updates)), asked.rounds)
            print(
                f"{case.name:<{width}}  " + "  ".join(f"{value:>10.2f}" for value in found.values()),
                flush=True,
            )
            allowed = {"scheduler": case.scheduler, "two-line": case.two_line, "visualizer": case.visualizer}
            for against in list(found)[1:]:
                what = f"{case.name}, against the {LABELS[against]}"
                rows.append(Row(what, found["ours"] / found[against], allowed[against]))
    return table(rows)


if __name__ == "__main__":
    sys.exit(main() > 0)
