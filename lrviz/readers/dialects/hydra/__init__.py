"""A Hydra or OmegaConf config with an optimizer under ``_target_`` → a spec.

The optimizer and the scheduler are found wherever they stand (``optimizer``, ``model.optimizer``, ``trainer.optim``).
What steps the scheduler is the application's own code: what the config does not say of it is assumed, and told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lrviz import catalog
from lrviz.catalog.families import member_of
from lrviz.errors import shown
from lrviz.readers.dialects.draft import Config, Draft
from lrviz.readers.dialects.hydra.interpolation import Path, Resolver
from lrviz.readers.dialects.hydra.length import put_length
from lrviz.readers.dialects.hydra.stray import refuse_stray
from lrviz.readers.given import Given
from lrviz.spec.document import Mapping, Sequence

TITLE = "Hydra"
OPTIMIZER = re.compile(r"(\w+_)?(optimizer|optim|opt)(_\w+|\d+)?")
SCHEDULER = re.compile(r"(\w+_)?(scheduler|sched|lr_schedule|lr_sched)(_\w+|\d+)?")
BESIDE = ("interval", "frequency", "monitor")  # of Lightning's lr_scheduler dictionaries
HARMLESS = ("name", "strict", "reduce_on_plateau")
OURS = ("_target_", "_partial_", "_convert_", "_recursive_")
DEEPEST = 8


def matches(document: Mapping) -> bool:
    """Whether an optimizer stands somewhere in the document as Hydra names classes."""
    return "run" not in document and next(_nodes(document, OPTIMIZER), None) is not None


def translate(config: Config, given: Given) -> Draft:
    """Write the config in our own language.

    Raises:
        SpecError: with everything that is wrong with it, or missing.
    """
    document = config.document
    draft = Draft(document, given, TITLE)
    _refuse_defaults(document, draft)
    resolver = Resolver(document, draft)
    optimizers, schedulers = list(_nodes(document, OPTIMIZER)), list(_nodes(document, SCHEDULER))
    for found in (optimizers, schedulers):
        for path, node in found[1:]:
            first = ".".join(found[0][0])
            draft.refuse(
                node.place, f"another one beside {first}; lrviz reads one: delete {'.'.join(path)} or {first}"
            )
    path, node = optimizers[0]
    optimizer = resolver.value(node, path, node.place)
    lightning = put_length(document, resolver, draft)
    _put_class(("optimizer",), optimizer, ".".join(path), draft)
    if schedulers:
        _put_scheduler(*schedulers[0], resolver, lightning, draft)
    else:
        draft.put(("schedules", "constant"), Mapping((), document.place), document.place, "no scheduler")
    refuse_stray(document, [node for node, _ in (*optimizers, *schedulers)], resolver, draft)
    return draft.finished()


def _nodes(found: Any, names: re.Pattern[str], path: Path = ()) -> Iterator[tuple[Path, Mapping]]:
    """Find the classes under keys with such names, outermost first."""
    if not isinstance(found, Mapping) or len(path) > DEEPEST:
        return
    for key, value in found.items():
        if (
            names.fullmatch(key)
            and isinstance(value, Mapping)
            and (_target(value) or _target(value.get("scheduler")))
        ):
            yield (*path, key), value
    for key, value in found.items():
        if not (names.fullmatch(key) and isinstance(value, Mapping) and _target(value)):
            if names.fullmatch(key) and isinstance(value, Mapping) and _target(value.get("scheduler")):
                continue
            yield from _nodes(value, names, (*path, key))


def _target(found: Any) -> bool:
    return isinstance(found, Mapping) and isinstance(found.get("_target_"), str)


def _put_scheduler(path: Path, node: Mapping, resolver: Resolver, lightning: bool, draft: Draft) -> None:
    """Write the scheduler, alone or in a dictionary as Lightning takes it."""
    outer: Mapping = Mapping((), node.place)
    if not _target(node):
        outer = resolver.value(node.without("scheduler"), path, node.place)
        path, node = (*path, "scheduler"), node["scheduler"]
    found = resolver.value(node, path, node.place)
    target = found["_target_"]
    name = str(target).rpartition(".")[2]
    at = ("schedules", name)
    _put_class(at, found, ".".join(path), draft)
    for key in outer:
        if key in BESIDE and outer[key] is not None:
            of_batches = key == "frequency" and outer.get("interval") == "step" and outer[key] != 1
            draft.put((*at, key), outer[key], outer.at(key))
            if of_batches:
                draft.put((*at, "frequency_of"), "batches", outer.at(key), "as Lightning counts it")
        elif key not in HARMLESS and key not in BESIDE:
            draft.refuse(outer.at(key), f"lrviz knows no {key} beside a scheduler, and it may change the LR")
    member = member_of(str(target))
    entry = catalog.find(str(target), catalog.schedulers())
    if "interval" not in outer:
        usual = (
            "epoch"
            if lightning
            else (member.interval if member else entry.interval if entry else None) or "epoch"
        )
        draft.put((*at, "interval"), usual, node.place, "assumed: the application's code says")
        draft.note(
            f"{name} is taken to be stepped once per {usual if usual == 'epoch' else 'update'}, which code says"
        )
    if name == "ReduceLROnPlateau":
        _put_metric(at, outer, found, draft)


def _put_metric(at: tuple[str, ...], outer: Mapping, found: Mapping, draft: Draft) -> None:
    given = draft.given.metrics
    name = outer.get("monitor") or (next(iter(given)) if len(given) == 1 else None)
    if name is None or name not in given:
        wanted = name or "val_loss"
        message = f"the LR depends on {name or 'a metric'}, whose values the run decides"
        draft.refuse(found.place, f"{message}; add --metric {wanted}=0.9,0.8,0.7")
        return
    draft.put((*at, "monitor"), name, found.place, "" if outer.get("monitor") else "the one that is told")
    draft.put((*at, "metrics", name, "values"), list(given[name]), found.place, f"--metric {name}")
    draft.put((*at, "metrics", name, "then"), "hold", found.place)


def _put_class(at: tuple[str, ...], found: Mapping, whence: str, draft: Draft) -> None:
    """Write a class and its arguments, under their own places."""
    target = found.get("_target_")
    if not isinstance(target, str) or "." not in target:
        message = "is no class by its full path, which Hydra needs; write _target_: torch.optim.AdamW"
        draft.refuse(found.at("_target_"), f"{shown(target)} {message}")
        return
    draft.put((*at, "type"), target, found.at("_target_"), whence)
    for key, value in found.items():
        if key == "_args_":
            draft.refuse(found.at(key), "arguments without a name; write them with their names")
        elif key == "params" and at == ("optimizer",):
            draft.note("the optimizer's params are code: one group of parameters is assumed")
        elif key not in OURS and not (key == "optimizer" and value is None):
            draft.put((*at, key), _inside(value), found.at(key))


def _inside(value: Any) -> Any:
    """Copy a value; classes within it lose what only Hydra reads."""
    if isinstance(value, Mapping):
        mapping = Mapping((), value.place)
        for key, item in value.items():
            if key not in OURS[1:]:
                mapping.put("type" if key == "_target_" else key, _inside(item), value.at(key))
        return mapping
    return [_inside(item) for item in value] if isinstance(value, Sequence) else value


def _refuse_defaults(document: Mapping, draft: Draft) -> None:
    defaults = document.get("defaults")
    if isinstance(defaults, Sequence) and any(item != "_self_" for item in defaults):
        message = (
            "names other files, which Hydra composes; give what it made of them: .hydra/config.yaml of a run"
        )
        draft.refuse(document.at("defaults"), f"{message}, or python train.py --cfg job > config.yaml")
