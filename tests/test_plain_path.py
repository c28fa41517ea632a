"""Whatever a loop could miss by going beneath torch's wrappers (hooks, warnings, errors, gradients) is not missed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bare_loop import weight
from torch.nn import Parameter
from torch.optim import SGD, lr_scheduler
from torch.optim import optimizer as shared
from torch.optim.lr_scheduler import StepLR
from two_paths import assert_same, curve_of, plain

from lrviz import RefusedByTorch, Trace, loop
from lrviz.build import Rig, Stepper, build, stepping
from lrviz.spec.curve import Curve

MANY = stepping.MANY + 5


# What is unusual takes the plain path.


def hand_built(monkeypatch: pytest.MonkeyPatch, make: Callable[[Curve], Rig], curve: Curve) -> Trace:
    monkeypatch.setattr(loop, "build", make)
    return loop.simulate(curve)


def rig_of(curve: Curve, optimizer: Any) -> Rig:
    (spec,) = curve.schedulers
    return Rig(curve, optimizer, (Stepper(StepLR(optimizer, 3), spec, 1),))


STEPLR = "type: StepLR, step_size: 3"
STEPLR_20 = [0.1 * 0.1 ** (update // 3) for update in range(20)]


@pytest.mark.parametrize(
    "register", [shared.register_optimizer_step_pre_hook, shared.register_optimizer_step_post_hook]
)
def test_a_hook_on_every_optimizer_is_called_at_every_update(register: Any, tmp_path: Path) -> None:
    curve = curve_of(tmp_path, STEPLR)
    without, called = loop.simulate(curve), []
    handle = register(lambda *arguments: called.append(arguments[0]))
    try:
        trace = loop.simulate(curve)
    finally:
        handle.remove()
    assert len(called) == 20
    assert {type(optimizer) for optimizer in called} == {SGD}
    assert trace.lr.tobytes() == without.lr.tobytes()


@pytest.mark.parametrize("which", ["register_step_pre_hook", "register_step_post_hook"])
def test_a_hook_on_one_optimizer_is_called_at_every_update(
    which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[float] = []

    def make(curve: Curve) -> Rig:
        rig = build(curve)
        getattr(rig.optimizer, which)(lambda optimizer, *_: called.append(optimizer.param_groups[0]["lr"]))
        return rig

    trace = hand_built(monkeypatch, make, curve_of(tmp_path, STEPLR))
    assert called == trace.lr[:, 0].tolist()
    assert np.allclose(called, STEPLR_20, rtol=1e-12, atol=0)


def test_the_closure_of_lbfgs_is_called_at_every_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[int] = []

    def make(curve: Curve) -> Rig:
        rig = build(curve)
        assert rig.closure is not None

        def closure() -> torch.Tensor:
            called.append(1)
            return torch.zeros(())

        return Rig(curve, rig.optimizer, rig.steppers, closure)

    curve = curve_of(tmp_path, STEPLR, optimizer="{type: LBFGS, lr: 0.1}")
    trace = hand_built(monkeypatch, make, curve)
    assert len(called) == 20
    assert np.allclose(trace.lr[:, 0], STEPLR_20, rtol=1e-12, atol=0)


def test_parameters_with_gradients_are_really_updated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = [Parameter(torch.ones(1)) for _ in range(MANY)]
    for parameter in parameters:
        parameter.grad = torch.ones(1)

    def make(curve: Curve) -> Rig:
        return rig_of(curve, SGD([{"params": [parameter]} for parameter in parameters], lr=0.1))

    groups = ", ".join(["{lr: 0.1}"] * MANY)
    trace = hand_built(
        monkeypatch, make, curve_of(tmp_path, STEPLR, optimizer=f"{{type: SGD, groups: [{groups}]}}")
    )
    moved = float(np.sum(trace.lr[:, 0]))
    assert [float(parameter.detach()) for parameter in parameters] == pytest.approx(
        [1 - moved] * MANY, rel=1e-5
    )


def test_a_subclass_that_overrides_step_is_stepped_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[float] = []

    class SGD(torch.optim.SGD):  # the name alone does not make it torch's
        def step(self, closure: Any = None) -> Any:
            called.append(self.param_groups[0]["lr"])
            return super().step(closure)

    trace = hand_built(
        monkeypatch, lambda curve: rig_of(curve, SGD([weight()], lr=0.1)), curve_of(tmp_path, STEPLR)
    )
    assert called == trace.lr[:, 0].tolist()
    assert len(called) == 20


def test_a_step_put_on_the_object_is_called_at_every_update_and_torch_warns_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[int] = []

    def make(curve: Curve) -> Rig:
        rig = build(curve)
        rig.optimizer.step = lambda: called.append(1)  # type: ignore[method-assign, assignment]
        return rig

    trace = hand_built(monkeypatch, make, curve_of(tmp_path, STEPLR))
    assert len(called) == 20
    (event,) = [event for event in trace.events if event.kind == "warning"]
    assert event.update == 0
    assert event.text.startswith(
        "Seems like `optimizer.step()` has been overridden after learning rate scheduler"
    )


# What torch says comes through.


def test_a_warning_at_the_build_comes_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(curve: Curve) -> Rig:
        rig = build(curve)
        rig.steppers[0].scheduler.step()
        return rig

    trace = hand_built(monkeypatch, make, curve_of(tmp_path, STEPLR))
    (event,) = [event for event in trace.events if event.kind == "warning"]
    assert event.update == -1
    assert event.text.startswith("Detected call of `lr_scheduler.step()` before `optimizer.step()`.")


@pytest.mark.parametrize("groups", [1, 2, MANY])
def test_a_warning_in_the_midst_is_heard_once_at_its_update(
    groups: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = StepLR.get_lr

    def get_lr(self: StepLR) -> list[float]:
        if self.last_epoch in (13, 15):
            warnings.warn("thirteen  is\nnot lucky", UserWarning, stacklevel=2)
        return real(self)

    monkeypatch.setattr(StepLR, "get_lr", get_lr)
    each = ", ".join(["{lr: 0.1}"] * groups)
    trace = assert_same(curve_of(tmp_path, STEPLR, optimizer=f"{{type: SGD, groups: [{each}]}}"))
    heard = [(event.update, event.text) for event in trace.events if event.kind == "warning"]
    assert heard == [(12, "thirteen is not lucky")]


def refused(curve: Curve) -> str:
    with pytest.raises(RefusedByTorch) as fast:
        loop.simulate(curve)
    with plain(), pytest.raises(RefusedByTorch) as slow:
        loop.simulate(curve)
    assert str(fast.value) == str(slow.value)
    return fast.value.problem.message


@pytest.mark.parametrize("optimizer", ["{type: SGD, lr: 0.1}", "{type: SGD, groups: [{lr: 0.1}, {lr: 0.1}]}"])
@pytest.mark.parametrize(
    ("schedule", "run", "update"),
    [
        ("type: LambdaLR, interval: step, lr_lambda: 1 / (5 - t)", "run: {steps: 20}", 4),
        ("type: LambdaLR, interval: step, lr_lambda: 1 / (12345 - t)", "run: {steps: 12350}", 12344),
        ("type: LambdaLR, interval: step, frequency: 3, lr_lambda: 1 / (5 - t)", "run: {steps: 20}", 14),
        (
            "type: LambdaLR, interval: epoch, lr_lambda: 1 / (5 - t)",
            "run: {epochs: 9, steps_per_epoch: 7}",
            34,
        ),
        (
            "schedulers: [{type: LinearLR, interval: step}, {type: LambdaLR, interval: step, "
            "lr_lambda: 1 / (5 - t)}]",
            "run: {steps: 20}",
            4,
        ),
    ],
)
def test_an_error_in_the_midst_names_its_update(
    schedule: str, run: str, update: int, optimizer: str, tmp_path: Path
) -> None:
    # After update n, counted from 0, the scheduler is called for the time n + 1.
    message = refused(curve_of(tmp_path, schedule, run, optimizer))
    assert message.startswith("only: torch's LambdaLR refuses this: lr_lambda '1 / ")
    assert message.endswith(f"(after update {update:,})")


def test_a_scheduler_stepped_past_its_end_is_refused_where_the_bare_loop_is(tmp_path: Path) -> None:
    optimizer = SGD([weight()], lr=0.1)
    scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=1, total_steps=10, cycle_momentum=False)
    done = 0
    with pytest.raises(ValueError, match="Tried to step 11 times"):  # noqa: PT012
        while True:
            optimizer.step()
            scheduler.step()
            done += 1
    curve = curve_of(tmp_path, "type: OneCycleLR, max_lr: 1, total_steps: 10, cycle_momentum: false")
    assert refused(curve) == (
        "only: torch's OneCycleLR refuses this: Tried to step 11 times. The specified number of total steps is 10 "
        f"(after update {done})"
    )
