"""transformers.Trainer really trains a tiny model, and every update uses the LR that lrviz reads from its config."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lrviz
from lrviz import pipeline

pytest.importorskip("transformers")
pytest.importorskip("accelerate")

COMMON = 'save_strategy: "no"\nlogging_strategy: "no"\n'
LOSSES = [1.0, 0.9, 0.95, 0.97, 0.5, 0.4, 0.3, 0.45, 0.6, 0.2] * 4
CASES = [  # keys, and the size of the training set
    ("{}", 40),
    ("{max_steps: 0}", 40),
    ("{max_steps: 7, num_train_epochs: 1, warmup_steps: 3.9, lr_scheduler_type: cosine}", 40),
    ("{num_train_epochs: 2.25, gradient_accumulation_steps: 3, warmup_steps: 0.07, optim: adafactor}", 83),
    ("{num_train_epochs: 4, gradient_accumulation_steps: 40, dataloader_drop_last: true, optim: sgd}", 83),
    (
        "{lr_scheduler_type: cosine_with_restarts, lr_scheduler_kwargs: {num_cycles: 3}, "
        "per_device_train_batch_size: 3, warmup_steps: 1, weight_decay: 0.1}",
        29,
    ),
    (
        '{lr_scheduler_type: polynomial, lr_scheduler_kwargs: \'{"power": "2", "lr_end": "0.00001"}\', '
        "warmup_steps: 0.5, optim: adagrad}",
        40,
    ),
    (
        "{lr_scheduler_type: warmup_stable_decay, lr_scheduler_kwargs: {num_decay_steps: 7, min_lr_ratio: 0.1, "
        "decay_type: 1-sqrt, warmup_type: cosine}, warmup_steps: 4}",
        83,
    ),
    (
        "{lr_scheduler_type: cosine_warmup_with_min_lr, lr_scheduler_kwargs: {min_lr_rate: 0.1, "
        "warmup_lr_rate: 0.5}, warmup_steps: 4, optim: rmsprop}",
        40,
    ),
    ("{lr_scheduler_type: constant, lr_scheduler_kwargs: {nothing: 1}, warmup_steps: 4}", 40),
    ("{lr_scheduler_type: inverse_sqrt, lr_scheduler_kwargs: {timescale: 5}, learning_rate: 0.00021}", 40),
    (
        "{lr_scheduler_type: reduce_lr_on_plateau, lr_scheduler_kwargs: {patience: 0, mode: max}, "
        "eval_strategy: epoch, gradient_accumulation_steps: 2, num_train_epochs: 6.5}",
        40,
    ),
    (
        "{lr_scheduler_type: greedy, lr_scheduler_kwargs: {patience: 0, min_lr: 0.000001, smooth: true}, "
        "eval_strategy: steps, eval_steps: 0.1, learning_rate: 0.001, num_train_epochs: 5, warmup_steps: 9}",
        40,
    ),
]


def config(keys: str) -> str:
    inner = keys.strip("{}") if "{" not in keys[1:] else keys[1:-1]
    return COMMON + "".join(f"{part}\n" for part in _split(inner))


def _split(inner: str) -> list[str]:
    """Split at the commas that stand in no brackets, one key to a line."""
    parts, depth = [""], 0
    for character in inner:
        depth += (character in "[{") - (character in "]}")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


@pytest.fixture(scope="module")
def trained() -> list[list[list[float]]]:
    lines = [json.dumps({"text": config(keys), "size": size, "losses": LOSSES}) for keys, size in CASES]
    script = Path(__file__).parent / "trainer_runs.py"
    done = subprocess.run(
        [sys.executable, str(script)], input="\n".join(lines), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("index", range(len(CASES)))
def test_a_live_run_uses_what_is_read_of_its_config(
    index: int, trained: list[list[list[float]]], tmp_path: Path
) -> None:
    keys, size = CASES[index]
    file = tmp_path / "args.yaml"
    file.write_text(f"{config(keys)}output_dir: out\n", encoding="utf-8")
    spec = lrviz.load(file, dataset_size=size, metrics={"eval_loss": LOSSES})
    (trace,) = pipeline.simulate(spec, cache=False).values()
    assert len(trace) > 0
    assert np.array_equal(trace.lr, np.array(trained[index])), keys
