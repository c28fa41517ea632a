"""Runs transformers.Trainer on a tiny model, in a process of its own: configs as JSON lines in, LRs out."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

warnings.filterwarnings("ignore")
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

# torchvision's wheel, which Trainer imports where it is there, does not load beside a torch of another build until the
# operators that it misses are declared.
MISSING = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    MISSING.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


class Data(torch.utils.data.Dataset):
    """So many samples, all the same."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return {"x": torch.ones(2), "labels": torch.tensor(0.5)}


class Net(torch.nn.Module):
    """A model with parameters that decay, and others."""

    def __init__(self) -> None:
        super().__init__()
        self.body = torch.nn.Linear(2, 1)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """Compute the loss."""
        logits = self.body(x).squeeze(-1)
        return {"loss": ((logits - labels) ** 2).mean(), "logits": logits}


def lrs(text: str, size: int, losses: list[float]) -> list[list[float]]:
    """Train by a config's text, as scripts read it, and note the LR that each update used."""
    from transformers import HfArgumentParser, Trainer, TrainingArguments

    class Told(Trainer):
        """Evaluates to what it is told."""

        def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
            found = {"eval_loss": values.pop(0)}
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, found)
            return found

    values, used = list(losses), []

    def note(optimizer: Any, *_: Any) -> None:
        used.append([float(group["lr"]) for group in optimizer.param_groups])

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "args.yaml"
        file.write_text(f"{text}output_dir: {folder}\nuse_cpu: true\nreport_to: none\ndisable_tqdm: true\n")
        (arguments,) = HfArgumentParser(TrainingArguments).parse_yaml_file(str(file))
        hook = register_optimizer_step_pre_hook(note)
        try:
            Told(Net(), arguments, train_dataset=Data(size), eval_dataset=Data(4)).train()
        finally:
            hook.remove()
    return used


if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr  # what Trainer prints is not wanted
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps(lrs(case["text"], case["size"], case["losses"])), file=out, flush=True)
