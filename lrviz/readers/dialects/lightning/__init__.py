"""A LightningCLI config → a spec: what ``Trainer.fit`` will do with its optimizer and its scheduler.

What stands under ``optimizer`` and ``lr_scheduler`` is stepped once per epoch, as everything that the CLI builds.
Without an ``optimizer`` the model's own ``configure_optimizers`` is called, which is code and must be trusted.
"""

from __future__ import annotations

from typing import Any

from lrviz.errors import shown
from lrviz.readers.dialects.draft import Config, Draft
from lrviz.readers.dialects.lightning.callbacks import callbacks_of
from lrviz.readers.dialects.lightning.classes import PLATEAU, put_optimizer, put_scheduler
from lrviz.readers.dialects.lightning.modules import put_module
from lrviz.readers.dialects.lightning.trainer import hint, put_run
from lrviz.readers.dialects.lightning.weights import averaged
from lrviz.readers.given import Given
from lrviz.spec.document import Mapping

TITLE = "LightningCLI"
READ = ("trainer", "optimizer", "lr_scheduler", "model", "data", "ckpt_path")
# Seeds, where the config itself is from, and what other subcommands take: none reaches the learning rate.
HARMLESS = (
    "seed_everything",
    "config",
    "print_config",
    "verbose",
    "weights_only",
    "datamodule",
    "dataloaders",
)
SUBCOMMANDS = ("validate", "test", "predict")


def matches(document: Mapping) -> bool:
    """Whether the document is a config of LightningCLI: with a ``trainer``, or classes under ``class_path``."""
    found = _fit(document)
    if "run" in found or _targets(found):
        return False
    trainer, scheduler = found.get("trainer"), found.get("lr_scheduler")
    if isinstance(trainer, Mapping) or ("trainer" in found and trainer is None):
        return True
    return (
        isinstance(scheduler, Mapping)
        and "class_path" in scheduler
        and isinstance(found.get("optimizer"), Mapping)
    )


def translate(config: Config, given: Given) -> Draft:
    """Write the config in our own language.

    Raises:
        SpecError: with everything that is wrong with it, or missing.
    """
    document = _fit(config.document)
    draft = Draft(config.document, given, TITLE)
    for key in document:
        if key not in (*READ, *HARMLESS, *SUBCOMMANDS):
            message = f"lrviz knows no {key} of LightningCLI, and it may change the LR"
            draft.refuse(document.at(key), f"{message}; {hint(key, (*READ, *HARMLESS))}")
    if document.get("ckpt_path") is not None:
        message = "the run goes on from a checkpoint, whose state is not in the config"
        draft.refuse(document.at("ckpt_path"), f"{message}; delete ckpt_path to see the run from its start")
    trainer = document.get("trainer")
    if trainer is not None and not isinstance(trainer, Mapping):
        draft.refuse(document.at("trainer"), f"{shown(trainer)} is not a mapping; write {{max_epochs: 10}}")
    trainer = trainer if isinstance(trainer, Mapping) else Mapping((), document.at("trainer"))
    callbacks = callbacks_of(trainer, draft)
    run = put_run(trainer, document, callbacks, draft)
    optimizer = document.get("optimizer")
    if optimizer is None:
        put_module(document, trainer, run, config, draft)
        if callbacks.averaging is not None:
            message = "is followed only where the config has an optimizer: of its own"
            draft.refuse(callbacks.averaging.place, f"StochasticWeightAveraging {message}")
        return draft.finished()
    put_optimizer(optimizer, document.at("optimizer"), draft)
    name = put_scheduler(document, trainer, run, draft)
    if name == PLATEAU and len({count for _, count in callbacks.accumulate}) > 1:
        message = "with it epochs differ in updates, and lrviz steps no ReduceLROnPlateau in these"
        draft.refuse(callbacks.place, f"{message}; delete one of them to see the LR without it")
    elif callbacks.averaging is not None:
        averaged(name, callbacks.averaging, run, draft)
    return draft.finished()


def _fit(document: Mapping) -> Mapping:
    """Find what the subcommand ``fit`` is given: everything, or what stands under its name."""
    found = document.get("fit")
    return found if isinstance(found, Mapping) else document


def _targets(found: Any) -> bool:
    """Whether anything is named as Hydra does it."""
    if isinstance(found, dict):
        return "_target_" in found or any(map(_targets, found.values()))
    return isinstance(found, list) and any(map(_targets, found))
