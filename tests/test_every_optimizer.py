"""Every optimizer of torch under a schedule, with its own arguments, equals the plain training loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bare_loop import Stepped, bare_loop, closure_of, quiet, sparse_weight, weight
from torch import Tensor
from torch.nn import Parameter
from torch.optim import (
    ASGD,
    LBFGS,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Muon,
    NAdam,
    Optimizer,
    RAdam,
    RMSprop,
    Rprop,
    SparseAdam,
)
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, OneCycleLR

import lrviz
from lrviz import catalog, pipeline
from lrviz.catalog import yaml12

TORCH_OPTIMIZERS = {
    name
    for name, found in vars(torch.optim).items()
    if isinstance(found, type) and issubclass(found, Optimizer) and found is not Optimizer
}


@dataclass(frozen=True)
class Case:
    """An optimizer: in YAML, the same in Python, and the parameters and closure that the class asks for."""

    yaml: str
    build: Callable[[list[Parameter]], Optimizer]
    parameter: Callable[[], Parameter] = weight
    closure: Callable[[Parameter], Callable[[], Tensor]] | None = None
    cycles: bool = field(default=True)  # whether it has momentum or betas to cycle

    @property
    def arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = yaml12.load(f"{{{self.yaml}}}".encode())
        return arguments


CASES = [
    Case("type: SGD", lambda p: SGD(p)),
    Case(
        "type: SGD, lr: 0.2, momentum: 0.9, weight_decay: 1e-4, nesterov: true",
        lambda p: SGD(p, lr=0.2, momentum=0.9, weight_decay=1e-4, nesterov=True),
    ),
    Case(
        "type: SGD, lr: 0.2, momentum: 0.5, dampening: 0.1, maximize: true, foreach: true, "
        "differentiable: false",
        lambda p: SGD(
            p, lr=0.2, momentum=0.5, dampening=0.1, maximize=True, foreach=True, differentiable=False
        ),
    ),
    Case("type: SGD, lr: 1, fused: true", lambda p: SGD(p, lr=1.0, fused=True)),
    Case("type: Adam", lambda p: Adam(p)),
    Case(
        "type: Adam, lr: 3e-4, betas: [0.85, 0.98], eps: 1e-6, weight_decay: 0.1, amsgrad: true, "
        "decoupled_weight_decay: true, maximize: true",
        lambda p: Adam(
            p,
            lr=3e-4,
            betas=(0.85, 0.98),
            eps=1e-6,
            weight_decay=0.1,
            amsgrad=True,
            decoupled_weight_decay=True,
            maximize=True,
        ),
    ),
    Case("type: Adam, fused: true", lambda p: Adam(p, fused=True)),
    Case(
        "type: Adam, foreach: true, capturable: false, differentiable: false",
        lambda p: Adam(p, foreach=True, capturable=False, differentiable=False),
    ),
    Case("type: AdamW", lambda p: AdamW(p)),
    Case(
        "type: AdamW, lr: 6e-4, betas: [0.9, 0.95], eps: 1e-10, weight_decay: 0.1, amsgrad: true, "
        "maximize: true",
        lambda p: AdamW(
            p, lr=6e-4, betas=(0.9, 0.95), eps=1e-10, weight_decay=0.1, amsgrad=True, maximize=True
        ),
    ),
    Case(
        "type: AdamW, fused: true, capturable: false, differentiable: false",
        lambda p: AdamW(p, fused=True, capturable=False, differentiable=False),
    ),
    Case("type: AdamW, foreach: true", lambda p: AdamW(p, foreach=True)),
    Case("type: Adamax", lambda p: Adamax(p)),
    Case(
        "type: Adamax, lr: 0.01, betas: [0.8, 0.99], eps: 1e-7, weight_decay: 0.01, foreach: true, "
        "maximize: true, "
        "differentiable: false, capturable: false",
        lambda p: Adamax(
            p,
            lr=0.01,
            betas=(0.8, 0.99),
            eps=1e-7,
            weight_decay=0.01,
            foreach=True,
            maximize=True,
            differentiable=False,
            capturable=False,
        ),
    ),
    Case("type: NAdam", lambda p: NAdam(p)),
    Case(
        "type: NAdam, lr: 0.01, betas: [0.8, 0.99], eps: 1e-7, weight_decay: 0.01, momentum_decay: 0.005, "
        "decoupled_weight_decay: true, foreach: true, maximize: true, capturable: false, "
        "differentiable: false",
        lambda p: NAdam(
            p,
            lr=0.01,
            betas=(0.8, 0.99),
            eps=1e-7,
            weight_decay=0.01,
            momentum_decay=0.005,
            decoupled_weight_decay=True,
            foreach=True,
            maximize=True,
            capturable=False,
            differentiable=False,
        ),
    ),
    Case("type: RAdam", lambda p: RAdam(p)),
    Case(
        "type: RAdam, lr: 0.01, betas: [0.8, 0.99], eps: 1e-7, weight_decay: 0.01, "
        "decoupled_weight_decay: true, "
        "foreach: true, maximize: true, capturable: false, differentiable: false",
        lambda p: RAdam(
            p,
            lr=0.01,
            betas=(0.8, 0.99),
            eps=1e-7,
            weight_decay=0.01,
            decoupled_weight_decay=True,
            foreach=True,
            maximize=True,
            capturable=False,
            differentiable=False,
        ),
    ),
    Case("type: RMSprop", lambda p: RMSprop(p)),
    Case(
        "type: RMSprop, lr: 0.02, alpha: 0.9, eps: 1e-6, weight_decay: 0.01, momentum: 0.6, centered: true, "
        "capturable: false, foreach: true, maximize: true, differentiable: false",
        lambda p: RMSprop(
            p,
            lr=0.02,
            alpha=0.9,
            eps=1e-6,
            weight_decay=0.01,
            momentum=0.6,
            centered=True,
            capturable=False,
            foreach=True,
            maximize=True,
            differentiable=False,
        ),
    ),
    Case("type: Muon", lambda p: Muon(p)),
    Case(
        "type: Muon, lr: 0.02, weight_decay: 0.05, momentum: 0.9, nesterov: false, "
        "ns_coefficients: [3.0, -4.0, 2.0], eps: 1e-6, ns_steps: 3, adjust_lr_fn: match_rms_adamw",
        lambda p: Muon(
            p,
            lr=0.02,
            weight_decay=0.05,
            momentum=0.9,
            nesterov=False,
            ns_coefficients=(3.0, -4.0, 2.0),
            eps=1e-6,
            ns_steps=3,
            adjust_lr_fn="match_rms_adamw",
        ),
    ),
    Case("type: SparseAdam", lambda p: SparseAdam(p), sparse_weight),
    Case(
        "type: SparseAdam, lr: 0.02, betas: [0.7, 0.9], eps: 1e-6, maximize: true",
        lambda p: SparseAdam(p, lr=0.02, betas=(0.7, 0.9), eps=1e-6, maximize=True),
        sparse_weight,
    ),
    Case("type: Adagrad", lambda p: Adagrad(p), cycles=False),
    Case(
        "type: Adagrad, lr: 0.02, lr_decay: 0.01, weight_decay: 0.1, initial_accumulator_value: 0.2, "
        "eps: 1e-6, "
        "foreach: true, maximize: true, differentiable: false",
        lambda p: Adagrad(
            p,
            lr=0.02,
            lr_decay=0.01,
            weight_decay=0.1,
            initial_accumulator_value=0.2,
            eps=1e-6,
            foreach=True,
            maximize=True,
            differentiable=False,
        ),
        cycles=False,
    ),
    Case("type: Adagrad, fused: true", lambda p: Adagrad(p, fused=True), cycles=False),
    Case("type: Adadelta", lambda p: Adadelta(p), cycles=False),
    Case(
        "type: Adadelta, lr: 0.5, rho: 0.8, eps: 1e-5, weight_decay: 0.1, foreach: true, capturable: false, "
        "maximize: true, differentiable: false",
        lambda p: Adadelta(
            p,
            lr=0.5,
            rho=0.8,
            eps=1e-5,
            weight_decay=0.1,
            foreach=True,
            capturable=False,
            maximize=True,
            differentiable=False,
        ),
        cycles=False,
    ),
    Case("type: Adafactor", lambda p: Adafactor(p), cycles=False),
    Case(
        "type: Adafactor, lr: 0.02, beta2_decay: -0.7, eps: [null, 1e-2], d: 2.0, weight_decay: 0.1, "
        "foreach: true, maximize: true",
        lambda p: Adafactor(
            p,
            lr=0.02,
            beta2_decay=-0.7,
            eps=(None, 1e-2),
            d=2.0,
            weight_decay=0.1,
            foreach=True,
            maximize=True,
        ),
        cycles=False,
    ),
    Case("type: Adafactor, eps: [1e-20, 1e-3]", lambda p: Adafactor(p, eps=(1e-20, 1e-3)), cycles=False),
    Case("type: ASGD", lambda p: ASGD(p), cycles=False),
    Case(
        "type: ASGD, lr: 0.02, lambd: 1e-3, alpha: 0.5, t0: 10, weight_decay: 0.1, foreach: true, "
        "maximize: true, "
        "differentiable: false, capturable: false",
        lambda p: ASGD(
            p,
            lr=0.02,
            lambd=1e-3,
            alpha=0.5,
            t0=10.0,
            weight_decay=0.1,
            foreach=True,
            maximize=True,
            differentiable=False,
            capturable=False,
        ),
        cycles=False,
    ),
    Case("type: Rprop", lambda p: Rprop(p), cycles=False),
    Case(
        "type: Rprop, lr: 0.02, etas: [0.4, 1.3], step_sizes: [1e-5, 10], foreach: true, maximize: true, "
        "capturable: false, differentiable: false",
        lambda p: Rprop(
            p,
            lr=0.02,
            etas=(0.4, 1.3),
            step_sizes=(1e-5, 10.0),
            foreach=True,
            maximize=True,
            capturable=False,
            differentiable=False,
        ),
        cycles=False,
    ),
    Case("type: LBFGS", lambda p: LBFGS(p), closure=closure_of, cycles=False),
    Case(
        "type: LBFGS, lr: 0.5, max_iter: 4, max_eval: 6, tolerance_grad: 1e-5, tolerance_change: 1e-8, "
        "history_size: 7, line_search_fn: strong_wolfe",
        lambda p: LBFGS(
            p,
            lr=0.5,
            max_iter=4,
            max_eval=6,
            tolerance_grad=1e-5,
            tolerance_change=1e-8,
            history_size=7,
            line_search_fn="strong_wolfe",
        ),
        closure=closure_of,
        cycles=False,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.yaml for case in CASES])
def test_every_optimizer_equals_the_bare_loop(case: Case, tmp_path: Path) -> None:
    schedules = {
        "cosine": (
            "type: CosineAnnealingLR, T_max: 20, eta_min: 1e-6",
            lambda o: CosineAnnealingLR(o, T_max=20, eta_min=1e-6),
        )
    }
    if case.cycles:
        schedules["one cycle"] = (
            "type: OneCycleLR, max_lr: 0.3, total_steps: 24",
            lambda o: OneCycleLR(o, max_lr=0.3, total_steps=24),
        )
    curves = "".join(f"  {name}: {{interval: step, {yaml}}}\n" for name, (yaml, _) in schedules.items())
    file = tmp_path / "spec.yaml"
    file.write_text(f"run: {{steps: 24}}\noptimizer: {{{case.yaml}}}\nschedules:\n{curves}", encoding="utf-8")
    traces = pipeline.simulate(lrviz.load(file), cache=False)
    assert list(traces) == list(schedules)
    for name, (_, build) in schedules.items():
        with quiet():
            parameter = case.parameter()
            before = parameter.detach().clone()
            optimizer = case.build([parameter])
            scheduler = build(optimizer)
            closure = case.closure(parameter) if case.closure else None
            seen = bare_loop(
                optimizer, Stepped(scheduler, "step"), epochs=1, steps_per_epoch=24, closure=closure
            )
        assert not torch.equal(parameter, before)  # the loop really trained
        trace = traces[name]
        assert trace.optimizer == type(optimizer).__name__ == case.arguments["type"]
        assert np.array_equal(trace.lr, seen.lr)
        assert trace.final_lr == seen.final_lr
        for found, expected in ((trace.momentum, seen.momentum), (trace.weight_decay, seen.weight_decay)):
            assert (found is None) == (expected is None)
            assert expected is None or np.array_equal(found, expected)


def test_the_cases_cover_every_optimizer_and_every_argument() -> None:
    assert len(TORCH_OPTIMIZERS) >= 15
    assert {case.arguments["type"] for case in CASES} == TORCH_OPTIMIZERS
    covered = {(case.arguments["type"], name) for case in CASES for name in case.arguments}
    wanted = {
        (name, argument.name) for name, entry in catalog.optimizers().items() for argument in entry.arguments
    }
    assert wanted - covered == set()


def test_lbfgs_takes_one_group_written_as_a_group(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(
        "run: {steps: 5}\noptimizer: {type: LBFGS, lr: 1, groups: [{name: all of it, lr: 0.5, "
        "history_size: 3}]}\n"
        "schedules: {only: {type: ExponentialLR, gamma: 0.5}}\n",
        encoding="utf-8",
    )
    parameter = weight()
    optimizer = LBFGS([parameter], lr=0.5, history_size=3)
    seen = bare_loop(
        optimizer,
        Stepped(ExponentialLR(optimizer, gamma=0.5), "step"),
        epochs=1,
        steps_per_epoch=5,
        closure=closure_of(parameter),
    )
    trace = pipeline.simulate(lrviz.load(file), cache=False)["only"]
    assert np.array_equal(trace.lr, seen.lr)
    assert trace.groups == ("all of it",)
