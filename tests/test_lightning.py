"""Lightning: what its recorded and its live runs use is what lrviz reads from their configs and their modules."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from lightning_runs import FOLDER, PLAIN, fitted, from_command_line, lightning, modules, quiet

import lrviz
from lrviz import pipeline
from lrviz.codegen import code_of
from lrviz.errors import LrvizError

RECORDED = Path(__file__).parent / "data" / "recorded"
NAMES = sorted(f"{path.parent.name}/{path.stem}" for path in RECORDED.glob("lightning*/*.json"))
RUNS = [name for name in NAMES if "error__" not in name]
REFUSALS = {
    "lightning/error__bad_interval": (
        "Lightning refuses what lit.py:Model makes in configure_optimizers: "
        'The "interval" key in lr scheduler dict must be "step" or "epoch" but is "batch"'
    ),
    "lightning_cli/error__torch_plateau": (
        "torch's own ReduceLROnPlateau has no monitor, which Lightning refuses; "
        "write class_path: lightning.pytorch.cli.ReduceLROnPlateau, and its monitor"
    ),
}


@pytest.fixture(autouse=True)
def _lightning():
    modules()


def recording(name: str) -> dict[str, Any]:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def config_of(recorded: dict[str, Any], folder: Path) -> Path:
    """Write a recorded config as LightningCLI reads it; of a program the module beside it, without its last lines."""
    config, text = folder / "config.yaml", recorded["config"]
    if recorded["config_format"] == "python":
        (folder / "lit.py").write_text(text[: text.index("train_loader =")], encoding="utf-8")
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        made = next(call for call in calls if ast.unparse(call.func) == "pl.Trainer")
        trainer = {keyword.arg: ast.literal_eval(keyword.value) for keyword in made.keywords}
        text = yaml.safe_dump({"trainer": trainer, "model": {"class_path": "./lit.py:Model"}})
    config.write_text(text, encoding="utf-8")
    return config


def told_in(recorded: dict[str, Any]) -> dict[str, Any]:
    context = recorded["context"]
    return {
        "dataset_size": context.get("dataset_size", 16),
        "batch_size": context["batch_size"],
        "devices": context["world_size"],
        "metrics": recorded.get("metrics"),
    }


def traced(word: str | Path, **told: Any) -> list[Any]:
    with quiet():
        return list(pipeline.simulate(lrviz.load(word, trust=True, **told), cache=False).values())


def test_there_are_recordings_of_both_kinds() -> None:
    assert len(RUNS) == 17
    assert {name for name in NAMES if name not in RUNS} == set(REFUSALS)


@pytest.mark.parametrize("name", RUNS)
def test_a_recorded_run_is_what_its_config_says(name: str, tmp_path: Path) -> None:
    recorded = recording(name)
    (trace,) = traced(config_of(recorded, tmp_path), **told_in(recorded))
    assert trace.lr.tolist() == recorded["lr"]
    if recorded["momentum"] is not None:
        assert np.array_equal(trace.momentum, np.array(recorded["momentum"]))


@pytest.mark.parametrize("name", REFUSALS)
def test_what_lightning_refuses_is_refused(name: str, tmp_path: Path) -> None:
    recorded = recording(name)
    with pytest.raises(LrvizError) as caught:
        traced(config_of(recorded, tmp_path), **told_in(recorded))
    assert str(caught.value).endswith(REFUSALS[name])


# (module, batches of an epoch, its Trainer's arguments, its own)
MODULES: tuple[tuple[str, int, dict[str, Any], dict[str, Any]], ...] = (
    ("Alone", 3, {"max_epochs": 2}, {}),
    ("Tuple", 4, {"max_epochs": 5, "accumulate_grad_batches": 3}, {}),
    ("Groups", 7, {"max_epochs": 3, "accumulate_grad_batches": 2}, {"interval": "step"}),
    ("Groups", 7, {"max_epochs": 5, "max_steps": 17}, {"interval": "epoch", "frequency": 2}),
    ("OneCycle", 9, {"max_epochs": 3, "limit_train_batches": 0.5}, {"interval": "step"}),
    ("OneCycle", 5, {"max_steps": 12}, {"interval": "step"}),
    ("Two", 13, {"max_epochs": 3, "accumulate_grad_batches": 3}, {"interval": "step", "frequency": 2}),
    ("Two", 4, {"max_epochs": 4}, {"interval": "step", "frequency": 5}),
    ("Sequence", 5, {"max_epochs": 3, "overfit_batches": 4}, {"interval": "step"}),
    ("Lambda", 6, {"max_epochs": 7, "fast_dev_run": 4}, {"interval": "step"}),
    ("Lambda", 3, {"max_epochs": 7}, {"frequency": 3}),
    ("Plateau", 3, {"max_epochs": 8}, {}),
    ("Plateau", 3, {"max_epochs": 8}, {"frequency": 2}),
    ("Lenient", 3, {"max_epochs": 3}, {}),
    ("Skipping", 4, {"max_epochs": 5}, {"interval": "step"}),
    ("Before", 4, {"max_epochs": 4, "accumulate_grad_batches": 3}, {}),
    ("Before", 5, {"max_steps": 13}, {"lr": 0.5}),
)


@pytest.mark.parametrize(("name", "batches", "trainer", "arguments"), MODULES)
def test_a_module_is_stepped_as_fit_steps_it(
    name: str, batches: int, trainer: dict[str, Any], arguments: dict[str, Any], tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    model = {"class_path": f"{FOLDER}/lit.py:{name}", "init_args": arguments}
    config.write_text(yaml.safe_dump({"trainer": trainer, "model": model}), encoding="utf-8")
    (trace,) = traced(config, batches_per_epoch=batches, metrics={"val_loss": modules().Tiny.VALUES})
    assert trace.lr.tolist() == fitted(name, batches, trainer, **arguments)


def test_accumulation_by_epoch_is_not_seen_by_the_estimate(tmp_path: Path) -> None:
    schedule = {0: 1, 2: 4}
    callback = {"class_path": "GradientAccumulationScheduler", "init_args": {"scheduling": schedule}}
    model = {"class_path": f"{FOLDER}/lit.py:Groups", "init_args": {"interval": "step"}}
    trainer = {"max_epochs": 4, "callbacks": [callback]}
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"trainer": trainer, "model": model}), encoding="utf-8")
    (trace,) = traced(config, batches_per_epoch=13)
    assert len(trace) == 34
    live = lightning().callbacks.GradientAccumulationScheduler(dict(schedule))
    used = fitted("Groups", 13, {"max_epochs": 4, "callbacks": [live]}, interval="step")
    assert trace.lr.tolist() == used
    assert used[-1][0] > 0.02  # the cosine over 52 updates stops at two thirds


SWA = "lightning.pytorch.callbacks.StochasticWeightAveraging"
SGD = {"class_path": "torch.optim.SGD", "init_args": {"lr": 0.1, "momentum": 0.9}}


def scheduler(name: str, **arguments: Any) -> dict[str, Any]:
    return {"class_path": name, "init_args": arguments}


PLATEAU = scheduler("ReduceLROnPlateau", monitor="val_loss", patience=0, factor=0.5)
CONFIGS: dict[str, dict[str, Any]] = {
    "a share of the batches": {
        "trainer": {"max_epochs": 3, "limit_train_batches": 0.34},
        "optimizer": {"class_path": "Adagrad"},
        "lr_scheduler": scheduler("LinearLR", total_iters=2),
    },
    "the end within an epoch": {
        "trainer": {"max_epochs": 9, "max_steps": 11, "accumulate_grad_batches": 2},
        "optimizer": SGD,
        "lr_scheduler": scheduler("torch.optim.lr_scheduler.ExponentialLR", gamma=0.7),
    },
    "the last batch dropped": {
        "data": {"n": 9, "drop_last": True},
        "trainer": {"max_epochs": 4},
        "optimizer": SGD,
        "lr_scheduler": scheduler("CosineAnnealingLR", T_max=4),
    },
    "a plateau": {"trainer": {"max_epochs": 8}, "optimizer": SGD, "lr_scheduler": PLATEAU},
    "a plateau, two validations an epoch": {
        "trainer": {"max_epochs": 5, "val_check_interval": 0.5},
        "optimizer": SGD,
        "lr_scheduler": {**PLATEAU, "class_path": "lightning.pytorch.cli.ReduceLROnPlateau"},
    },
    "weights averaged by a cosine": {
        "trainer": {"max_epochs": 6, "callbacks": [scheduler(SWA, swa_lrs=0.05, annealing_epochs=3)]},
        "optimizer": SGD,
        "lr_scheduler": scheduler("StepLR", step_size=1, gamma=0.5),
    },
    "weights averaged along a line": {
        "trainer": {
            "max_epochs": 6,
            "callbacks": [
                scheduler(SWA, swa_lrs=[0.02], swa_epoch_start=2, annealing_strategy="linear"),
                {"class_path": "ModelSummary"},
            ],
        },
        "optimizer": SGD,
    },
    "weights averaged after a plateau": {
        "trainer": {"max_epochs": 7, "callbacks": [scheduler(SWA, swa_lrs=0.3, swa_epoch_start=0.6)]},
        "optimizer": SGD,
        "lr_scheduler": PLATEAU,
    },
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_is_followed_as_lightning_cli_follows_it(name: str, tmp_path: Path) -> None:
    found = {"data": {"n": 13, "batch_size": 2}, **CONFIGS[name]}
    found["data"] = {"batch_size": 2, **found["data"]}
    found["trainer"] = {**PLAIN, **found["trainer"]}
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(found), encoding="utf-8")
    (trace,) = traced(config, dataset_size=found["data"]["n"], metrics={"val_loss": modules().Tiny.VALUES})
    assert trace.lr.tolist() == from_command_line(config)


def written(folder: Path, **config: Any) -> Path:
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def refusal(word: str | Path, **told: Any) -> str:
    with quiet(), pytest.raises(LrvizError) as caught:
        traced(word, **told)
    return str(caught.value).replace(f"{FOLDER}/", "").replace("data/lightning/", "")


def test_a_word_names_a_module_and_its_arguments() -> None:
    (trace,) = traced(f"{FOLDER}/lit.py:Tuple:lr=0.4,epochs=3", batches_per_epoch=2)
    assert trace.lr[:, 0].tolist() == [0.4, 0.4, 0.4, 0.4, 0.2, 0.2]
    assert trace.optimizer == "SGD"


def test_a_module_without_a_size_asks_for_it() -> None:
    assert refusal(f"{FOLDER}/lit.py:Tuple").endswith(
        "lit.py:Tuple is a LightningModule, and the batches of an epoch are not known; "
        "add --batches-per-epoch 1000, or --dataset-size 50000 --batch-size 32"
    )


def test_a_module_runs_only_where_it_is_trusted(tmp_path: Path) -> None:
    config = written(tmp_path, trainer={"max_epochs": 2}, model={"class_path": "lit.Tuple"})
    with pytest.raises(LrvizError) as caught:
        lrviz.load(config, batches_per_epoch=2)
    assert str(caught.value) == (
        f"{config}:2:3: model.class_path: 'lit.Tuple' names code, and code runs only where it is trusted; "
        "read it, and add --trust (in Python trust=True) if it may run"
    )


def test_each_optimizer_of_a_module_is_a_curve() -> None:
    spec = lrviz.load(f"{FOLDER}/lit.py:Networks:epochs=2", trust=True, batches_per_epoch=3)
    assert [name.rpartition("epochs=2 ")[2] for name in spec.names] == ["1 (Adam)", "2 (SGD)"]
    one, two = pipeline.simulate(spec, cache=False).values()
    assert one.lr.tolist() == [[1e-4]] * 6
    assert two.lr.tolist() == [[4e-4]] * 6
    assert spec.curves[0].notes[-1] == (
        "Networks optimizes by hand: Lightning steps no scheduler of it; an update per batch is assumed"
    )


def test_parameter_groups_keep_their_names() -> None:
    (trace,) = traced(f"{FOLDER}/lit.py:Groups:epochs=2", batches_per_epoch=2)
    assert trace.groups == ("group 0", "head")


def test_a_module_sees_how_many_devices_there_are(tmp_path: Path) -> None:
    trainer = {"max_epochs": 1, "devices": 2, "num_nodes": 3, "accelerator": "gpu"}
    config = written(tmp_path, trainer=trainer, model={"class_path": f"{FOLDER}/lit.py:Scaled"})
    (trace,) = traced(config, dataset_size=25, batch_size=2)
    assert len(trace) == 3  # ceil(25 / 6) samples on each device
    assert trace.lr[0, 0] == pytest.approx(0.1 * 6 * 3)


def test_classes_in_a_modules_arguments_are_made_as_lightning_cli_makes_them(tmp_path: Path) -> None:
    linear = scheduler("torch.nn.Linear", in_features=4, out_features=2)
    exponential = scheduler("torch.optim.lr_scheduler.ExponentialLR", gamma=0.5)
    arguments = {"net": linear, "optimizer": scheduler("torch.optim.SGD", lr=0.2), "scheduler": exponential}
    model = {"class_path": "lit.Callables", "init_args": arguments}
    (trace,) = traced(written(tmp_path, trainer={"max_epochs": 2}, model=model), batches_per_epoch=2)
    assert trace.lr[:, 0].tolist() == [0.2, 0.1, 0.05, 0.025]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "ByHand",
            "lit.py:ByHand: training_step uses lr_schedulers(), which it may step, and lrviz calls no training_step: "
            "what the LR does there is not known",
        ),
        (
            "Setting",
            "lit.py:Setting: on_train_epoch_start sets lr in a parameter group, and lrviz calls no "
            "on_train_epoch_start: what the LR does there is not known",
        ),
        (
            "Untrained",
            "lit.py:Untrained has no training_step, without which Lightning trains nothing; write it",
        ),
        ("Nothing", "lit.py:Nothing: configure_optimizers returns no optimizer, so there is no LR"),
        ("Broken", "in configure_optimizers: AttributeError: 'Broken' object has no attribute 'nothing'"),
        (
            "Plateau",
            "lit.py:Plateau: its ReduceLROnPlateau waits for val_loss, whose values the run decides; "
            "add --metric val_loss=0.9,0.8,0.7",
        ),
    ],
)
def test_a_module_whose_lr_cannot_be_told_is_refused(name: str, told: str) -> None:
    assert refusal(f"{FOLDER}/lit.py:{name}:epochs=2", batches_per_epoch=3).endswith(told)


def test_a_module_makes_its_own_optimizer() -> None:
    message = refusal(f"{FOLDER}/lit.py:Tuple:optimizer=adam", batches_per_epoch=3)
    assert message.endswith("lit.py:Tuple makes its own optimizer; delete optimizer")


OPTIMIZER = {"class_path": "SGD", "init_args": {"lr": 0.1}}


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (
            {"trainer": {"max_epochs": 2, "max_epoch": 3}},
            "Trainer has no max_epoch that lrviz knows, and it may change the LR; did you mean max_epochs?",
        ),
        (
            {"trainer": {"callbacks": [{"class_path": "my.Callback"}]}},
            "Callback is not known to lrviz, and may change the LR; delete it to see the LR without it",
        ),
        (
            {"trainer": {"callbacks": [{"class_path": "LearningRateFinder"}]}},
            "LearningRateFinder looks for an LR of its own before the run; delete it to see the LR without it",
        ),
        (
            {"trainer": {"max_epochs": -1}},
            "a run without an end of its own; write max_epochs or max_steps, as long as it is to be looked at",
        ),
        ({"trainer": {"max_epochs": 0}}, "max_epochs: 0 makes no update, so there is no LR to see"),
        (
            {"trainer": {"limit_train_batches": 1.5}},
            "1.5 is neither a number of batches nor a share of them; write 100 or 0.5",
        ),
        ({"trainer": {"limit_train_batches": 0.01}}, "0.01 of 5 batches is none, which Lightning refuses"),
        (
            {"trainer": {}, "ckpt_path": "last.ckpt"},
            "the run goes on from a checkpoint, whose state is not in the config; "
            "delete ckpt_path to see the run from its start",
        ),
        (
            {"trainer": {}, "lr_scheduler": scheduler("steplr", step_size=1)},
            "'steplr' is no scheduler of torch, whose exact names LightningCLI takes; did you mean StepLR?",
        ),
        (
            {"trainer": {}, "lr_scheduler": scheduler("SequentialLR", schedulers=[])},
            "LightningCLI cannot build the schedulers inside SequentialLR; write them in configure_optimizers",
        ),
        (
            {"trainer": {}, "warmup": 3},
            "lrviz knows no warmup of LightningCLI, and it may change the LR; delete it to see the LR without it",
        ),
        (
            {"trainer": {}, "lr_scheduler": scheduler("ReduceLROnPlateau", monitor="val_loss")},
            "the LR depends on val_loss, whose values the run decides; add --metric val_loss=0.9,0.8,0.7 "
            "(in Python metrics={'val_loss': [0.9, 0.8]})",
        ),
        (
            {"trainer": {"strategy": {"class_path": "lightning.pytorch.strategies.ModelParallelStrategy"}}},
            "its devices share the model, so that fewer of them share the data; add --batches-per-epoch 1000",
        ),
    ],
)
def test_what_may_change_the_lr_and_is_not_followed_is_refused(
    config: dict[str, Any], told: str, tmp_path: Path
) -> None:
    path = written(tmp_path, **{"optimizer": OPTIMIZER, **config})
    size = {"dataset_size": 40, "batch_size": 8, "devices": 1} if "strategy" in config["trainer"] else {}
    with pytest.raises(LrvizError) as caught:
        lrviz.load(path, **(size or {"batches_per_epoch": 5}))
    assert str(caught.value).partition(": ")[2].partition(": ")[2] == told


def test_a_plateau_that_nothing_is_validated_for_is_refused(tmp_path: Path) -> None:
    trainer = {"max_epochs": 2, "limit_val_batches": 0}
    plateau = scheduler("ReduceLROnPlateau", monitor="val_loss")
    path = written(tmp_path, trainer=trainer, optimizer=OPTIMIZER, lr_scheduler=plateau)
    with pytest.raises(LrvizError) as caught:
        lrviz.load(path, batches_per_epoch=5, metrics={"val_loss": [0.9, 0.8]})
    assert str(caught.value).endswith(
        "trainer.limit_val_batches: nothing is validated, so Lightning finds no val_loss, and raises "
        "MisconfigurationException; delete limit_val_batches"
    )


def test_numbers_and_flags_are_of_yaml_1_1_as_jsonargparse_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    text = (
        "trainer: {max_epochs: 010, accelerator: cpu, devices: 2, use_distributed_sampler: off}\n"
        "optimizer: {class_path: SGD, init_args: {lr: 5e-2, nesterov: no}}\n"
        "data: {batch_size: 8, drop_last: yes}\n"
    )
    path.write_text(text, encoding="utf-8")
    (trace,) = traced(path, dataset_size=30)
    assert trace.lr.tolist() == [[0.05]] * 8 * 3


def test_a_scheduler_section_without_an_optimizer_does_not_count(tmp_path: Path) -> None:
    config = {
        "trainer": {"max_epochs": 2, "devices": 1, "accelerator": "cpu"},
        "model": {"class_path": f"{FOLDER}/lit.py:Alone"},
        "lr_scheduler": scheduler("StepLR", step_size=1),
    }
    path = written(tmp_path, **config)
    with quiet():
        (trace,) = traced(path, batches_per_epoch=3)
    assert trace.lr.tolist() == [[0.1]] * 6


def test_what_the_config_does_not_hold_is_asked_for_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, trainer={"max_epochs": 2}, optimizer=OPTIMIZER)
    with pytest.raises(LrvizError) as caught:
        lrviz.load(path)
    assert str(caught.value) == (
        f"{path}: LightningCLI does not hold the size of the training set, the size of a batch and the number of "
        "devices, which the machine decides; add --dataset-size 50000 --batch-size 32 --devices 8 "
        "(in Python dataset_size=50000, batch_size=32, devices=8)"
    )


def test_a_trainer_without_limits_runs_a_thousand_epochs(tmp_path: Path) -> None:
    path = written(tmp_path, trainer={"limit_train_batches": 2, "devices": 1}, optimizer=OPTIMIZER)
    spec = lrviz.load(path)
    assert spec.curves[0].clock.steps == 2000
    assert spec.curves[0].notes[:2] == (
        "neither max_epochs nor max_steps: the Trainer runs 1,000 epochs",
        "limit_train_batches: the data are taken to have at least 2 batches on each device",
    )


def test_a_spec_of_ours_may_name_a_module(tmp_path: Path) -> None:
    curve = {"module": {"type": f"{FOLDER}/lit.py:Tuple", "args": {"lr": 0.2}}}
    run = {"epochs": 3, "steps_per_epoch": 2}
    (trace,) = traced(written(tmp_path, run=run, schedules={"lit": curve}))
    assert trace.lr[:, 0].tolist() == [0.2, 0.2, 0.2, 0.2, 0.1, 0.1]


@pytest.mark.parametrize(
    ("curve", "told"),
    [
        (
            {"module": "./lit.py:Tuple", "optimizer": "SGD"},
            "schedules.lit.optimizer: the module makes its optimizer and its schedulers; delete optimizer or module",
        ),
        (
            {"module": {"type": "./lit.py:Tuple", "trainer": {"max_epoch": 3}}},
            "schedules.lit.module.trainer.max_epoch: a module's trainer has no max_epoch; did you mean max_epochs?",
        ),
        (
            {"module": 3},
            "schedules.lit.module: 3 is no LightningModule; write module: {type: ./lit.py:LitModel, args: {lr: 0.1}}",
        ),
    ],
)
def test_a_module_that_is_wrong_in_a_spec_is_told_at_its_place(
    curve: dict[str, Any], told: str, tmp_path: Path
) -> None:
    message = refusal(written(tmp_path, run={"epochs": 2}, schedules={"lit": curve}))
    assert [line.split(": ", 1)[1] for line in message.splitlines()] == [told]


def test_no_code_is_written_of_what_a_module_or_a_callback_does(tmp_path: Path) -> None:
    with quiet():
        spec = lrviz.load(f"{FOLDER}/lit.py:Tuple:epochs=2", trust=True, batches_per_epoch=3)
    with pytest.raises(LrvizError) as caught:
        code_of(spec, "torch")
    assert str(caught.value).endswith(
        "lit.py:Tuple makes its optimizer and its schedulers in configure_optimizers: that is the code"
    )
    trainer = {"max_epochs": 4, "callbacks": [scheduler(SWA, swa_lrs=0.1)]}
    averaged = lrviz.load(written(tmp_path, trainer=trainer, optimizer=OPTIMIZER), batches_per_epoch=2)
    with pytest.raises(LrvizError) as caught:
        code_of(averaged, "torch")
    assert str(caught.value).endswith(
        "lightning.swa is what a callback of Lightning's Trainer does; "
        "write StochasticWeightAveraging in its callbacks"
    )
