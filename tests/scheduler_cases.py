"""Schedules, each written twice: as lrviz reads it, and as a person builds it in Python with torch alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bare_loop import Stepped, weight
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from torch.optim.swa_utils import SWALR

EPOCHS, STEPS_PER_EPOCH = 11, 3  # 33 updates; every second update falls within epochs and across them
RUN = "run: {epochs: 11, steps_per_epoch: 3}"

# Optimizers, in YAML and in Python.
OPTIMIZERS: dict[str, tuple[str, Callable[[], Optimizer]]] = {
    "one group": (
        "{type: SGD, lr: 0.1, momentum: 0.9, weight_decay: 1e-4}",
        lambda: SGD([weight()], lr=0.1, momentum=0.9, weight_decay=1e-4),
    ),
    "two groups": (
        "{type: SGD, lr: 0.1, momentum: 0.9, groups: [{lr: 0.01, weight_decay: 0.05}, {momentum: 0.5}]}",
        lambda: SGD(
            [
                {"params": [weight()], "lr": 0.01, "weight_decay": 0.05},
                {"params": [weight()], "momentum": 0.5},
            ],
            lr=0.1,
            momentum=0.9,
        ),
    ),
    "AdamW": (
        "{type: AdamW, lr: 3e-4, betas: [0.8, 0.99]}",
        lambda: AdamW([weight()], lr=3e-4, betas=(0.8, 0.99)),
    ),
    "AdamW, two groups": (
        "{type: AdamW, groups: [{lr: 3e-5, betas: [0.7, 0.95]}, {lr: 2e-4, weight_decay: 0}]}",
        lambda: AdamW(
            [
                {"params": [weight()], "lr": 3e-5, "betas": (0.7, 0.95)},
                {"params": [weight()], "lr": 2e-4, "weight_decay": 0},
            ]
        ),
    ),
    "resumed": (
        "{type: SGD, groups: [{lr: 0.03, initial_lr: 0.1, momentum: 0.9}]}",
        lambda: SGD([{"params": [weight()], "lr": 0.03, "initial_lr": 0.1, "momentum": 0.9}]),
    ),
    "resumed, two groups": (
        "{type: SGD, momentum: 0.9, groups: [{lr: 0.02, initial_lr: 0.01}, {lr: 0.03, initial_lr: 0.1}]}",
        lambda: SGD(
            [
                {"params": [weight()], "lr": 0.02, "initial_lr": 0.01},
                {"params": [weight()], "lr": 0.03, "initial_lr": 0.1},
            ],
            momentum=0.9,
        ),
    ),
}

ANY = ("one group", "AdamW, two groups")
MOMENTUM = ("one group", "two groups", "AdamW", "AdamW, two groups")
TWO = ("two groups", "AdamW, two groups")
RESUMED = ("resumed", "resumed, two groups")

PACES = (("step", 1), ("epoch", 1), ("step", 2), ("epoch", 2))


@dataclass(frozen=True)
class Case:
    """A schedule.

    Args:
        yaml: what stands in the curve's mapping, without optimizer, interval and frequency.
        build: the same in Python.
        optimizers: the keys of OPTIMIZERS that it is tried on.
        metric: what ``step`` is given, one value per epoch.
    """

    yaml: str
    build: Callable[[Optimizer], Any]
    optimizers: tuple[str, ...] = ANY
    metric: Sequence[float] | None = None

    @property
    def type(self) -> str:
        return self.yaml.partition(",")[0].removeprefix("type: ")

    @property
    def paces(self) -> tuple[tuple[str, int], ...]:
        return PACES if self.metric is None else (("epoch", 1), ("epoch", 2))

    def stepped(self, optimizer: Optimizer, per: str, every: int) -> Stepped:
        return Stepped(self.build(optimizer), per, every, self.metric)


def lrs(optimizer: Optimizer) -> list[float]:
    return [group["lr"] for group in optimizer.param_groups]


CASES = [
    # LambdaLR
    Case("type: LambdaLR, lr_lambda: 0.95 ** t", lambda o: LambdaLR(o, lambda t: 0.95**t)),
    Case("type: LambdaLR, lr_lambda: 0.5", lambda o: LambdaLR(o, lambda t: 0.5)),  # noqa: ARG005
    Case(
        "type: LambdaLR, lr_lambda: 'min(1, (t + 1) / 10) * 0.97 ** t'",
        lambda o: LambdaLR(o, lambda t: min(1, (t + 1) / 10) * 0.97**t),
    ),
    Case(
        "type: LambdaLR, lr_lambda: '0.5 * (1 + cos(pi * t / 20)) if t < 20 else 1e-3'",
        lambda o: LambdaLR(o, lambda t: 0.5 * (1 + math.cos(math.pi * t / 20)) if t < 20 else 1e-3),
    ),
    Case(
        "type: LambdaLR, lr_lambda: 'min((t + 1) ** -0.5, (t + 1) * 7 ** -1.5)'",
        lambda o: LambdaLR(o, lambda t: min((t + 1) ** -0.5, (t + 1) * 7**-1.5)),
    ),
    Case(
        "type: LambdaLR, lr_lambda: 'sqrt(2) / (1 + exp(-t / 3)) - t // 4 * 0.01 + (t % 5) / 9 - 1'",
        lambda o: LambdaLR(
            o, lambda t: math.sqrt(2) / (1 + math.exp(-t / 3)) - t // 4 * 0.01 + (t % 5) / 9 - 1
        ),
    ),
    Case(
        "type: LambdaLR, where: {w: 5, low: 0.1}, lr_lambda: 'max(low, "
        "t / w if t < w else 1 - (t - w) / 20)'",
        lambda o: LambdaLR(o, lambda t: max(0.1, t / 5 if t < 5 else 1 - (t - 5) / 20)),
    ),
    Case(
        "type: LambdaLR, lr_lambda: ['0.95 ** t', '1 / (1 + t)']",
        lambda o: LambdaLR(o, [lambda t: 0.95**t, lambda t: 1 / (1 + t)]),
        TWO,
    ),
    Case(
        "type: LambdaLR, lr_lambda: 'max(1e-4 / base_lr, 0.8 ** t)'",
        lambda o: LambdaLR(o, [lambda t, lr=lr: max(1e-4 / lr, 0.8**t) for lr in lrs(o)]),
        MOMENTUM,
    ),
    Case(
        "type: LambdaLR, lr_lambda: 0.95 ** t, last_epoch: 6",
        lambda o: LambdaLR(o, lambda t: 0.95**t, last_epoch=6),
        RESUMED,
    ),
    # MultiplicativeLR
    Case(
        "type: MultiplicativeLR, lr_lambda: 0.9 if t % 3 else 0.5",
        lambda o: MultiplicativeLR(o, lambda t: 0.9 if t % 3 else 0.5),
    ),
    Case(
        "type: MultiplicativeLR, lr_lambda: ['0.9', '1 - 1 / (t + 1)']",
        lambda o: MultiplicativeLR(o, [lambda t: 0.9, lambda t: 1 - 1 / (t + 1)]),  # noqa: ARG005
        TWO,
    ),
    Case(
        "type: MultiplicativeLR, lr_lambda: '0.9 + 0.01 * t', last_epoch: 2",
        lambda o: MultiplicativeLR(o, lambda t: 0.9 + 0.01 * t, last_epoch=2),
        RESUMED,
    ),
    # StepLR
    Case("type: StepLR, step_size: 3", lambda o: StepLR(o, step_size=3)),
    Case("type: StepLR, step_size: 1, gamma: 0.7", lambda o: StepLR(o, step_size=1, gamma=0.7)),
    Case("type: StepLR, step_size: 4, gamma: 1.5", lambda o: StepLR(o, step_size=4, gamma=1.5)),
    Case("type: StepLR, step_size: 5, gamma: 0", lambda o: StepLR(o, step_size=5, gamma=0.0)),
    Case("type: StepLR, step_size: 100, gamma: 0.5", lambda o: StepLR(o, step_size=100, gamma=0.5)),
    Case(
        "type: StepLR, step_size: 5, gamma: 0.1, last_epoch: 7",
        lambda o: StepLR(o, step_size=5, gamma=0.1, last_epoch=7),
        RESUMED,
    ),
    # MultiStepLR
    Case("type: MultiStepLR, milestones: [3, 8]", lambda o: MultiStepLR(o, milestones=[3, 8])),
    Case(
        "type: MultiStepLR, milestones: [3, 8, 8, 11], gamma: 0.5",
        lambda o: MultiStepLR(o, milestones=[3, 8, 8, 11], gamma=0.5),
    ),
    Case(
        "type: MultiStepLR, milestones: [9, 2], gamma: 0.3",
        lambda o: MultiStepLR(o, milestones=[9, 2], gamma=0.3),
    ),
    Case(
        "type: MultiStepLR, milestones: [0, 1], gamma: 0.3",
        lambda o: MultiStepLR(o, milestones=[0, 1], gamma=0.3),
    ),
    Case(
        "type: MultiStepLR, milestones: [3, 8], gamma: 0.2, last_epoch: 4",
        lambda o: MultiStepLR(o, milestones=[3, 8], gamma=0.2, last_epoch=4),
        RESUMED,
    ),
    # ConstantLR
    Case("type: ConstantLR", lambda o: ConstantLR(o)),
    Case(
        "type: ConstantLR, factor: 0.25, total_iters: 7", lambda o: ConstantLR(o, factor=0.25, total_iters=7)
    ),
    Case(
        "type: ConstantLR, factor: 0.25, total_iters: 0", lambda o: ConstantLR(o, factor=0.25, total_iters=0)
    ),
    Case("type: ConstantLR, factor: 1, total_iters: 3", lambda o: ConstantLR(o, factor=1.0, total_iters=3)),
    Case(
        "type: ConstantLR, factor: 0.5, total_iters: 4, last_epoch: 1",
        lambda o: ConstantLR(o, factor=0.5, total_iters=4, last_epoch=1),
        RESUMED,
    ),
    # LinearLR
    Case("type: LinearLR", lambda o: LinearLR(o)),
    Case(
        "type: LinearLR, start_factor: 0.01, total_iters: 9",
        lambda o: LinearLR(o, start_factor=0.01, total_iters=9),
    ),
    Case(
        "type: LinearLR, start_factor: 1, end_factor: 0.2, total_iters: 20",
        lambda o: LinearLR(o, start_factor=1.0, end_factor=0.2, total_iters=20),
    ),
    Case(
        "type: LinearLR, start_factor: 0.5, end_factor: 0, total_iters: 33",
        lambda o: LinearLR(o, start_factor=0.5, end_factor=0.0, total_iters=33),
    ),
    Case("type: LinearLR, total_iters: 0", lambda o: LinearLR(o, total_iters=0)),
    Case(
        "type: LinearLR, start_factor: 0.1, total_iters: 10, last_epoch: 3",
        lambda o: LinearLR(o, start_factor=0.1, total_iters=10, last_epoch=3),
        RESUMED,
    ),
    # ExponentialLR
    Case("type: ExponentialLR, gamma: 0.9", lambda o: ExponentialLR(o, gamma=0.9)),
    Case("type: ExponentialLR, gamma: 1", lambda o: ExponentialLR(o, gamma=1.0)),
    Case("type: ExponentialLR, gamma: 1.05", lambda o: ExponentialLR(o, gamma=1.05)),
    Case(
        "type: ExponentialLR, gamma: 0.8, last_epoch: 5",
        lambda o: ExponentialLR(o, gamma=0.8, last_epoch=5),
        RESUMED,
    ),
    # CosineAnnealingLR
    Case("type: CosineAnnealingLR, T_max: 33", lambda o: CosineAnnealingLR(o, T_max=33)),
    Case(
        "type: CosineAnnealingLR, T_max: 11, eta_min: 1e-5",
        lambda o: CosineAnnealingLR(o, T_max=11, eta_min=1e-5),
    ),
    Case(
        "type: CosineAnnealingLR, T_max: 4, eta_min: 0.001",
        lambda o: CosineAnnealingLR(o, T_max=4, eta_min=0.001),
    ),
    Case("type: CosineAnnealingLR, T_max: 1", lambda o: CosineAnnealingLR(o, T_max=1)),
    Case(
        "type: CosineAnnealingLR, T_max: 10, eta_min: 0.5",
        lambda o: CosineAnnealingLR(o, T_max=10, eta_min=0.5),
    ),
    Case(
        "type: CosineAnnealingLR, T_max: 20, eta_min: 1e-3, last_epoch: 8",
        lambda o: CosineAnnealingLR(o, T_max=20, eta_min=1e-3, last_epoch=8),
        RESUMED,
    ),
    # CosineAnnealingWarmRestarts
    Case("type: CosineAnnealingWarmRestarts, T_0: 10", lambda o: CosineAnnealingWarmRestarts(o, T_0=10)),
    Case(
        "type: CosineAnnealingWarmRestarts, T_0: 4, T_mult: 2, eta_min: 0.001",
        lambda o: CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2, eta_min=0.001),
    ),
    Case(
        "type: CosineAnnealingWarmRestarts, T_0: 1, T_mult: 3",
        lambda o: CosineAnnealingWarmRestarts(o, T_0=1, T_mult=3),
    ),
    Case("type: CosineAnnealingWarmRestarts, T_0: 1", lambda o: CosineAnnealingWarmRestarts(o, T_0=1)),
    Case(
        "type: CosineAnnealingWarmRestarts, T_0: 6, last_epoch: 3",
        lambda o: CosineAnnealingWarmRestarts(o, T_0=6, last_epoch=3),
        RESUMED,
    ),
    # PolynomialLR
    Case("type: PolynomialLR", lambda o: PolynomialLR(o)),
    Case(
        "type: PolynomialLR, total_iters: 30, power: 0.9",
        lambda o: PolynomialLR(o, total_iters=30, power=0.9),
    ),
    Case(
        "type: PolynomialLR, total_iters: 10, power: 2", lambda o: PolynomialLR(o, total_iters=10, power=2.0)
    ),
    Case("type: PolynomialLR, total_iters: 0", lambda o: PolynomialLR(o, total_iters=0)),
    Case(
        "type: PolynomialLR, total_iters: 20, power: 0.5, last_epoch: 2",
        lambda o: PolynomialLR(o, total_iters=20, power=0.5, last_epoch=2),
        RESUMED,
    ),
    # OneCycleLR
    Case(
        "type: OneCycleLR, max_lr: 0.4, total_steps: 33",
        lambda o: OneCycleLR(o, max_lr=0.4, total_steps=33),
        MOMENTUM,
    ),
    Case(
        "type: OneCycleLR, max_lr: 0.01, epochs: 11, steps_per_epoch: 3",
        lambda o: OneCycleLR(o, max_lr=0.01, epochs=11, steps_per_epoch=3),
        MOMENTUM,
    ),
    Case(
        "type: OneCycleLR, max_lr: 0.4, total_steps: 40, anneal_strategy: linear, pct_start: 0.25",
        lambda o: OneCycleLR(o, max_lr=0.4, total_steps=40, anneal_strategy="linear", pct_start=0.25),
        MOMENTUM,
    ),
    Case(
        "type: OneCycleLR, max_lr: 0.4, total_steps: 33, three_phase: true, pct_start: 0.4, "
        "anneal_strategy: cos",
        lambda o: OneCycleLR(
            o, max_lr=0.4, total_steps=33, three_phase=True, pct_start=0.4, anneal_strategy="cos"
        ),
        MOMENTUM,
    ),
    Case(
        "type: OneCycleLR, max_lr: 0.4, total_steps: 33, three_phase: true, anneal_strategy: linear",
        lambda o: OneCycleLR(o, max_lr=0.4, total_steps=33, three_phase=True, anneal_strategy="linear"),
        MOMENTUM,
    ),
    Case(
        "type: OneCycleLR, max_lr: 0.4, total_steps: 33, cycle_momentum: false, div_factor: 10, "
        "final_div_factor: 100",
        lambda o: OneCycleLR(
            o, max_lr=0.4, total_steps=33, cycle_momentum=False, div_factor=10.0, final_div_factor=100.0
        ),
        MOMENTUM,
    ),
    Case(
        "type: OneCycleLR, max_lr: 0.4, total_steps: 33, base_momentum: 0.7, max_momentum: 0.8",
        lambda o: OneCycleLR(o, max_lr=0.4, total_steps=33, base_momentum=0.7, max_momentum=0.8),
        MOMENTUM,
    ),
    Case(
        "type: OneCycleLR, max_lr: [0.04, 0.4], total_steps: 33, base_momentum: [0.6, 0.7], "
        "max_momentum: [0.8, 0.9]",
        lambda o: OneCycleLR(
            o, max_lr=[0.04, 0.4], total_steps=33, base_momentum=[0.6, 0.7], max_momentum=[0.8, 0.9]
        ),
        TWO,
    ),
    Case(
        "type: OneCycleLR, max_lr: 0.4, total_steps: 100, last_epoch: -1",
        lambda o: OneCycleLR(o, max_lr=0.4, total_steps=100, last_epoch=-1),
        MOMENTUM,
    ),
    # CyclicLR
    Case(
        "type: CyclicLR, base_lr: 0.001, max_lr: 0.1",
        lambda o: CyclicLR(o, base_lr=0.001, max_lr=0.1),
        MOMENTUM,
    ),
    Case(
        "type: CyclicLR, base_lr: 0.001, max_lr: 0.1, step_size_up: 4, mode: triangular",
        lambda o: CyclicLR(o, base_lr=0.001, max_lr=0.1, step_size_up=4, mode="triangular"),
        MOMENTUM,
    ),
    Case(
        "type: CyclicLR, base_lr: 0.001, max_lr: 0.1, step_size_up: 2, step_size_down: 5, mode: triangular2",
        lambda o: CyclicLR(
            o, base_lr=0.001, max_lr=0.1, step_size_up=2, step_size_down=5, mode="triangular2"
        ),
        MOMENTUM,
    ),
    Case(
        "type: CyclicLR, base_lr: 0.001, max_lr: 0.1, step_size_up: 4, mode: exp_range, gamma: 0.95",
        lambda o: CyclicLR(o, base_lr=0.001, max_lr=0.1, step_size_up=4, mode="exp_range", gamma=0.95),
        MOMENTUM,
    ),
    Case(
        "type: CyclicLR, base_lr: 0.001, max_lr: 0.1, step_size_up: 3, scale_fn: 0.8 ** (x - 1), "
        "scale_mode: cycle",
        lambda o: CyclicLR(
            o,
            base_lr=0.001,
            max_lr=0.1,
            step_size_up=3,
            scale_fn=lambda x: 0.8 ** (x - 1),
            scale_mode="cycle",
        ),
        MOMENTUM,
    ),
    Case(
        "type: CyclicLR, base_lr: 0.001, max_lr: 0.1, step_size_up: 3, scale_fn: '1 / (1 + x / 9)', "
        "scale_mode: iterations",
        lambda o: CyclicLR(
            o,
            base_lr=0.001,
            max_lr=0.1,
            step_size_up=3,
            scale_fn=lambda x: 1 / (1 + x / 9),
            scale_mode="iterations",
        ),
        MOMENTUM,
    ),
    Case(
        "type: CyclicLR, base_lr: 0.001, max_lr: 0.1, step_size_up: 4, cycle_momentum: false",
        lambda o: CyclicLR(o, base_lr=0.001, max_lr=0.1, step_size_up=4, cycle_momentum=False),
        MOMENTUM,
    ),
    Case(
        "type: CyclicLR, base_lr: [0.001, 0.01], max_lr: [0.1, 0.2], step_size_up: 4, "
        "base_momentum: [0.6, 0.7], max_momentum: [0.8, 0.95]",
        lambda o: CyclicLR(
            o,
            base_lr=[0.001, 0.01],
            max_lr=[0.1, 0.2],
            step_size_up=4,
            base_momentum=[0.6, 0.7],
            max_momentum=[0.8, 0.95],
        ),
        TWO,
    ),
    Case(
        "type: CyclicLR, base_lr: 0.001, max_lr: 0.1, step_size_up: 4, last_epoch: 2",
        lambda o: CyclicLR(o, base_lr=0.001, max_lr=0.1, step_size_up=4, last_epoch=2),
        RESUMED,
    ),
    # SWALR
    Case("type: SWALR, swa_lr: 0.05", lambda o: SWALR(o, swa_lr=0.05)),
    Case(
        "type: SWALR, swa_lr: 0.01, anneal_epochs: 8, anneal_strategy: cos",
        lambda o: SWALR(o, swa_lr=0.01, anneal_epochs=8, anneal_strategy="cos"),
    ),
    Case(
        "type: SWALR, swa_lr: 0.5, anneal_epochs: 5, anneal_strategy: linear",
        lambda o: SWALR(o, swa_lr=0.5, anneal_epochs=5, anneal_strategy="linear"),
    ),
    Case("type: SWALR, swa_lr: 0.02, anneal_epochs: 0", lambda o: SWALR(o, swa_lr=0.02, anneal_epochs=0)),
    Case(
        "type: SWALR, swa_lr: [0.001, 0.02], anneal_epochs: 4",
        lambda o: SWALR(o, swa_lr=[0.001, 0.02], anneal_epochs=4),
        TWO,
    ),
    Case(
        "type: SWALR, swa_lr: 0.02, anneal_epochs: 6, last_epoch: 2",
        lambda o: SWALR(o, swa_lr=0.02, anneal_epochs=6, last_epoch=2),
        RESUMED,
    ),
]


def plateau(
    yaml: str,
    values: str,
    then: str,
    metric: Sequence[float],
    optimizers: tuple[str, ...] = ANY,
    **arguments: Any,
) -> Case:
    assert len(metric) == EPOCHS
    written = f"type: ReduceLROnPlateau, {yaml}monitor: m, metrics: {{m: {{values: {values}{then}}}}}"
    return Case(written, lambda o: ReduceLROnPlateau(o, **arguments), optimizers, metric)


FALLING = [1.0, 0.9, 0.91, 0.92, 0.905, 0.93, 0.5, 0.51, 0.52, 0.53, 0.54]
RISING = [0.1, 0.2, 0.3, 0.3, 0.3, 0.31, 0.3, 0.35, 0.35, 0.2, 0.36]

PLATEAUS = [
    plateau("", "[1.0]", ", then: hold", [1.0] * 11),
    plateau("patience: 0, factor: 0.5, ", str(FALLING), "", FALLING, patience=0, factor=0.5),
    plateau(
        "patience: 1, factor: 0.3, mode: min, ",
        "[1.0, 0.9]",
        ", then: hold",
        [1.0] + [0.9] * 10,
        patience=1,
        factor=0.3,
        mode="min",
    ),
    plateau(
        "patience: 1, ", "[1.0, 0.9, 0.95]", ", then: repeat", [1.0, 0.9, 0.95] * 3 + [1.0, 0.9], patience=1
    ),
    plateau(
        "threshold: 0.05, threshold_mode: abs, patience: 1, factor: 0.3, ",
        str(FALLING),
        "",
        FALLING,
        threshold=0.05,
        threshold_mode="abs",
        patience=1,
        factor=0.3,
    ),
    plateau(
        "mode: max, threshold: 0.05, threshold_mode: rel, patience: 1, factor: 0.5, ",
        str(RISING),
        "",
        RISING,
        mode="max",
        threshold=0.05,
        threshold_mode="rel",
        patience=1,
        factor=0.5,
    ),
    plateau(
        "mode: max, threshold: 0.02, threshold_mode: abs, patience: 0, factor: 0.5, cooldown: 2, ",
        str(RISING),
        "",
        RISING,
        mode="max",
        threshold=0.02,
        threshold_mode="abs",
        patience=0,
        factor=0.5,
        cooldown=2,
    ),
    plateau(
        "mode: max, threshold: 0.2, threshold_mode: abs, patience: 0, factor: 0.5, ",
        str(RISING),
        "",
        RISING,
        mode="max",
        threshold=0.2,
        threshold_mode="abs",
        patience=0,
        factor=0.5,
    ),
    plateau("patience: 0, cooldown: 3, ", "[1.0]", ", then: hold", [1.0] * 11, patience=0, cooldown=3),
    plateau("patience: 0, min_lr: 0.002, ", "[1.0]", ", then: hold", [1.0] * 11, patience=0, min_lr=0.002),
    plateau(
        "patience: 0, min_lr: [1e-5, 1e-4], factor: 0.4, ",
        "[1.0]",
        ", then: hold",
        [1.0] * 11,
        TWO,
        patience=0,
        min_lr=[1e-5, 1e-4],
        factor=0.4,
    ),
    plateau("patience: 0, eps: 0.002, ", "[1.0]", ", then: hold", [1.0] * 11, patience=0, eps=0.002),
    plateau(
        "patience: 0, factor: 0.5, ",
        "[1.0, .nan, 0.5, .inf, -1.0, -.inf]",
        ", then: hold",
        [1.0, math.nan, 0.5, math.inf, -1.0, -math.inf] + [-math.inf] * 5,
        patience=0,
        factor=0.5,
    ),
]

SEQUENCES = [
    Case(
        "type: SequentialLR, milestones: [5], schedulers: ["
        "{type: LinearLR, start_factor: 0.01, total_iters: 5}, {type: CosineAnnealingLR, T_max: 28, "
        "eta_min: 1e-5}]",
        lambda o: SequentialLR(
            o,
            [LinearLR(o, start_factor=0.01, total_iters=5), CosineAnnealingLR(o, T_max=28, eta_min=1e-5)],
            milestones=[5],
        ),
    ),
    Case(
        "type: SequentialLR, milestones: [4, 9], schedulers: ["
        "{type: ConstantLR, factor: 0.1, total_iters: 2}, {type: ExponentialLR, gamma: 0.9}, "
        "{type: StepLR, step_size: 2}]",
        lambda o: SequentialLR(
            o,
            [ConstantLR(o, factor=0.1, total_iters=2), ExponentialLR(o, gamma=0.9), StepLR(o, step_size=2)],
            milestones=[4, 9],
        ),
    ),
    Case(
        "type: SequentialLR, milestones: [4], schedulers: ["
        "{type: LinearLR, start_factor: 0.5, total_iters: 4}, {type: OneCycleLR, max_lr: 0.4, "
        "total_steps: 30}]",
        lambda o: SequentialLR(
            o,
            [LinearLR(o, start_factor=0.5, total_iters=4), OneCycleLR(o, max_lr=0.4, total_steps=30)],
            milestones=[4],
        ),
        MOMENTUM,
    ),
    Case(
        "type: SequentialLR, milestones: [4], schedulers: ["
        "{type: LinearLR, total_iters: 4}, {type: CosineAnnealingWarmRestarts, T_0: 3, T_mult: 2}]",
        lambda o: SequentialLR(
            o, [LinearLR(o, total_iters=4), CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2)], milestones=[4]
        ),
    ),
    Case(
        "type: SequentialLR, milestones: [3], schedulers: ["
        "{type: LambdaLR, lr_lambda: (t + 1) / 6}, {type: LambdaLR, lr_lambda: 0.9 ** t}]",
        lambda o: SequentialLR(
            o, [LambdaLR(o, lambda t: (t + 1) / 6), LambdaLR(o, lambda t: 0.9**t)], milestones=[3]
        ),
    ),
    Case(
        "type: SequentialLR, milestones: [3, 20], schedulers: [{type: LinearLR, start_factor: 0.1, "
        "total_iters: 3}, "
        "{type: PolynomialLR, total_iters: 17, power: 2}, {type: SWALR, swa_lr: 1e-3, anneal_epochs: 4}]",
        lambda o: SequentialLR(
            o,
            [
                LinearLR(o, start_factor=0.1, total_iters=3),
                PolynomialLR(o, total_iters=17, power=2.0),
                SWALR(o, swa_lr=1e-3, anneal_epochs=4),
            ],
            milestones=[3, 20],
        ),
    ),
    Case(
        "type: SequentialLR, milestones: [2], schedulers: [{type: ExponentialLR, gamma: 0.5}, "
        "{type: CyclicLR, base_lr: 0.001, max_lr: 0.1, step_size_up: 3}]",
        lambda o: SequentialLR(
            o,
            [ExponentialLR(o, gamma=0.5), CyclicLR(o, base_lr=0.001, max_lr=0.1, step_size_up=3)],
            milestones=[2],
        ),
        MOMENTUM,
    ),
    Case(
        "type: SequentialLR, milestones: [0], schedulers: [{type: ConstantLR}, {type: StepLR, "
        "step_size: 2, gamma: 0.5}]",
        lambda o: SequentialLR(o, [ConstantLR(o), StepLR(o, step_size=2, gamma=0.5)], milestones=[0]),
    ),
    Case(
        "type: SequentialLR, milestones: [6], last_epoch: 1, schedulers: ["
        "{type: LinearLR, total_iters: 6}, {type: MultiStepLR, milestones: [2, 3]}]",
        lambda o: SequentialLR(
            o, [LinearLR(o, total_iters=6), MultiStepLR(o, milestones=[2, 3])], milestones=[6], last_epoch=1
        ),
    ),
    Case(
        "type: SequentialLR, milestones: [], schedulers: [{type: ExponentialLR, gamma: 0.9}]",
        lambda o: SequentialLR(o, [ExponentialLR(o, gamma=0.9)], milestones=[]),
    ),
    Case(
        "type: SequentialLR, milestones: [4], schedulers: [{type: LinearLR, start_factor: 0.1, "
        "total_iters: 4}, "
        "{type: LambdaLR, lr_lambda: 'max(1e-4 / base_lr, 0.9 ** t)'}]",
        lambda o: (
            lambda bases: SequentialLR(
                o,
                [
                    LinearLR(o, start_factor=0.1, total_iters=4),
                    LambdaLR(o, [lambda t, lr=lr: max(1e-4 / lr, 0.9**t) for lr in bases]),
                ],
                milestones=[4],
            )
        )(lrs(o)),
        MOMENTUM,
    ),
]

CHAINS = [
    Case(
        "type: ChainedScheduler, schedulers: [{type: ConstantLR, factor: 0.1, total_iters: 4}, "
        "{type: ExponentialLR, gamma: 0.9}]",
        lambda o: ChainedScheduler([ConstantLR(o, factor=0.1, total_iters=4), ExponentialLR(o, gamma=0.9)]),
    ),
    Case(
        "type: ChainedScheduler, schedulers: [{type: LinearLR, total_iters: 5}, "
        "{type: CosineAnnealingLR, T_max: 33}, "
        "{type: MultiplicativeLR, lr_lambda: 0.99}]",
        lambda o: ChainedScheduler(
            [LinearLR(o, total_iters=5), CosineAnnealingLR(o, T_max=33), MultiplicativeLR(o, lambda t: 0.99)]  # noqa: ARG005
        ),
    ),
    Case(
        "type: ChainedScheduler, schedulers: [{type: StepLR, step_size: 3, gamma: 0.5}]",
        lambda o: ChainedScheduler([StepLR(o, step_size=3, gamma=0.5)], optimizer=o),
    ),
    Case(
        "type: ChainedScheduler, schedulers: [{type: OneCycleLR, max_lr: 0.4, total_steps: 33}, "
        "{type: ExponentialLR, gamma: 0.99}]",
        lambda o: ChainedScheduler([OneCycleLR(o, max_lr=0.4, total_steps=33), ExponentialLR(o, gamma=0.99)]),
        MOMENTUM,
    ),
    Case(
        "type: ChainedScheduler, schedulers: [{type: ExponentialLR, gamma: 0.99}, "
        "{type: SequentialLR, milestones: [3], "
        "schedulers: [{type: LinearLR, total_iters: 3}, {type: StepLR, step_size: 4, gamma: 0.5}]}]",
        lambda o: ChainedScheduler(
            [
                ExponentialLR(o, gamma=0.99),
                SequentialLR(
                    o, [LinearLR(o, total_iters=3), StepLR(o, step_size=4, gamma=0.5)], milestones=[3]
                ),
            ]
        ),
    ),
]

CASES += PLATEAUS + SEQUENCES + CHAINS
