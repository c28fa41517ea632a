"""Hydra: an optimizer and a scheduler under ``_target_`` are read, references followed, resolvers refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import lrviz
from lrviz import pipeline
from lrviz.errors import LrvizError
from lrviz.loading import imported

TEMPLATE = """\
task_name: train
tags: [dev]
lr: 3e-4
data:
  _target_: src.data.mnist.MNISTDataModule
  batch_size: 8
model:
  _target_: src.models.mnist.Lit
  optimizer:
    _target_: torch.optim.AdamW
    _partial_: true
    lr: ${lr}
    betas: [0.8, 0.99]
  scheduler:
    _target_: torch.optim.lr_scheduler.CosineAnnealingLR
    _partial_: true
    T_max: ${trainer.max_epochs}
    eta_min: 1e-6
  net: {_target_: src.nets.Simple, width: 64}
callbacks:
  model_checkpoint: {_target_: lightning.pytorch.callbacks.ModelCheckpoint, dirpath: "${paths.output_dir}/x"}
  accumulation:
    _target_: lightning.pytorch.callbacks.GradientAccumulationScheduler
    scheduling: {0: 1, 1: 2}
logger: {wandb: {_target_: lightning.pytorch.loggers.wandb.WandbLogger, save_dir: "${paths.output_dir}"}}
trainer:
  _target_: lightning.pytorch.trainer.Trainer
  default_root_dir: ${paths.output_dir}
  min_epochs: 1
  max_epochs: 4
  accelerator: cpu
  devices: 1
  check_val_every_n_epoch: 1
  deterministic: false
paths: {output_dir: "${hydra:runtime.output_dir}"}
"""
PLAIN = """\
optimizer: {_target_: torch.optim.SGD, lr: 0.4, momentum: 0.9}
scheduler: {_target_: torch.optim.lr_scheduler.StepLR, step_size: 2, gamma: 0.5}
training: {epochs: 4, batch_size: 16}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def lrs_of(path: Path, **told: Any) -> list[float]:
    (trace,) = pipeline.simulate(lrviz.load(path, **told), cache=False).values()
    return trace.lr[:, 0].tolist()


def refused(path: Path, **told: Any) -> list[str]:
    with pytest.raises(LrvizError) as caught:
        lrviz.load(path, **told)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def test_the_template_with_lightning_is_stepped_per_epoch(tmp_path: Path) -> None:
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=3e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4, eta_min=1e-6)
    wanted: list[float] = []
    for updates in (4, 2, 2, 2):  # 25 samples in batches of 8, two batches per update from epoch 1 on
        wanted += [optimizer.param_groups[0]["lr"]] * updates
        optimizer.step()
        scheduler.step()
    assert lrs_of(written(tmp_path, TEMPLATE), dataset_size=25) == wanted


def test_an_application_of_ones_own_is_read_by_the_usual_names(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    assert lrs_of(path, dataset_size=20) == [0.4] * 4 + [0.2] * 4
    assert (
        "StepLR is taken to be stepped once per epoch, which code says"
        in lrviz.load(path, dataset_size=20).curves[0].notes
    )


def test_a_dictionary_around_the_scheduler_says_how_it_is_stepped(tmp_path: Path) -> None:
    text = """\
batch_size: 4
model:
  optim: {_target_: torch.optim.Adam, lr: 0.1}
  lr_scheduler:
    scheduler: {_target_: torch.optim.lr_scheduler.ExponentialLR, gamma: 0.5}
    interval: step
    frequency: 2
    name: lr
trainer: {_target_: pytorch_lightning.Trainer, max_epochs: 2, devices: 1}
"""
    assert lrs_of(written(tmp_path, text), dataset_size=12) == [0.1, 0.1, 0.05, 0.05, 0.05, 0.025]


def test_references_are_followed_relative_and_in_lists(tmp_path: Path) -> None:
    text = """\
rates: [0.1, 0.2]
steps: {first: 3}
optimizer: {_target_: torch.optim.SGD, momentum: 0.5, weight_decay: "${.momentum}", lr: "${rates[1]}"}
scheduler: {_target_: torch.optim.lr_scheduler.StepLR, step_size: "${..steps.first}", gamma: 0.1}
max_epochs: 4
"""
    assert lrs_of(written(tmp_path, text), batches_per_epoch=1) == pytest.approx([0.2, 0.2, 0.2, 0.02])


def test_a_scheduler_of_transformers_is_stepped_per_update(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    text = """\
optimizer: {_target_: torch.optim.AdamW, lr: 1.0}
scheduler:
  _target_: transformers.get_linear_schedule_with_warmup
  _partial_: true
  num_warmup_steps: 2
  num_training_steps: ${trainer.max_steps}
trainer: {max_steps: 6}
"""
    assert lrs_of(written(tmp_path, text)) == [0.0, 0.5, 1.0, 0.75, 0.5, 0.25]


def test_what_is_imported_tells_where_each_number_came_from(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    with lrviz.loading.telling({"dataset_size": 20}):
        text = imported(str(path))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "epochs: 4 # training.epochs (line 3)" in lines
    assert "type: torch.optim.SGD # optimizer (line 1)" in lines
    assert "interval: epoch # assumed: the application's code says (line 2)" in lines


@pytest.mark.parametrize(
    ("found", "instead", "told"),
    [
        (
            "lr: 0.4",
            "lr: '${oc.env:LR}'",
            "1:40: optimizer.lr: '${oc.env:LR}': the resolver oc.env may read the machine or run code; "
            "write the value itself",
        ),
        (
            "lr: 0.4",
            "lr: '${eval:2*3}'",
            "1:40: optimizer.lr: '${eval:2*3}': the resolver eval may read the machine or run code; "
            "write the value itself",
        ),
        (
            "lr: 0.4",
            "lr: '${base.lr}'",
            "1:40: optimizer.lr: '${base.lr}': there is no base.lr; write the value itself",
        ),
        (
            "lr: 0.4",
            "lr: '???'",
            "1:40: optimizer.lr: '???': a value that is still to be given; write the value itself",
        ),
        (
            "lr: 0.4",
            "lr: '${optimizer.lr}'",
            "1:40: optimizer.lr: '${optimizer.lr}': references go round in a circle, or too deep; "
            "write the value itself",
        ),
        (
            "torch.optim.SGD",
            "SGD",
            "1:13: optimizer._target_: 'SGD' is no class by its full path, which Hydra needs; "
            "write _target_: torch.optim.AdamW",
        ),
        (
            "epochs: 4",
            "epochs: 4, warmup_steps: 10",
            "3:23: training.warmup_steps: looks as if it bears on the LR, and only the application's code knows how; "
            "delete it to see the LR without it",
        ),
        (
            "epochs: 4, ",
            "",
            " the config does not say how long the run is; write epochs or max_steps, at the top or under trainer, "
            "training, train",
        ),
        (
            "training:",
            "defaults: [optimizer: sgd]\ntraining:",
            "3:1: defaults: names other files, which Hydra composes; give what it made of them: .hydra/config.yaml of "
            "a run, or python train.py --cfg job > config.yaml",
        ),
        (
            "training:",
            "optimizer_g: {_target_: torch.optim.Adam}\ntraining:",
            "3:14: optimizer_g: another one beside optimizer; lrviz reads one: delete optimizer_g or optimizer",
        ),
        (
            "torch.optim.lr_scheduler.StepLR, step_size: 2, gamma: 0.5",
            "torch.optim.lr_scheduler.ReduceLROnPlateau",
            "2:12: scheduler: the LR depends on a metric, whose values the run decides; "
            "add --metric val_loss=0.9,0.8,0.7",
        ),
        (
            "torch.optim.SGD",
            "mine.Lion",
            "1:13: optimizer._target_: 'mine.Lion' names code, and code runs only where it is trusted; read it, and "
            "add --trust (in Python trust=True) if it may run",
        ),
    ],
)
def test_what_cannot_be_known_is_refused(found: str, instead: str, told: str, tmp_path: Path) -> None:
    assert found in PLAIN
    assert refused(written(tmp_path, PLAIN.replace(found, instead)), dataset_size=20) == [told]
