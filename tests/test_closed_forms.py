"""A second opinion: each schedule agrees with its formula, to a billionth of the peak."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import lrviz
from lrviz import pipeline

CALLS = 120
LR = 0.3
t = np.arange(CALLS, dtype=np.float64)


def cosine(start: float, end: float, fraction: np.ndarray) -> np.ndarray:
    return end + (start - end) * (1 + np.cos(np.pi * fraction)) / 2


def straight(start: float, end: float, fraction: np.ndarray) -> np.ndarray:
    return start + (end - start) * fraction


def one_cycle(between: Callable[..., np.ndarray], total: int, peak: float) -> np.ndarray:
    first, last, top = peak / 25, peak / 25 / 1e4, 0.3 * total - 1
    up, down = t / top, (t - top) / (total - 1 - top)
    return np.where(t <= top, between(first, peak, up), between(peak, last, down))


def triangle(up: int, down: int) -> np.ndarray:
    inside = t % (up + down)
    return np.where(inside <= up, inside / up, (up + down - inside) / down)


def restarts(first: int, factor: int, floor: float) -> np.ndarray:
    lr = []
    start, length = 0, first
    for count in range(CALLS):
        if count == start + length:
            start, length = count, length * factor
        lr.append(floor + (LR - floor) * (1 + np.cos(np.pi * (count - start) / length)) / 2)
    return np.array(lr)


FORMS = {
    "type: StepLR, step_size: 30, gamma: 0.1": LR * 0.1 ** (t // 30),
    "type: MultiStepLR, milestones: [20, 50, 50], gamma: 0.5": LR * 0.5 ** ((t >= 20) * 1.0 + 2 * (t >= 50)),
    "type: ExponentialLR, gamma: 0.97": LR * 0.97**t,
    "type: ConstantLR, factor: 0.25, total_iters: 40": np.where(t < 40, 0.25 * LR, LR),
    "type: LinearLR, start_factor: 0.1, end_factor: 0.8, total_iters: 50": (
        LR * straight(0.1, 0.8, np.minimum(t, 50) / 50)
    ),
    "type: PolynomialLR, total_iters: 100, power: 2": LR * np.maximum(0, 1 - t / 100) ** 2,
    "type: PolynomialLR, total_iters: 120, power: 0.9": LR * (1 - t / 120) ** 0.9,
    "type: CosineAnnealingLR, T_max: 120": cosine(LR, 0, t / 120),
    "type: CosineAnnealingLR, T_max: 40, eta_min: 0.01": cosine(LR, 0.01, t / 40),
    "type: CosineAnnealingWarmRestarts, T_0: 15, T_mult: 2, eta_min: 0.02": restarts(15, 2, 0.02),
    "type: CosineAnnealingWarmRestarts, T_0: 25": restarts(25, 1, 0),
    "type: OneCycleLR, max_lr: 0.6, total_steps: 120": one_cycle(cosine, 120, 0.6),
    "type: OneCycleLR, max_lr: 0.6, total_steps: 150, anneal_strategy: linear": one_cycle(straight, 150, 0.6),
    "type: CyclicLR, base_lr: 0.1, max_lr: 0.5, step_size_up: 12, step_size_down: 20": (
        0.1 + 0.4 * triangle(12, 20)
    ),
    "type: CyclicLR, base_lr: 0.1, max_lr: 0.5, step_size_up: 20, mode: triangular2": (
        0.1 + 0.4 * triangle(20, 20) / 2 ** (t // 40)
    ),
    "type: CyclicLR, base_lr: 0.1, max_lr: 0.5, step_size_up: 20, mode: exp_range, gamma: 0.99": (
        0.1 + 0.4 * triangle(20, 20) * 0.99**t
    ),
    "type: SWALR, swa_lr: 0.05, anneal_epochs: 30": cosine(LR, 0.05, np.minimum(t, 30) / 30),
    "type: SWALR, swa_lr: 0.5, anneal_epochs: 30, anneal_strategy: linear": (
        straight(LR, 0.5, np.minimum(t, 30) / 30)
    ),
    "type: LambdaLR, lr_lambda: 'min((t + 1) / 10, (10 / (t + 1)) ** 0.5)'": (
        LR * np.minimum((t + 1) / 10, np.sqrt(10 / (t + 1)))
    ),
    "type: MultiplicativeLR, lr_lambda: 'sqrt(t / (t + 1))'": LR / np.sqrt(t + 1),
    "type: CosineAnnealingLR, T_max: rest, warmup: {length: 20, start_factor: 0.1}": (
        np.where(t < 20, LR * straight(0.1, 1, t / 20), cosine(LR, 0, (t - 20) / 100))
    ),
}


@pytest.mark.parametrize("curve", FORMS)
def test_a_schedule_agrees_with_its_formula(curve, tmp_path):
    file = tmp_path / "spec.yaml"
    file.write_text(
        f"run: {{steps: {CALLS}}}\noptimizer: {{type: SGD, lr: {LR}}}\n"
        f"schedules:\n  only: {{interval: step, {curve}}}\n",
        encoding="utf-8",
    )
    lr = pipeline.simulate(lrviz.load(file), cache=False)["only"].lr[:, 0]
    expected = FORMS[curve]
    assert lr.shape == expected.shape == (CALLS,)
    assert np.abs(lr - expected).max() <= 1e-9 * expected.max()


def test_the_formulas_are_of_many_kinds():
    assert len({curve.partition(",")[0] for curve in FORMS}) >= 12
