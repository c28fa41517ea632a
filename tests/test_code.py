"""The code that lrviz writes, executed with torch, Lightning and transformers, against the Trace, bit for bit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from commanded import Command
from emitted import declare_torchvision, recording, trained
from scheduler_cases import CASES, OPTIMIZERS, RUN, Case

from lrviz import pipeline, presets, readers
from lrviz.codegen import TARGETS, code_of
from lrviz.errors import LrvizError
from lrviz.spec.curve import Curve, Spec
from lrviz.spec.parse import no_files

CONFIGS = sorted(Path(__file__).parent.parent.glob("configs/*.yaml"))
SHORT = {"epochs": 12, "steps_per_epoch": 10}


@pytest.fixture
def lrviz(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def spec_of(text: str) -> Spec:
    return readers.read_text(text, "spec.yaml", None, no_files)


def check(spec: Spec) -> None:
    """Hold the code for each curve of a spec against its trace."""
    traces = pipeline.simulate(spec, cache=False)
    for curve in spec:
        assert isinstance(curve, Curve)
        text = code_of(replace(spec, curves=(curve,)), "torch")
        trained(text, curve, traces[curve.name]).check(traces[curve.name])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.type}-{CASES.index(case)}")
def test_every_schedule_comes_out_of_its_code(case: Case) -> None:
    assert case.optimizers
    assert case.paces
    for optimizer in case.optimizers:
        for per, every in case.paces:
            chosen = f"optimizer: {OPTIMIZERS[optimizer][0]}"
            schedule = f"schedules: {{a: {{{case.yaml}, interval: {per}, frequency: {every}}}}}"
            check(spec_of(f"{RUN}\n{chosen}\n{schedule}"))


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_comes_out_of_its_code(name: str) -> None:
    check(pipeline.read(name, SHORT))


@pytest.mark.parametrize("name", presets.published_names())
def test_every_published_schedule_comes_out_of_its_code(name: str) -> None:
    check(pipeline.read(f"{name}:steps=150"))


@pytest.mark.parametrize(
    "file", [file for file in CONFIGS if "published" not in file.name], ids=lambda f: f.name
)
def test_every_config_comes_out_of_its_code(file: Path) -> None:
    check(pipeline.read(str(file)))


# ruff: noqa: E501  # specs are easier to read unbroken
HARD = {
    "the last epoch cut short": """
run: {steps: 25, steps_per_epoch: 10}
schedules: {a: {type: StepLR, step_size: 1, gamma: 0.5}, b: {type: ExponentialLR, gamma: 0.9, interval: step}}
""",
    "less than an epoch": """
run: {steps: 7, steps_per_epoch: 10}
schedules: {a: {type: StepLR, step_size: 1}, b: {type: ExponentialLR, gamma: 0.9, interval: step}}
""",
    "accumulation": """
run: {epochs: 3, dataset_size: 96, batch_size: 4, accumulate: 4}
schedules: {a: {type: CosineAnnealingLR, T_max: 100%, interval: step}}
""",
    "two calls each time": """
run: {epochs: 6, steps_per_epoch: 4, scheduler_calls_per_step: 2}
schedules:
  a: {type: StepLR, step_size: 3, gamma: 0.5, interval: step}
  b: {type: LambdaLR, lr_lambda: "1 / (1 + step) + epoch", interval: step}
""",
    "tensors": """
run: {steps: 30}
optimizer: {type: SGD, lr: 0.1, tensor_lr: true, momentum: 0.9, groups: [{lr: 0.2}, {}, {}]}
schedules:
  a: {type: ExponentialLR, gamma: 0.93}
  b: {type: LambdaLR, lr_lambda: "max(0.01 / base_lr, 0.9 ** t)"}
  c: {type: ExponentialLR, gamma: 0.93, adjust: [{when: "step == 7", lr: "base_lr / 10"}]}
""",
    "several schedulers, metrics and edits": """
run: {epochs: 8, steps_per_epoch: 6}
optimizer: {type: AdamW, lr: 0.1, groups: [{name: body, lr: 0.01}, {name: the head}]}
schedules:
  a:
    schedulers:
      - {type: LinearLR, interval: step, start_factor: 0.01, total_iters: 9st}
      - {type: ReduceLROnPlateau, monitor: val loss, patience: 1}
      - {type: ExponentialLR, interval: epoch, frequency: 2, gamma: 0.9}
    metrics: {val loss: {values: [1, 0.9], then: hold}, other: {expr: "1 / (step + 1) + lr", every: 4st}}
    adjust:
      - {when: "other < 0.1 or epoch == 2", lr: "lr * 0.5", once: true}
      - {when: "epoch > 3 and not step == 40", weight_decay: "weight_decay * 2", momentum: "0.5 + momentum / 2"}
      - {lr: "lr * 0.99", groups: [body]}
  b:
    type: StepLR
    step_size: 3
    adjust: [{when: "step % 5 == 1", lr: "base_lr if step > 20 else lr / 2", interval: step}]
""",
    "courses": """
run: {epochs: 5, steps_per_epoch: 4}
optimizer: {type: AdamW, lr: 0.1, groups: [{lr: 0.01}, {}]}
schedules:
  a: {type: StepLR, step_size: 2, set: {weight_decay: "0.04 + 0.36 * step / steps", momentum: ["0.9", "0.8 + epoch / 100"]}}
""",
    "through points": """
run: {epochs: 30, steps_per_epoch: 4}
schedules:
  a: {points: [[0, 0], [5ep, lr], [100%, 0]], interval: step}
  b: {points: [[0, 1], [3ep, 0.5], [9ep, 0.2], [20ep, 0.1], [21ep, 0.11], [23ep, 0.05], [100%, 0]], between: hold}
  c: {points: [[2, 1], [3ep, 0.5], [9ep, 0.2], [20ep, 0.1], [21ep, 0.11], [23ep, 0.05], [26ep, 0]]}
""",
    "long arithmetic": """
run: {steps: 60}
schedules:
  a:
    type: LambdaLR
    where: {warm: 10, math: 0.25, long_name_of_a_constant: 40, another_long_name_of_one: 0.001}
    lr_lambda: "t / warm if t < warm else (math + another_long_name_of_one) * (1 + cos(pi * (t - warm) / (long_name_of_a_constant - warm))) + another_long_name_of_one if t < long_name_of_a_constant else (t ** 2 + 2 ** t) / 2 ** t * another_long_name_of_one"
  b:
    type: LambdaLR
    lr_lambda: "sqrt(1 + t ** 3 / 17) * exp(-t / 11) * (1 + sin(t / 3) * 0.1) + (t > 4 and t < 9) * 0.01 + (t or 0) * 1e-5 + (0.2 if t % 7 == 3 else 0.1) * pow(t + 1, -0.5) + interp(t * 2, 0, 0, 10, t / 100, 50, 0.001)"
  c: {type: LambdaLR, lr_lambda: "-t ** 2 / 1e5 + (t + 1) ** (t / 100) + round(t / 7) / 100 + 7 // (t + 1) + stairs(t, 1, 5, 2)"}
""",
    "cycles": """
run: {steps: 60}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  a: {type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 7, scale_fn: "1 / (5 ** (x * 0.1)) + t * 0", scale_mode: iterations}
""",
    "resumed": """
run: {epochs: 12, steps_per_epoch: 4}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9, groups: [{lr: 0.01}, {}]}
schedules:
  a: {type: CosineAnnealingLR, T_max: 6ep, resume: {at: 5ep, with: {T_max: 100%}}}
  b: {type: StepLR, step_size: 2, resume: {at: 21st, order: load-then-build}}
  c: {type: StepLR, step_size: 2, resume: {at: 5ep, restore: [optimizer]}}
  d: {type: StepLR, step_size: 2, resume: {at: 21st, restore: [optimizer], order: load-then-build, last_epoch: 4}}
  e: {type: ExponentialLR, gamma: 0.9, interval: step, resume: {at: 7st, replay: true}}
  f:
    type: ReduceLROnPlateau
    monitor: m
    patience: 1
    metrics: {m: {values: [1, 1, 0.9, 1, 1], then: hold}}
    resume: {at: 5ep}
""",
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_what_is_hard_to_say_comes_out_of_its_code(text: str) -> None:
    check(spec_of(text))


@pytest.mark.skipif(
    shutil.which("ruff") is None and not Path(sys.executable).with_name("ruff").exists(), reason="no ruff"
)
def test_code_is_laid_out_as_ruff_lays_it_out(tmp_path: Path) -> None:
    ruff = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))
    specs = [*map(spec_of, HARD.values()), *(pipeline.read(str(file)) for file in CONFIGS)]
    specs += [pipeline.read(name, SHORT) for name in presets.names()]
    count = 0
    for spec in specs:
        for curve in spec:
            for target in TARGETS:
                try:
                    text = code_of(replace(spec, curves=(curve,)), target)
                except LrvizError:
                    continue
                count += 1
                (tmp_path / f"{target}_{count}.py").write_text(text, encoding="utf-8")
    assert count > 300
    done = subprocess.run(
        [ruff, "format", "--isolated", "--diff", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    found = subprocess.run(
        [
            ruff,
            "check",
            "--isolated",
            "--no-cache",
            "--select",
            "E7,E9,F",
            "--output-format",
            "concise",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == "All checks passed!\n"


def test_a_schedule_for_torch_reads_like_this(lrviz: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "run: {epochs: 90, steps_per_epoch: 100}\n"
        "optimizer: {type: SGD, lr: 0.1, momentum: 0.9}\n"
        "schedules: {a: {type: CosineAnnealingLR, interval: step, T_max: rest, warmup: 5%}}\n"
    )
    ran = lrviz("code", str(tmp_path / "a.yaml"))
    assert (ran.code, ran.err) == (0, "")
    assert (
        ran.out
        == '''\
"""The optimizer and schedule of a, for a plain loop of torch."""

from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR


def configure(model):
    """Build the optimizer and its schedulers."""
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = SequentialLR(
        optimizer,
        schedulers=[
            LinearLR(
                optimizer,
                start_factor=0.01,
                total_iters=450,  # 5% of 9,000 updates
            ),
            CosineAnnealingLR(
                optimizer,
                T_max=8_550,  # rest of 9,000 updates, from update 450 on
            ),
        ],
        milestones=[
            450,  # 5% of 9,000 updates
        ],
    )
    return optimizer, [scheduler]


def train(model, batches, loss_of):
    """Train for 9,000 updates, 90 epochs of 100.

    batches(epoch) gives the 100 batches of an epoch, loss_of(model, batch) the loss of one.
    """
    optimizer, schedulers = configure(model)
    (scheduler,) = schedulers
    for epoch in range(90):
        for batch in batches(epoch):
            optimizer.zero_grad()
            loss_of(model, batch).backward()
            optimizer.step()
            scheduler.step()
'''
    )


def test_code_is_written_to_a_file(lrviz: Command, tmp_path: Path) -> None:
    file = tmp_path / "train_lr.py"
    assert lrviz("code", "wsd", "--steps", "100", "-o", str(file)).code == 0
    assert file.read_text(encoding="utf-8") == lrviz("code", "wsd", "--steps", "100").out


REFUSED = [
    (
        "run: {epochs: 3}\nschedules: {a: {type: StepLR, step_size: 2}, b: }",
        "torch",
        "spec.yaml: 2 curves, and code is written of one; write spec.yaml#a or spec.yaml#b",
    ),
    (
        "run: {epochs: 3}\nschedules: {a: {type: StepLR, step_size: 2, adjust: [{lr: lr / 2}]}}",
        "lightning",
        "spec.yaml:2:13: schedules.a: adjust: Lightning's hooks come at other points of an epoch; write --for torch",
    ),
    (
        "run: {epochs: 3}\nschedules: {a: {type: StepLR, step_size: 2, adjust: [{lr: lr / 2}]}}",
        "transformers",
        "spec.yaml:2:13: schedules.a: adjust: Trainer edits no LR by hand; write --for torch",
    ),
    (
        "run: {epochs: 3, steps_per_epoch: 5}\n"
        "schedules: {a: {type: StepLR, step_size: 2, interval: step, frequency: 2}}",
        "lightning",
        "spec.yaml:2:13: schedules.a: frequency: Lightning counts the batches of each epoch anew, not updates; "
        "write frequency: 1, with longer lengths",
    ),
    (
        "run: {epochs: 3}\nschedules: {a: }",
        "keras",
        '--for: "keras" is no target; write torch, lightning or transformers',
    ),
]


@pytest.mark.parametrize(("text", "target", "message"), REFUSED)
def test_what_cannot_be_said_is_refused(text: str, target: str, message: str) -> None:
    with pytest.raises(LrvizError) as refused:
        code_of(spec_of(text), target)
    assert str(refused.value) == message


def test_code_by_path_is_imported_by_its_module(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("class MyLR: ...\nfactor = len\n")
    file = tmp_path / "a.yaml"
    file.write_text(
        "run: {epochs: 3}\nschedules:\n  a: {type: torch.optim.lr_scheduler:StepLR, step_size: 2ep}\n"
        "  b: {type: LambdaLR, lr_lambda: ./mine.py:factor}\n"
    )
    check(pipeline.read(f"{file}#a", trust=True))
    text = code_of(pipeline.read(f"{file}#b", trust=True), "torch")
    assert "\nfrom mine import factor\n" in text
    assert "    scheduler = LambdaLR(optimizer, lr_lambda=factor)\n" in text
    assert "# mine.py must lie where Python finds it: beside this file, or on PYTHONPATH.\n" in text


# The frameworks themselves, on a tiny model.

TRAINED = {
    "per update": "type: CosineAnnealingLR, interval: step, T_max: rest, warmup: 10%",
    "per epoch": "type: StepLR, step_size: 2ep, gamma: 0.5",
    "every other epoch": "type: ExponentialLR, gamma: 0.5, frequency: 2",
    "constant": "",
    "one cycle": "type: OneCycleLR, max_lr: 0.1, total_steps: 100%",
    "two": "schedulers: [{type: LinearLR, interval: step, total_iters: 7}, {type: ExponentialLR, gamma: 0.9}]",
    "a course": 'type: StepLR, step_size: 2, set: {weight_decay: "0.01 + step / steps"}',
    "a plateau": "type: ReduceLROnPlateau, monitor: val_loss, patience: 1, "
    "metrics: {val_loss: {values: [1, 0.5], then: hold}}",
    "a lambda": 'type: LambdaLR, interval: step, lr_lambda: "min(1, (t + 1) / 9) * 0.97 ** t"',
}
RUN_OF_FIVE = "run: {epochs: 5, steps_per_epoch: 6}\n"
GROUPS = "optimizer: {type: AdamW, lr: 1e-3, groups: [{name: body, lr: 1e-4}, {name: head}]}\n"


def curve_of(schedule: str, optimizer: str = GROUPS) -> Spec:
    return spec_of(f"{RUN_OF_FIVE}{optimizer}schedules: {{a: {{{schedule}}}}}")


def net() -> torch.nn.Module:
    model = torch.nn.Sequential()
    model.add_module("body", torch.nn.Linear(2, 2))
    model.add_module("head", torch.nn.Linear(2, 1))
    return model


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("schedule", TRAINED.values(), ids=TRAINED)
def test_lightning_trains_by_the_code_as_traced(schedule: str, tmp_path: Path) -> None:
    declare_torchvision()
    lightning = pytest.importorskip("lightning.pytorch")
    spec = curve_of(schedule)
    space: dict[str, Any] = {}
    exec(code_of(spec, "lightning"), space)

    class Tiny(space["Schedule"], lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
            self.values = iter([1.0, *[0.5] * 9])

        def training_step(self, batch: Any, _: int) -> Any:
            return self.head(self.body(batch[0])).sum()

        def on_train_epoch_end(self) -> None:
            self.log("val_loss", next(self.values))

    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.zeros(6, 2)), batch_size=1)
    quiet = dict.fromkeys(
        ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False
    )
    trainer = lightning.Trainer(**space["TRAINER"], **quiet, accelerator="cpu", default_root_dir=tmp_path)
    with recording() as seen:
        trainer.fit(Tiny(), data)
    seen.check(pipeline.simulate(spec, cache=False)["a"])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("schedule", TRAINED.values(), ids=TRAINED)
@pytest.mark.parametrize("optimizer", [GROUPS, "optimizer: {type: AdamW, lr: 3e-4, betas: [0.8, 0.9]}\n"])
def test_transformers_trains_by_the_code_as_traced(schedule: str, optimizer: str, tmp_path: Path) -> None:
    declare_torchvision()
    transformers = pytest.importorskip("transformers")
    spec = curve_of(schedule, optimizer)
    space: dict[str, Any] = {}
    exec(code_of(spec, "transformers"), space)

    class Tiny(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)

        def forward(self, x: Any) -> Any:
            return {"loss": self.head(self.body(x)).sum()}

    class Measured(transformers.Trainer):  # type: ignore[misc]
        values = iter([1.0, *[0.5] * 9])

        def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
            return {"eval_val_loss": next(self.values)}

    model = Tiny()
    args = space["arguments"](
        per_device_train_batch_size=1, report_to=[], use_cpu=True, disable_tqdm=True, save_strategy="no"
    )
    args.output_dir = str(tmp_path)
    trainer = Measured(
        model=model,
        args=args,
        train_dataset=[{"x": torch.zeros(2)}] * 6,
        eval_dataset=[{"x": torch.zeros(2)}],
        optimizers=space["optimizers"](model) if "optimizers" in space else (None, None),
        callbacks=[space["Settings"]()] if "Settings" in space else [],
    )
    with recording() as seen:
        trainer.train()
    trace = pipeline.simulate(spec, cache=False)["a"]
    if "optimizers" not in space:  # Trainer makes two groups, which have one LR
        assert np.array_equal(np.array(seen.lr), np.broadcast_to(trace.lr, (30, 2)))
        assert trainer.optimizer.param_groups[0]["betas"] == (0.8, 0.9)
    else:
        seen.check(trace)
