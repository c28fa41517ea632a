"""The ``optimizer:`` section → an Optimizer: class, hyperparameters, parameter groups."""

from __future__ import annotations

from typing import Any

from lrviz import catalog
from lrviz.catalog import Entry
from lrviz.errors import Place, shown, suggestion
from lrviz.spec.curve import Group, Model, Optimizer, Places
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.foreign import UNTRUSTED, Trust, arguments_of, class_word, code_of, foreign_of, model_of
from lrviz.spec.model import GROUPING, group_model, grouping_model, optimizer_model, validate
from lrviz.spec.reactions import Settings
from lrviz.spec.spelling import spelled

DEFAULT = {"type": "SGD", "lr": 0.1}
MOST_GROUPS = 1_000
OURS = ("groups", "model", "tensor_lr")  # keys that are not hyperparameters


def lrs_of(optimizer: Optimizer) -> tuple[float, ...]:
    """Tell the LR that each group of an optimizer is given: its own, the optimizer's, or the class's default."""
    if optimizer.code is not None:
        return optimizer.lrs(0.0)  # it says its lr, since its default is not known
    return optimizer.lrs(catalog.optimizers()[optimizer.type].default_lr)


def has_quantity(optimizer: Optimizer, quantity: str) -> bool:
    """Whether an optimizer has ``lr``, ``momentum`` (or betas, whose first stands for it) or ``weight_decay``."""
    if optimizer.code is not None:  # what it has is seen when it is built
        return True
    entry = catalog.optimizers()[optimizer.type]
    return bool(entry.argument(quantity) or (quantity == "momentum" and entry.argument("betas")))


def with_lr(optimizer: Mapping, lr: Any, place: Place) -> Mapping:
    """Give an optimizer, as written, another LR; its groups keep their ratios to it."""
    before = optimizer.get("lr")
    changed = optimizer.without()
    changed.put("lr", lr, place)
    groups = optimizer.get("groups")
    if (
        isinstance(groups, Sequence)
        and isinstance(before, (int, float))
        and isinstance(lr, (int, float))
        and before
    ):
        scaled = Sequence((_scaled(group, lr / before) for group in groups), groups.place)
        scaled.places = groups.places
        changed.put("groups", scaled, optimizer.at("groups"))
    return changed


def _scaled(group: Any, factor: float) -> Any:
    if not isinstance(group, Mapping) or not isinstance(group.get("lr"), (int, float)):
        return group
    changed = group.without()
    changed.put("lr", group["lr"] * factor, group.at("lr"))
    return changed


def optimizer_of(found: Any, place: Place, problems: Problems, trust: Trust = UNTRUSTED) -> Optimizer | None:
    """Read an optimizer: a mapping with ``type``, or a class's name alone.

    Args:
        found: what was written.
        place: where.
        problems: where what is wrong is noted.
        trust: whether code that it names may run.

    Returns:
        The optimizer, or None if something is wrong with it.
    """
    if isinstance(found, str):
        found = Mapping.of("type", found, place)
    if not isinstance(found, Mapping):
        problems.add(place, f"{shown(found)} is not an optimizer; write {{type: SGD, lr: 0.1}}")
        return None
    path = class_word(found, catalog.optimizers())
    if path is not None:
        return _foreign(found, path, trust, problems)
    before = len(problems.found)
    spelt = spelled(found, problems)
    entry = None if spelt is None else entry_of(spelt, catalog.optimizers(), "optimizer", problems)
    if spelt is None or entry is None:
        return None
    found = spelt
    settings = validate(optimizer_model(entry), found.without("type"), entry.name, problems)
    groups = _groups(entry, found, problems)
    model = _model(found, trust, problems)
    if len(problems.found) > before or settings is None or groups is None:
        return None
    tensor_lr = settings.get("tensor_lr", False)
    for key in OURS:
        settings.pop(key, None)
    return Optimizer(
        type=entry.name,
        settings=plain(settings),
        groups=groups,
        model=model,
        tensor_lr=tensor_lr,
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
    known = [name for entry in entries.values() for name in (entry.name, *entry.aliases)]
    close = suggestion(word.rpartition(".")[2], known)
    close = close if close.startswith("did you mean") else f"lrviz list {kind}s shows them"
    problems.add(place, f"{shown(word)} is no {kind} of torch; {close}")
    return None


def plain(settings: dict[str, Any]) -> Settings:
    """Freeze settings: lists become tuples."""
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value) for name, value in settings.items()
    )


def places_of(found: Mapping) -> Places:
    """Collect where each key of a mapping was written."""
    return tuple((name, found.at(name)) for name in found)


def _foreign(found: Mapping, path: str, trust: Trust, problems: Problems) -> Optimizer | None:
    """Read an optimizer by path; its hyperparameters are its own affair, but for its groups."""
    before = len(problems.found)
    foreign = foreign_of(found, path, code_of(found[path], found.at(path), trust, problems), problems)
    if foreign is None:
        return None
    code, beside = foreign.code, foreign.beside
    entry = Entry(str(code), code.source, "code by path", ())
    settings = arguments_of(
        foreign, OURS, lambda length, _: length.text, problems
    )  # lengths have no meaning here
    groups = _groups(entry, beside, problems, known=False)
    model = _model(beside, trust, problems)
    if "tensor_lr" in beside:
        problems.add(beside.at("tensor_lr"), "an optimizer by path makes its own lr; delete tensor_lr")
    if groups and not all("lr" in dict((*settings, *group.settings)) for group in groups):
        problems.add(beside.at("type"), "its lr is missing; write lr: beside type")
    if len(problems.found) > before or groups is None:
        return None
    places = (*places_of(beside), *places_of(foreign.verbatim))
    return Optimizer(entry.name, settings, groups, code, model, place=beside.at("type"), places=places)


def _model(found: Mapping, trust: Trust, problems: Problems) -> Model | None:
    written = found.get("model")
    if written is not None:
        _check_match(found, problems)
        return model_of(written, found.at("model"), trust, problems)
    for group in found["groups"] if isinstance(found.get("groups"), Sequence) else ():
        if isinstance(group, Mapping) and "match" in group:
            message = "match picks parameters of a model; write model: ./mine.py:Net beside groups"
            problems.add(group.at("match"), message)
    return None


def _check_match(found: Mapping, problems: Problems) -> None:
    written = found.get("groups")
    groups = written if isinstance(written, Sequence) else ()
    rest = [
        index for index, group in enumerate(groups) if isinstance(group, Mapping) and "match" not in group
    ]
    for index in rest[1:]:
        message = f"the rest of the model's parameters is in group {rest[0]}; write match: backbone.* here"
        problems.add(groups.at(index), message)  # type: ignore[union-attr]  # an empty tuple has no rest


def _groups(
    entry: Entry, found: Mapping, problems: Problems, *, known: bool = True
) -> tuple[Group, ...] | None:
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
    groups = [
        _group(entry, item, index, written.at(index), problems, known) for index, item in enumerate(written)
    ]
    valid = [group for group in groups if group is not None]
    taken: set[str] = set()
    for index, group in enumerate(groups):
        if group is not None and group.name in taken:
            problems.add(written.at(index), f"two groups are named {shown(group.name)}; rename one")
        taken.update([] if group is None else [group.name])
    return tuple(valid) if len(valid) == len(groups) else None


def _group(
    entry: Entry, found: Any, index: int, place: Place, problems: Problems, known: bool
) -> Group | None:
    if not isinstance(found, Mapping):
        problems.add(place, f"{shown(found)} is not a parameter group; write {{name: head, lr: 0.01}}")
        return None
    own = found if known else found.without(*(key for key in found if key not in GROUPING))
    settings = validate(
        group_model(entry) if known else grouping_model(), own, f"a group of {entry.name}", problems
    )
    if settings is None:
        return None
    name, match = settings.pop("name", f"group {index}"), settings.pop("match", ())
    others = plain(settings) if known else plain(dict(found.without(*GROUPING)))
    return Group(name, others, match)
