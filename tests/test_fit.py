"""Which schedule made this curve: random schedules of every family, stepped by torch, and found again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commanded import Command
from numpy.typing import NDArray

from lrviz import pipeline, readers
from lrviz.errors import LrvizError
from lrviz.fitting import Fitted, fit
from lrviz.fitting.writing import Run
from lrviz.trace import Trace

Array = NDArray[np.float64]
EPOCHS, STEPS_PER_EPOCH = 30, 20
RECORDED = Path(__file__).parent / "data" / "recorded" / "torch"


@pytest.fixture
def lrviz(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def traced(text: str) -> Trace:
    return next(iter(pipeline.simulate(readers.read_text(text, "spec.yaml"), cache=False).values()))


def simulate(text: str) -> Array:
    try:
        return traced(text).lr
    except LrvizError as error:
        raise ValueError(str(error)) from error


def fitted(
    lr: Array, updates: Any = None, steps_per_epoch: int | None = STEPS_PER_EPOCH, **run: Any
) -> Fitted:
    lr = lr.reshape(len(lr), -1)
    updates = np.arange(len(lr)) if updates is None else np.asarray(updates)
    names = tuple(f"group {index}" for index in range(lr.shape[1]))
    known = Run(run.get("steps", int(updates[-1]) + 1), steps_per_epoch, "SGD", names)
    found = fit(updates, lr, known, simulate)
    assert found is not None
    return found


def body_of(text: str) -> str:
    """Cut the run from a fitted spec."""
    return text.partition("optimizer:")[2]


# ruff: noqa: E501  # specs are easier to read unbroken
# Schedules with numbers as people write them; calls is the length of the run in calls.
FAMILIES: dict[str, Callable[[random.Random, int], str]] = {
    "constant": lambda _, __: "",
    "linear": lambda r, n: (
        f"type: LinearLR, start_factor: 1.0, end_factor: {r.choice([0.0, 0.1, 0.05])}, total_iters: {r.randrange(n // 2, n)}"
    ),
    "linear to zero": lambda _, n: f"type: PolynomialLR, total_iters: {n}",
    "cosine": lambda r, n: f"type: CosineAnnealingLR, T_max: {r.randrange(n // 2, 2 * n)}",
    "cosine with a floor": lambda r, n: (
        f"type: CosineAnnealingLR, T_max: {r.randrange(n // 2, n)}, eta_min: {r.choice([1e-5, 2e-4, 0.001])}"
    ),
    "cosine, then level": lambda _, n: (
        f'type: LambdaLR, lr_lambda: "0.1 + 0.9 * (1 + cos(pi * min(t, {n // 2}) / {n // 2})) / 2"'
    ),
    "exponential": lambda r, _: f"type: ExponentialLR, gamma: {r.choice([0.9, 0.95, 0.97, 0.985])}",
    "exponential with a floor": lambda r, _: (
        f'type: LambdaLR, lr_lambda: "max({r.choice([0.8, 0.75])} ** t, {r.choice([0.01, 0.05])})"'
    ),
    "step": lambda r, n: (
        f"type: StepLR, step_size: {r.randrange(3, n // 3)}, gamma: {r.choice([0.1, 0.5, 0.3])}"
    ),
    "step with a floor": lambda _, n: f'type: LambdaLR, lr_lambda: "max(0.5 ** (t // {n // 8}), 0.1)"',
    "multistep": lambda r, n: (
        f"type: MultiStepLR, gamma: {r.choice([0.1, 0.2, 0.316])}, "
        f"milestones: {sorted(r.sample(range(2, n - 2), r.randrange(2, 5)))}"
    ),
    "polynomial": lambda r, n: (
        f"type: PolynomialLR, power: {r.choice([0.9, 2.0, 3.0, 0.5])}, total_iters: {r.randrange(n // 2, n + n // 2)}"
    ),
    "polynomial with a floor": lambda r, n: (
        f'type: LambdaLR, lr_lambda: "0.1 + 0.9 * (1 - min(t, {n // 2}) / {n // 2}) ** {r.choice([2, 3])}"'
    ),
    "one-cycle": lambda r, n: (
        f"type: OneCycleLR, total_steps: {n}, max_lr: {r.choice([0.1, 0.4, 3e-3])}, "
        f"pct_start: {r.choice([0.3, 0.25, 0.4])}, div_factor: {r.choice([25, 10])}"
    ),
    "one-cycle in straight lines": lambda _, n: (
        f"type: OneCycleLR, total_steps: {n}, max_lr: 0.1, pct_start: 0.3, anneal_strategy: linear, final_div_factor: 100"
    ),
    "inverse square root": lambda r, _: (
        f'type: LambdaLR, lr_lambda: "sqrt({r.choice([5, 7, 10])} / ({{0}} + t))"'
    ),
    "wsd, linear": lambda _, n: (
        f"type: SequentialLR, milestones: [{n // 2}], schedulers: [{{type: ConstantLR, factor: 1.0, total_iters: 0}}, "
        f"{{type: LinearLR, start_factor: 1.0, end_factor: 0.1, total_iters: {n // 4}}}]"
    ),
    "wsd, cosine": lambda _, n: (
        f"type: SequentialLR, milestones: [{n // 2}], schedulers: [{{type: ConstantLR, factor: 1.0, total_iters: 0}}, "
        f"{{type: CosineAnnealingLR, T_max: {n // 2}, eta_min: 1.0e-5}}]"
    ),
}
OWN_WARMUP = ("one-cycle", "one-cycle in straight lines")


def schedule_of(family: str, interval: str, warm: str, seed: int) -> str:
    numbers = random.Random(f"{family} {interval} {warm} {seed}")
    calls = EPOCHS if interval == "epoch" else EPOCHS * STEPS_PER_EPOCH
    written = FAMILIES[family](numbers, calls)
    if "{0}" in written:
        scale = written.partition("sqrt(")[2].partition(" ")[0]
        written = written.replace("{0}", scale)
    length = numbers.randrange(3, calls // 6)
    ramp = f"warmup: {{length: {length}, start_factor: {numbers.choice([0.01, 0.1, 0.001])}}}" if warm else ""
    if family == "constant" and warm:  # a warm-up is all that moves
        written, ramp = f"type: LinearLR, start_factor: 0.01, total_iters: {length}", ""
    parts = ", ".join(
        part for part in (written, f"interval: {interval}" if written or ramp else "", ramp) if part
    )
    lr = numbers.choice([0.1, 0.05, 3e-4 * 100, 0.2])
    return (
        f"run: {{epochs: {EPOCHS}, steps_per_epoch: {STEPS_PER_EPOCH}}}\n"
        f"optimizer: {{type: SGD, lr: {lr}}}\nschedules: {{a: {{{parts}}}}}"
    )


@pytest.mark.parametrize("warm", ["", "after a warm-up"])
@pytest.mark.parametrize("interval", ["step", "epoch"])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_torch_stepped_is_found(family: str, interval: str, warm: str) -> None:
    if warm and family in OWN_WARMUP:
        warm = ""
    for seed in range(3):
        text = schedule_of(family, interval, warm, seed)
        lr = traced(text).lr
        found = fitted(lr)
        assert found.fits, f"{text}\n{found}"
        assert found.residual.relative <= 1e-12
        again = traced(found.text).lr
        assert np.max(np.abs(again - lr) / np.maximum(lr, 1e-3 * lr.max())) <= 1e-12
        assert family == "constant" or f"interval: {interval}" in found.text, f"{text}\n{found.text}"


@pytest.mark.parametrize("family", FAMILIES)
def test_numbers_rounded_to_float32_are_enough(family: str) -> None:
    text = schedule_of(family, "step", "", 7)
    lr = traced(text).lr
    found = fitted(lr.astype(np.float32).astype(np.float64))
    assert found.fits, f"{text}\n{found}"
    assert np.max(np.abs(traced(found.text).lr - lr) / np.maximum(lr, 1e-3 * lr.max())) <= 1e-6


@pytest.mark.parametrize(
    ("schedule", "wanted"),
    [
        ("type: CosineAnnealingLR, T_max: 5000, interval: step", "T_max: 5000}"),
        (
            "type: CosineAnnealingLR, T_max: 2000, eta_min: 1e-5, interval: step",
            "T_max: 2000, eta_min: 1e-05}",
        ),
        ("type: PolynomialLR, total_iters: 1000, interval: step", "total_iters: 1000}"),
        ("type: PolynomialLR, total_iters: 1000, power: 2, interval: step", "total_iters: 1000, power: 2.0}"),
        ("type: CosineAnnealingLR, T_max: 90ep", "interval: epoch, T_max: 90}"),
    ],
)
def test_a_run_that_was_cut_tells_where_it_would_have_ended(schedule: str, wanted: str) -> None:
    text = f"run: {{epochs: {EPOCHS}, steps_per_epoch: {STEPS_PER_EPOCH}}}\nschedules: {{a: {{{schedule}}}}}"
    found = fitted(traced(text).lr)
    assert found.fits
    assert found.text.strip().endswith(wanted)


SPARSE = {
    "cosine": "type: CosineAnnealingLR, T_max: 600, eta_min: 1e-4, interval: step",
    "warm-up, cosine": "type: CosineAnnealingLR, T_max: 500, warmup: {length: 100, start_factor: 0.01}, interval: step",
    "linear": "type: PolynomialLR, total_iters: 600, interval: step",
    "exponential": "type: ExponentialLR, gamma: 0.99, interval: step",
    "step": "type: StepLR, step_size: 100, interval: step",
    "multistep": "type: MultiStepLR, milestones: [200, 500], interval: step",
    "per epoch": "type: CosineAnnealingLR, T_max: 30, interval: epoch",
}


@pytest.mark.parametrize("schedule", SPARSE.values(), ids=SPARSE)
@pytest.mark.parametrize(("first", "every"), [(9, 10), (0, 25), (49, 50)])
def test_a_sparse_log_is_enough(schedule: str, first: int, every: int) -> None:
    text = f"run: {{epochs: {EPOCHS}, steps_per_epoch: {STEPS_PER_EPOCH}}}\nschedules: {{a: {{{schedule}}}}}"
    lr = traced(text).lr
    updates = np.arange(first, len(lr), every)
    found = fitted(lr[updates], updates, steps=len(lr))
    assert found.fits, found
    assert np.max(np.abs(traced(found.text).lr - lr) / np.maximum(lr, 1e-3 * lr.max())) <= 1e-9


def test_groups_at_a_constant_ratio_are_one_schedule() -> None:
    text = (
        "run: {steps: 400}\n"
        "optimizer: {type: SGD, lr: 0.1, groups: [{name: body, lr: 3e-3}, {name: head}]}\n"
        "schedules: {a: {type: CosineAnnealingLR, T_max: 400, eta_min: 1e-4, warmup: {length: 40, start_factor: 0.1}}}"
    )
    found = fitted(traced(text).lr, steps_per_epoch=None)
    assert found.fits
    assert found.residual.exact == found.residual.count == 800
    assert found.text == (
        "run: {steps: 400}\n"
        "optimizer:\n"
        "  type: SGD\n"
        "  lr: 0.003\n"
        "  groups:\n"
        '    - {name: "group 0"}\n'
        '    - {name: "group 1", lr: 0.1}\n'
        "schedules:\n"
        "  fitted:\n"
        "    type: CosineAnnealingLR\n"
        "    interval: step\n"
        "    T_max: 400\n"
        "    eta_min: 0.0001\n"
        "    warmup: {length: 40, start_factor: 0.1}\n"
    )


def test_an_epoch_is_found_where_nobody_counts_them() -> None:
    text = "run: {epochs: 30, steps_per_epoch: 20}\nschedules: {a: {type: CosineAnnealingLR, T_max: 30}}"
    found = fitted(traced(text).lr, steps_per_epoch=None)
    assert found.fits
    assert found.text == (
        "run: {epochs: 30, steps_per_epoch: 20}\n"
        "optimizer: {type: SGD, lr: 0.1}\n"
        "schedules:\n"
        "  fitted: {type: CosineAnnealingLR, interval: epoch, T_max: 30}\n"
    )


def a_random_walk() -> Array:
    numbers = random.Random(0)
    walk = np.cumsum([numbers.gauss(0, 1) for _ in range(600)])
    return 0.1 + 0.01 * (walk - walk.min()) / (walk.max() - walk.min())


def a_sum_of_sines() -> Array:
    t = np.arange(600)
    return 0.1 + 0.03 * np.sin(t / 17) + 0.02 * np.sin(t / 5)


def a_cosine_with_a_jolt() -> Array:
    lr = traced("run: {steps: 600}\nschedules: {a: {type: CosineAnnealingLR, T_max: 600}}").lr[:, 0].copy()
    lr[300:] *= 1.001
    return lr


@pytest.mark.parametrize("made", [a_random_walk, a_sum_of_sines, a_cosine_with_a_jolt])
def test_what_no_schedule_made_fits_nothing(made: Callable[[], Array]) -> None:
    found = fitted(made(), steps_per_epoch=None)
    assert not found.fits
    assert found.residual.share > 1e-5


FOUND = {
    "cosine_annealing": "cosine",
    "cosine_annealing_past_tmax": "cosine",
    "groups_cosine_eta_min": "cosine",
    "multistep_lr": "multistep",
    "polynomial_lr": "polynomial",
    "polynomial_lr_p2_epoch": "polynomial",
    "no_scheduler": "constant",
    "onecycle_default": "one-cycle",
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_recorded_is_found(name: str) -> None:
    data = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    found = fitted(np.array(data["lr"], dtype=np.float64), steps_per_epoch=None)
    assert found.fits, found
    assert found.family == FOUND[name]


def test_a_fit_is_a_spec(lrviz: Command, tmp_path: Path) -> None:
    run = tmp_path / "run.json"
    assert lrviz("plot", "cosine:epochs=30,steps_per_epoch=10", "-o", str(run)).code == 0
    ran = lrviz("fit", str(run), "-o", str(tmp_path / "spec.yaml"))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("Residual: none; all 300 learning rates are equal to the last bit.\n")
    assert (
        (tmp_path / "spec.yaml")
        .read_text(encoding="utf-8")
        .endswith(
            "run: {epochs: 30, steps_per_epoch: 10}\n"
            "optimizer: {type: SGD, lr: 0.1}\n"
            "schedules:\n"
            "  fitted: {type: CosineAnnealingLR, interval: epoch, T_max: 30}\n"
        )
    )
    assert lrviz("diff", str(run), str(tmp_path / "spec.yaml#fitted")).code in (0, 1)
    told = json.loads(lrviz("fit", str(run), "--format", "json").out)
    assert told["fits"] is True
    assert told["residual"] == {"relative": 0.0, "absolute": 0.0, "update": 0}


def test_nothing_fits_is_said(lrviz: Command) -> None:
    ran = lrviz("fit", "cyclic")
    assert ran.code == 1
    assert ran.out == "nothing fits: nearest is constant, off by 38 % of the peak at update 10\n"
    assert ran.err == ""


def test_an_lr_of_0_all_along_is_constant(lrviz: Command) -> None:
    ran = lrviz("fit", "cosine:lr=0")
    assert (ran.code, ran.err) == (0, "")
    assert "# Residual: none; all 100 learning rates are equal to the last bit.\n" in ran.out
    assert "optimizer: {type: SGD, lr: 0.0}\nschedules:\n  fitted: {}\n" in ran.out


def test_a_first_group_that_is_frozen_does_not_hide_the_others() -> None:
    lr = traced(
        "run: {epochs: 30, steps_per_epoch: 10}\n"
        "optimizer: {type: SGD, lr: 0.1, groups: [{name: frozen, lr: 0.0}, {name: head}]}\n"
        "schedules: {a: {type: CosineAnnealingLR, T_max: 100%}}\n"
    ).lr
    found = fitted(lr, steps_per_epoch=10)
    assert (found.family, found.fits, found.residual.exact) == ("cosine", True, 600)
    assert 'lr: 0.0, groups: [{name: "group 0"}, {name: "group 1", lr: 0.1}]' in found.text


@pytest.mark.parametrize(
    ("factor", "code", "out", "err"),
    [
        ("-1.0 - t", 1, "nothing fits: torch takes none that comes near\n", ""),
        ("1e99 * (t + 1)", 2, "", "a: a learning rate of 1e+99; a fit wants none beyond 1e+30\n"),
    ],
)
def test_an_lr_that_nobody_trains_with_is_told(
    factor: str, code: int, out: str, err: str, lrviz: Command, tmp_path: Path
) -> None:
    schedule = f"{{type: LambdaLR, interval: step, lr_lambda: {factor!r}}}"
    (tmp_path / "c.yaml").write_text(f"run: {{steps: 10}}\nschedules: {{a: {schedule}}}\n")
    ran = lrviz("fit", str(tmp_path / "c.yaml"))
    assert (ran.code, ran.out, ran.err) == (code, out, err)


def test_several_curves_are_refused(lrviz: Command) -> None:
    ran = lrviz("fit", str(Path(__file__).parent.parent / "configs" / "three-way.yaml"))
    assert ran.code == 2
    assert ran.err.endswith(
        f"three-way.yaml: 3 curves, and one is fitted; write {ran.err.partition(': ')[0]}#StepLR\n"
    )
