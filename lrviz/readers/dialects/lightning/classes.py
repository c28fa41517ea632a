"""The ``optimizer`` and ``lr_scheduler`` of a LightningCLI config → ours, by the names that the CLI resolves."""

from __future__ import annotations

import re
from typing import Any

from lrviz import catalog
from lrviz.catalog import Entry
from lrviz.errors import Place, shown, suggestion
from lrviz.readers.dialects.draft import Draft
from lrviz.readers.dialects.lightning.metrics import put_metric
from lrviz.readers.dialects.lightning.trainer import Loop
from lrviz.spec.document import Mapping

PLATEAU = "ReduceLROnPlateau"
OURS = ("lightning.pytorch.cli.", "pytorch_lightning.cli.", "lightning.pytorch.utilities.cli.")
NESTED = ("SequentialLR", "ChainedScheduler")
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")


def put_optimizer(found: Any, place: Place, draft: Draft) -> None:
    """Write the optimizer: its class by path or by name alone, its learning rate the class's own if there is none."""
    read = _class(found, place, "optimizer", draft)
    if read is None:
        return
    path, where, arguments = read
    entry = _known(path, where, catalog.optimizers(), "optimizer", draft)
    draft.put(("optimizer", "type"), path if entry is None else entry.name, where, "optimizer")
    if entry is not None and "lr" not in arguments:
        draft.note(f"the optimizer has no lr: {entry.name}'s own, {entry.default_lr:g}")
    _put_arguments(("optimizer",), arguments, entry, draft)


def put_scheduler(document: Mapping, trainer: Mapping, run: Loop, draft: Draft) -> str:
    """Write the scheduler, stepped per epoch as the CLI has it; without one the LR is constant.

    Returns:
        The name of the curve.
    """
    found = document.get("lr_scheduler")
    if found is None:
        draft.put(("schedules", "constant"), Mapping((), document.place), document.place, "no lr_scheduler")
        return "constant"
    place = document.at("lr_scheduler")
    read = _class(found, place, "lr_scheduler", draft)
    if read is None:
        return "lr_scheduler"
    path, where, arguments = read
    name = path.rpartition(".")[2]
    at: tuple[str, ...] = ("schedules", name)
    if name == PLATEAU and path != name and not path.startswith(OURS):
        message = "torch's own ReduceLROnPlateau has no monitor, which Lightning refuses"
        draft.refuse(
            where, f"{message}; write class_path: lightning.pytorch.cli.ReduceLROnPlateau, and its monitor"
        )
        return name
    if name in NESTED:
        message = (
            f"LightningCLI cannot build the schedulers inside {name}; write them in configure_optimizers"
        )
        draft.refuse(where, message)
        return name
    entry = (
        catalog.schedulers()[PLATEAU]
        if name == PLATEAU
        else _known(path, where, catalog.schedulers(), "scheduler", draft)
    )
    draft.put((*at, "type"), path if entry is None else entry.name, where, "lr_scheduler")
    draft.put((*at, "interval"), "epoch", where, "as all that LightningCLI builds")
    if name == PLATEAU:
        monitor = arguments.get("monitor")
        if not isinstance(monitor, str):
            draft.refuse(
                arguments.at("monitor"),
                "ReduceLROnPlateau needs the name of a metric; write monitor: val_loss",
            )
        else:
            draft.put((*at, "monitor"), monitor, arguments.at("monitor"))
            put_metric(at, monitor, arguments.at("monitor"), trainer, run, draft)
        arguments = arguments.without("monitor")
    _put_arguments(at, arguments, entry, draft)
    return name


def _class(found: Any, place: Place, what: str, draft: Draft) -> tuple[str, Place, Mapping] | None:
    """Read a class and its arguments."""
    if isinstance(found, str):
        found = Mapping.of("class_path", found, place)
    if not isinstance(found, Mapping) or not isinstance(found.get("class_path"), str):
        draft.refuse(
            place, f"{shown(found)} names no class; write {what}: {{class_path: ..., init_args: ...}}"
        )
        return None
    for key in found:
        if key not in ("class_path", "init_args", "dict_kwargs"):
            draft.refuse(found.at(key), f"{what} has no {key}; arguments of a class stand under init_args")
    arguments = Mapping((), found.place)
    for key in ("init_args", "dict_kwargs"):
        inner = found.get(key)
        if isinstance(inner, Mapping):
            arguments = arguments.updated(inner)
        elif inner is not None:
            draft.refuse(found.at(key), f"{shown(inner)} is not a mapping of arguments; write {{lr: 0.1}}")
    return found["class_path"], found.at("class_path"), arguments


def _known(path: str, place: Place, entries: dict[str, Entry], kind: str, draft: Draft) -> Entry | None:
    """Find the class of torch that a path or a name is; None for code, which our language reads by its path."""
    name = path.rpartition(".")[2]
    if name in entries and (path == name or path.startswith("torch.optim.")):
        return entries[name]
    if "." not in path or path.startswith("torch."):
        hint = suggestion(name, list(entries))
        draft.refuse(
            place, f"{shown(path)} is no {kind} of torch, whose exact names LightningCLI takes; {hint}"
        )
    return None


def _put_arguments(at: tuple[str, ...], arguments: Mapping, entry: Entry | None, draft: Draft) -> None:
    for key, value in arguments.items():
        if isinstance(value, str) and key in ("lr_lambda", "scale_fn") and _DOTTED.fullmatch(value):
            value = ":".join(value.rpartition(".")[::2])  # a function by its import path
        inner = at if entry is not None else (*at, "args") if at[0] != "optimizer" or key != "lr" else at
        draft.put((*inner, key), value, arguments.at(key))
