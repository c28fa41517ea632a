"""What checks said wrongly, or not at all, when they were attacked: of short runs, odd optimizers and live objects."""

from __future__ import annotations

import warnings

import pytest
import torch
from test_checks_a import found
from torch.nn import Parameter
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
)

import lrviz
from lrviz.errors import LrvizError


def told(run: str, curve: str, optimizer: str = "{type: SGD, lr: 1.0, momentum: 0.9}") -> list[str]:
    return [
        f"{finding.name} [{finding.severity}] {finding.message} = {finding.advice}"
        for finding in found(run, curve, optimizer)
    ]


def sgd(lr: float = 0.1) -> SGD:
    return SGD([Parameter(torch.zeros(2))], lr=lr, momentum=0.9)


@pytest.mark.parametrize(
    "curve",
    [
        "{type: StepLR, step_size: 30}",
        "{type: MultiStepLR, milestones: [30, 60]}",
        "{type: CosineAnnealingWarmRestarts, T_0: 30}",
    ],
)
def test_a_recipe_of_90_epochs_tried_out_for_10_is_not_said_to_be_in_updates(curve: str) -> None:
    assert "error" not in {finding.severity for finding in found("{epochs: 10, steps_per_epoch: 100}", curve)}


def test_milestones_in_epochs_that_are_stepped_per_update_are_found() -> None:
    assert told(
        "{epochs: 90, steps_per_epoch: 100}", "{type: MultiStepLR, interval: step, milestones: [30, 60, 80]}"
    ) == [
        "steps-per-epoch-mixup [error] MultiStepLR has milestones up to 80, numbers of epochs, and is stepped 9,000 "
        "times, once per update: the LR ends at 0.001, 0.1% of its peak = write milestones: [30ep, 60ep, 80ep], or "
        "interval: epoch"
    ]


@pytest.mark.parametrize("milestones", ["[3000, 6000, 8000]", "[30ep, 60ep, 80ep]", "[30st, 80st]", "[5, 8]"])
def test_milestones_that_may_be_meant_are_left_alone(milestones: str) -> None:
    curve = f"{{type: MultiStepLR, interval: step, milestones: {milestones}}}"
    assert told("{epochs: 90, steps_per_epoch: 100}", curve) == []


@pytest.mark.parametrize(
    ("curve", "advice"),
    [
        ("{type: CosineAnnealingWarmRestarts, T_0: 3}", "write T_0: 4, for 5 whole cycles"),
        ("{type: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 3}", "write T_0: 20, for 1 whole cycle"),
        (
            "{type: CyclicLR, base_lr: 0.1, max_lr: 1, interval: epoch, step_size_up: 3}",
            "write step_size_up: 11, for 1 whole cycle",
        ),
    ],
)
def test_a_cycle_that_is_advised_ends_low(curve: str, advice: str) -> None:
    run = f"{{epochs: {22 if 'CyclicLR' in curve else 20}, steps_per_epoch: 1}}"
    assert [finding.advice for finding in found(run, curve)] == [advice]
    key, value = advice.split()[1:3]
    before = next(word for word in curve.strip("{}").split(", ") if word.startswith(key))
    assert told(run, curve.replace(before, f"{key} {value.strip(',')}")) == []


def test_a_cosine_below_zero_is_told_of_its_floor() -> None:
    assert told("{steps: 9}", "{type: CosineAnnealingLR, T_max: 9, eta_min: -0.05}") == [
        "lr-negative [error] 1 update of 9 trains with a negative LR, the first is update 8; the LR goes down to "
        "-0.01834 = write eta_min: 0"
    ]


def test_a_onecycle_of_one_call_is_told_what_it_is() -> None:
    assert told("{steps: 1}", "{type: OneCycleLR, max_lr: 1, total_steps: 100%}", "{type: Adam, lr: 1}") == [
        "onecycle-degenerate [warning] a cycle of 1 call has no rise and no fall: the LR is 4e-06, its lowest = write "
        "a longer cycle, or delete the scheduler"
    ]


def test_a_constant_lambda_is_left_alone() -> None:
    assert told("{steps: 100}", '{type: LambdaLR, lr_lambda: "1"}') == []


def test_a_run_at_zero_is_told() -> None:
    assert told("{steps: 100}", "{type: CosineAnnealingLR, T_max: 100%}", "{type: SGD, lr: 0}") == [
        "schedule-flat [warning] the LR stays at 0 for all 100 updates: nothing is learnt = give the optimizer an lr "
        "above 0"
    ]


def test_a_step_that_no_epoch_reaches_is_not_told_to_step_per_update_alone() -> None:
    run = "{epochs: 1, steps_per_epoch: 1000}"
    assert told(run, "{type: StepLR, step_size: 1}") == [
        "schedule-flat [warning] the LR stays at 1 for all 1,000 updates, though StepLR is stepped 1 time = write a "
        "length within the run, such as step_size: 30% with interval: step, or delete the scheduler"
    ]


def test_a_group_that_thaws_is_no_jump() -> None:
    groups = "{type: AdamW, lr: 0.1, groups: [{name: body}, {name: head}]}"
    curve = '{type: LambdaLR, lr_lambda: ["0 if t < 5 else 0.9 ** t", "0.9 ** t"]}'
    assert told("{steps: 20}", curve, groups) == []


def test_a_group_that_no_cut_of_a_plateau_reaches_is_named() -> None:
    groups = "{type: SGD, lr: 0.1, groups: [{name: head}, {name: body, lr: 1e-5}]}"
    metrics = '{loss: {expr: "1.0"}}'
    curve = f"{{type: ReduceLROnPlateau, monitor: loss, patience: 8, min_lr: 1e-4, metrics: {metrics}}}"
    run = "{epochs: 20, steps_per_epoch: 2}"
    assert told(run, curve, groups) == [
        "plateau-inert [error] the LR of body, 1e-05, is below min_lr, 0.0001: no cut ever reaches it = write a "
        "min_lr below 1e-05"
    ]
    assert told(run, curve.replace("1e-4", "1e-6"), groups) == []


def test_a_multistep_phase_without_milestones_is_checked() -> None:
    phases = "[{type: LinearLR, total_iters: 3}, {type: MultiStepLR, milestones: []}]"
    assert told("{steps: 20}", f"{{type: SequentialLR, milestones: [3], schedulers: {phases}}}") == []


def test_an_lr_next_to_nothing_raises_no_warning_of_numpy() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told("{steps: 5}", '{type: LambdaLR, lr_lambda: "1e308"}', "{type: SGD, lr: 1e-300}")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda o: MultiStepLR(o, [33.3, 66.6]), "MultiStepLR: milestones is 33.3"),
        (lambda o: MultiStepLR(o, ["30", "60"]), "MultiStepLR: milestones is '30'"),
        (lambda o: StepLR(o, "30"), "StepLR: step_size is '30'"),
        (lambda o: LinearLR(o, 0.1, 1, 4.5), "LinearLR: total_iters is 4.5"),
        (
            lambda o: CosineAnnealingLR(o, 30.000000000000004),
            "CosineAnnealingLR: T_max is 30.000000000000004",
        ),
        (
            lambda o: SequentialLR(o, [LinearLR(o, 0.1, 1, 5), CosineAnnealingLR(o, 95)], [2.5]),
            "SequentialLR: milestones is 2.5",
        ),
    ],
)
def test_a_length_of_a_live_scheduler_that_is_no_whole_number_is_refused(build: object, message: str) -> None:
    optimizer = sgd()
    with pytest.raises(LrvizError) as caught:
        lrviz.check_scheduler(optimizer, build(optimizer), steps=100)  # type: ignore[operator]  # it is a lambda
    end = "which is no whole number of calls, and torch may wait for it for ever; write an integer, such as "
    assert str(caught.value) == f"{message}, {end}round(0.3 * steps)"


def test_whole_lengths_of_a_live_scheduler_may_be_floats() -> None:
    optimizer = sgd()
    assert lrviz.check_scheduler(optimizer, CosineAnnealingLR(optimizer, 100.0), steps=100) == []  # type: ignore[arg-type]  # as people do


def test_a_live_onecycle_that_ends_too_early_is_told_its_length_alone() -> None:
    optimizer = sgd()
    [finding] = lrviz.check_scheduler(optimizer, OneCycleLR(optimizer, 0.1, total_steps=50), steps=100)
    assert (finding.name, finding.advice) == ("onecycle-overrun", "write total_steps: 100%")


def test_a_live_scheduler_on_the_base_of_an_earlier_one_is_found() -> None:
    optimizer = sgd()
    CosineAnnealingLR(optimizer, 10)
    optimizer.param_groups[0]["lr"] = 0.01
    [finding] = lrviz.check_scheduler(optimizer, CosineAnnealingLR(optimizer, 50), steps=100)
    assert finding.name == "stale-initial-lr"
    assert finding.message == (
        "the LR is 0.01 when CosineAnnealingLR is built, whose base is an initial_lr of 0.1, left by another "
        "scheduler: it peaks at 0.0999, not at 0.01"
    )
    assert (
        finding.advice
        == "build the scheduler on a new optimizer, or delete initial_lr from its groups before"
    )


def test_a_live_scheduler_on_an_lr_that_has_come_down_to_nothing_is_found() -> None:
    optimizer = sgd()
    first = CosineAnnealingLR(optimizer, 10)
    for _ in range(10):
        optimizer.step()
        first.step()
    [finding] = lrviz.check_scheduler(optimizer, CosineAnnealingLR(optimizer, 100), steps=100)
    assert finding.message == "the LR stays at 0 for all 100 updates: nothing is learnt"
