"""Learning rates that are tensors: as a bare loop of torch steps them, bit for bit, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from bare_loop import quiet, weight
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
)

from lrviz import pipeline, readers
from lrviz.errors import SpecError

OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {
    "{type: SGD, lr: 0.1, momentum: 0.9, tensor_lr: true}": lambda: SGD(
        [weight()], lr=torch.tensor(0.1), momentum=0.9
    ),
    "{type: SGD, lr: 0.1, momentum: 0.9, tensor_lr: true, groups: [{}, {}]}": lambda: SGD(
        [{"params": [weight()]}, {"params": [weight()]}], lr=torch.tensor(0.1), momentum=0.9
    ),
    "{type: SGD, lr: 0.1, momentum: 0.9, tensor_lr: true, groups: [{lr: 0.2}, {}, {}]}": lambda: SGD(
        [{"params": [weight()], "lr": torch.tensor(0.2)}, {"params": [weight()]}, {"params": [weight()]}],
        lr=torch.tensor(0.1),
        momentum=0.9,
    ),
    "{type: AdamW, tensor_lr: true, capturable: true}": lambda: AdamW(
        [weight()], lr=torch.tensor(1e-3), capturable=False
    ),
    "{type: Adam, tensor_lr: true}": lambda: Adam([weight()], lr=torch.tensor(1e-3)),
}
SCHEDULES: dict[str, Callable[[Optimizer], Any]] = {
    "type: StepLR, step_size: 5": lambda o: StepLR(o, 5),
    "type: ExponentialLR, gamma: 0.93": lambda o: ExponentialLR(o, 0.93),
    "type: CosineAnnealingLR, T_max: 15, eta_min: 1e-4": lambda o: CosineAnnealingLR(o, 15, 1e-4),
    'type: LambdaLR, lr_lambda: "0.9 ** t"': lambda o: LambdaLR(o, lambda t: 0.9**t),
    "type: OneCycleLR, max_lr: 0.3, total_steps: 40": lambda o: OneCycleLR(o, 0.3, total_steps=40),
    "type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 6": lambda o: CyclicLR(o, 0.01, 0.1, 6),
    "type: SequentialLR, milestones: [7], schedulers: [{type: LinearLR, start_factor: 0.1, total_iters: 7}, "
    "{type: ExponentialLR, gamma: 0.9}]": lambda o: SequentialLR(
        o, [LinearLR(o, 0.1, total_iters=7), ExponentialLR(o, 0.9)], [7]
    ),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_tensor_lr_equals_the_bare_loop_bit_for_bit(optimizer: str, schedule: str) -> None:
    text = f"run: {{steps: 40}}\noptimizer: {optimizer}\nschedules: {{a: {{{schedule}}}}}"
    trace = pipeline.simulate(readers.read_text(text, "spec.yaml"), cache=False)["a"]
    mine, seen = OPTIMIZERS[optimizer](), []
    with quiet():
        scheduler = SCHEDULES[schedule](mine)
        for _ in range(40):
            seen.append([float(group["lr"]) for group in mine.param_groups])
            for group in mine.param_groups:
                group["capturable"] = False  # which asks for a GPU once there are gradients
            mine.step()
            scheduler.step()
    assert np.array_equal(trace.lr, np.array(seen))
    assert trace.final_lr == tuple(float(group["lr"]) for group in mine.param_groups)


def test_a_tensor_holds_seven_digits() -> None:
    text = "run: {steps: 2}\noptimizer: {type: SGD, lr: 0.1, tensor_lr: true}\nschedules: {a: }"
    trace = pipeline.simulate(readers.read_text(text, "spec.yaml"), cache=False)["a"]
    assert trace.lr[0, 0] == float(np.float32(0.1)) != 0.1


def test_a_plateau_notes_its_cuts_of_a_tensor() -> None:
    plateau = "{type: ReduceLROnPlateau, patience: 1, monitor: m, metrics: {m: {values: [1.0], then: hold}}}"
    text = (
        f"run: {{epochs: 6}}\noptimizer: {{type: SGD, lr: 0.1, tensor_lr: true}}\nschedules: {{a: {plateau}}}"
    )
    trace = pipeline.simulate(readers.read_text(text, "spec.yaml"), cache=False)["a"]
    assert [event.update for event in trace.events if event.kind == "cut"] == [3, 5]


def found_in(optimizer: str, curve: str, run: str = "{epochs: 30}") -> list[str]:
    text = f"run: {run}\noptimizer: {optimizer}\nschedules: {{a: {{{curve}}}}}"
    spec = readers.read_text(text, "spec.yaml")
    found, _ = pipeline.check(spec, pipeline.attempt(spec), cache=False)
    return [f"{f.name} [{f.severity}]" for f in found if f.name.startswith("tensor")]


SHARED = "{type: SGD, lr: 0.1, tensor_lr: true, groups: [{name: a}, {name: b}]}"
OWN = "{type: SGD, tensor_lr: true, groups: [{name: a, lr: 0.1}, {name: b, lr: 0.1}]}"
PLATEAU = (
    "type: ReduceLROnPlateau, patience: 1, factor: 0.5, monitor: m, metrics: {m: {values: [1.0], then: hold}}"
)
EACH = 'type: LambdaLR, lr_lambda: ["0.9 ** t", "0.5 ** t"]'


@pytest.mark.parametrize(
    ("optimizer", "curve", "found"),
    [
        (SHARED, EACH, ["tensor-lr-aliased [error]"]),
        (SHARED, PLATEAU, ["tensor-lr-aliased [error]"]),
        (SHARED, "type: OneCycleLR, max_lr: [0.1, 0.3], total_steps: 30", ["tensor-lr-aliased [error]"]),
        (SHARED, "type: StepLR, step_size: 10", []),
        (SHARED, "type: CosineAnnealingLR, T_max: 30", []),
        (OWN, EACH, []),
        (OWN, PLATEAU, []),
        (SHARED.replace("tensor_lr: true, ", ""), EACH, []),
    ],
)
def test_a_shared_tensor_is_a_mistake_where_groups_differ(
    optimizer: str, curve: str, found: list[str]
) -> None:
    assert found_in(optimizer, curve) == found


@pytest.mark.parametrize(
    ("steps", "curve", "found"),
    [
        (20_000, "type: CosineAnnealingLR, T_max: 100%, eta_min: 0.05", []),
        (20_000, "type: LambdaLR, lr_lambda: '1 - t / steps'", []),
        (9_000, "type: CosineAnnealingLR, T_max: 4500, eta_min: 0.09, cyclic: true", []),
    ],
)
def test_a_drift_that_nobody_would_see_is_no_finding(steps: int, curve: str, found: list[str]) -> None:
    optimizer = "{type: SGD, lr: 0.1, tensor_lr: true}"
    assert found_in(optimizer, curve, run=f"{{steps: {steps}}}") == found


def test_tensor_lr_is_true_or_false_and_for_optimizers_of_torch() -> None:
    with pytest.raises(SpecError, match="tensor_lr: 'yes please' is neither true nor false"):
        found_in("{type: SGD, tensor_lr: yes please}", "type: StepLR, step_size: 10")
