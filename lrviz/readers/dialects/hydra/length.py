"""The trainer, or the keys that people name an application's length by → the run of a Hydra config."""

from __future__ import annotations

from typing import Any

from lrviz.errors import shown
from lrviz.readers.dialects.draft import Draft
from lrviz.readers.dialects.hydra.interpolation import Path, Resolver
from lrviz.readers.dialects.lightning.callbacks import callbacks_of
from lrviz.readers.dialects.lightning.trainer import put_run
from lrviz.spec.document import Mapping, Sequence

SECTIONS = ("trainer", "training", "train", "optimization", "experiment", "params", "hparams", "cfg")
DATA = (
    "data",
    "datamodule",
    "dataset",
    "dataloader",
    "loader",
    "train_dataloader",
    "train_loader",
    "dataloaders",
)
EPOCHS = ("max_epochs", "epochs", "num_epochs", "n_epochs", "num_train_epochs", "max_epoch")
STEPS = ("max_steps", "num_steps", "total_steps", "n_steps", "train_steps", "num_training_steps", "max_iters")
ACCUMULATE = (
    "accumulate_grad_batches", "gradient_accumulation_steps", "grad_accum_steps", "accumulation_steps", "grad_accum",
)  # fmt: skip
BATCH = ("batch_size", "train_batch_size", "per_device_batch_size")


def put_length(document: Mapping, resolver: Resolver, draft: Draft) -> bool:
    """Write the run; tell whether Lightning's Trainer makes it."""
    for key in ("trainer", "lightning_trainer", "pl_trainer"):
        trainer = document.get(key)
        if isinstance(trainer, Mapping) and _is_lightning(trainer):
            _put_lightning(key, trainer, document, resolver, draft)
            return True
    _put_plain(document, resolver, draft)
    return False


def _is_lightning(trainer: Mapping) -> bool:
    target = trainer.get("_target_")
    return isinstance(target, str) and target.endswith(".Trainer") and "lightning" in target


def _put_lightning(key: str, trainer: Mapping, document: Mapping, resolver: Resolver, draft: Draft) -> None:
    read = Mapping((), trainer.place)
    for name in trainer:
        if name in (
            "default_root_dir",
            "logger",
            "profiler",
            "plugins",
        ):  # often found by resolvers, and harmless
            resolver.reached.add((key, name))
        elif name not in ("_target_", "_partial_", "_convert_", "_recursive_", "callbacks"):
            read.put(name, resolver.get(trainer, name, (key,)), trainer.at(name))
    for owner, path in ((document, ()), (trainer, (key,))):
        written = owner.get("callbacks")
        if isinstance(written, (Mapping, Sequence)):
            read.put("callbacks", _callbacks(written, (*path, "callbacks"), resolver), owner.at("callbacks"))
    data = Mapping((), document.place)
    size = _first(document, DATA, BATCH, resolver, draft)
    if size is not None:
        data.put("data", Mapping.of("batch_size", size[0], size[1]), size[1])
    put_run(read, data, callbacks_of(read, draft), draft)


def _callbacks(written: Any, path: Path, resolver: Resolver) -> Sequence:
    """Write callbacks as LightningCLI has them; only the arguments of those that bear on the LR are resolved."""
    pairs = (
        [(written[name], written.at(name), name) for name in written]
        if isinstance(written, Mapping)
        else [(item, written.at(index), str(index)) for index, item in enumerate(written)]
    )
    found = Sequence((), written.place)
    for item, place, name in pairs:
        if not isinstance(item, Mapping) or "_target_" not in item:
            continue
        callback = Mapping.of("class_path", item["_target_"], place)
        if str(item["_target_"]).endswith(("GradientAccumulationScheduler", "StochasticWeightAveraging")):
            arguments = resolver.value(item.without("_target_"), (*path, name), place)
            callback.put("init_args", arguments, place)
        found.append(callback)
        found.places.append(place)
    return found


def _put_plain(document: Mapping, resolver: Resolver, draft: Draft) -> None:
    """Write the run of an application of somebody's own, by the names that such keys usually have."""
    epochs = _first(document, SECTIONS, EPOCHS, resolver, draft)
    steps = _first(document, SECTIONS, STEPS, resolver, draft)
    if epochs is None and steps is None:
        wanted = f"epochs or max_steps, at the top or under {', '.join(SECTIONS[:3])}"
        draft.refuse(document.place, f"the config does not say how long the run is; write {wanted}")
        return
    accumulate = _first(document, SECTIONS, ACCUMULATE, resolver, draft)
    if accumulate is not None and accumulate[0] > 1:
        draft.put(("run", "accumulate"), *accumulate)
        draft.note("accumulation is taken to begin anew with every epoch, which code says")
    if epochs is not None and steps is not None:
        message = "epochs and steps are both given, and which of them ends the run is code; delete one"
        draft.refuse(steps[1], message)
        return
    if steps is not None:
        draft.put(("run", "steps"), *steps)
        if not _sized(document, resolver, draft, needed=False):
            draft.note("the size of an epoch is not told: --batches-per-epoch gives the run epochs")
        return
    assert epochs is not None  # one of the two is there
    if _sized(document, resolver, draft, needed=True):
        draft.put(("run", "epochs"), *epochs)


def _sized(document: Mapping, resolver: Resolver, draft: Draft, *, needed: bool) -> bool:
    given, place = draft.given, document.place
    if given.batches_per_epoch:
        draft.put(("run", "batches_per_epoch"), given.batches_per_epoch, place, "--batches-per-epoch")
        return True
    batch = _first(document, (*SECTIONS, *DATA), BATCH, resolver, draft)
    size = (given.batch_size, place, "--batch-size") if given.batch_size else batch
    if given.dataset_size and size is not None:
        draft.put(("run", "dataset_size"), given.dataset_size, place, "--dataset-size")
        draft.put(("run", "batch_size"), *size)
        if given.devices:
            draft.put(("run", "devices"), given.devices, place, "--devices")
        return True
    if needed or given.dataset_size:
        if not given.dataset_size:
            draft.ask("dataset_size", "the size of the training set")
        if size is None:
            draft.ask("batch_size", "the size of a batch")
    return False


def _first(
    document: Mapping, sections: tuple[str, ...], names: tuple[str, ...], resolver: Resolver, draft: Draft
) -> tuple[int, Any, str] | None:
    """Find the one count under such a name, at the top or in a section, its place and how it is called."""
    found: list[tuple[int, Any, str]] = []
    holders = [((), document), *(((key,), document[key]) for key in sections if key in document)]
    for path, holder in holders:
        for name in names if isinstance(holder, Mapping) else ():
            if holder.get(name) is None:
                continue
            value, called = resolver.get(holder, name, path), ".".join((*path, name))
            if value == -1 or value is None:
                continue
            if (
                isinstance(value, bool)
                or not isinstance(value, (int, float))
                or value != int(value)
                or value < 1
            ):
                draft.refuse(holder.at(name), f"{shown(value)} is no count; write 1 or more")
                continue
            found.append((int(value), holder.at(name), called))
    for other in found[1:]:
        if other[0] != found[0][0]:
            draft.refuse(
                other[1], f"{other[2]} is {other[0]:,}, and {found[0][2]} is {found[0][0]:,}; delete one"
            )
    return found[0] if found else None
