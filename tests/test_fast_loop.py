"""The fast loop steps the real methods of the real classes, once per update, to the same result as the plain one."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np
import pytest
import torch
from bare_loop import Stepped, bare_loop, quiet
from scheduler_cases import CASES, EPOCHS, OPTIMIZERS, RUN, STEPS_PER_EPOCH, Case
from torch.nn import Parameter
from torch.optim import SGD, AdamW, Optimizer, lr_scheduler
from torch.optim import optimizer as shared
from torch.optim.lr_scheduler import LambdaLR
from two_paths import assert_same, curve_of, curves_of, plain

from lrviz import RefusedByTorch, catalog, loop
from lrviz.build import build, columns, stepping, uncompiled

ALL = catalog.optimizers()
MANY = stepping.MANY + 5


# The same result.


@pytest.mark.parametrize("case", CASES, ids=[case.yaml for case in CASES])
def test_every_scheduler_is_the_same_on_the_plain_path(case: Case, tmp_path: Path) -> None:
    setups = [(name, per, every) for name in case.optimizers for per, every in case.paces[::3] or case.paces]
    assert setups
    text = "".join(
        f"  {name} {per} {every}:\n"
        f"    {{optimizer: {OPTIMIZERS[name][0]}, interval: {per}, frequency: {every}, {case.yaml}}}\n"
        for name, per, every in setups
    )
    for curve in curves_of(tmp_path, f"{RUN}\nschedules:\n{text}"):
        assert_same(curve)


@pytest.mark.parametrize("name", ALL)
def test_every_optimizer_is_the_same_on_the_plain_path(name: str, tmp_path: Path) -> None:
    many = ", ".join(f"{{lr: {0.01 * (i + 1)!r}}}" for i in range(MANY))
    optimizers = [f"{{type: {name}, lr: 0.1}}"]
    if ALL[name].takes_groups:
        optimizers += [
            f"{{type: {name}, groups: [{{lr: 0.1}}, {{lr: 0.2}}]}}",
            f"{{type: {name}, groups: [{many}]}}",
        ]
    for optimizer in optimizers:
        for schedule in (
            "type: ExponentialLR, gamma: 0.9",
            "type: OneCycleLR, total_steps: 30, max_lr: 2 * lr",
        ):
            cycles = "cycle_momentum: false, " if "OneCycle" in schedule and not moves(name) else ""
            trace = assert_same(curve_of(tmp_path, cycles + schedule, "run: {steps: 30}", optimizer))
            assert len(np.unique(trace.lr[:, 0])) > 20


def moves(name: str) -> bool:
    return any(ALL[name].argument(which) is not None for which in ("momentum", "betas"))


@pytest.mark.parametrize("build_optimizer", [SGD, AdamW])
def test_two_hundred_groups_equal_the_bare_loop(build_optimizer: Any, tmp_path: Path) -> None:
    # More updates than groups: each group has its turn, twice.
    own = [0.1 / (index + 1) for index in range(200)]
    optimizer = build_optimizer([{"params": [Parameter(torch.zeros(1))], "lr": lr} for lr in own])
    seen = bare_loop(
        optimizer,
        Stepped(LambdaLR(optimizer, lambda t: 1 / (1 + t / 10)), "step"),
        epochs=1,
        steps_per_epoch=450,
    )
    groups = ", ".join(f"{{lr: {lr!r}}}" for lr in own)
    spec = f"{{type: {build_optimizer.__name__}, groups: [{groups}]}}"
    curve = curve_of(tmp_path, "type: LambdaLR, lr_lambda: 1 / (1 + t / 10)", "run: {steps: 450}", spec)
    trace = assert_same(curve)
    assert np.array_equal(trace.lr, seen.lr)
    assert trace.final_lr == seen.final_lr


# The real methods, once each.


def own_step(optimizer: Any) -> CodeType:
    """Find the ``step`` that a class of torch defines, beneath what torch wraps around it."""
    code: CodeType = inspect.unwrap(type(optimizer).step).__code__
    return code


@contextmanager
def counting(calls: Counter[CodeType]) -> Iterator[None]:
    """Count every call of every function, whoever makes it."""

    def heard(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            calls[frame.f_code] += 1

    sys.setprofile(heard)
    try:
        yield
    finally:
        sys.setprofile(None)


SCHEDULER_STEPS = {
    (name, method): getattr(found, method).__code__
    for name, found in {**vars(lr_scheduler), "SWALR": torch.optim.swa_utils.SWALR}.items()
    if isinstance(found, type) and found.__module__.startswith("torch.optim") and found is not Optimizer
    for method in ("step", "get_lr", "_update_lr")
    if method in vars(found)
}


@pytest.mark.parametrize("case", CASES, ids=[case.yaml for case in CASES])
def test_every_method_of_torch_is_called_as_often_as_the_bare_loop_calls_it(
    case: Case, tmp_path: Path
) -> None:
    name, (per, every) = case.optimizers[0], case.paces[0]
    curve = curve_of(
        tmp_path, f"interval: {per}, frequency: {every}, {case.yaml}", RUN, optimizer=OPTIMIZERS[name][0]
    )
    ours, bare = Counter[CodeType](), Counter[CodeType]()
    with counting(ours):
        loop.simulate(curve)
    with counting(bare), quiet():
        optimizer = OPTIMIZERS[name][1]()
        stepped = case.stepped(optimizer, per, every)
        bare_loop(optimizer, stepped, epochs=EPOCHS, steps_per_epoch=STEPS_PER_EPOCH)
    assert len(SCHEDULER_STEPS) > 15
    assert ours[own_step(optimizer)] == bare[own_step(optimizer)] == EPOCHS * STEPS_PER_EPOCH
    called = {method: ours[code] for method, code in SCHEDULER_STEPS.items()}
    assert called == {method: bare[code] for method, code in SCHEDULER_STEPS.items()}
    assert any(called.values())


@pytest.mark.parametrize("name", ALL)
def test_every_optimizers_own_step_is_called_once_per_update(name: str, tmp_path: Path) -> None:
    many = ", ".join(["{lr: 0.1}"] * MANY)
    for groups in ("", f", groups: [{many}]")[: 1 + ALL[name].takes_groups]:
        curve = curve_of(
            tmp_path, "type: StepLR, step_size: 3", "run: {steps: 25}", f"{{type: {name}, lr: 0.1{groups}}}"
        )
        calls = Counter[CodeType]()
        with counting(calls):
            loop.simulate(curve)
        assert calls[own_step(build(curve).optimizer)] == 25
        assert calls[SCHEDULER_STEPS["LRScheduler", "step"]] == 1 + 25  # torch makes the first itself


@pytest.mark.parametrize("name", [name for name in ALL if name != "LBFGS"])
def test_no_wrapper_of_torch_is_called(name: str, tmp_path: Path) -> None:
    curve = curve_of(tmp_path, "type: StepLR, step_size: 3", optimizer=f"{{type: {name}, lr: 0.1}}")
    wrapper = shared.Optimizer.profile_hook_step(SGD.step).__code__
    calls = Counter[CodeType]()
    with counting(calls):
        loop.simulate(curve)
    assert calls[wrapper] == 0
    with counting(calls), plain():
        loop.simulate(curve)
    assert calls[wrapper] == 20


# What is not the optimizer's or the scheduler's own is not paid for at every update.


@pytest.mark.parametrize("name", ["one_column", "two_columns", "all_columns"])
def test_the_innermost_loop_begins_a_new_piece_of_pythons_stack(name: str) -> None:
    # At the end of a piece each call takes another and gives it back: ten times slower at one depth in a hundred.
    assert getattr(columns, name).__code__.co_stacksize * 8 > 16 * 1024


ASKED = """
import gc, sys
import lrviz
from lrviz import loop
from lrviz.build import stepping

stepped = []

def kept(rig):
    stepped.extend([rig.optimizer, *(stepper.scheduler for stepper in rig.steppers)])
    return stepping.bare_step(rig)

loop.bare_step = kept
(curve,) = lrviz.load("cosine:steps=20")
loop.simulate(curve)
assert len(stepped) == 2

def held(found):
    return [one for one in gc.get_referents(found) if isinstance(one, dict) and {"param_groups", "base_lrs"} & set(one)]

assert not any(map(held, stepped))
vars(stepped[0])
assert held(stepped[0])
"""


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="the attributes of an object are kept elsewhere")
def test_no_object_that_is_stepped_is_asked_for_the_dictionary_of_its_attributes() -> None:
    # From then on every look-up of an attribute takes longer: half a microsecond per update. In a process of its own:
    # what other tests set on optimizers of the same class counts too.
    subprocess.run([sys.executable, "-c", ASKED], check=True)


@pytest.mark.parametrize("name", ALL)
def test_groups_hold_no_parameters_where_torch_takes_them_so(name: str, tmp_path: Path) -> None:
    rig = build(curve_of(tmp_path, "type: StepLR, step_size: 3", optimizer=f"{{type: {name}, lr: 0.1}}"))
    assert [len(group["params"]) for group in rig.optimizer.param_groups] == [0 if name != "LBFGS" else 1]


# torch's compiler takes a second to import, and a hundred megabytes.

SIMULATED = """
import sys, lrviz
for word in sys.argv[1:]:
    assert lrviz.simulate(word, cache=False)
print([name for name in ("torch", "torch._dynamo") if name in sys.modules])
"""


def test_no_curve_imports_the_compiler_of_torch(tmp_path: Path) -> None:
    resumed = "{type: StepLR, step_size: 3, resume: {at: 7st}}"
    curves_of(tmp_path, f"run: {{steps: 20}}\nschedules:\n  resumed: {resumed}\n")
    words = ["steplr", "onecycle", str(tmp_path / "spec.yaml")]
    done = subprocess.run(
        [sys.executable, "-c", SIMULATED, *words], capture_output=True, text=True, check=True
    )
    assert done.stdout == "['torch']\n"


def test_torch_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = [getattr(Optimizer, name).__wrapped__ for name in uncompiled.WRAPPED]
    for function in own:
        monkeypatch.delattr(function, uncompiled.FOUND, raising=False)
    monkeypatch.delitem(sys.modules, "torch._dynamo", raising=False)
    with uncompiled.uncompiled():
        assert [getattr(function, uncompiled.FOUND) for function in own] == own
    assert not any(hasattr(function, uncompiled.FOUND) for function in own)
    with pytest.raises(RefusedByTorch):
        loop.simulate(curve_of(tmp_path, "type: OneCycleLR, max_lr: 1, total_steps: 3"))
    assert not any(hasattr(function, uncompiled.FOUND) for function in own)


def test_a_compiler_that_is_there_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Optimizer.add_param_group.__wrapped__  # type: ignore[attr-defined]
    found = object()
    monkeypatch.setattr(own, uncompiled.FOUND, found, raising=False)
    with uncompiled.uncompiled():
        assert getattr(own, uncompiled.FOUND) is found
    assert getattr(own, uncompiled.FOUND) is found
