"""How often a resumed run is bit-identical to the uninterrupted one: a table measured on bare torch, reproduced.

40 updates, two parameter groups, stopped after every k = 1..39 and resumed in eight ways. The expected counts were
measured on torch 2.13 with a plain training loop and torch.save, not with lrviz.

A: build the scheduler, load the optimizer, load the scheduler. B: load the optimizer, then build the scheduler, and
load it. C: the scheduler's state alone. D: the optimizer's, and last_epoch=k-1. E: the same with last_epoch=k, which
is what people pass. F: the optimizer's, then a fresh scheduler. G: a scheduler, then the optimizer's. H: everything
fresh, and k calls of step().
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrviz.loop import simulate
from lrviz.readers.yaml_file import document_of
from lrviz.spec.curve import Resume
from lrviz.spec.parse import spec_of

LINEAR = "{type: LinearLR, start_factor: 0.1, total_iters: 5}"
LOSSES = [1.0, 0.5, *[0.6] * 22, *[round(0.4 - 0.02 * i, 2) for i in range(16)]]
CHAIN = "{type: LinearLR, start_factor: 0.1, total_iters: 10}, {type: CosineAnnealingLR, T_max: 40}"
SEQUENCE = "type: SequentialLR, schedulers"
PLATEAU = "type: ReduceLROnPlateau, interval: step, monitor: m, patience: 10"
N_A = None  # the class takes no last_epoch
#                                                                             A   B  C   D    E    F   G   H
TABLE = {
    'type: LambdaLR, lr_lambda: "0.97 ** t"': (39, 0, 0, 39, 0, 0, 1, 39),
    'type: MultiplicativeLR, lr_lambda: "0.97"': (39, 39, 0, 39, 39, 39, 39, 39),
    "type: StepLR, step_size: 7": (39, 39, 6, 34, 5, 9, 9, 39),
    "type: MultiStepLR, milestones: [9, 17, 33]": (39, 39, 8, 36, 7, 8, 8, 39),
    "type: ConstantLR, total_iters: 12": (39, 0, 11, 38, 28, 0, 12, 39),
    "type: LinearLR, start_factor: 0.1, total_iters: 17": (39, 0, 0, 39, 23, 0, 1, 39),
    "type: ExponentialLR, gamma: 0.93": (39, 39, 0, 39, 39, 39, 39, 39),
    "type: PolynomialLR, total_iters: 30, power: 2.0": (39, 39, 0, 39, 10, 10, 10, 39),
    "type: CosineAnnealingLR, T_max: 40": (39, 39, 0, 39, 1, 1, 1, 39),
    "type: CosineAnnealingWarmRestarts, T_0: 5, T_mult: 2": (39, 3, 3, 9, 0, 0, 1, 39),
    "type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 5, step_size_down: 8, mode: exp_range, gamma: 0.99": (
        (39, 3, 3, 39, 0, 1, 1, 39)
    ),
    'type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 5, step_size_down: 8, scale_fn: "0.8 ** (x - 1)"': (
        (39, 3, 3, 39, 0, 1, 1, 39)
    ),
    "type: OneCycleLR, max_lr: 0.1, total_steps: 45": (39, 0, 0, 39, 0, 0, 1, 39),
    "type: OneCycleLR, max_lr: 0.1, total_steps: 45, anneal_strategy: linear, three_phase: true": (
        (39, 0, 0, 39, 0, 0, 1, 39)
    ),
    f"{PLATEAU}, metrics: {{m: {{values: {LOSSES}, every: 1st}}}}": ((39, 39, 12, N_A, N_A, 17, 17, 39)),
    f"{SEQUENCE}: [{LINEAR}, {{type: CosineAnnealingLR, T_max: 35}}], milestones: [5]": (
        (39, 0, 0, 0, 0, 0, 1, 39)
    ),
    f"{SEQUENCE}: [{LINEAR}, {{type: ConstantLR}}, {{type: ExponentialLR, gamma: 0.9}}], milestones: [5, 15]": (
        (39, 0, 0, 0, 0, 0, 1, 39)
    ),
    f"{SEQUENCE}: [{LINEAR}, {{type: CosineAnnealingWarmRestarts, T_0: 10}}], milestones: [5]": (
        (39, 0, 0, 0, 0, 0, 1, 39)
    ),
    f"{SEQUENCE}: [{LINEAR}, {{type: OneCycleLR, max_lr: 0.1, total_steps: 40}}], milestones: [5]": (
        (39, 0, 0, 0, 0, 0, 1, 39)
    ),
    "type: ChainedScheduler, schedulers: [{type: ConstantLR, total_iters: 12}, {type: ExponentialLR, gamma: 0.95}]": (
        (39, 0, 0, N_A, N_A, 0, 12, 39)
    ),
    f"type: ChainedScheduler, schedulers: [{CHAIN}]": ((39, 0, 0, N_A, N_A, 0, 1, 39)),
    "type: SWALR, swa_lr: 0.01, anneal_epochs: 38": (39, 39, 0, 2, 2, 2, 2, 39),
}
WAYS = {
    "A": {},
    "B": {"order": "load-then-build"},
    "C": {"restore": ("scheduler",)},
    "D": {"restore": ("optimizer",), "order": "load-then-build", "last_epoch": -1},
    "E": {"restore": ("optimizer",), "order": "load-then-build", "last_epoch": 0},
    "F": {"restore": ("optimizer",), "order": "load-then-build"},
    "G": {"restore": ("optimizer",)},
    "H": {"restore": (), "replay": True},
}
GROUPS = "optimizer: {type: SGD, lr: 0.1, momentum: 0.9, groups: [{name: a}, {name: b, lr: 0.03}]}"


def test_the_table_has_every_scheduler():
    from lrviz import catalog

    assert {schedule.split(",")[0].removeprefix("type: ") for schedule in TABLE} == set(catalog.schedulers())


@pytest.mark.parametrize("schedule", TABLE)
def test_a_resumed_run_is_bit_identical_as_often_as_on_bare_torch(schedule):
    text = f"run: {{steps: 40}}\n{GROUPS}\nschedules: {{only: {{{schedule}}}}}"
    (curve,) = spec_of(document_of(text, "spec.yaml")).curves
    whole = simulate(curve)
    counts = tuple(
        None if expected is None else sum(same(curve, whole, way, k) for k in range(1, 40))
        for way, expected in zip(WAYS, TABLE[schedule], strict=True)
    )
    assert counts == TABLE[schedule]


def same(curve, whole, way, k):
    settings = dict(WAYS[way])
    if "last_epoch" in settings:
        settings["last_epoch"] += k
    resumed = simulate(replace(curve, resume=Resume(k, curve, **settings)))
    return np.array_equal(resumed.lr, whole.lr) and np.array_equal(resumed.momentum, whole.momentum)
