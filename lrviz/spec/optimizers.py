"""The ``optimizer:`` section → an Optimizer: class, hyperparameters, parameter groups."""

from __future__ import annotations

from typing import Any

from lrviz import catalog
from lrviz.catalog import Entry
from lrviz.errors import Place, shown, suggestion
from lrviz.spec.curve import Group, Optimizer, Places, Settings
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.model import group_model, optimizer_model, validate
from lrviz.spec.spelling import spelled

DEFAULT = {"type": "SGD", "lr": 0.1}
MOST_GROUPS = 1_000


def optimizer_of(found: Any, place: Place, problems: Problems) -> Optimizer | None:
    """Read an optimizer: a mapping with ``type``, or a class's name alone.

    Returns:
        The optimizer, or None if something is wrong with it.
    """
    if isinstance(found, str):
        mapping = Mapping((), place)
        mapping.put("type", found, place)
        found = mapping
    if not isinstance(found, Mapping):
        problems.add(place, f"{shown(found)} is not an optimizer; write {{type: SGD, lr: 0.1}}")
        return None
    before = len(problems.found)
    spelt = spelled(found, problems)
    entry = None if spelt is None else entry_of(spelt, catalog.optimizers(), "optimizer", problems)
    if spelt is None or entry is None:
        return None
    found = spelt
    settings = validate(optimizer_model(entry), found.without("type"), entry.name, problems)
    groups = _groups(entry, found, problems)
    if len(problems.found) > before or settings is None or groups is None:
        return None
    settings.pop("groups", None)
    return Optimizer(
        type=entry.name,
        settings=plain(settings),
        groups=groups,
        place=found.at("type"),
        places=places_of(found),
    )


def entry_of(found: Mapping, entries: dict[str, Entry], kind: str, problems: Problems) -> Entry | None:
    """Find the class that a mapping names."""
    example = {"optimizer": "AdamW", "scheduler": "CosineAnnealingLR"}[kind]
    if "type" not in found:
        problems.add(found.place, f"which {kind} is missing; write type: {example}")
        return None
    word, place = found["type"], found.at("type")
    if not isinstance(word, str):
        problems.add(place, f"{shown(word)} is not the name of a class; write type: {example}")
        return None
    entry = catalog.find(word, entries)
    if entry is not None:
        return entry
    if ":" in word or "/" in word or ("." in word and not word.startswith("torch.")):
        message = f"{shown(word)} names code, and this version of lrviz runs none; write a class of torch"
    else:
        known = [name for entry in entries.values() for name in (entry.name, *entry.aliases)]
        close = suggestion(word.rpartition(".")[2], known)
        close = close if close.startswith("did you mean") else f"lrviz list {kind}s shows them"
        message = f"{shown(word)} is no {kind} of torch; {close}"
    problems.add(place, message)
    return None


def plain(settings: dict[str, Any]) -> Settings:
    """Freeze settings: lists become tuples."""
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value) for name, value in settings.items()
    )


def places_of(found: Mapping) -> Places:
    """Collect where each key of a mapping was written."""
    return tuple((name, found.at(name)) for name in found)


def _groups(entry: Entry, found: Mapping, problems: Problems) -> tuple[Group, ...] | None:
    written = found.get("groups")
    if written is None:
        return (Group("all"),)
    place = found.at("groups")
    if not isinstance(written, Sequence):
        return None  # the optimizer's model has said so
    if not 1 <= len(written) <= MOST_GROUPS:
        problems.add(place, f"{len(written):,} parameter groups; write 1 to {MOST_GROUPS:,}")
        return None
    if not entry.takes_groups and len(written) > 1:
        problems.add(
            place, f"{entry.name} takes one parameter group, and here are {len(written)}; delete all but one"
        )
        return None
    groups = [_group(entry, item, index, written.at(index), problems) for index, item in enumerate(written)]
    valid = [group for group in groups if group is not None]
    taken: set[str] = set()
    for index, group in enumerate(groups):
        if group is not None and group.name in taken:
            problems.add(written.at(index), f"two groups are named {shown(group.name)}; rename one")
        taken.update([] if group is None else [group.name])
    return tuple(valid) if len(valid) == len(groups) else None


def _group(entry: Entry, found: Any, index: int, place: Place, problems: Problems) -> Group | None:
    if not isinstance(found, Mapping):
        problems.add(place, f"{shown(found)} is not a parameter group; write {{name: head, lr: 0.01}}")
        return None
    settings = validate(group_model(entry), found, f"a group of {entry.name}", problems)
    if settings is None:
        return None
    name = settings.pop("name", f"group {index}")
    return Group(name, plain(settings))
