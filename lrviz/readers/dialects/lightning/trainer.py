"""The ``trainer:`` section of a LightningCLI config → the run: its batches, its updates, its end."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

from lrviz.errors import Place, shown, suggestion
from lrviz.frozen import frozen
from lrviz.readers.dialects.draft import Draft
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
            hint = suggestion(key, (*READ, *HARMLESS))
            draft.refuse(
                trainer.at(key), f"Trainer has no {key} that lrviz knows, and it may change the LR; {hint}"
            )
    wanted = _count(trainer, "accumulate_grad_batches", draft, 1)
    if callbacks.accumulate and wanted != 1:
        message = "Lightning refuses it beside a GradientAccumulationScheduler; delete one of them"
        draft.refuse(trainer.at("accumulate_grad_batches"), message)
    if trainer.get("max_time") is not None:
        draft.note("max_time is not followed: the run may end before its last update")
    fast = _fast(trainer, draft)
    epochs, steps = _limits(trainer, fast, draft)
    nodes = _count(trainer, "num_nodes", draft, 1)
    devices = _devices(trainer, draft)
    per_epoch = _batches(trainer, document, fast, None if devices is None else devices * nodes, draft)
    _check_validation(trainer, per_epoch, fast, draft)
    accumulate = callbacks.accumulate or ((0, wanted),)
    whole = _put(trainer, per_epoch, (epochs, steps), accumulate, callbacks, draft)
    return Loop(per_epoch, epochs, steps, wanted, devices, nodes, whole)


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
        draft.put(("run", "batches_per_epoch"), per_epoch, *_whence(trainer, draft))
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


def _limits(trainer: Mapping, fast: int, draft: Draft) -> tuple[int, int]:
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
    if epochs is None:
        if steps == -1:
            draft.note(f"neither max_epochs nor max_steps: the Trainer runs {FOREVER:,} epochs")
        epochs = FOREVER if steps == -1 else -1
    if epochs == -1 and steps == -1:
        message = (
            "a run without an end: max_epochs and max_steps are both -1; write how long it is to be looked at"
        )
        draft.refuse(trainer.at("max_epochs"), message)
        return 1, -1
    return epochs, steps


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


def _devices(trainer: Mapping, draft: Draft) -> int | None:
    """Count the devices of a node; None where the machine decides."""
    found = trainer.get("devices", "auto")
    if isinstance(found, str) and found not in ("auto", "-1"):
        listed = [part for part in found.split(",") if part.strip()]
        if not all(part.strip().isdigit() for part in listed) or not listed:
            draft.refuse(trainer.at("devices"), f"{shown(found)} names no devices; write 8, [0, 1] or auto")
            return 1
        return len(listed) if "," in found else int(found)
    if isinstance(found, list):
        return len(found)
    if found in (None, "auto", "-1", -1):
        return 1 if trainer.get("accelerator") in ("cpu", "mps") else None
    if type(found) is not int or found < 1:
        draft.refuse(trainer.at("devices"), f"{shown(found)} names no devices; write 8, [0, 1] or auto")
        return 1
    return int(found)


def _batches(
    trainer: Mapping, document: Mapping, fast: int, processes: int | None, draft: Draft
) -> int | None:
    """Count the batches of an epoch on each device, after every limit."""
    key, limit = "limit_train_batches", trainer.get("limit_train_batches", 1.0)
    limit = 1.0 if limit is None else limit
    overfit = trainer.get("overfit_batches") or 0.0
    if overfit:
        key, limit = "overfit_batches", overfit
    elif fast:
        key, limit = "fast_dev_run", fast
    if (
        isinstance(limit, bool)
        or not isinstance(limit, (int, float))
        or limit < 0
        or (isinstance(limit, float) and limit > 1)
    ):
        message = "is neither a number of batches nor a share of them; write 100 or 0.5"
        draft.refuse(trainer.at(key), f"{shown(limit)} {message}")
        return None
    if limit == 0:
        draft.refuse(trainer.at(key), f"{key}: 0 makes no update, so there is no LR to see")
        return None
    found = _all_batches(trainer, document, processes, isinstance(limit, int), draft)
    if found is None:
        if isinstance(limit, int) and not draft.given.batches_per_epoch:
            draft.note(f"{key}: the data are taken to have at least {limit:,} batches on each device")
            return limit
        return None
    if isinstance(limit, int):
        return min(found, limit)
    share = int(found * limit)
    if share == 0:
        draft.refuse(trainer.at(key), f"{limit:g} of {found:,} batches is none, which Lightning refuses")
        return None
    return share


def _all_batches(
    trainer: Mapping, document: Mapping, processes: int | None, limited: bool, draft: Draft
) -> int | None:
    given = draft.given
    if given.batches_per_epoch:
        return given.batches_per_epoch
    batch_size, _ = _batch_size(document, draft)
    if given.devices is not None:
        if processes is not None and "devices" in trainer and processes != given.devices:
            draft.note(f"the {given.devices} devices that are told stand for the {processes} of the config")
        processes = given.devices
    if given.dataset_size is None and limited:
        return None
    if given.dataset_size is None or batch_size is None or processes is None:
        if given.dataset_size is None:
            draft.ask("dataset_size", "the size of the training set")
        if batch_size is None:
            draft.ask("batch_size", "the size of a batch")
        if processes is None:
            draft.ask("devices", "the number of devices, which the machine decides")
        return None
    if trainer.get("use_distributed_sampler") is False:
        processes = 1
    share = ceil(Fraction(given.dataset_size, processes))  # DistributedSampler: every device has as many
    data = _data(document)
    if data.get("drop_last") is True:
        if share < batch_size:
            draft.refuse(data.at("drop_last"), f"{share:,} samples make no whole batch of {batch_size:,}")
            return None
        return share // batch_size
    return ceil(Fraction(share, batch_size))


def _whence(trainer: Mapping, draft: Draft) -> tuple[Place, str]:
    given = draft.given
    if given.batches_per_epoch:
        told = f"--batches-per-epoch {given.batches_per_epoch}"
    elif given.dataset_size:
        told = f"--dataset-size {given.dataset_size}, on each device"
    else:
        told = "on each device"
    limits = [key for key in ("overfit_batches", "limit_train_batches", "fast_dev_run") if trainer.get(key)]
    return trainer.at(limits[0]) if limits else trainer.place, ", ".join([told, *limits])


def _batch_size(document: Mapping, draft: Draft) -> tuple[int | None, Place | None]:
    if draft.given.batch_size:
        return draft.given.batch_size, None
    data = _data(document)
    found: Any = data.get("batch_size")
    if type(found) is int and found > 0:
        draft.note(
            f"batch_size: {found} is that of data: (line {data.at('batch_size').line}), on each device"
        )
        return found, data.at("batch_size")
    return None, None


def _data(document: Mapping) -> Mapping:
    """Find the arguments of the data module."""
    data = document.get("data")
    data = data if isinstance(data, Mapping) else Mapping()
    inner = data.get("init_args")
    return inner if isinstance(inner, Mapping) else data
