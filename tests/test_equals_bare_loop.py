"""Every scheduler and optimizer of torch, as lrviz steps it, equals the plain training loop bit for bit."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bare_loop import Seen, Stepped, bare_loop, quiet, weight
from scheduler_cases import CASES, EPOCHS, OPTIMIZERS, RUN, STEPS_PER_EPOCH, Case, lrs
from torch.optim import SGD, AdamW, lr_scheduler
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from torch.optim.swa_utils import SWALR

import lrviz
from lrviz import Trace, catalog, pipeline
from lrviz.catalog import yaml12

CLASSES = {name: getattr(lr_scheduler, name) for name in lr_scheduler.__all__ if name != "LRScheduler"} | {
    "SWALR": SWALR
}


def simulated(tmp_path: Path, text: str) -> dict[str, Trace]:
    file = tmp_path / "spec.yaml"
    file.write_text(text, encoding="utf-8")
    return pipeline.simulate(lrviz.load(file), cache=False)


def one(tmp_path: Path, curve: str, run: str = RUN) -> Trace:
    traces = simulated(
        tmp_path, f"{run}\noptimizer: {{type: SGD, lr: 0.1}}\nschedules:\n  only: {{{curve}}}\n"
    )
    return traces["only"]


def sgd() -> SGD:
    return SGD([weight()], lr=0.1)


def looped(optimizer: Any, *stepped: Stepped) -> Seen:
    return bare_loop(optimizer, *stepped, epochs=EPOCHS, steps_per_epoch=STEPS_PER_EPOCH)


def assert_equal(trace: Trace, seen: Seen) -> None:
    """Bit for bit: no tolerance anywhere."""
    assert np.array_equal(trace.lr, seen.lr)
    for found, expected in ((trace.momentum, seen.momentum), (trace.weight_decay, seen.weight_decay)):
        assert (found is None) == (expected is None)
        assert expected is None or np.array_equal(found, expected)
    assert trace.final_lr == seen.final_lr


@pytest.mark.parametrize("case", CASES, ids=[case.yaml for case in CASES])
def test_every_scheduler_equals_the_bare_loop(case: Case, tmp_path: Path) -> None:
    setups = [(name, per, every) for name in case.optimizers for per, every in case.paces]
    assert setups
    curves = "".join(
        f"  {name} {per} {every}:\n"
        f"    {{optimizer: {OPTIMIZERS[name][0]}, interval: {per}, frequency: {every}, {case.yaml}}}\n"
        for name, per, every in setups
    )
    traces = simulated(tmp_path, f"{RUN}\nschedules:\n{curves}")
    assert len(traces) == len(setups)
    for (name, per, every), trace in zip(setups, traces.values(), strict=True):
        with quiet():
            optimizer = OPTIMIZERS[name][1]()
            stepped = case.stepped(optimizer, per, every)
        assert type(stepped.scheduler).__name__ == case.type
        assert_equal(trace, looped(optimizer, stepped))


def written(case: Case) -> dict[str, Any]:
    return yaml12.load(f"{{{case.yaml}}}".encode())


def test_the_cases_cover_every_class_and_every_argument_of_torch() -> None:
    assert len(CLASSES) >= 16
    covered = {(case.type, name) for case in CASES for name in written(case)}
    wanted = {
        (class_name, name)
        for class_name, found in CLASSES.items()
        for name in ("type", *inspect.signature(found).parameters)
        if name != "optimizer"
    }
    assert wanted - covered == set()


def test_the_cases_cover_every_class_and_every_argument_of_the_catalog() -> None:
    covered = {(case.type, name) for case in CASES for name in written(case)}
    wanted = {
        (name, argument.name) for name, entry in catalog.schedulers().items() for argument in entry.arguments
    }
    assert wanted
    assert wanted - covered == set()


# Arguments whose every value gives the same curve, in torch itself.
WITHOUT_EFFECT = {
    ("ExponentialLR", "last_epoch"): "each LR is the last one times gamma, whatever the count",
    ("SWALR", "last_epoch"): "it counts its own calls instead",
    ("OneCycleLR", "last_epoch"): "anything but -1 needs max_lr and min_lr in the groups, and is refused",
}
# One without the other is refused, or gives the same total.
TOGETHER = {("OneCycleLR", "epochs"), ("OneCycleLR", "steps_per_epoch"), ("OneCycleLR", "total_steps")}


def test_every_optional_argument_makes_a_difference_in_some_case(tmp_path: Path) -> None:
    # An argument that lrviz read and then lost would pass unseen if no case turned on it.
    optional = {
        (e.name, a.name) for e in catalog.schedulers().values() for a in e.arguments if not a.required
    }
    assert len(optional) > 50
    differs: set[tuple[str, str]] = set()
    for case in CASES:
        arguments = written(case)
        curve = {"optimizer": yaml12.load(OPTIMIZERS[case.optimizers[-1]][0].encode()), **arguments}
        if case.metric is None:
            curve["interval"] = "step"
        for name in arguments:
            if (case.type, name) in optional - differs - TOGETHER and changes_the_curve(
                name, curve, tmp_path
            ):
                differs.add((case.type, name))
    assert optional - differs - TOGETHER == set(WITHOUT_EFFECT)


def changes_the_curve(name: str, curve: dict[str, Any], tmp_path: Path) -> bool:
    without = {key: value for key, value in curve.items() if key != name}
    document = json.dumps(
        {
            "run": {"epochs": EPOCHS, "steps_per_epoch": STEPS_PER_EPOCH},
            "schedules": {"a": curve, "b": without},
        }
    )
    a, b = simulated(tmp_path, document.replace("NaN", ".nan").replace("Infinity", ".inf")).values()
    same_momentum = a.momentum is None or np.array_equal(a.momentum, b.momentum)
    return not (np.array_equal(a.lr, b.lr) and same_momentum)


def test_one_cycle_cannot_start_in_the_middle_without_its_own_groups(tmp_path: Path) -> None:
    curve = "optimizer: {type: SGD, momentum: 0.9, groups: [{lr: 0.03, initial_lr: 0.1}]}, type: OneCycleLR, "
    optimizer = SGD([{"params": [weight()], "lr": 0.03, "initial_lr": 0.1}], momentum=0.9)
    with pytest.raises(KeyError, match="max_lr"):
        OneCycleLR(optimizer, max_lr=0.4, total_steps=33, last_epoch=3)
    with pytest.raises(lrviz.RefusedByTorch) as caught:
        one(tmp_path, curve + "max_lr: 0.4, total_steps: 33, last_epoch: 3")
    assert "torch's OneCycleLR refuses this: max_lr" in str(caught.value)


# What an expression may name besides its scheduler's own count.


@pytest.mark.parametrize(("per", "every"), [("step", 1), ("epoch", 1), ("step", 2), ("epoch", 2)])
def test_step_and_epoch_in_an_expression_are_those_of_the_next_update(
    per: str, every: int, tmp_path: Path
) -> None:
    text = f"type: LambdaLR, interval: {per}, frequency: {every}, lr_lambda: '0.9 ** epoch + step / 100'"
    updates = every * (3 if per == "epoch" else 1)  # between two calls
    optimizer = sgd()
    scheduler = LambdaLR(optimizer, lambda t: 0.9 ** (t * updates // 3) + (t * updates) / 100)
    assert_equal(one(tmp_path, text), looped(optimizer, Stepped(scheduler, per, every)))


def test_step_in_an_expression_counts_from_the_start_of_the_run_in_a_later_phase_too(tmp_path: Path) -> None:
    curve = (
        "type: SequentialLR, interval: step, frequency: 2, milestones: [4], schedulers: "
        "[{type: LinearLR, total_iters: 4}, {type: LambdaLR, lr_lambda: '1 - step / steps'}]"
    )
    optimizer = sgd()
    phases = [LinearLR(optimizer, total_iters=4), LambdaLR(optimizer, lambda t: 1 - (8 + 2 * t) / 33)]
    expected = looped(optimizer, Stepped(SequentialLR(optimizer, phases, milestones=[4]), "step", 2))
    assert_equal(one(tmp_path, curve), expected)


def test_numbers_relative_to_the_lr_are_those_of_each_group(tmp_path: Path) -> None:
    text = f"optimizer: {OPTIMIZERS['two groups'][0]}, type: OneCycleLR, max_lr: 10 * lr, total_steps: 33"
    optimizer = OPTIMIZERS["two groups"][1]()
    scheduler = OneCycleLR(optimizer, max_lr=[10 * lr for lr in lrs(optimizer)], total_steps=33)
    assert_equal(one(tmp_path, text), looped(optimizer, Stepped(scheduler, "step")))


# Where nothing is said.


def test_a_scheduler_is_stepped_per_epoch_where_a_run_has_epochs(tmp_path: Path) -> None:
    optimizer = sgd()
    assert_equal(
        one(tmp_path, "type: StepLR, step_size: 2"), looped(optimizer, Stepped(StepLR(optimizer, 2), "epoch"))
    )


def test_a_scheduler_is_stepped_per_update_where_a_run_has_none(tmp_path: Path) -> None:
    optimizer = sgd()
    trace = one(tmp_path, "type: StepLR, step_size: 2", "run: {steps: 33}")
    assert_equal(trace, looped(optimizer, Stepped(StepLR(optimizer, 2), "step")))


@pytest.mark.parametrize(
    ("curve", "build"),
    [
        (
            "type: OneCycleLR, max_lr: 0.4, total_steps: 33",
            lambda o: OneCycleLR(o, max_lr=0.4, total_steps=33),
        ),
        (
            "type: SequentialLR, milestones: [3], schedulers: [{type: LinearLR}, {type: OneCycleLR, "
            "max_lr: 1, total_steps: 30}]",
            lambda o: SequentialLR(o, [LinearLR(o), OneCycleLR(o, max_lr=1, total_steps=30)], milestones=[3]),
        ),
        (
            "type: CyclicLR, base_lr: 0.01, max_lr: 0.2, step_size_up: 5",
            lambda o: lr_scheduler.CyclicLR(o, base_lr=0.01, max_lr=0.2, step_size_up=5),
        ),
    ],
)
def test_what_torch_documents_as_stepped_per_batch_is(curve: str, build: Any, tmp_path: Path) -> None:
    optimizer = sgd()
    with quiet():
        scheduler = build(optimizer)
    assert_equal(one(tmp_path, curve), looped(optimizer, Stepped(scheduler, "step")))


def test_an_optimizer_without_a_scheduler_keeps_its_lr(tmp_path: Path) -> None:
    assert_equal(one(tmp_path, "optimizer: {type: AdamW}"), looped(AdamW([weight()])))


# Warm-up.


@pytest.mark.parametrize(("per", "every"), [("step", 1), ("epoch", 1), ("step", 2)])
@pytest.mark.parametrize(
    ("warmup", "factor"), [("3", 0.01), ("{length: 3}", 0.01), ("{length: 3, start_factor: 0.2}", 0.2)]
)
def test_warmup_is_a_linear_lr_in_front(
    warmup: str, factor: float, per: str, every: int, tmp_path: Path
) -> None:
    curve = (
        f"warmup: {warmup}, type: CosineAnnealingLR, T_max: 8, eta_min: 1e-3, interval: {per}, "
        f"frequency: {every}"
    )
    optimizer = sgd()
    with quiet():
        phases = [
            LinearLR(optimizer, start_factor=factor, total_iters=3),
            CosineAnnealingLR(optimizer, T_max=8, eta_min=1e-3),
        ]
        scheduler = SequentialLR(optimizer, phases, milestones=[3])
    assert_equal(one(tmp_path, curve), looped(optimizer, Stepped(scheduler, per, every)))


def test_what_is_left_after_a_warmup_is_rest(tmp_path: Path) -> None:
    optimizer = sgd()
    phases = [LinearLR(optimizer, start_factor=0.01, total_iters=6), CosineAnnealingLR(optimizer, T_max=27)]
    expected = looped(optimizer, Stepped(SequentialLR(optimizer, phases, milestones=[6]), "step"))
    for curve in (
        "type: CosineAnnealingLR, interval: step, warmup: 2ep, T_max: rest",
        "type: SequentialLR, interval: step, milestones: [2ep], schedulers: ["
        "{type: LinearLR, start_factor: 0.01, total_iters: 6st}, {type: CosineAnnealingLR, T_max: rest}]",
        "type: CosineAnnealingLR, interval: step, warmup: 6, T_max: 100% - 2ep",
    ):
        assert_equal(one(tmp_path, curve), expected)


def test_warmup_before_a_sequence_is_one_sequence(tmp_path: Path) -> None:
    curve = (
        "type: SequentialLR, interval: step, warmup: 4, milestones: [7], "
        "schedulers: [{type: ConstantLR, factor: 1, total_iters: 7}, {type: ExponentialLR, gamma: 0.9}]"
    )
    optimizer = sgd()
    phases = [
        LinearLR(optimizer, start_factor=0.01, total_iters=4),
        lr_scheduler.ConstantLR(optimizer, factor=1, total_iters=7),
        ExponentialLR(optimizer, gamma=0.9),
    ]
    scheduler = SequentialLR(optimizer, phases, milestones=[4, 11])
    assert_equal(one(tmp_path, curve), looped(optimizer, Stepped(scheduler, "step")))


def test_milestones_in_units_after_a_warmup_count_from_the_start_of_the_run(tmp_path: Path) -> None:
    optimizer = sgd()
    phases = [
        LinearLR(optimizer, start_factor=0.01, total_iters=2),
        MultiStepLR(optimizer, milestones=[3, 6]),
    ]
    expected = looped(optimizer, Stepped(SequentialLR(optimizer, phases, milestones=[2])))
    assert_equal(one(tmp_path, "type: MultiStepLR, warmup: 2, milestones: [5ep, 8ep]"), expected)
    assert_equal(one(tmp_path, "type: MultiStepLR, warmup: 2, milestones: [3, 6]"), expected)


def test_warmup_to_a_constant_is_a_linear_lr_alone(tmp_path: Path) -> None:
    optimizer = sgd()
    scheduler = LinearLR(optimizer, start_factor=0.01, total_iters=4)
    assert_equal(one(tmp_path, "warmup: 4"), looped(optimizer, Stepped(scheduler)))


def test_warmup_beside_a_plateau_is_stepped_per_update(tmp_path: Path) -> None:
    curve = (
        "warmup: 6st, type: ReduceLROnPlateau, patience: 0, monitor: m, "
        "metrics: {m: {values: [1.0], then: hold}}"
    )
    optimizer = sgd()
    warmup = LinearLR(optimizer, start_factor=0.01, total_iters=6)
    reduce = ReduceLROnPlateau(optimizer, patience=0)
    expected = looped(optimizer, Stepped(warmup, "step"), Stepped(reduce, "epoch", metric=[1.0] * 11))
    assert_equal(one(tmp_path, curve), expected)


def test_several_schedulers_on_one_optimizer_keep_their_own_intervals(tmp_path: Path) -> None:
    curve = (
        "optimizer: {type: AdamW, lr: 3e-4, groups: [{name: backbone, lr: 3e-5}, {name: head}]}, "
        "schedulers: ["
        "{type: LinearLR, interval: step, start_factor: 0.01, total_iters: 5}, "
        "{type: ExponentialLR, interval: step, frequency: 4, gamma: 0.98}, "
        "{type: StepLR, interval: epoch, frequency: 2, step_size: 2}, "
        "{type: ReduceLROnPlateau, interval: epoch, monitor: val_loss, patience: 1}], "
        "metrics: {val_loss: {values: [1.0, 0.9, 0.95], then: repeat}}"
    )
    optimizer = AdamW([{"params": [weight()], "lr": 3e-5}, {"params": [weight()]}], lr=3e-4)
    expected = looped(
        optimizer,
        Stepped(LinearLR(optimizer, start_factor=0.01, total_iters=5), "step"),
        Stepped(ExponentialLR(optimizer, gamma=0.98), "step", 4),
        Stepped(StepLR(optimizer, step_size=2), "epoch", 2),
        Stepped(ReduceLROnPlateau(optimizer, patience=1), "epoch", 1, [1.0, 0.9, 0.95] * 3 + [1.0, 0.9]),
    )
    assert_equal(one(tmp_path, curve), expected)


# One meaning, several spellings.


@pytest.mark.parametrize(
    "curve",
    [
        "type: CosineAnnealingLR, T_max: 9, eta_min: 0.001",
        "type: cosineannealing, T_max: 9, eta_min: 1e-3",
        "type: torch.optim.lr_scheduler.CosineAnnealingLR, T_max: 9, eta_min: 1.0e-3",
        "type: CosineAnnealingLR, args: {T_max: 9, eta_min: 0.001}",
        "type: CosineAnnealingLR, T_max: 9, args: {eta_min: 0.001}",
        "class_path: torch.optim.lr_scheduler.CosineAnnealingLR, init_args: {T_max: 9, eta_min: 0.001}",
        "_target_: torch.optim.lr_scheduler.CosineAnnealingLR, _partial_: true, T_max: 9, eta_min: 0.001",
        "schedulers: [{type: CosineAnnealingLR, T_max: 9, eta_min: 0.001}]",
        "type: CosineAnnealingLR, T_max: 9ep, eta_min: lr / 100",
    ],
)
def test_spellings_of_a_scheduler_mean_the_same(curve: str, tmp_path: Path) -> None:
    optimizer = sgd()
    assert_equal(
        one(tmp_path, curve), looped(optimizer, Stepped(CosineAnnealingLR(optimizer, T_max=9, eta_min=0.001)))
    )


@pytest.mark.parametrize(
    "optimizer",
    [
        "{type: AdamW, lr: 3e-4, betas: [0.8, 0.99]}",
        "{type: adamw, args: {lr: 3e-4, betas: [0.8, 0.99]}}",
        "{class_path: torch.optim.AdamW, init_args: {lr: 0.0003, betas: [0.8, 0.99]}}",
        "{_target_: torch.optim.AdamW, lr: 0.0003, betas: [0.8, 0.99]}",
        "{_target_: torch.optim.adamw.AdamW, _partial_: true, lr: 0.0003, betas: [0.8, 0.99]}",
        "{type: AdamW, groups: [{lr: 3e-4, betas: [0.8, 0.99]}]}",
    ],
)
def test_spellings_of_an_optimizer_mean_the_same(optimizer: str, tmp_path: Path) -> None:
    live = AdamW([weight()], lr=3e-4, betas=(0.8, 0.99))
    trace = one(tmp_path, f"optimizer: {optimizer}, type: ExponentialLR, gamma: 0.9")
    assert_equal(trace, looped(live, Stepped(ExponentialLR(live, gamma=0.9))))


# (a curve with lengths in units, the same with the counts they come to), in a run of 11 epochs of 3 updates
LENGTHS = [
    ("type: StepLR, step_size: 2ep", "type: StepLR, step_size: 2"),
    ("type: StepLR, step_size: 2ep, interval: step", "type: StepLR, step_size: 6, interval: step"),
    ("type: StepLR, step_size: 6st", "type: StepLR, step_size: 2"),
    (
        "type: StepLR, step_size: 2ep, interval: step, frequency: 2",
        "type: StepLR, step_size: 3, interval: step, frequency: 2",
    ),
    ("type: StepLR, step_size: 4ep, frequency: 2", "type: StepLR, step_size: 2, frequency: 2"),
    ("type: CosineAnnealingLR, T_max: 100%", "type: CosineAnnealingLR, T_max: 11"),
    (
        "type: CosineAnnealingLR, T_max: 100%, interval: step",
        "type: CosineAnnealingLR, T_max: 33, interval: step",
    ),
    ("type: CosineAnnealingLR, T_max: rest - 1ep", "type: CosineAnnealingLR, T_max: 10"),
    (
        "type: CosineAnnealingLR, T_max: 10%, interval: step",
        "type: CosineAnnealingLR, T_max: 3, interval: step",
    ),
    (
        "type: CosineAnnealingLR, T_max: 1.5ep, interval: step",
        "type: CosineAnnealingLR, T_max: 5, interval: step",
    ),
    (
        "type: CosineAnnealingLR, T_max: 12ktok, interval: step",
        "type: CosineAnnealingLR, T_max: 12, interval: step",
    ),
    ("type: MultiStepLR, milestones: [3ep, 50%, 24st]", "type: MultiStepLR, milestones: [3, 6, 8]"),
    ("type: OneCycleLR, max_lr: 1, total_steps: 100%", "type: OneCycleLR, max_lr: 1, total_steps: 33"),
    (
        "type: CyclicLR, base_lr: 0.1, max_lr: 1, step_size_up: 1ep, step_size_down: 20%",
        "type: CyclicLR, base_lr: 0.1, max_lr: 1, step_size_up: 3, step_size_down: 7",
    ),
    ("type: CosineAnnealingWarmRestarts, T_0: 2ep", "type: CosineAnnealingWarmRestarts, T_0: 2"),
    ("type: SWALR, swa_lr: 0.01, anneal_epochs: 4ep", "type: SWALR, swa_lr: 0.01, anneal_epochs: 4"),
    (
        "type: ReduceLROnPlateau, patience: 2ep, cooldown: 3st, monitor: m, "
        "metrics: {m: {values: [1], then: hold}}",
        "type: ReduceLROnPlateau, patience: 2, cooldown: 1, monitor: m, metrics: {m: {values: [1], "
        "then: hold}}",
    ),
    (
        "type: LambdaLR, interval: step, where: {w: 2ep, end: 100%}, lr_lambda: 'min(t / w, 1 - t / end)'",
        "type: LambdaLR, interval: step, lr_lambda: 'min(t / 6, 1 - t / 33)'",
    ),
]


@pytest.mark.parametrize(("units", "counts"), LENGTHS)
def test_lengths_with_units_equal_the_counts_they_come_to(units: str, counts: str, tmp_path: Path) -> None:
    run = "run: {epochs: 11, steps_per_epoch: 3, tokens_per_step: 1000}"
    optimizer = "{type: SGD, lr: 0.1, momentum: 0.9}"
    document = f"{run}\noptimizer: {optimizer}\nschedules:\n  units: {{{units}}}\n  counts: {{{counts}}}\n"
    traces = simulated(tmp_path, document)
    assert np.array_equal(traces["units"].lr, traces["counts"].lr)
    assert traces["units"].final_lr == traces["counts"].final_lr
    assert len(np.unique(traces["counts"].lr)) > 1


def test_an_epoch_cut_short_by_the_end_of_the_run_steps_nothing(tmp_path: Path) -> None:
    trace = one(
        tmp_path, "type: ExponentialLR, gamma: 0.5, interval: epoch", "run: {steps: 8, steps_per_epoch: 3}"
    )
    assert trace.lr[:, 0].tolist() == [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025]
    assert trace.final_lr == (0.025,)


def test_a_long_run_keeps_its_updates_and_epochs(tmp_path: Path) -> None:
    # lrviz steps in pieces of 10,000 updates, to report progress; no piece may show.
    curve = (
        "schedulers: [{type: ExponentialLR, interval: step, frequency: 7, gamma: 0.9999}, "
        "{type: StepLR, interval: epoch, step_size: 1, gamma: 0.5}]"
    )
    optimizer = sgd()
    stepped = (
        Stepped(ExponentialLR(optimizer, gamma=0.9999), "step", 7),
        Stepped(StepLR(optimizer, step_size=1, gamma=0.5), "epoch"),
    )
    seen = bare_loop(optimizer, *stepped, epochs=2, steps_per_epoch=12_345)
    assert_equal(one(tmp_path, curve, "run: {epochs: 2, steps_per_epoch: 12345}"), seen)


@pytest.mark.parametrize(("name", "build"), [("SGD", SGD), ("AdamW", AdamW)])
def test_hundreds_of_groups_each_keep_their_own_lr(name: str, build: Any, tmp_path: Path) -> None:
    own = [0.1 / (index + 1) for index in range(300)]
    groups = ", ".join(f"{{lr: {lr!r}}}" for lr in own)
    optimizer = build([{"params": [weight()], "lr": lr} for lr in own])
    seen = bare_loop(
        optimizer,
        Stepped(OneCycleLR(optimizer, max_lr=[10 * lr for lr in own], total_steps=12), "step"),
        epochs=1,
        steps_per_epoch=12,
    )
    curve = (
        f"optimizer: {{type: {name}, groups: [{groups}]}}, type: OneCycleLR, max_lr: 10 * lr, "
        f"total_steps: 100%"
    )
    assert_equal(one(tmp_path, curve, "run: {steps: 12}"), seen)
