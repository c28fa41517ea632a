"""A spec's text and a change that a check asks for → the pieces to replace, every other character left as it was.

A change that is not certain has none: a value that several curves share, that is merged in, that a preset brings, or
whose removal would take a comment along.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lrviz.catalog import yaml12
from lrviz.errors import Place
from lrviz.readers.removing import Splice, Step, end_of, removed, slot_of, start_of

NEVER_SET = ("type", "class_path", "_target_", "preset")  # where a finding points for want of a better place
_AMOUNT = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>[A-Za-z%]*)")


@dataclass(frozen=True)
class Change:
    """What is to be changed.

    Args:
        kind: ``set`` the value of a key, ``sort`` a list, or ``remove`` a warm-up that has no length.
        place: the key or the list.
        value: what is set, as YAML.
    """

    kind: str
    place: Place
    value: str = ""


def rewritten(text: str, changes: Iterable[Change]) -> str | None:
    """Change a spec's text.

    Args:
        text: the text, without a byte order mark.
        changes: all that is changed.

    Returns:
        The new text; None if not every change is certain, or two of them are at odds.
    """
    splices: set[Splice] = set()
    for change in changes:
        found = _splices(text, change)
        if found is None:
            return None
        splices.update(found)
    parts, done = [], 0
    for start, end, new in sorted(splices):
        if start < done:
            return None
        parts += [text[done:start], new]
        done = end
    return "".join([*parts, text[done:]])


def _splices(text: str, change: Change) -> tuple[Splice, ...] | None:
    tree = _tree(text)
    steps = tree.path(change.place) if tree is not None and change.place.line is not None else None
    if steps is None:
        return None
    if change.kind == "set":
        return _set(text, steps[-1], change.value)
    if change.kind == "sort":
        return _sorted(text, steps[-1].value)
    return removed(text, steps)


@dataclass
class _Tree:
    """A composed document: the steps that lead to each key and item, and how often each node is used."""

    steps: list[tuple[Step, ...]] = field(default_factory=list)
    uses: dict[int, int] = field(default_factory=dict)

    def fill(self, node: Node, above: tuple[Step, ...]) -> None:
        for step in _steps(node):
            here = (*above, step)
            self.steps.append(here)
            self.uses[id(step.value)] = self.uses.get(id(step.value), 0) + 1
            if self.uses[id(step.value)] == 1:  # an alias leads to what has been seen
                self.fill(step.value, here)

    def path(self, place: Place) -> tuple[Step, ...] | None:
        """Find the steps that lead to a place, if all on them, and all that a change may touch, is its own."""
        found = next((steps for steps in self.steps if _stands_at(steps[-1], place)), None)
        if found is None:
            return None
        lists = [depth for depth, step in enumerate(found) if step.name == "schedulers"]
        whole = found[: lists[-1]] if lists else found  # of a sequence, that is all of it
        near = [steps for steps in self.steps if steps[: len(whole)] == whole]
        steps = [*found, *(steps[-1] for steps in near)]
        return None if any(self.uses[id(step.value)] > 1 or step.merges for step in steps) else found


def _steps(node: Node) -> Iterator[Step]:
    if isinstance(node, MappingNode):
        for index, (key, value) in enumerate(node.value):
            yield Step(node, index, value, key)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield Step(node, index, value)


def _stands_at(step: Step, place: Place) -> bool:
    name = place.key.rpartition("[")[2].rstrip("]") if step.key is None else step.name
    named = place.key == name or place.key.endswith((f".{name}", f"[{name}]"))
    marked = step.value if step.key is None else step.key
    mark: Any = marked.start_mark  # which has no types
    if (mark.line + 1, mark.column + 1) == (place.line, place.column):
        return named
    mark = step.value.start_mark
    return (
        named
        and isinstance(step.value, SequenceNode)
        and ((mark.line + 1, mark.column + 1) == (place.line, place.column))
    )


@lru_cache(maxsize=4)
def _tree(text: str) -> _Tree | None:
    reader: Any = YAML(typ="rt")
    try:
        root = reader.compose(text)
    except (YAMLError, ValueError):
        return None
    tree = _Tree()
    if root is not None:
        tree.fill(root, ())
    return tree


def _set(text: str, step: Step, value: str) -> tuple[Splice, ...] | None:
    written = _plain(text, step.value)
    if step.key is None or step.name in NEVER_SET or not written:
        return None
    quote = written[0] if written[0] in "'\"" else '"' if step.key.style == '"' else ""
    is_text = re.fullmatch(r"[\w.%+ -]+", value) is not None and isinstance(yaml12.scalar(value), str)
    new = f"{quote}{value}{quote}" if is_text else value
    return ((start_of(step.value), end_of(step.value), new),)


def _plain(text: str, node: Any) -> str | None:
    """Read the text of a value that is written out on one line; None if it is not."""
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return None
    written = text[start_of(node) : end_of(node)]
    collection = not isinstance(node, ScalarNode)
    if collection and (not node.flow_style or re.search("[&*#!]", written)):
        return None
    return (
        None
        if written[:1] in ("", "&", "!", "*") or re.search(r"[\n\r\x85\u2028\u2029]", written)
        else written
    )


def _sorted(text: str, node: Node) -> tuple[Splice, ...] | None:
    """Put the amounts of a list into order, each with the comment at the end of its line."""
    if not isinstance(node, SequenceNode) or len(node.value) < 2:
        return None
    amounts = [_AMOUNT.fullmatch(_plain(text, item) or "") for item in node.value]
    units = {amount["unit"] for amount in amounts if amount}
    slots = [slot_of(text, node, index) for index in range(len(node.value))]
    if None in amounts or None in slots or len(units) != 1:
        return None
    numbers = [float(amount["number"]) for amount in amounts if amount]
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    places = [slot for slot in slots if slot is not None]
    return tuple(
        (*places[index], text[slice(*places[other])]) for index, other in enumerate(order) if index != other
    )
