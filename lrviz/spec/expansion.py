"""A curve that names a preset → the curve it stands for, with the person's changes laid over it."""

from __future__ import annotations

import re
from typing import Any

from lrviz import presets
from lrviz.errors import shown, suggestion
from lrviz.presets import Preset
from lrviz.spec.document import Mapping, Problems, Sequence, located

_REFERENCE = re.compile(r"\$(\w+)")


def expanded(curve: Mapping, problems: Problems) -> Mapping | None:
    """Put a preset's schedule in the place of its name; a curve that names none is returned as it is."""
    if "preset" not in curve:
        return curve
    word = curve["preset"]
    if not isinstance(word, str):
        problems.add(curve.at("preset"), f"{shown(word)} is not a preset's name; see lrviz list presets")
        return None
    preset = presets.find(word)
    if preset is None:
        problems.add(curve.at("preset"), f"{word!r} is no preset; {suggestion_of(word)}")
        return None
    changes = curve.without("preset")
    values = {p.name: (p.default, None) for p in preset.parameters} | {
        p.name: (changes[p.name], changes.at(p.name)) for p in preset.parameters if p.name in changes
    }
    schedule: Mapping = located(preset.schedule, f"preset {preset.name}")
    filled: Mapping = _filled(schedule, values)
    filled.place = curve.place
    changes = changes.without(*values)
    if "type" in changes and "type" in filled and changes["type"] != filled["type"]:
        problems.add(
            changes.at("type"), f"the preset {preset.name} is a {filled['type']}; delete preset or type"
        )
        return None
    return filled.updated(changes)


def suggestion_of(word: str) -> str:
    """Say which preset was probably meant."""
    known = [name for preset in presets.presets().values() for name in (preset.name, *preset.aliases)]
    close = suggestion(word, known)
    return close if close.startswith("did you mean") else "lrviz list presets shows them"


def parameters_of(preset: Preset) -> tuple[str, ...]:
    """Name what can be changed in a preset besides its class's arguments."""
    return tuple(parameter.name for parameter in preset.parameters)


def _filled(node: Any, values: dict[str, tuple[Any, Any]]) -> Any:
    """Copy a preset's schedule with ``$name`` replaced; what came from the person keeps the person's place."""
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
        whole = _REFERENCE.fullmatch(node)
        if whole:
            return values[whole[1]][0]
        return _REFERENCE.sub(lambda found: _bracketed(str(values[found[1]][0])), node)
    return node


def _bracketed(text: str) -> str:
    # A sum put into a sum keeps its own sign.
    return f"({text})" if re.search(r"[-+*/ ]", text.strip()) else text


def _place(value: Any, values: dict[str, tuple[Any, Any]]) -> Any:
    if not isinstance(value, str):
        return None
    return next((values[name][1] for name in _REFERENCE.findall(value) if values[name][1]), None)
