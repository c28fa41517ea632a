"""mmengine's Runner on a tiny model, its LRs read at every update, beside what lrviz makes of the same config."""

from __future__ import annotations

import copy
import json
import logging
import random
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commanded import Command

import lrviz
from lrviz import pipeline
from lrviz.errors import LrvizError, SpecError

torch = pytest.importorskip("torch")
pytest.importorskip("mmengine")


@pytest.fixture
def lrviz_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def as_the_runner(config: dict[str, Any], samples: int, metric: list[float], folder: Path) -> Any:
    """Run a config; tell the LR and momentum of each group at every update."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mmengine.evaluator import BaseMetric
        from mmengine.model import BaseModel
        from mmengine.runner import Runner

        class Tiny(BaseModel):  # type: ignore[misc]  # mmengine has no types
            def __init__(self) -> None:
                super().__init__()
                self.backbone, self.head = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)

            def forward(self, *inputs: Any, mode: str) -> Any:
                out = self.head(self.backbone(torch.stack(inputs)))
                return {"loss": out.sum()} if mode == "loss" else [out]

        class Scripted(BaseMetric):  # type: ignore[misc]
            def process(self, *_: Any, **__: Any) -> None:
                self.results.append(0)

            def compute_metrics(self, _: Any) -> dict[str, float]:
                return {"loss": metric.pop(0)}

        class Quiet(Runner):  # type: ignore[misc]
            def _log_env(self, *_: Any) -> None:
                """Collect nothing about the machine: that takes longer than the run, and imports torchvision."""

        config = copy.deepcopy(config)
        wrapper, used = config["optim_wrapper"], []
        data = [torch.zeros(1) for _ in range(samples)]
        config["train_dataloader"]["dataset"] = data
        if config.pop("val_dataloader", None):
            loader = {
                "batch_size": 1,
                "dataset": data[:1],
                "sampler": {"type": "DefaultSampler", "shuffle": False},
            }
            config.update(val_dataloader=loader, val_cfg={}, val_evaluator=[Scripted()])
        runner = Quiet(Tiny(), str(folder), log_level="ERROR", experiment_name=folder.name, **config)
        build = runner.build_optim_wrapper

        def built(found: Any) -> Any:
            made = build(found)

            def hook(optimizer: Any, *_: Any) -> None:
                def momentum(group: Any) -> float:
                    return float(group["betas"][0] if "betas" in group else group["momentum"])

                used.append([(group["lr"], momentum(group)) for group in optimizer.param_groups])

            made.optimizer.register_step_pre_hook(hook)
            return made

        runner.build_optim_wrapper = built
        logging.disable(logging.CRITICAL)
        runner.train()
    assert wrapper
    return np.array(used)


def lr_scheduler(
    rng: random.Random, begin: int, length: int, by_epoch: bool, momentum: bool
) -> dict[str, Any]:
    kind = rng.choice(
        ["Linear", "Constant", "CosineAnnealing", "Exponential", "Step", "MultiStep", "Poly", "CosineRestart"]
        + ([] if momentum else ["OneCycle"])
    )
    own: dict[str, dict[str, Any]] = {
        "Linear": {"start_factor": rng.choice([0.1, 1e-3])},
        "Constant": {"factor": 0.5},
        "CosineAnnealing": {"eta_min": 1e-3, "T_max": rng.choice([3, 5])}
        if rng.random() < 0.5
        else {"eta_min_ratio": 0.1},
        "Exponential": {"gamma": 0.9},
        "Step": {"step_size": rng.choice([1, 2]), "gamma": 0.5},
        "MultiStep": {"milestones": [1, 3], "gamma": 0.3},
        "Poly": {"power": rng.choice([0.9, 2.0]), "eta_min": 1e-4},
        "CosineRestart": {"periods": [2, 3, 200], "restart_weights": [1, 0.5, 0.2], "eta_min": 1e-4},
        "OneCycle": {"eta_max": 0.5, "pct_start": 0.4},
    }
    made = {"type": kind + ("Momentum" if momentum else "LR"), **own[kind]}
    if not by_epoch:
        made["by_epoch"] = False
    if begin:
        made["begin"] = begin
    if rng.random() < 0.5 or kind in ("OneCycle", "CosineRestart"):
        made["end"] = begin + length
    return made


def drawn(rng: random.Random) -> dict[str, Any]:
    """Draw a config."""
    epochs_loop = rng.random() < 0.7
    config: dict[str, Any] = {
        "train_dataloader": {
            "batch_size": rng.choice([2, 3]),
            "drop_last": rng.random() < 0.3,
            "sampler": {"type": "DefaultSampler", "shuffle": False},
        },
        "train_cfg": {"by_epoch": True, "max_epochs": 6}
        if epochs_loop
        else {"by_epoch": False, "max_iters": 23},
        "optim_wrapper": {
            "optimizer": rng.choice(
                [{"type": "SGD", "lr": 0.1, "momentum": 0.9}, {"type": "AdamW", "lr": 1e-3}]
            ),
            "accumulative_counts": rng.choice([1, 1, 2, 3]),
        },
        "param_scheduler": [],
    }
    if rng.random() < 0.3:
        config["optim_wrapper"]["paramwise_cfg"] = {"custom_keys": {"head": {"lr_mult": 10.0}}}
    if rng.random() < 0.3:
        config["auto_scale_lr"] = {"enable": True, "base_batch_size": 16}
    begin = 0
    for _ in range(rng.choice([1, 2, 2])):
        by_epoch = epochs_loop and rng.random() < 0.6
        length = rng.choice([3, 4]) if by_epoch else rng.choice([5, 8])
        one = lr_scheduler(rng, begin, length, by_epoch, momentum=rng.random() < 0.2)
        if by_epoch and rng.random() < 0.4:
            one["convert_to_iter_based"] = True
        elif not by_epoch and not epochs_loop and rng.random() < 0.1:
            del one["by_epoch"]  # the trap: it counts epochs, and there are none
        config["param_scheduler"].append(one)
        begin = rng.choice([0, 2])
    if epochs_loop and config["optim_wrapper"]["accumulative_counts"] == 1 and rng.random() < 0.3:
        config["val_dataloader"] = {"batch_size": 1}
        config["train_cfg"]["val_interval"] = rng.choice([1, 2])
        plateau = {
            "type": "ReduceOnPlateauLR",
            "factor": 0.5,
            "patience": rng.choice([0, 1]),
            "begin": rng.choice([0, 2]),
        }
        config["param_scheduler"].insert(rng.choice([0, len(config["param_scheduler"])]), plateau)
    return config


def compared(seed: int, folder: Path) -> str:
    """Compare one drawn config; tell what came of it."""
    rng = random.Random(seed)
    config, samples = drawn(rng), rng.randint(7, 14)
    metric = [round(rng.uniform(0.2, 0.9), 3) for _ in range(10)]
    file = folder / f"config{seed}.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    try:
        wanted = as_the_runner(config, samples, list(metric), folder / f"run{seed}")
    except (ValueError, AssertionError, TypeError, KeyError, IndexError):
        wanted = None
    try:
        spec = lrviz.load(file, dataset_size=samples, devices=1, metrics={"loss": metric})
        (trace,) = pipeline.simulate(spec, cache=False).values()
    except LrvizError:
        assert wanted is None, (seed, config)
        return "refused"
    assert wanted is not None, (seed, config)
    # One of ours for each LR; mmengine makes one for each parameter: two of the backbone, two of the head.
    columns = [0, 0, 1, 1] if wanted.shape[1] == 4 else [0]
    assert len(trace) == len(wanted), (seed, len(trace), len(wanted), config)
    assert np.array_equal(trace.lr[:, columns], wanted[:, :, 0]), (seed, config)
    assert trace.momentum is not None
    assert np.array_equal(trace.momentum[:, columns], wanted[:, :, 1]), (seed, config)
    return "equal"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A data loader that starts again without waiting two seconds, and a logger put back as it was."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("quick")
def test_what_the_runner_does_is_what_is_predicted_over_a_spread_of_settings(tmp_path: Path) -> None:
    outcomes = [compared(seed, tmp_path) for seed in range(30)]
    assert outcomes.count("equal") > 20


PLAIN: dict[str, Any] = {
    "train_dataloader": {"batch_size": 4, "sampler": {"type": "DefaultSampler"}},
    "train_cfg": {"by_epoch": True, "max_epochs": 3},
    "optim_wrapper": {"optimizer": {"type": "SGD", "lr": 0.1}},
    "param_scheduler": {"type": "LinearLR", "start_factor": 0.1},
}


def refusal(folder: Path, changes: dict[str, Any], **given: Any) -> list[str]:
    file = folder / "config.json"
    file.write_text(json.dumps({**PLAIN, **changes}), encoding="utf-8")
    with pytest.raises(SpecError) as refused:
        lrviz.load(file, **given)
    return [problem.message for problem in refused.value.problems]


def test_what_a_config_does_not_hold_is_asked_for(tmp_path: Path) -> None:
    assert refusal(tmp_path, {}) == [
        "the config of mmengine's Runner does not hold the size of the training set and the number of processes; "
        "add --dataset-size 50000 --devices 8 (in Python dataset_size=50000, devices=8)"
    ]
    loader = {"batch_size": 4, "sampler": {"type": "GroupSampler"}}
    assert refusal(tmp_path, {"train_dataloader": loader}, dataset_size=40) == [
        "the config of mmengine's Runner does not hold the batches of an epoch, which its GroupSampler counts in its "
        "own way; add --batches-per-epoch 1000 (in Python batches_per_epoch=1000)"
    ]


OPTIMIZER = PLAIN["optim_wrapper"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"param_scheduler": {"type": "LinaerLR"}},
            "mmengine has no scheduler 'LinaerLR'; did you mean LinearLR?",
        ),
        (
            {"train_cfg": {"max_epochs": 3}},
            "neither by_epoch nor type; write by_epoch: true beside max_epochs",
        ),
        ({"train_cfg": {"by_epoch": True}}, "an empty value is no length; write max_epochs: 12"),
        (
            {"train_cfg": {"type": "TeacherLoop", "max_epochs": 3}},
            "TeacherLoop is no loop of mmengine's own, and lrviz does not know its rules",
        ),
        (
            {"optim_wrapper": {**OPTIMIZER, "constructor": "LayerDecayOptimizerConstructor"}},
            "LayerDecayOptimizerConstructor gives groups LRs of their own, and lrviz does not know them; delete it to "
            "see the rest",
        ),
        (
            {"optim_wrapper": {**OPTIMIZER, "paramwise_cfg": {"bias_decay_mult": 0.0}}},
            "mmengine wants weight_decay in the optimizer beside this; write it too",
        ),
        (
            {"optim_wrapper": {"g": OPTIMIZER, "d": OPTIMIZER, "constructor": "Gan"}},
            "several optimizers are not supported; keep one of them, as optim_wrapper: {optimizer: {...}}",
        ),
        (
            {"default_hooks": {"param_scheduler": None}},
            "without this hook nothing steps the schedulers; delete this line",
        ),
        (
            {"param_scheduler": {"type": "ReduceOnPlateauLR", "monitor": "mAP"}, "val_dataloader": {}},
            "ReduceOnPlateauLR is given the mAP of every evaluation; add --metric mAP=0.9,0.8,... (in Python "
            "metrics={'mAP': [0.9, 0.8]})",
        ),
    ],
)
def test_what_would_change_the_lr_and_cannot_be_followed_is_refused(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    assert refusal(tmp_path, changes, dataset_size=40) == [message]


def test_a_config_without_schedulers_is_a_constant(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**PLAIN, "param_scheduler": None}), encoding="utf-8")
    (trace,) = pipeline.simulate(lrviz.load(file, dataset_size=40), cache=False).values()
    assert trace.lr[:, 0].tolist() == [0.1] * 30


def test_import_says_where_each_number_comes_from(lrviz_command: Command, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "train_dataloader: {batch_size: 4, sampler: {type: DefaultSampler}}\n"
        "train_cfg: {by_epoch: true, max_epochs: 3}\n"
        "optim_wrapper: {optimizer: {type: SGD, lr: 0.1}, accumulative_counts: 4}\n"
        "auto_scale_lr: {enable: true, base_batch_size: 16}\n"
        "param_scheduler: [{type: CosineAnnealingLR, convert_to_iter_based: true}]\n",
        encoding="utf-8",
    )
    ran = lrviz_command("import", str(file), "--dataset-size", "40", "--devices", "2")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"# from {file}, the config of mmengine's Runner\n"
        "\n"
        "run:\n"
        "  epochs: 3                                 # max_epochs (line 2)\n"
        "  batches_per_epoch: 5                      # 20 of 40 samples in batches of 4 (line 1)\n"
        "  accumulate: 4                             # accumulative_counts (line 3)\n"
        "  accumulate_across_epochs: true            # mmengine counts on from epoch to epoch (line 3)\n"
        "  devices: 2                                # told beside the config\n"
        "optimizer:\n"
        "  type: SGD                                 # type (line 3)\n"
        "  lr: 0.05                                  # lr * 8 / 16, auto_scale_lr (line 3)\n"
        "schedules:\n"
        "  mmengine:\n"
        "    schedulers:\n"
        "    - type: mmengine.CosineAnnealingLR\n"
        "      convert_to_iter_based: true\n"
        "      epoch_length: 5\n"
        "      end: 3                                # where the Runner ends it (line 5)\n"
    )


def test_a_native_scheduler_ends_with_the_run(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(
        "run: {epochs: 3, steps_per_epoch: 4}\n"
        "optimizer: {type: SGD, lr: 0.1}\n"
        "schedules:\n"
        "  per epoch: {type: mmengine.LinearLR, start_factor: 0.5}\n"
        "  per batch: {type: mmengine.LinearLR, start_factor: 0.5, by_epoch: false}\n",
        encoding="utf-8",
    )
    first, second = pipeline.simulate(lrviz.load(file), cache=False).values()
    assert first.lr[:, 0].tolist() == [0.05] * 4 + [0.07500000000000001] * 4 + [0.1] * 4
    assert second.lr[0, 0] == 0.05
    assert second.lr[-1, 0] == pytest.approx(0.1, rel=1e-12)
    assert second.lr[-2, 0] < 0.0999


def test_a_plateau_without_evaluations_is_left_out_and_said_so(
    lrviz_command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "config.json"
    schedulers = [PLAIN["param_scheduler"], {"type": "ReduceOnPlateauLR"}]
    file.write_text(json.dumps({**PLAIN, "param_scheduler": schedulers}), encoding="utf-8")
    ran = lrviz_command("import", str(file), "--dataset-size", "40", "--devices", "1")
    assert (
        "# ReduceOnPlateauLR is left out, since it never gets a metric: the config has no val_dataloader, and nothing "
        "is evaluated\n"
    ) in ran.out
    assert "mmengine.LinearLR" in ran.out


def test_a_native_plateau_needs_its_metric(lrviz_command: Command, tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(
        "run: {epochs: 3}\nschedules: {it: {type: mmengine.ReduceOnPlateauLR}}\n", encoding="utf-8"
    )
    ran = lrviz_command("table", str(file))
    wanted = "write monitor: val_loss and metrics: {val_loss: {values: [1.0, 0.9]}}"
    assert ran.code == 2
    assert ran.err.endswith(f"mmengine.ReduceOnPlateauLR needs a metric; {wanted}\n")


def test_a_number_that_mmengine_reads_as_a_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "train_cfg: {by_epoch: false, max_iters: 10}\n"
        "optim_wrapper:\n"
        "  optimizer: {type: SGD, lr: 5e-2, weight_decay: 1.0e-4}\n"
        "param_scheduler: [{type: LinearLR, by_epoch: false, start_factor: 1.0e3}]\n",
        encoding="utf-8",
    )
    with pytest.raises(SpecError) as refused:
        lrviz.load(file)
    told = "mmengine's YAML reader takes"
    assert [problem.message for problem in refused.value.problems] == [
        f"{told} 5e-2 for a text, and crashes; write 5.0e-2",
        f"{told} 1.0e3 for a text, and crashes; write 1.0e+3",
    ]


def test_a_hook_that_steps_schedulers_in_its_own_way_is_refused(tmp_path: Path) -> None:
    hooks = {"param_scheduler": {"type": "YOLOv5ParamSchedulerHook", "scheduler_type": "linear"}}
    assert refusal(tmp_path, {"default_hooks": hooks}, dataset_size=40, devices=1) == [
        "YOLOv5ParamSchedulerHook steps the schedulers in a way of its own, and lrviz does not know it; write type: "
        "ParamSchedulerHook"
    ]


def test_hooks_that_lrviz_does_not_know_are_told(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    hooks = [{"type": "EMAHook"}, {"type": "mine.UnfreezeHook"}]
    file.write_text(json.dumps({**PLAIN, "custom_hooks": hooks}), encoding="utf-8")
    notes = lrviz.load(file, dataset_size=40, devices=1, batch_size=3).curves[0].notes
    told = "UnfreezeHook of custom_hooks is not followed; if it sets the LR, the curve is another"
    assert [note for note in notes if "Hook" in note] == [told]
    assert any(note.startswith("the batch size is the config's: ") for note in notes)


def test_a_loop_with_two_lengths_is_refused(tmp_path: Path) -> None:
    loop = {"by_epoch": True, "max_epochs": 4, "max_iters": 5}
    assert refusal(tmp_path, {"train_cfg": loop}, dataset_size=40, devices=1) == [
        "mmengine's loop takes no max_iters beside max_epochs, and fails with it"
    ]


def test_keys_beside_the_optimizer_that_lrviz_does_not_know_are_refused(tmp_path: Path) -> None:
    wrapper = {**PLAIN["optim_wrapper"], "lr_mult": 2}
    assert refusal(tmp_path, {"optim_wrapper": wrapper}, dataset_size=40, devices=1) == [
        "lrviz knows no lr_mult of mmengine's optim_wrapper, and it may change the LR; delete it to see the LR "
        "without it"
    ]


def test_what_mmengine_no_longer_reads_is_told(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**PLAIN, "lr_config": {"policy": "step", "step": [1]}}), encoding="utf-8")
    told = "lr_config does not count: it is of mmcv 1, and mmengine's Runner does not read it"
    assert told in lrviz.load(file, dataset_size=40, devices=1).curves[0].notes
