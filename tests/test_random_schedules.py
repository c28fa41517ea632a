"""Two hundred schedules that no one chose, drawn from seeds, equal the plain training loop bit for bit."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bare_loop import Stepped, bare_loop, quiet, weight
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    SequentialLR,
    StepLR,
)
from torch.optim.swa_utils import SWALR

import lrviz
from lrviz import pipeline

# A drawn schedule: its YAML, and the same in Python.
Drawn = tuple[str, Callable[[Optimizer], Any]]


def flow(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(flow(v) for v in value)}]" if isinstance(value, list) else repr(value).strip("'")


def plain(draw: random.Random, calls: int) -> Drawn:
    """Draw one scheduler that may be stepped any number of times."""
    length = draw.randint(1, calls + 5)
    lr = draw.choice([1e-6, 1e-3, draw.uniform(0, 0.2)])
    options: list[tuple[Any, dict[str, Any]]] = [
        (StepLR, {"step_size": length, "gamma": draw.uniform(0, 1.2)}),
        (
            MultiStepLR,
            {
                "milestones": [draw.randint(0, calls) for _ in range(draw.randint(1, 4))],
                "gamma": draw.random(),
            },
        ),
        (ExponentialLR, {"gamma": draw.uniform(0.5, 1.05)}),
        (ConstantLR, {"factor": draw.uniform(0.01, 1), "total_iters": length}),
        (
            LinearLR,
            {"start_factor": draw.uniform(0.001, 1), "end_factor": draw.random(), "total_iters": length},
        ),
        (PolynomialLR, {"total_iters": length, "power": draw.uniform(0.2, 4)}),
        (CosineAnnealingLR, {"T_max": length, "eta_min": lr}),
        (CosineAnnealingWarmRestarts, {"T_0": length, "T_mult": draw.randint(1, 3), "eta_min": lr}),
        (SWALR, {"swa_lr": lr, "anneal_epochs": length, "anneal_strategy": draw.choice(["cos", "linear"])}),
        (
            CyclicLR,
            {
                "base_lr": lr,
                "max_lr": lr + draw.random(),
                "step_size_up": length,
                "step_size_down": draw.randint(1, 9),
                "mode": draw.choice(["triangular", "triangular2", "exp_range"]),
                "gamma": draw.uniform(0.9, 1),
                "cycle_momentum": draw.choice([True, False]),
            },
        ),
        (
            OneCycleLR,
            {
                "max_lr": lr + draw.random(),
                "total_steps": calls + draw.randint(1, 20),
                "pct_start": draw.uniform(0.1, 0.45),
                "anneal_strategy": draw.choice(["cos", "linear"]),
                "three_phase": draw.choice([True, False]),
                "div_factor": draw.uniform(1, 100),
            },
        ),
    ]
    found, arguments = draw.choice(options)
    yaml = ", ".join(
        [f"type: {found.__name__}", *(f"{name}: {flow(value)}" for name, value in arguments.items())]
    )
    return yaml, lambda optimizer: found(optimizer, **arguments)


def drawn(draw: random.Random, calls: int) -> Drawn:
    """Draw a scheduler, or up to three in a row."""
    count = draw.choice([1, 1, 2, 3])
    phases = [plain(draw, calls) for _ in range(count)]
    if count == 1:
        return phases[0]
    milestones = sorted(draw.sample(range(1, calls + 2), count - 1))
    children = ", ".join(f"{{{yaml}}}" for yaml, _ in phases)
    return (
        f"type: SequentialLR, milestones: {milestones}, schedulers: [{children}]",
        lambda optimizer: SequentialLR(
            optimizer, [build(optimizer) for _, build in phases], milestones=milestones
        ),
    )


@pytest.mark.parametrize("seed", range(20))
def test_ten_schedules_drawn_from_a_seed_equal_the_bare_loop(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    epochs, steps_per_epoch = draw.randint(2, 12), draw.randint(1, 6)
    lr, other = draw.uniform(1e-4, 1), draw.uniform(1e-5, 0.1)
    two = draw.choice([True, False])
    optimizer, make = draw.choice([("SGD", SGD), ("AdamW", AdamW)])
    groups = f", groups: [{{lr: {other!r}}}, {{name: head}}]" if two else ""
    curves, builds = [], []
    for index in range(10):
        per, every = draw.choice(["step", "epoch"]), draw.randint(1, 3)
        yaml, build = drawn(draw, epochs * steps_per_epoch)
        curves.append(f"  curve {index}: {{interval: {per}, frequency: {every}, {yaml}}}\n")
        builds.append((build, per, every))
    file = tmp_path / "spec.yaml"
    file.write_text(
        f"run: {{epochs: {epochs}, steps_per_epoch: {steps_per_epoch}}}\n"
        f"optimizer: {{type: {optimizer}, lr: {lr!r}{groups}}}\nschedules:\n{''.join(curves)}",
        encoding="utf-8",
    )
    traces = list(pipeline.simulate(lrviz.load(file), cache=False).values())
    assert len(traces) == len(builds) == 10
    for trace, (build, per, every) in zip(traces, builds, strict=True):
        weights = [{"params": [weight()], "lr": other}, {"params": [weight()]}] if two else [weight()]
        live = make(weights, lr=lr)
        with quiet():
            stepped = Stepped(build(live), per, every)
        seen = bare_loop(live, stepped, epochs=epochs, steps_per_epoch=steps_per_epoch)
        assert np.array_equal(trace.lr, seen.lr)
        assert trace.momentum is not None
        assert np.array_equal(trace.momentum, seen.momentum)
        assert trace.final_lr == seen.final_lr
