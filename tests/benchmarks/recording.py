"""What recording adds to an update: python tests/benchmarks/recording.py [rounds].

Processor time of ``optimizer.step()`` on parameters without gradients, recorded and not, in turns; allowed are 5 µs
with one parameter group. An empty hook is the least that one can cost.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial

import torch
from measuring import Row, interleaved, machine, table
from torch.optim.optimizer import register_optimizer_step_pre_hook

import lrviz

ROUNDS, UPDATES, ALLOWED = 9, 20_000, 5.0


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    optimizers = {
        f"{kind.__name__}, {count} group{'s' * (count > 1)}": made(kind, count)
        for kind in (torch.optim.SGD, torch.optim.Adam)
        for count in (1, 2, 10)
    }
    ways = {"alone": alone, "recorded": recorded, "an empty hook": with_an_empty_hook}
    cases = {
        f"{what} {how}": partial(way, optimizer)
        for what, optimizer in optimizers.items()
        for how, way in ways.items()
    }
    found = interleaved(cases, rounds)
    print(f"{machine()}; {UPDATES:,} updates, medians of {rounds} turns")
    rows = []
    for what in optimizers:
        bare = found[f"{what} alone"]
        allowed = ALLOWED if what.endswith("1 group") else None
        rows.append(Row(f"{what}: step() alone", bare, None, "µs"))
        rows.append(Row(f"{what}: an empty hook adds", found[f"{what} an empty hook"] - bare, None, "µs"))
        rows.append(Row(f"{what}: recording adds", found[f"{what} recorded"] - bare, allowed, "µs"))
    return table(rows)


def made(kind: type[torch.optim.Optimizer], groups: int) -> torch.optim.Optimizer:
    return kind([{"params": [torch.nn.Parameter(torch.zeros(2))]} for _ in range(groups)], lr=0.1)


def alone(optimizer: torch.optim.Optimizer) -> float:
    """Step so many times; microseconds of each."""
    step: Callable[[], object] = optimizer.step
    start = time.process_time()
    for _ in range(UPDATES):
        step()
    return (time.process_time() - start) / UPDATES * 1e6


def recorded(optimizer: torch.optim.Optimizer) -> float:
    with lrviz.recording() as run:
        taken = alone(optimizer)
    assert len(run.trace) == UPDATES
    return taken


def with_an_empty_hook(optimizer: torch.optim.Optimizer) -> float:
    handle = register_optimizer_step_pre_hook(lambda *_: None)
    try:
        return alone(optimizer)
    finally:
        handle.remove()


if __name__ == "__main__":
    sys.exit(min(main(), 1))
