"""A Trainer's limits, and the size of the data → the batches of an epoch on each device."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

from lrviz.errors import Place, shown
from lrviz.readers.dialects.draft import Draft
from lrviz.spec.document import Mapping


def batches_of(
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


def devices_of(trainer: Mapping, draft: Draft) -> int | None:
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


def whence(trainer: Mapping, draft: Draft) -> tuple[Place, str]:
    """Say where the number of batches came from."""
    given = draft.given
    if given.batches_per_epoch:
        told = f"--batches-per-epoch {given.batches_per_epoch}"
    elif given.dataset_size:
        told = f"--dataset-size {given.dataset_size}, on each device"
    else:
        told = "on each device"
    limits = [key for key in ("overfit_batches", "limit_train_batches", "fast_dev_run") if trainer.get(key)]
    return trainer.at(limits[0]) if limits else trainer.place, ", ".join([told, *limits])


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


def _batch_size(document: Mapping, draft: Draft) -> tuple[int | None, Place | None]:
    data, told = _data(document), draft.given.batch_size
    found: Any = data.get("batch_size")
    if told:
        if type(found) is int and found != told:
            draft.note(f"the batch size is the {told} that is told, not the {found} of data:")
        return told, None
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
