"""The ``train_cfg`` and ``train_dataloader`` of mmengine's Runner → the ``run:`` of a spec."""

from __future__ import annotations

from typing import Any

from lrviz.errors import Place, shown
from lrviz.frozen import frozen
from lrviz.readers.dialects.draft import Draft
from lrviz.spec.document import Mapping

LOOPS = {"EpochBasedTrainLoop": True, "IterBasedTrainLoop": False}
OF_LOOPS = ("by_epoch", "type", "_scope_", "val_begin", "val_interval", "dynamic_intervals", "_delete_")
# Samplers of which each process sees its share of the data; all of it, where the data never end.
SAMPLERS = {"DefaultSampler": True, "InfiniteSampler": False}
BATCH_SAMPLERS = ("AspectRatioBatchSampler", "BatchSampler")  # which make as many batches as the loader would
LOADER = "train_dataloader"


@frozen
class Loop:
    """A train loop.

    Args:
        by_epoch: whether it counts epochs.
        length: epochs, or iterations.
        place: where that was written.
        key: what it is called there.
    """

    by_epoch: bool
    length: int
    place: Place
    key: str

    def end(self, by_epoch: bool) -> int | None:
        """Tell where a scheduler ends that does not say: None where that is to be counted in batches of an epoch."""
        if by_epoch:
            return self.length if self.by_epoch else 1  # a loop of iterations is one big epoch
        return None if self.by_epoch else self.length


def loop_of(draft: Draft) -> Loop | None:
    """Read the train loop; None, and a problem, if there is none."""
    found, at = draft.config.get("train_cfg"), draft.config.at("train_cfg")
    if not isinstance(found, Mapping):
        draft.refuse(
            at, f"{shown(found)} trains nothing; write train_cfg: {{by_epoch: true, max_epochs: 12}}"
        )
        return None
    by_epoch = found.get("by_epoch")
    if "type" in found:
        if "by_epoch" in found:
            draft.refuse(found.at("by_epoch"), "only one of type and by_epoch can be here; delete one")
            return None
        kind = str(found["type"]).rpartition(".")[2]
        if kind not in LOOPS:
            draft.refuse(
                found.at("type"), f"{kind} is no loop of mmengine's own, and lrviz does not know its rules"
            )
            return None
        by_epoch = LOOPS[kind]
    elif "by_epoch" not in found:
        draft.refuse(at, "neither by_epoch nor type; write by_epoch: true beside max_epochs")
        return None
    key = "max_epochs" if by_epoch else "max_iters"
    for other in found:
        if other not in (key, *OF_LOOPS):
            draft.refuse(found.at(other), f"mmengine's loop takes no {other} beside {key}, and fails with it")
    length = found.get(key)
    if isinstance(length, float) and length.is_integer():
        length = int(length)
    if not isinstance(length, int) or isinstance(length, bool) or length < 1:
        draft.refuse(found.at(key), f"{shown(length)} is no length; write {key}: 12")
        return None
    return Loop(bool(by_epoch), length, found.at(key), key)


def put_run(draft: Draft, loop: Loop, wrapper: Mapping) -> None:
    """Write the run: a loop of iterations is one epoch, as mmengine takes it."""
    every = wrapper.get("accumulative_counts", 1)
    if not isinstance(every, int) or isinstance(every, bool) or every < 1:
        draft.refuse(wrapper.at("accumulative_counts"), f"{shown(every)} is no count; write 1 or more")
        return
    if loop.by_epoch:
        batches = batches_of(draft)
        if batches is None:
            return
        draft.put(("run", "epochs"), loop.length, loop.place, loop.key)
        draft.put(("run", "batches_per_epoch"), batches[0], draft.config.at(LOADER), batches[1])
    elif every > 1 or counts_epochs(draft):
        draft.put(("run", "epochs"), 1, loop.place, "mmengine takes a run of iterations for one epoch")
        draft.put(("run", "batches_per_epoch"), loop.length, loop.place, loop.key)
    else:
        draft.put(("run", "steps"), loop.length, loop.place, loop.key)
    if every > 1:
        place = wrapper.at("accumulative_counts")
        draft.put(("run", "accumulate"), every, place, "accumulative_counts")
        if loop.by_epoch:
            draft.put(
                ("run", "accumulate_across_epochs"), True, place, "mmengine counts on from epoch to epoch"
            )
    if draft.given.devices:
        draft.put(
            ("run", "devices"), draft.given.devices, Place(draft.config.place.file), "told beside the config"
        )


def counts_epochs(draft: Draft) -> bool:
    """Whether some scheduler counts epochs."""
    return any(
        isinstance(one, Mapping) and one.get("by_epoch", True) and not one.get("convert_to_iter_based")
        for one in schedulers_in(draft)
    )


def schedulers_in(draft: Draft) -> list[Any]:
    """List the config's schedulers as they are written."""
    found = draft.config.get("param_scheduler")
    if found is None:
        return []
    return list(found) if isinstance(found, list) else [found]


def batches_of(draft: Draft) -> tuple[int, str] | None:
    """Count the batches of an epoch in each process, and tell from what; None where that is asked for, or wrong."""
    given, config = draft.given, draft.config
    if given.batches_per_epoch:
        return given.batches_per_epoch, "told beside the config"
    loader = config.get(LOADER)
    if not isinstance(loader, Mapping):
        draft.ask("batches_per_epoch", "the batches of an epoch")
        return None
    fixed = loader.get("num_batch_per_epoch")
    if isinstance(fixed, int) and fixed > 0:
        return fixed, "num_batch_per_epoch"
    if fixed is not None:
        draft.refuse(loader.at("num_batch_per_epoch"), f"{shown(fixed)} is no count; write 1 or more")
        return None
    sampler, batch_sampler, dataset = (
        _kind(loader.get(key)) for key in ("sampler", "batch_sampler", "dataset")
    )
    odd = [
        *([sampler] if sampler is not None and sampler not in SAMPLERS else []),
        *([batch_sampler] if batch_sampler is not None and batch_sampler not in BATCH_SAMPLERS else []),
        *([dataset] if dataset == "ClassBalancedDataset" else []),
    ]
    if odd:
        draft.ask("batches_per_epoch", f"the batches of an epoch, which its {odd[0]} counts in its own way")
        return None
    size = _batch_size(draft, loader)
    if given.dataset_size is None:
        draft.ask("dataset_size", "the size of the training set")
        if given.devices is None:
            draft.ask("devices", "the number of processes")
    if size is None or given.dataset_size is None:
        return None
    samples, devices = given.dataset_size, given.devices or 1
    if given.devices is None:
        draft.note("one process; --devices 8 tells of more")
    times = loader["dataset"].get("times", 1) if dataset == "RepeatDataset" else 1
    if not isinstance(times, int) or times < 1:
        draft.refuse(loader.at("dataset"), f"{shown(times)} is no count; write times: 1 or more")
        return None
    samples *= times
    share = -(-samples // devices) if sampler is None or SAMPLERS[sampler] else samples
    drop = bool(loader.get("drop_last", False))
    batches = share // size if drop else -(-share // size)
    if batches < 1:
        draft.refuse(
            loader.at("drop_last"),
            f"{share:,} samples make no whole batch of {size:,}; write drop_last: false",
        )
        return None
    which = f"{samples:,}" if share == samples else f"{share:,} of {samples:,}"
    return batches, f"{which} samples in batches of {size}{', the last dropped' if drop else ''}"


def _batch_size(draft: Draft, loader: Mapping) -> int | None:
    found = loader.get("batch_size")
    if found is None:
        inner = loader.get("batch_sampler")
        found = inner.get("batch_size") if isinstance(inner, dict) else None
    told = draft.given.batch_size
    if found is None:
        found = told
    elif told and told != found:
        draft.note(f"the batch size is the config's: {found}")
    if found is None:
        draft.ask("batch_size", "the batch size")
    elif not isinstance(found, int) or isinstance(found, bool) or found < 1:
        draft.refuse(loader.at("batch_size"), f"{shown(found)} is no batch size; write 1 or more")
        return None
    return found


def _kind(found: Any) -> str | None:
    if not isinstance(found, dict):
        return None
    return str(found.get("type")).rpartition(".")[2]
