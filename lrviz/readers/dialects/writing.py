"""A Draft → YAML text in our language, with comments that say where its values came from."""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from lrviz.readers.dialects.draft import Draft, Path
from lrviz.spec.document import Mapping

WIDE = 4_000  # characters: no line is folded
COLUMN = 44  # where comments begin


def text_of(draft: Draft) -> str:
    """Write a draft out."""
    yaml = YAML()
    yaml.width = WIDE
    yaml.default_flow_style = False
    stream = io.StringIO()
    yaml.dump(_commented(draft.document, (), draft.comments), stream)
    head = [f"from {draft.config.place.file}, {draft.dialect}", *draft.notes]
    return "".join(f"# {line}\n" for line in head) + "\n" + stream.getvalue()


def _commented(found: Any, path: Path, comments: dict[Path, str]) -> Any:
    if isinstance(found, dict):
        mapping = CommentedMap()
        for key, value in found.items():
            here = (*path, key)
            mapping[key] = _commented(value, here, comments)
            place = found.at(key) if isinstance(found, Mapping) else None
            line = f" (line {place.line})" if place is not None and place.line else ""
            if here in comments:
                mapping.yaml_add_eol_comment(f"{comments[here]}{line}", key, column=COLUMN)
        return mapping
    if isinstance(found, (list, tuple)):
        items = CommentedSeq(
            _commented(item, (*path, str(index)), comments) for index, item in enumerate(found)
        )
        if not any(isinstance(item, (dict, list)) for item in found):
            items.fa.set_flow_style()
        return items
    return found
