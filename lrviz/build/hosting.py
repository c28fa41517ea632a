"""A LightningModule's class → the module, made as LightningCLI makes it, and the Trainer that it is told it has."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from typing import Any

from torch.utils.data import DataLoader, Dataset

ROOTS = {"lightning": "lightning.pytorch", "pytorch_lightning": "pytorch_lightning"}  # one library, two names
PLAIN = {
    "accelerator": "cpu",
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "use_distributed_sampler": False,
}


class _Nothing(Dataset[int]):
    """As many samples as there are batches."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> int:
        return index


def root_of(kind: Any) -> str | None:
    """Find the package whose LightningModule a class derives from; None if it is none."""
    for one in kind.__mro__ if isinstance(kind, type) else ():
        root = ROOTS.get(one.__module__.partition(".")[0])
        if one.__name__ == "LightningModule" and root is not None:
            return root
    return None


def made(kind: type, arguments: dict[str, Any], root: str) -> Any:
    """Make a module some of whose arguments are classes (``class_path``), as LightningCLI does; None if none is."""
    if not any(_names_class(value) for value in arguments.values()):
        return None
    parser = import_module(f"{root}.cli").LightningArgumentParser(exit_on_error=False)
    parser.add_lightning_class_args(kind, "model", required=False)
    read = parser.parse_object({"model": arguments})
    return parser.instantiate_classes(read)["model"]


def hosted(module: Any, root: str, batches: int, told: dict[str, int]) -> Any:
    """Give a module a Trainer that has been told the length of the run.

    Args:
        module: a LightningModule.
        root: the package that it is from.
        batches: of an epoch on each device.
        told: settings of the Trainer.
    """
    package = import_module(root)
    environment = import_module(f"{root}.plugins.environments").LightningEnvironment
    processes = told.get("devices", 1) * told.get("num_nodes", 1)
    strategy = {"strategy": "ddp"} if processes > 1 else {}
    trainer = package.Trainer(**PLAIN, **told, **strategy, plugins=[environment()])
    if processes > 1:
        trainer.strategy.set_world_ranks()
    trainer.strategy.connect(module)
    module.trainer = trainer
    trainer.state.fn = import_module(f"{root}.trainer.states").TrainerFn.FITTING
    trainer.training = True
    trainer._data_connector.attach_data(module, train_dataloaders=DataLoader(_Nothing(batches)))
    return trainer


@contextmanager
def quiet(root: str) -> Iterator[None]:
    """Keep Lightning's own remarks to itself, and what a module prints off standard output."""
    loggers = [logging.getLogger(name) for name in (root, "lightning.fabric", "lightning_fabric")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _names_class(value: Any) -> bool:
    if isinstance(value, dict):
        return "class_path" in value or any(map(_names_class, value.values()))
    return isinstance(value, (list, tuple)) and any(map(_names_class, value))
