"""The ``trainer:`` section of a LightningCLI config → the run: its batches, its updates, its end."""

from __future__ import annotations

from lrviz.errors import nearest, shown
from lrviz.frozen import frozen
from lrviz.readers.dialects.draft import Draft
from lrviz.readers.dialects.lightning.batches import batches_of, devices_of, whence
from lrviz.readers.dialects.lightning.callbacks import Callbacks
from lrviz.spec.batches import Batches
from lrviz.spec.document import Mapping

READ = (
    "max_epochs", "max_steps", "limit_train_batches", "overfit_batches", "fast_dev_run", "accumulate_grad_batches",
    "devices", "num_nodes", "accelerator", "callbacks", "use_distributed_sampler", "check_val_every_n_epoch",
    "val_check_interval", "limit_val_batches", "max_time",
)  # fmt: skip
# What reaches neither the optimizer, nor the schedulers, nor the number of updates.
HARMLESS = (
    "strategy", "precision", "logger", "min_epochs", "min_steps", "limit_test_batches", "limit_predict_batches",
    "num_sanity_val_steps", "log_every_n_steps", "enable_checkpointing", "enable_progress_bar",
    "enable_model_summary", "gradient_clip_val", "gradient_clip_algorithm", "deterministic", "benchmark",
    "inference_mode", "profiler", "detect_anomaly", "barebones", "plugins", "sync_batchnorm",
    "reload_dataloaders_every_n_epochs", "default_root_dir", "enable_autolog_hparams", "model_registry",
)  # fmt: skip
EARLY = "{} is not followed: the run may end before its last update"
FOREVER = 1000  # epochs of a Trainer that is told neither max_epochs nor max_steps


@frozen
class Loop:
    """What a Trainer's settings come to.

    Args:
        batches: of an epoch on each device; None: not known.
        max_epochs: as the Trainer has it, -1 for none.
        max_steps: the same, in updates.
        accumulate: batches per update, as the Trainer itself knows it.
        devices, nodes: as the config has them; None: not known.
        epochs: whole epochs that are run; None if the run ends within one, or is not known.
    """

    batches: int | None
    max_epochs: int
    max_steps: int
    accumulate: int
    devices: int | None
    nodes: int
    epochs: int | None


def put_run(trainer: Mapping, document: Mapping, callbacks: Callbacks, draft: Draft) -> Loop:
    """Write the run of a Trainer.

    Args:
        trainer: its settings.
        document: the config, which may hold the size of a batch.
        callbacks: what its callbacks change.
        draft: what is being written.
    """
    for key in trainer:
        if key not in (*READ, *HARMLESS):
            message = f"Trainer has no {key} that lrviz knows, and it may change the LR"
            draft.refuse(trainer.at(key), f"{message}; {hint(key, (*READ, *HARMLESS))}")
    wanted = _count(trainer, "accumulate_grad_batches", draft, 1)
    if callbacks.accumulate and wanted != 1:
        message = "Lightning refuses it beside a GradientAccumulationScheduler; delete one of them"
        draft.refuse(trainer.at("accumulate_grad_batches"), message)
    if trainer.get("max_time") is not None:
        draft.note(EARLY.format("max_time"))
    _check_strategy(trainer, draft)
    fast = _fast(trainer, draft)
    epochs, steps = _limits(trainer, fast, callbacks.timed, draft)
    nodes = _count(trainer, "num_nodes", draft, 1)
    devices = devices_of(trainer, draft)
    per_epoch = batches_of(trainer, document, fast, None if devices is None else devices * nodes, draft)
    _check_validation(trainer, per_epoch, fast, draft)
    accumulate = callbacks.accumulate or ((0, wanted),)
    whole = _put(trainer, per_epoch, (epochs, steps), accumulate, callbacks, draft)
    return Loop(per_epoch, epochs, steps, wanted, devices, nodes, whole)


def hint(key: str, known: tuple[str, ...]) -> str:
    """Say what to do about a key that nobody knows."""
    close = nearest(key, known)
    return f"did you mean {close}?" if close else "delete it to see the LR without it"


def _put(
    trainer: Mapping,
    per_epoch: int | None,
    limits: tuple[int, int],
    accumulate: tuple[tuple[int, int], ...],
    callbacks: Callbacks,
    draft: Draft,
) -> int | None:
    """Write ``run:``; return the whole epochs in it, if it is whole epochs."""
    epochs, steps = limits
    place = trainer.at("accumulate_grad_batches")
    if per_epoch is not None:
        draft.put(("run", "batches_per_epoch"), per_epoch, *whence(trainer, draft))
    if callbacks.accumulate:
        draft.put(("run", "accumulate"), dict(accumulate), callbacks.place, "GradientAccumulationScheduler")
    elif accumulate[0][1] > 1:
        draft.put(("run", "accumulate"), accumulate[0][1], place, "accumulate_grad_batches")
    total = None if per_epoch is None or epochs < 0 else Batches(per_epoch, accumulate).updates(epochs)
    if epochs >= 0 and (steps < 0 or total is None or total <= steps):
        told = (
            "max_epochs"
            if trainer.get("max_epochs") is not None
            else "Trainer's own: no max_epochs, no max_steps"
        )
        told = "fast_dev_run" if trainer.get("fast_dev_run") else told
        draft.put(("run", "epochs"), epochs, trainer.at("max_epochs"), told)
        return epochs
    told = "max_steps, in updates" if not trainer.get("fast_dev_run") else "fast_dev_run"
    draft.put(("run", "steps"), steps, trainer.at("max_steps"), told)
    return None


def _check_validation(trainer: Mapping, per_epoch: int | None, fast: int, draft: Draft) -> None:
    every, none = trainer.get("val_check_interval"), trainer.get("limit_val_batches") in (0, 0.0)
    by_epoch = trainer.get("check_val_every_n_epoch", 1) is not None
    if type(every) is int and per_epoch is not None and every > per_epoch and by_epoch and not (none or fast):
        message = f"Lightning refuses more batches than the {per_epoch:,} of an epoch"
        draft.refuse(
            trainer.at("val_check_interval"), f"{message}; write less, or check_val_every_n_epoch: null"
        )


def _limits(trainer: Mapping, fast: int, timed: bool, draft: Draft) -> tuple[int, int]:
    """Tell max_epochs and max_steps as the Trainer has them."""
    if fast:
        return 1, fast
    epochs, steps = trainer.get("max_epochs"), trainer.get("max_steps")
    for key, found in (("max_epochs", epochs), ("max_steps", steps)):
        if found is not None and (type(found) is not int or found < -1):
            draft.refuse(
                trainer.at(key), f"{shown(found)} is no count; write a whole number, or -1 for no limit"
            )
            return 1, -1
        if found == 0:
            draft.refuse(trainer.at(key), f"{key}: 0 makes no update, so there is no LR to see")
            return 1, -1
    steps = -1 if steps is None else steps
    if epochs is None and (timed or trainer.get("max_time") is not None):
        epochs = -1
    if epochs is None:
        if steps == -1:
            draft.note(f"neither max_epochs nor max_steps: the Trainer runs {FOREVER:,} epochs")
        epochs = FOREVER if steps == -1 else -1
    if epochs == -1 and steps == -1:
        message = (
            "a run without an end of its own; write max_epochs or max_steps, as long as it is to be looked at"
        )
        draft.refuse(trainer.at("max_epochs"), message)
        return 1, -1
    return epochs, steps


def _check_strategy(trainer: Mapping, draft: Draft) -> None:
    """Look at strategies that bring a scheduler of their own, or share the data among fewer than all devices."""
    found = trainer.get("strategy")
    path = found.get("class_path") if isinstance(found, Mapping) else found
    arguments = found.get("init_args") if isinstance(found, Mapping) else None
    name = str(path).rpartition(".")[2]
    if name == "DeepSpeedStrategy" and isinstance(arguments, Mapping) and arguments.get("config"):
        draft.note(
            "DeepSpeed's config is not read: a scheduler or optimizer in it would take the place of these"
        )
    if name == "ModelParallelStrategy" and not draft.given.batches_per_epoch:
        message = "its devices share the model, so that fewer of them share the data"
        draft.refuse(trainer.at("strategy"), f"{message}; add --batches-per-epoch 1000")


def _fast(trainer: Mapping, draft: Draft) -> int:
    found = trainer.get("fast_dev_run", False)
    if found is None or isinstance(found, bool):
        return int(bool(found))
    if type(found) is not int or found < 0:
        draft.refuse(
            trainer.at("fast_dev_run"), f"{shown(found)} is neither true, false nor a number of batches"
        )
        return 0
    return int(found)


def _count(trainer: Mapping, key: str, draft: Draft, usual: int) -> int:
    found = trainer.get(key)
    if found is None:
        return usual
    if type(found) is not int or found < 1:
        draft.refuse(trainer.at(key), f"{shown(found)} is no count; write 1 or more")
        return usual
    return int(found)
