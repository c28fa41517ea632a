"""timm's own schedulers, stepped live as its train.py steps them, beside what lrviz makes of the same arguments."""

from __future__ import annotations

import math
import random
import warnings
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import recorded
import yaml
from commanded import Command

import lrviz
from lrviz import pipeline
from lrviz.errors import LrvizError, SpecError
from lrviz.readers.dialects.timm.arguments import DEFAULTS, SCHEDS

pytestmark = pytest.mark.usefixtures("timm")


@pytest.fixture
def lrviz_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def as_train_py(
    args: dict[str, Any], samples: int, devices: int, metric: list[float]
) -> np.ndarray[Any, Any]:
    """Do what train.py does about the LR: its rule of lr_base, its loader's length, its loop."""
    import torch
    from timm.scheduler import create_scheduler_v2
    from timm.scheduler.scheduler_factory import scheduler_kwargs

    args = Namespace(**{**DEFAULTS, **args})
    share = math.ceil(samples / devices) if devices > 1 else samples
    batches = share // args.batch_size
    if not args.lr:
        ratio = args.batch_size * devices * args.grad_accum_steps / args.lr_base_size
        if not args.lr_base_scale:
            args.lr_base_scale = "sqrt" if any(o in args.opt.lower() for o in ("ada", "lamb")) else "linear"
        args.lr = args.lr_base * (ratio**0.5 if args.lr_base_scale == "sqrt" else ratio)
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=args.lr)
    updates = (batches + args.grad_accum_steps - 1) // args.grad_accum_steps
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler, epochs = create_scheduler_v2(
            optimizer, **scheduler_kwargs(args), updates_per_epoch=updates
        )
    start = args.start_epoch or 0
    if start:
        if args.sched_on_updates:
            scheduler.step_update(start * updates)
        else:
            scheduler.step(start)
    used = []
    for epoch in range(start, epochs):
        done = epoch * updates
        for batch in range(batches):
            if (batch + 1) % args.grad_accum_steps and batch + 1 < batches:
                continue
            used.append(optimizer.param_groups[0]["lr"])
            done += 1
            scheduler.step_update(num_updates=done, metric=1.0)
        evaluated = (epoch + 1) % args.val_interval == 0
        scheduler.step(epoch + 1, metric.pop(0) if evaluated and metric else None)
    return np.array(used)


def drawn(rng: random.Random) -> dict[str, Any]:
    """Draw a config that train.py accepts."""
    sched = rng.choice(sorted(SCHEDS))
    epochs = rng.randint(4, 12)
    args: dict[str, Any] = {
        "sched": sched,
        "epochs": epochs,
        "batch_size": rng.choice([2, 3, 8]),
        "grad_accum_steps": rng.choice([1, 1, 2, 3]),
        "warmup_epochs": rng.choice([0, 1, 3, 2.5]),
        "warmup_lr": rng.choice([1e-5, 1e-6, 0.2]),
        "min_lr": rng.choice([0, 1e-5, 0.003]),
        "cooldown_epochs": rng.choice([0, 0, 2]),
        "lr": rng.choice([None, 0.05, 1e-3]),
        "lr_base": rng.choice([0.1, 3e-4]),
        "opt": rng.choice(["sgd", "adamw", "lamb", "lookahead_adam", "lion", "adafactor"]),
        "lr_cycle_limit": rng.choice([1, 1, 2, 3]),
        "lr_cycle_mul": rng.choice([1.0, 1.0, 2.0, 1.5]),
        "lr_cycle_decay": rng.choice([0.5, 1.0]),
        "lr_k_decay": rng.choice([1.0, 1.5]),
        "decay_epochs": rng.choice([2, 0.3, 2.4]),
        "decay_milestones": [2, 5, 7],
        "decay_rate": rng.choice([0.1, 0.5, 0.97]),
        "lr_noise": rng.choice([None, None, [0.4, 0.9], [0.5], 0.2]),
        "seed": rng.choice([42, 7]),
        "patience_epochs": rng.choice([0, 1]),
        "val_interval": rng.choice([1, 2]),
        "eval_metric": rng.choice(["top1", "loss"]),
        "sched_on_updates": sched != "plateau" and rng.random() < 0.5,
    }
    if isinstance(args["warmup_epochs"], int):
        args["warmup_prefix"] = rng.random() < 0.4
    if rng.random() < 0.2:
        args["start_epoch"] = 2
    return args


def compared(seed: int, folder: Path) -> str:
    """Compare one drawn config; tell what came of it."""
    rng = random.Random(seed)
    args, samples, devices = drawn(rng), rng.randint(17, 60), rng.choice([1, 1, 2, 3])
    metric = [round(rng.uniform(0.2, 0.9), 3) for _ in range(60)]
    name = args["eval_metric"]
    file = folder / "args.yaml"
    file.write_text(yaml.safe_dump(args), encoding="utf-8")
    try:
        wanted = as_train_py(args, samples, devices, list(metric))
    except (TypeError, ValueError, AssertionError, ZeroDivisionError):
        wanted = None
    try:
        spec = lrviz.load(file, dataset_size=samples, devices=devices, metrics={name: metric})
        (trace,) = pipeline.simulate(spec, cache=False).values()
    except LrvizError:
        assert wanted is None or len(wanted) == 0, (seed, args)
        return "refused"
    assert wanted is not None, (seed, args)
    assert trace.lr.shape == (len(wanted), 2), (seed, args)
    assert np.array_equal(trace.lr[:, 0], wanted), (seed, args)
    return args["sched"]  # type: ignore[no-any-return]


def test_what_train_py_does_is_what_is_predicted_over_a_spread_of_settings(tmp_path: Path) -> None:
    outcomes = [compared(seed, tmp_path) for seed in range(120)]
    assert set(outcomes) >= set(SCHEDS)
    assert outcomes.count("refused") < 40


CLASSES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "timm.cosine",
        "CosineLRScheduler",
        {"t_initial": 8, "warmup_t": 2, "warmup_lr_init": 1e-4, "cycle_limit": 2},
    ),
    (
        "timm.scheduler.TanhLRScheduler",
        "TanhLRScheduler",
        {"t_initial": 20, "lb": -6.0, "t_in_epochs": False},
    ),
    ("timm.PolyLRScheduler", "PolyLRScheduler", {"t_initial": 12, "power": 2.0, "noise_range_t": [3, 9]}),
    ("timm.step", "StepLRScheduler", {"decay_t": 2.5, "decay_rate": 0.5}),
    ("timm.multistep", "MultiStepLRScheduler", {"decay_t": [7, 30], "decay_rate": 0.1, "t_in_epochs": False}),
    ("timm.wsd", "WSDLRScheduler", {"t_initial": 30, "decay_t": 10, "warmup_t": 6, "t_in_epochs": False}),
]


def spec_of(folder: Path, scheduler: dict[str, Any], groups: list[dict[str, Any]] | None = None) -> Path:
    file = folder / "spec.yaml"
    optimizer = {"type": "SGD", "lr": 0.1, **({"groups": groups} if groups else {})}
    spec = {
        "run": {"epochs": 12, "steps_per_epoch": 3},
        "optimizer": optimizer,
        "schedules": {"it": scheduler},
    }
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")
    return file


@pytest.mark.parametrize(("word", "name", "arguments"), CLASSES)
def test_each_class_is_told_epochs_or_updates_as_it_counts(
    word: str, name: str, arguments: dict[str, Any], tmp_path: Path
) -> None:
    import torch
    from timm import scheduler

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    live, used = getattr(scheduler, name)(optimizer, **arguments), []
    for update in range(36):
        used.append(optimizer.param_groups[0]["lr"])
        live.step_update(update + 1)
        if update % 3 == 2:
            live.step(update // 3 + 1)
    (trace,) = pipeline.simulate(
        lrviz.load(spec_of(tmp_path, {"type": word, **arguments})), cache=False
    ).values()
    assert trace.lr[:, 0].tolist() == used
    assert trace.schedulers[0].interval == ("epoch" if arguments.get("t_in_epochs", True) else "step")


def test_layers_scale_what_the_schedule_gives(tmp_path: Path) -> None:
    scheduler = {"type": "timm.step", "decay_t": 6, "decay_rate": 0.5, "lr_scale": [0.25, 1.0]}
    file = spec_of(tmp_path, scheduler, [{"name": "stem"}, {"name": "head"}])
    (trace,) = pipeline.simulate(lrviz.load(file), cache=False).values()
    assert trace.lr[0].tolist() == [0.025, 0.1]
    assert trace.lr[-1].tolist() == [0.0125, 0.05]


def test_a_scale_for_each_group_is_wanted(lrviz_command: Command, tmp_path: Path) -> None:
    file = spec_of(
        tmp_path, {"type": "timm.step", "decay_t": 6, "lr_scale": [0.25]}, [{"name": "a"}, {"name": "b"}]
    )
    ran = lrviz_command("table", str(file))
    assert (ran.code, ran.out) == (2, "")
    wanted = "it: timm.step refuses this: lr_scale: one number for each of 2 parameter groups is wanted"
    assert ran.err.endswith(f"{wanted}\n")


def test_a_misspelt_schedule_and_a_misspelt_argument_are_told(lrviz_command: Command, tmp_path: Path) -> None:
    ran = lrviz_command("table", str(spec_of(tmp_path, {"type": "timm.cosin", "t_initial": 6})))
    assert ran.code == 2
    assert "timm has no scheduler 'cosin'; did you mean cosine?" in ran.err
    ran = lrviz_command("table", str(spec_of(tmp_path, {"type": "timm.cosine", "t_initail": 6})))
    assert ran.code == 2
    assert "it: timm.cosine takes no t_initail; did you mean t_initial?" in ran.err


def test_timms_schedules_need_neither_torchvision_nor_timms_models(tmp_path: Path) -> None:
    """A torchvision of another torch does not load, and neither does timm then; its schedulers do."""
    spec_of(tmp_path, {"type": "timm.cosine", "t_initial": 6})
    (tmp_path / "torchvision").mkdir()
    broken = "raise RuntimeError('operator torchvision::nms does not exist')"
    (tmp_path / "torchvision" / "__init__.py").write_text(broken, encoding="utf-8")
    program = """
import sys, lrviz
(trace,) = lrviz.simulate("spec.yaml").values()
print(len(trace), any(name.partition(".")[0] in ("timm", "torchvision") for name in sys.modules))
"""
    ran = recorded.started(tmp_path, "-c", program)
    assert (ran.returncode, ran.stdout.split()[1:], ran.stderr) == (0, ["False"], "")


def test_a_timm_that_does_not_load_is_told(
    lrviz_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lrviz.build import families

    def broken(_: str) -> None:
        raise RuntimeError("it is built for another torch")

    monkeypatch.setattr(families.importlib, "import_module", broken)
    ran = lrviz_command("table", str(spec_of(tmp_path, {"type": "timm.cosine", "t_initial": 6})))
    assert ran.code == 2
    assert ran.err.endswith(
        "it: timm.cosine is made by timm, which does not load (it is built for another torch)\n"
    )


def refusal(folder: Path, args: dict[str, Any], **given: Any) -> list[str]:
    file = folder / "args.yaml"
    file.write_text(yaml.safe_dump(args), encoding="utf-8")
    with pytest.raises(SpecError) as refused:
        lrviz.load(file, **given)
    return [problem.message for problem in refused.value.problems]


def test_what_train_py_is_not_told_is_asked_for(tmp_path: Path) -> None:
    asked = (
        "the args.yaml of timm's train.py does not hold the size of the training set and the number of processes; "
        "add --dataset-size 50000 --devices 8 (in Python dataset_size=50000, devices=8)"
    )
    assert refusal(tmp_path, {"sched": "cosine", "warmup_epochs": 3}) == [asked]
    args = {"sched": "cosine", "warmup_epochs": 3, "dataset": "wds/imagenet"}
    assert refusal(tmp_path, args, dataset_size=1000) == [
        "the args.yaml of timm's train.py does not hold the batches of an epoch, which a streamed dataset estimates "
        "itself; add --batches-per-epoch 1000 (in Python batches_per_epoch=1000)"
    ]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"sched": "cosin"}, "timm has no schedule 'cosin'; did you mean cosine?"),
        ({"warmup_epoch": 3}, "train.py of timm 1.0.31 knows no warmup_epoch; did you mean warmup_epochs?"),
        ({"epochs": "ten"}, "'ten' is no number; write epochs: 300"),
        ({"epochs": 0}, "0 is no count; write 1 or more"),
        ({"lr": "fast"}, "'fast' is no LR; write lr: 0.05, or null for the rule of lr_base"),
        ({"resume": "last.pth.tar"}, "the epoch it goes on from is in that file; write start_epoch: 10 too"),
        (
            {"naflex_loader": True},
            "its batches differ in size, and lrviz does not count them; add --batches-per-epoch 1000",
        ),
        ({"batch_size": 2000}, "1,000 samples make no whole batch, and train.py drops the last one"),
        (
            {"sched": "plateau", "warmup_epochs": 0},
            "plateau is given the top1 of every evaluation; add --metric top1=0.9,0.8,... (in Python metrics={'top1': "
            "[0.9, 0.8]})",
        ),
    ],
)
def test_what_would_change_the_lr_and_cannot_be_followed_is_refused(
    args: dict[str, Any], message: str, tmp_path: Path
) -> None:
    assert refusal(tmp_path, {"sched": "cosine", "warmup_epochs": 5, **args}, dataset_size=1000) == [message]


def test_layer_decay_draws_the_head_and_says_so(lrviz_command: Command, tmp_path: Path) -> None:
    file = tmp_path / "args.yaml"
    file.write_text(
        "sched: cosine\nwarmup_epochs: 1\nepochs: 4\nlayer_decay: 0.7\nbatch_size: 10\n", encoding="utf-8"
    )
    ran = lrviz_command("import", str(file), "--dataset-size", "100")
    assert ran.code == 0
    assert (
        "# layer_decay 0.7: these are the groups of the head; the model's layers are not known here: each has the LR "
        "of the one above it times 0.7\n"
    ) in ran.out


def test_a_batch_size_that_the_config_leaves_open_can_be_told(tmp_path: Path) -> None:
    file = tmp_path / "args.yaml"
    args = {"sched": "cosine", "warmup_epochs": 1, "epochs": 2, "lr": 0.1}
    told = {"dataset_size": 100, "devices": 1, "batch_size": 10}
    for written, updates in (({}, 20), ({"batch_size": 25}, 8)):
        file.write_text(yaml.safe_dump({**args, **written}), encoding="utf-8")
        (trace,) = pipeline.simulate(lrviz.load(file, **told), cache=False).values()
        assert len(trace) == updates
    assert "the batch size is the config's: 25" in lrviz.load(file, **told).curves[0].notes


def test_flags_are_read_as_train_py_reads_them(tmp_path: Path) -> None:
    """PyYAML is of YAML 1.1, where off is false, and 010 is eight."""
    file = tmp_path / "args.yaml"
    text = "sched: cosine\nlr: 0.1\nwarmup_epochs: 2\nwarmup_prefix: {}\nepochs: 010\n"
    for prefix, epochs in (("off", 8), ("on", 10)):
        file.write_text(text.format(prefix), encoding="utf-8")
        (trace,) = pipeline.simulate(lrviz.load(file, batches_per_epoch=3, devices=1), cache=False).values()
        assert len(trace) == epochs * 3


def test_an_optimizer_that_ends_like_one_of_torchs_is_stood_in_for_and_told(tmp_path: Path) -> None:
    file = tmp_path / "args.yaml"
    file.write_text("sched: cosine\nwarmup_epochs: 1\nlr: 0.1\nopt: mine_adamw\n", encoding="utf-8")
    notes = lrviz.load(file, batches_per_epoch=3, devices=1).curves[0].notes
    assert "AdamW stands for timm's mine_adamw: the LR does not depend on it" in notes
