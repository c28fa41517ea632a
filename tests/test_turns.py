"""What is stepped per batch and what is stepped per epoch take turns within an update of several batches."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml
from torch.optim.lr_scheduler import CosineAnnealingLR, StepLR

import lrviz
from lrviz import pipeline


def by_hand(batches: int, epochs: int, accumulate: int) -> list[float]:
    """Loop as a person would who steps one scheduler per batch and another per epoch, and counts on across epochs."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    cosine, steps = CosineAnnealingLR(optimizer, T_max=5, eta_min=0.03), StepLR(optimizer, 1, gamma=0.5)
    used, batch = [], 0
    for _ in range(epochs):
        for _ in range(batches):
            batch += 1
            if batch % accumulate == 0 or batch == batches * epochs:
                used.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
            cosine.step()
        steps.step()
    return used


@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize(("batches", "accumulate"), [(4, 2), (3, 2), (5, 3), (4, 4), (2, 3), (3, 1)])
def test_schedulers_per_batch_and_per_epoch_take_turns(batches: int, accumulate: int, tmp_path: Path) -> None:
    run = {
        "epochs": 4,
        "batches_per_epoch": batches,
        "accumulate": accumulate,
        "accumulate_across_epochs": True,
    }
    schedulers = [
        {"type": "CosineAnnealingLR", "T_max": 5, "eta_min": 0.03, "interval": "batch"},
        {"type": "StepLR", "step_size": 1, "gamma": 0.5, "interval": "epoch"},
    ]
    spec = {
        "run": run,
        "optimizer": {"type": "SGD", "lr": 0.1},
        "schedules": {"it": {"schedulers": schedulers}},
    }
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")
    (trace,) = pipeline.simulate(lrviz.load(file), cache=False).values()
    assert trace.lr[:, 0].tolist() == by_hand(batches, 4, accumulate)
