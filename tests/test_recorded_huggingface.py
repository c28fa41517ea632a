"""Learning rates recorded from real runs of transformers.Trainer and accelerate equal what is read of their configs.

Each file in data/recorded/huggingface is a user's config with what its updates used, under transformers 5.23, 4.57 or
4.44. Accelerate's configs are programs; the spec beside each recording says the same in our language.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lrviz
from lrviz import pipeline

pytest.importorskip("transformers")

FOLDER = Path(__file__).parent / "data" / "recorded"
TRAINERS = {"hf_trainer_444": "4.44", "hf_trainer_457": "4.57"}
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.glob("huggingface/*/*.json"))
ACCELERATE = sorted(path.stem for path in FOLDER.glob("accelerate/*.json"))


def recording(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


CONFIGS = [name for name in NAMES if recording(name)["config_format"] == "hf_yaml"]
CURVES = [name for name in CONFIGS if "error__" not in name]
REFUSALS = {
    "huggingface/hf_trainer/error__linear_with_unknown_kwargs.json": (
        "8:3: lr_scheduler_kwargs.min_lr: linear: transformers.linear takes no min_lr; write num_warmup_steps, "
        "num_training_steps or last_epoch"
    ),
    "huggingface/hf_trainer/error__yaml_scientific_string_in_kwargs.json": (
        "10:3: lr_scheduler_kwargs.min_lr: '1e-5' is a text to PyYAML, which reads YAML 1.1, and the trainer fails "
        "with it; write 1.0e-5"
    ),
    "huggingface/hf_trainer_444/error__warmup_ratio_above_one.json": (
        "6:1: warmup_ratio: 1.5 is no share of the run; write 0.1, or warmup_steps"
    ),
}


def read(name: str, folder: Path) -> lrviz.Spec:
    found = recording(name)
    file = folder / "args.yaml"
    file.write_text(found["config"], encoding="utf-8")
    context = found["context"]
    return lrviz.load(
        file,
        dataset_size=context["dataset_size"],
        devices=context["world_size"],
        trainer=TRAINERS.get(found["framework"]),
    )


def test_the_recordings_are_there() -> None:
    assert len(CURVES) == 17
    assert len(ACCELERATE) == 4
    programs = [name for name in NAMES if name not in CONFIGS]  # which lrviz record is for
    assert programs == [
        "huggingface/hf_trainer/error__warmup_ratio_python.json",
        "huggingface/hf_trainer/python_training_arguments.json",
    ]


@pytest.mark.parametrize("name", CURVES)
def test_a_recorded_run_equals_its_config(name: str, tmp_path: Path) -> None:
    (trace,) = pipeline.simulate(read(name, tmp_path), cache=False).values()
    wanted = recording(name)
    assert np.array_equal(trace.lr, np.array(wanted["lr"]))
    assert trace.optimizer == wanted["optimizer_class"]
    assert trace.weight_decay is not None
    assert trace.weight_decay[-1].tolist() == [group["weight_decay"] for group in wanted["groups"]]
    assert trace.momentum is not None
    assert trace.momentum[-1].tolist() == [group["betas"][0] for group in wanted["groups"]]


def test_every_refusal_is_known() -> None:
    assert set(REFUSALS) == {name for name in CONFIGS if "error__" in name}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_trainer_refused_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(lrviz.LrvizError) as caught:
        pipeline.simulate(read(name, tmp_path), cache=False)
    assert str(caught.value) == f"{tmp_path / 'args.yaml'}:{REFUSALS[name]}"


@pytest.mark.parametrize("name", ACCELERATE)
def test_a_run_recorded_under_accelerate_equals_its_spec(name: str) -> None:
    wanted = recording(f"accelerate/{name}.json")
    spec = lrviz.load(FOLDER / "accelerate" / f"{name}.yaml")
    (trace,) = pipeline.simulate(spec, cache=False).values()
    assert np.array_equal(trace.lr, np.array(wanted["lr"]))
    if wanted["momentum"] is not None:
        assert np.array_equal(trace.momentum, np.array(wanted["momentum"]))


def test_a_scheduler_is_called_so_often_at_most(tmp_path: Path) -> None:
    """As accelerate steps a prepared OneCycleLR: once per process, and no more than total_steps times."""
    text = "{run: {steps: 9, scheduler_calls_per_step: 2}, optimizer: {type: SGD, lr: 0.1, momentum: 0.9}, schedules: "
    file = tmp_path / "spec.yaml"
    one_cycle = "{type: OneCycleLR, interval: step, max_lr: 0.5, total_steps: 12, calls: 12}"
    file.write_text(f"{text}{{a: {one_cycle}}}}}", encoding="utf-8")
    (trace,) = pipeline.simulate(lrviz.load(file), cache=False).values()
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.5, total_steps=12)
    wanted = []
    for _ in range(9):
        wanted.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        for _ in range(2):
            if scheduler._step_count <= scheduler.total_steps:  # accelerate's own rule
                scheduler.step()
    assert trace.lr[:, 0].tolist() == wanted
    assert wanted[6] == wanted[7] == wanted[8]


def test_recordings_name_no_machine() -> None:
    assert NAMES
    for path in (*FOLDER.glob("huggingface/*/*"), *FOLDER.glob("accelerate/*")):
        text = path.read_text(encoding="utf-8")
        assert not any(root in text for root in ("/home/", "/root/", "/tmp/", "/Users/", "C:\\\\"))
