"""Real runs of Lightning on tiny modules → the learning rates that their updates used."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

FOLDER = Path(__file__).parent / "data" / "lightning"
PLAIN: dict[str, Any] = {
    "accelerator": "cpu",
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}
kept: list[torch.library.Library] = []


@cache
def lightning() -> Any:
    """Import Lightning; its metrics import torchvision, which does not load beside a CPU-only torch undeclared."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = torch.library.Library("torchvision", "FRAGMENT")
        kept.append(library)
        for name in ("nms", "qnms"):
            if not hasattr(torch.ops.torchvision, name):
                library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        found = pytest.importorskip("lightning.pytorch")
        pytest.importorskip("jsonargparse")
        from lightning.pytorch import cli

        assert cli
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return found


@cache
def modules() -> Any:
    """Import the tiny modules."""
    lightning()
    sys.path.insert(0, str(FOLDER))
    with quiet():
        import lit
    return lit


@contextmanager
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def used_by(run: Callable[[], Any]) -> list[list[float]]:
    """Tell the LR of every group at every update of a run."""
    lrs: list[list[float]] = []

    def note(optimizer: Any, *_: Any) -> None:
        lrs.append([float(group["lr"]) for group in optimizer.param_groups])

    hook = register_optimizer_step_pre_hook(note)
    try:
        with quiet():
            run()
    finally:
        hook.remove()
    return lrs


def fitted(name: str, batches: int, trainer: dict[str, Any], **arguments: Any) -> list[list[float]]:
    """Fit a tiny module."""
    found = modules()
    module = getattr(found, name)(**arguments)
    with quiet():
        made = lightning().Trainer(**PLAIN, **trainer)
    return used_by(lambda: made.fit(module, found.loader(2 * batches), found.loader(8)))


def from_command_line(config: Path) -> list[list[float]]:
    """Run LightningCLI on a config."""
    from lightning.pytorch.cli import LightningCLI

    found = modules()
    arguments = ["fit", "--config", str(config)]
    return used_by(lambda: LightningCLI(found.Alone, found.Data, args=arguments, save_config_callback=None))
