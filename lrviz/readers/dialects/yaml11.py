"""A document read as YAML 1.2 → the same, with the scalars that trainers' readers, of YAML 1.1, see otherwise.

``off`` is false there, and ``010`` is eight. Numbers that PyYAML takes for text (``5e-5``) stay numbers here: each
trainer has a way of its own with these.
"""

from __future__ import annotations

from typing import Any

import yaml

from lrviz.spec.document import Mapping, Sequence


def as_trainers_read(document: Mapping, text: str) -> Mapping:
    """Put what YAML 1.1 makes of a text in the place of what YAML 1.2 has made of it.

    Args:
        document: what was read, each value with its place.
        text: the text that it was read from; JSON is the same in both, and Python is neither.
    """
    if document.place.file.lower().endswith((".json", ".py")):
        return document
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):  # what only YAML 1.2 has, or code
        return document
    return _seen(document, found) if isinstance(found, dict) else document


def _seen(here: Any, there: Any) -> Any:
    if isinstance(here, Mapping) and isinstance(there, dict):
        others = {str(key): value for key, value in there.items()}
        mapping = Mapping((), here.place)
        for key, value in here.items():
            mapping.put(key, _seen(value, others[str(key)]) if str(key) in others else value, here.at(key))
        return mapping
    if isinstance(here, Sequence) and isinstance(there, list) and len(here) == len(there):
        items = Sequence((_seen(one, other) for one, other in zip(here, there, strict=True)), here.place)
        items.places = list(here.places)
        return items
    number = isinstance(there, (bool, int, float)) and not isinstance(here, (Mapping, Sequence, float))
    return there if number else here
