"""ignite's engines, their LRs read at every update, beside what lrviz makes of the same schedulers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from commanded import Command

import lrviz
from lrviz import pipeline

torch = pytest.importorskip("torch")
pytest.importorskip("ignite")

EPOCHS, BATCHES = 4, 7


@pytest.fixture
def lrviz_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def optimizer_of(groups: int = 1) -> Any:
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(groups)]
    lrs = [0.1, 0.01][:groups]
    held = [{"params": [one], "lr": lr} for one, lr in zip(parameters, lrs, strict=True)]
    return torch.optim.SGD(held, lr=0.1, momentum=0.9)


def engine_of(optimizer: Any, used: list[list[float]]) -> Any:
    from ignite.engine import Engine

    def update(*_: Any) -> None:
        used.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()

    return Engine(update)


def predicted(folder: Path, scheduler: dict[str, Any], groups: int = 1, **curve: Any) -> Any:
    file = folder / "spec.yaml"
    optimizer: dict[str, Any] = {"type": "SGD", "lr": 0.1, "momentum": 0.9}
    if groups == 2:
        optimizer["groups"] = [{"name": "a"}, {"name": "b", "lr": 0.01}]
    run = {"epochs": EPOCHS, "steps_per_epoch": BATCHES}
    spec = {"run": run, "optimizer": optimizer, "schedules": {"it": {**scheduler, **curve}}}
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")
    (trace,) = pipeline.simulate(lrviz.load(file), cache=False).values()
    return trace.lr


def linear(**own: Any) -> dict[str, Any]:
    return {
        "type": "ignite.LinearCyclicalScheduler",
        "start_value": 0.1,
        "end_value": 0.01,
        "cycle_size": 9,
        **own,
    }


def piecewise(*pairs: tuple[int, float], **own: Any) -> dict[str, Any]:
    return {"type": "ignite.PiecewiseLinear", "milestones_values": [list(pair) for pair in pairs], **own}


def warmed(inside: dict[str, Any], **own: Any) -> dict[str, Any]:
    start = {"warmup_start_value": 0.001, "warmup_duration": 5}
    return {"type": "ignite.create_lr_scheduler_with_warmup", "lr_scheduler": inside, **start, **own}


SCHEDULES: dict[str, dict[str, Any]] = {
    "linear": linear(),
    "linear with multipliers": linear(
        cycle_mult=1.5, start_value_mult=0.5, end_value_mult=0.9, warmup_duration=3, monotonic=True
    ),
    "cosine": {**linear(), "type": "ignite.CosineAnnealingScheduler"},
    "piecewise": piecewise((2, 0.1), (9, 0.5), (20, 0.02)),
    "one after another": {
        "type": "ignite.ConcatScheduler",
        "schedulers": [linear(), piecewise((0, 0.02), (10, 0.2))],
        "durations": [11],
    },
    "each its group": {
        "type": "ignite.ParamGroupScheduler",
        "schedulers": [linear(param_group_index=0), piecewise((0, 0.01), (20, 0.03), param_group_index=1)],
    },
    "warm-up then StepLR": warmed({"type": "StepLR", "step_size": 4, "gamma": 0.5}),
    "warm-up to another LR": warmed({"type": "ExponentialLR", "gamma": 0.9}, warmup_end_value=0.3),
    "warm-up then cosine of ignite": warmed({**linear(), "type": "ignite.CosineAnnealingScheduler"}),
    "warm restarts": {
        "type": "ignite.LRScheduler",
        "lr_scheduler": {"type": "CosineAnnealingWarmRestarts", "T_0": 5, "T_mult": 2},
    },
    "one cycle": {
        "type": "ignite.LRScheduler",
        "lr_scheduler": {"type": "OneCycleLR", "max_lr": 0.2, "total_steps": 40},
    },
    "linear of torch": {"type": "ignite.LRScheduler", "lr_scheduler": {"type": "LinearLR", "total_iters": 9}},
}


def made(found: dict[str, Any], optimizer: Any) -> Any:
    """Make a scheduler by hand, as a person would with ignite."""
    from ignite import handlers

    own = {key: value for key, value in found.items() if key != "type"}
    if "." not in found["type"]:
        return getattr(torch.optim.lr_scheduler, found["type"])(optimizer, **own)
    name = found["type"].partition(".")[2]
    if "schedulers" in own:
        own["schedulers"] = [made(one, optimizer) for one in own["schedulers"]]
    if "lr_scheduler" in own:
        own["lr_scheduler"] = made(own["lr_scheduler"], optimizer)
    if "milestones_values" in own:
        own["milestones_values"] = [tuple(pair) for pair in own["milestones_values"]]
    if name in ("LinearCyclicalScheduler", "CosineAnnealingScheduler", "PiecewiseLinear"):
        return getattr(handlers, name)(optimizer, "lr", **own)
    named = "LRScheduler" if name == "LRScheduler" else name
    from ignite.handlers import param_scheduler

    return getattr(param_scheduler, named)(**own)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(
    "where", ["ITERATION_STARTED", "ITERATION_COMPLETED", "EPOCH_STARTED", "EPOCH_COMPLETED"]
)
@pytest.mark.parametrize("name", SCHEDULES)
def test_what_an_engine_does_is_what_is_predicted(name: str, where: str, groups: int, tmp_path: Path) -> None:
    from ignite.engine import Events

    if name == "each its group" and groups == 1:
        pytest.skip("it is for two groups")
    optimizer, used = optimizer_of(groups), []  # type: ignore[var-annotated]
    found: Any = SCHEDULES[name]
    scheduler = made(found, optimizer)
    engine = engine_of(optimizer, used)
    engine.add_event_handler(getattr(Events, where), scheduler)
    engine.run(range(BATCHES), max_epochs=EPOCHS)
    unit, _, event = where.partition("_")
    interval = "step" if unit == "ITERATION" else "epoch"
    lr = predicted(tmp_path, found, groups, interval=interval, event=event.lower())
    assert np.array_equal(lr, np.array(used))


def test_events_that_an_engine_filters(tmp_path: Path) -> None:
    from ignite.engine import Events

    optimizer, used = optimizer_of(), []  # type: ignore[var-annotated]
    engine = engine_of(optimizer, used)
    engine.add_event_handler(Events.ITERATION_STARTED(every=3), made(linear(), optimizer))
    engine.run(range(BATCHES), max_epochs=EPOCHS)
    lr = predicted(tmp_path, linear(events=[{"on": "iteration", "every": 3}]))
    assert np.array_equal(lr, np.array(used))


def test_a_plateau_is_called_where_an_evaluation_completes(tmp_path: Path) -> None:
    from ignite.engine import Engine, Events
    from ignite.handlers import ReduceLROnPlateauScheduler

    values = [1.0, 1.1, 0.9, 0.95]
    optimizer, used, left = optimizer_of(), [], list(values)  # type: ignore[var-annotated]
    engine, evaluator = engine_of(optimizer, used), Engine(lambda *_: None)
    scheduler = ReduceLROnPlateauScheduler(optimizer, metric_name="loss", factor=0.5, patience=0)
    evaluator.add_event_handler(Events.COMPLETED, scheduler)

    @engine.on(Events.EPOCH_COMPLETED)  # type: ignore[untyped-decorator]  # ignite has no types here
    def evaluate() -> None:
        evaluator.state.metrics = {"loss": left.pop(0)}
        evaluator.add_event_handler(
            Events.STARTED, lambda: evaluator.state.metrics.update(loss=values[3 - len(left)])
        )
        evaluator.run([0])

    engine.run(range(BATCHES), max_epochs=EPOCHS)
    own = {"type": "ignite.ReduceLROnPlateauScheduler", "monitor": "loss", "factor": 0.5, "patience": 0}
    lr = predicted(tmp_path, own, metrics={"loss": {"values": values}})
    assert np.array_equal(lr, np.array(used))
    assert sorted(set(lr[:, 0])) == [0.05, 0.1]


@pytest.mark.parametrize(
    ("scheduler", "message"),
    [
        (
            linear(event="begun"),
            "it: ignite.LinearCyclicalScheduler refuses this: event: 'begun' is none; write started or completed",
        ),
        (
            linear(start=3),
            "it: ignite.LinearCyclicalScheduler takes no start; did you mean start_value?",
        ),
        (
            {"type": "ignite.LRScheduler", "lr_scheduler": {"type": "StepLRR"}},
            "it: ignite.LRScheduler refuses this: 'StepLRR' is no scheduler of torch, nor of ignite",
        ),
        (
            linear(events=[{"on": "epoch"}]),
            "it: ignite.LinearCyclicalScheduler refuses this: epoch_length is wanted beside epochs among events; write "
            "epoch_length: 1ep",
        ),
        (
            {"type": "ignite.PiecewiseLinear"},
            "it: ignite.PiecewiseLinear needs milestones_values; write milestones_values: ...",
        ),
    ],
)
def test_what_ignite_does_not_take_is_told(
    scheduler: dict[str, Any], message: str, lrviz_command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "spec.yaml"
    spec = {"run": {"steps": 20}, "optimizer": {"type": "SGD", "lr": 0.1}, "schedules": {"it": scheduler}}
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")
    ran = lrviz_command("table", str(file))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith(f"{message}\n")
