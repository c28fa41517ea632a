"""A curve that names a preset → the curve it stands for, with the person's changes laid over it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lrviz import catalog, presets
from lrviz.errors import Place, shown, suggestion
from lrviz.presets import Parameter
from lrviz.spec.arguments import VARIABLES
from lrviz.spec.clock import Clock
from lrviz.spec.document import Mapping, Problems, Sequence, placed
from lrviz.spec.durations import length_of
from lrviz.spec.expressions import expression_of
from lrviz.spec.fields import relative_number
from lrviz.spec.scaling import own_clock, scaled
from lrviz.spec.spelling import spelled

_NAMES = (
    "lr",
    "steps",
    "epochs",
    "steps_per_epoch",
    *(name for names in VARIABLES.values() for name in names),
)

Values = dict[str, tuple[Any, Place | None]]


def expanded(curve: Mapping, problems: Problems, clock: Clock | None = None) -> Mapping | None:
    """Put a preset's schedule in the place of its name; a curve that names none is returned as it is.

    A published one is scaled to the run, where that has another length than its own.
    """
    if "preset" not in curve:
        return curve
    word = curve["preset"]
    if not isinstance(word, str):
        problems.add(
            curve.at("preset"), f"{shown(word)} is not a preset's name; lrviz list presets shows them"
        )
        return None
    preset = presets.find(word)
    if preset is None:
        problems.add(curve.at("preset"), f"{shown(word)} is no preset; {suggestion_of(word)}")
        return None
    changes = spelled(curve.without("preset"), problems)
    if changes is None:
        return None
    values = {p.name: _chosen(p, changes, problems) for p in preset.parameters}
    # What the preset says stands where the person named it.
    at = replace(curve.at("preset"), key=curve.place.key)
    schedule, own = preset.schedule, own_clock(preset)
    if own is not None and clock is not None and own.steps != clock.steps:
        schedule = scaled(schedule, own, clock)
    filled: Mapping = _filled(placed(schedule, at), values)
    filled.place = curve.place
    changes = changes.without(*values)
    if "type" in changes and "type" in filled and not _same_class(changes["type"], filled["type"]):
        message = f"the preset {preset.name} is a {filled['type']}; delete preset or type"
        problems.add(changes.at("type"), message)
        return None
    return filled.updated(changes)


def _chosen(parameter: Parameter, changes: Mapping, problems: Problems) -> tuple[Any, Place | None]:
    """Find a parameter's value and where the person wrote it: the default, and None, where they did not."""
    name, default = parameter.name, parameter.default
    if name not in changes:
        return default, None
    value = changes[name]
    try:
        if isinstance(default, str) and _is_length(default):
            length_of(value)
        elif isinstance(relative_number(value), str) and not _is_arithmetic(value):
            raise ValueError(f"{shown(value)} is not a number; write for example {default}")
    except ValueError as error:
        problems.add(changes.at(name), str(error))
        return default, None
    return value, changes.at(name)


def _is_arithmetic(text: str) -> bool:
    try:
        return bool(expression_of(text, _NAMES))
    except ValueError:
        return False


def _is_length(text: str) -> bool:
    try:
        return bool(length_of(text))
    except ValueError:
        return False


def _same_class(word: Any, name: str) -> bool:
    entry = catalog.find(word, catalog.schedulers()) if isinstance(word, str) else None
    return entry is not None and entry.name == name


def suggestion_of(word: str) -> str:
    """Say which preset was probably meant."""
    own = (name for preset in presets.presets().values() for name in (preset.name, *preset.aliases))
    known = [*own, *presets.published_names()]
    close = suggestion(word, known)
    return close if close.startswith("did you mean") else "lrviz list presets shows them"


def _filled(node: Any, values: Values) -> Any:
    """Copy a preset's schedule with ``$name`` replaced; what the person wrote keeps the person's place."""
    if isinstance(node, Mapping):
        copy = Mapping((), node.place)
        for key, value in node.items():
            copy.put(key, _filled(value, values), _place(value, values) or node.at(key))
        return copy
    if isinstance(node, Sequence):
        items = Sequence((_filled(value, values) for value in node), node.place)
        items.places = [_place(value, values) or node.at(index) for index, value in enumerate(node)]
        return items
    if isinstance(node, str):
        return presets.substituted(node, {name: value for name, (value, _) in values.items()})
    return node


def _place(value: Any, values: Values) -> Place | None:
    names = presets.REFERENCE.findall(value) if isinstance(value, str) else ()
    return next((values[name][1] for name in names if values[name][1]), None)
