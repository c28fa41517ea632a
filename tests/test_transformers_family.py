"""``transformers.*``: every schedule of get_scheduler, as get_scheduler makes it, in a bare loop and in a spec."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from commanded import Command

import lrviz
from lrviz import pipeline
from lrviz.catalog.families import families, member_of, words

optimization = pytest.importorskip("transformers.optimization")
SchedulerType = pytest.importorskip("transformers.trainer_utils").SchedulerType

STEPS, WARMUP = 40, 7
LOSSES = [1.0, 0.9, 0.95, 0.97, 0.5, 0.4, 0.3, 0.45, 0.6, 0.2]
GROUPS = [{"name": "body", "lr": 0.02}, {"name": "head", "lr": 0.3}]
# Every schedule, with its keyword arguments, one set after the other.
CASES: list[tuple[str, dict[str, Any]]] = [
    ("linear", {}),
    ("cosine", {}),
    ("cosine", {"num_cycles": 1.3}),
    ("cosine_with_restarts", {}),
    ("cosine_with_restarts", {"num_cycles": 3}),
    ("polynomial", {}),
    ("polynomial", {"lr_end": 0.001, "power": 2.0}),
    ("constant", {}),
    ("constant_with_warmup", {}),
    ("inverse_sqrt", {}),
    ("inverse_sqrt", {"timescale": 100}),
    ("cosine_with_min_lr", {"min_lr": 0.01}),
    ("cosine_with_min_lr", {"min_lr_rate": 0.2, "num_cycles": 0.7}),
    ("cosine_warmup_with_min_lr", {"min_lr": 0.01}),
    ("cosine_warmup_with_min_lr", {"min_lr_rate": 0.1, "warmup_lr_rate": 0.3, "num_cycles": 0.6}),
    ("warmup_stable_decay", {"num_decay_steps": 9}),
    (
        "warmup_stable_decay",
        {
            "num_decay_steps": 9,
            "num_stable_steps": 11,
            "warmup_type": "1-sqrt",
            "decay_type": "linear",
            "min_lr_ratio": 0.1,
        },
    ),
    (
        "warmup_stable_decay",
        {"num_decay_steps": 9, "warmup_type": "cosine", "decay_type": "1-sqrt", "num_cycles": 0.7},
    ),
    ("warmup_stable_decay", {"num_decay_steps": 9, "min_lr_ratio": 0.2, "num_cycles": 0.7}),
]
REACTING: list[tuple[str, dict[str, Any]]] = [
    ("reduce_lr_on_plateau", {}),
    ("reduce_lr_on_plateau", {"patience": 0, "factor": 0.5, "mode": "max", "cooldown": 1, "min_lr": 0.01}),
    ("reduce_lr_on_plateau", {"patience": 1, "threshold": 0.2, "threshold_mode": "abs", "eps": 1e-9}),
    ("greedy", {"patience": 0}),
    ("greedy", {"patience": 0, "factor": 0.5, "mode": "max", "cooldown": 1, "warmup": 1, "min_lr": 0.001}),
    ("greedy", {"patience": 0, "smooth": True, "window_size": 3, "reset_start": 1, "max_lr": 0.4}),
    ("greedy", {"patience": 1, "threshold": 0.2, "threshold_mode": "rel", "eps": 1e-9, "verbose": False}),
]


def optimizer() -> torch.optim.Optimizer:
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": group["lr"]} for group in GROUPS]
    return torch.optim.AdamW(groups, lr=0.1)


def bare(name: str, own: dict[str, Any], every: int | None = None) -> list[list[float]]:
    live = optimizer()
    scheduler = optimization.get_scheduler(name, live, WARMUP, STEPS, own or None)
    used, losses = [], iter(LOSSES)
    for update in range(STEPS):
        used.append([float(group["lr"]) for group in live.param_groups])
        live.step()
        if every is None:
            scheduler.step()
        elif (update + 1) % every == 0:
            scheduler.step(next(losses))
    return used


def spec(folder: Path, schedule: dict[str, Any], **rest: Any) -> lrviz.Spec:
    document = {
        "run": {"epochs": 10, "steps_per_epoch": 4},
        "optimizer": {"type": "AdamW", "lr": 0.1, "groups": GROUPS},
        "schedules": {"curve": schedule},
        **rest,
    }
    file = folder / "spec.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return lrviz.load(file)


def used(folder: Path, schedule: dict[str, Any], **rest: Any) -> np.ndarray:
    (trace,) = pipeline.simulate(spec(folder, schedule, **rest), cache=False).values()
    return trace.lr


def refused(folder: Path, schedule: dict[str, Any]) -> str:
    with pytest.raises(lrviz.LrvizError) as caught:
        used(folder, schedule)
    return str(caught.value).removeprefix(f"{folder / 'spec.yaml'}:")


def test_every_name_of_get_scheduler_is_a_member_and_is_tried() -> None:
    names = {kind.value for kind in SchedulerType}
    assert {member.name for member in families()["transformers"].members} == names
    assert {name for name, _ in CASES + REACTING} == names


@pytest.mark.filterwarnings("ignore:Both num_training_steps:UserWarning")
@pytest.mark.parametrize(("name", "own"), CASES)
def test_a_schedule_is_get_scheduler_s_in_a_bare_loop(name: str, own: dict[str, Any], tmp_path: Path) -> None:
    takes = dict(member_of(f"transformers.{name}").defaults)
    lengths = {"num_warmup_steps": WARMUP} if "num_warmup_steps" in takes else {}
    found = used(tmp_path, {"type": f"transformers.{name}", **lengths, **own})
    assert np.array_equal(found, np.array(bare(name, own)))


@pytest.mark.parametrize(("name", "own"), REACTING)
def test_one_that_reacts_is_stepped_with_its_metric_after_each_epoch(
    name: str, own: dict[str, Any], tmp_path: Path
) -> None:
    metrics = {"loss": {"values": LOSSES}}
    schedule = {"type": f"transformers.{name}", "args": own, "monitor": "loss", "metrics": metrics}
    assert np.array_equal(used(tmp_path, schedule), np.array(bare(name, own, every=4)))


def test_one_that_reacts_is_stepped_every_so_many_updates(tmp_path: Path) -> None:
    schedule = {
        "type": "transformers.greedy",
        "patience": 0,
        "interval": "step",
        "frequency": 5,
        "monitor": "loss",
        "metrics": {"loss": {"values": LOSSES, "every": "5st"}},
    }
    assert np.array_equal(used(tmp_path, schedule), np.array(bare("greedy", {"patience": 0}, every=5)))


def test_lengths_have_units(tmp_path: Path) -> None:
    by_share = used(tmp_path, {"type": "transformers.cosine", "num_warmup_steps": "25%"})
    assert np.array_equal(by_share, used(tmp_path, {"type": "transformers.cosine", "num_warmup_steps": 10}))


def test_the_function_s_own_name_is_understood(tmp_path: Path) -> None:
    by_name = {"_target_": "transformers.get_cosine_schedule_with_warmup", "num_warmup_steps": 7}
    assert np.array_equal(used(tmp_path, by_name), np.array(bare("cosine", {})))


def test_behind_another_phase_the_default_length_is_what_is_left(tmp_path: Path) -> None:
    schedule = {
        "type": "SequentialLR",
        "interval": "step",
        "milestones": [10],
        "schedulers": [{"type": "ConstantLR", "factor": 1.0}, {"type": "transformers.linear"}],
    }
    live = optimizer()
    phases = [
        torch.optim.lr_scheduler.ConstantLR(live, factor=1.0),
        optimization.get_scheduler("linear", live, 0, 30),
    ]
    whole = torch.optim.lr_scheduler.SequentialLR(live, phases, [10])
    wanted = []
    for _ in range(STEPS):
        wanted.append([float(group["lr"]) for group in live.param_groups])
        live.step()
        whole.step()
    assert np.array_equal(used(tmp_path, schedule), np.array(wanted))


def test_what_is_wrong_is_told_at_its_place(tmp_path: Path) -> None:
    cosine = {"type": "transformers.cosine"}
    head = "schedules.curve"
    assert refused(tmp_path, {"type": "transformers.cosin"}) == (
        f"14:5: {head}.type: transformers has no scheduler 'cosin'; did you mean cosine?"
    )
    assert refused(tmp_path, {**cosine, "num_cicles": 2}) == (
        f"15:5: {head}.num_cicles: curve: transformers.cosine takes no num_cicles; did you mean num_cycles?"
    )
    assert refused(tmp_path, {"type": "transformers.warmup_stable_decay"}) == (
        f"14:5: {head}.type: curve: transformers.warmup_stable_decay needs num_decay_steps; "
        "write num_decay_steps: ..."
    )
    assert refused(tmp_path, {"type": "transformers.polynomial", "lr_end": 1}) == (
        f"15:5: {head}.lr_end: curve: transformers.polynomial refuses this: "
        "lr_end (1) must be smaller than initial lr (0.1)"
    )
    assert refused(tmp_path, {"type": "transformers.greedy"}) == (
        f"14:5: {head}.type: transformers.greedy needs a metric; "
        "write monitor: val_loss and metrics: {val_loss: {values: [1.0, 0.9]}}"
    )
    metrics = {"loss": {"values": [1.0], "then": "hold"}}
    assert refused(tmp_path, {**cosine, "monitor": "loss", "metrics": metrics}) == (
        f"15:5: {head}.monitor: transformers.cosine takes no metric; delete monitor"
    )
    inside = [{"type": "LinearLR"}, {"type": "transformers.greedy"}]
    sequence = {"type": "SequentialLR", "interval": "step", "milestones": [10], "schedulers": inside}
    assert refused(tmp_path, sequence) == (
        f"20:7: {head}.schedulers[1].type: SequentialLR cannot hold a transformers.greedy; "
        "write schedulers: with both, side by side"
    )


def test_without_the_library_it_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    assert refused(tmp_path, {"type": "transformers.cosine"}) == (
        "14:5: schedules.curve.type: curve: transformers.cosine is made by transformers, which cannot be imported "
        "(import of transformers halted; None in sys.modules); pip install 'lrviz[transformers]'"
    )


def test_explain_tells_the_arguments_that_the_library_takes() -> None:
    from lrviz.build.families import transformers

    assert families()["transformers"].members
    for member in families()["transformers"].members:
        taken = {one.name: one for one in transformers.parameters(member.name)}
        known = {"num_warmup_steps": 0, "num_training_steps": 0}
        own = {name: one for name, one in taken.items() if name not in ("optimizer", "last_epoch", *known)}
        told = {name: default for name, default, _ in member.arguments}
        assert sorted(told) == sorted(own), member.name
        for name, one in own.items():
            wanted = "required" if one.default is one.empty else one.default
            assert told[name] == wanted, f"{member.name}: {name}"


def test_the_command_line_knows_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = Command(monkeypatch, capsys)
    listed = command("list", "families").out.splitlines()
    assert [line.split()[0] for line in listed] == words()
    shown = command("explain", "transformers.warmup_stable_decay").out.splitlines()
    assert shown[0] == "transformers.warmup_stable_decay: a scheduler of transformers"
    assert "num_decay_steps     required  length of the decay" in shown
    assert "try it       lrviz compare transformers.warmup_stable_decay:num_decay_steps=10% constant" in shown
    compared = command("compare", "transformers.cosine:num_warmup_steps=5%", "cosine", "--steps", "100")
    assert compared.code == 0
    assert "transformers.cosine:num_warmup_steps=5%" in compared.out
    wrong = command("compare", "transformers.cosin")
    assert wrong.code == 2
    message = "transformers.cosin: type: transformers has no scheduler 'cosin'; did you mean cosine?"
    assert message in wrong.err


@pytest.mark.parametrize("target", ["torch", "transformers"])
def test_its_code_calls_get_scheduler(target: str, tmp_path: Path) -> None:
    from lrviz.codegen import code_of

    schedule = {"type": "transformers.cosine_with_min_lr", "num_warmup_steps": "25%", "min_lr_rate": 0.1}
    found = spec(tmp_path, schedule)
    names: dict[str, Any] = {}
    exec(code_of(found, target), names)
    model = torch.nn.ModuleDict({"body": torch.nn.Linear(1, 1), "head": torch.nn.Linear(1, 1)})
    live, (scheduler,) = names["configure"](model)
    made = []
    for _ in range(STEPS):
        made.append([group["lr"] for group in live.param_groups])
        live.step()
        scheduler.step()
    (trace,) = pipeline.simulate(found, cache=False).values()
    assert np.array_equal(trace.lr, np.array(made))
