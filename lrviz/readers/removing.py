"""A warm-up that has no length, in a composed spec → the pieces of the text that take it out, comments kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Splice = tuple[int, int, str]  # from, to, and what stands there instead
MERGE = "tag:yaml.org,2002:merge"
_NOTHING = re.compile(r"0+(\.0*)?\s*[A-Za-z%]*")
_COMMENTED = re.compile(r"[ \t]*(#[^\n\r\x85\u2028\u2029]*)?")
_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
# What a sequence that is left with one scheduler may hold beside it; the rest of its keys are not known to fit.
_BESIDE = (
    "type",
    "milestones",
    "schedulers",
    "interval",
    "frequency",
    "optimizer",
    "metrics",
    "cyclic",
    "check",
)


@dataclass(frozen=True)
class Step:
    """A step down a document: from a mapping by a key to its value, or from a list to an item."""

    node: Any  # the mapping or the list
    index: int
    value: Any
    key: Any = None

    @property
    def name(self) -> str:
        """The key, as a word; "" for an item."""
        return str(self.key.value) if isinstance(self.key, ScalarNode) else ""

    @property
    def merges(self) -> bool:
        """Whether it leads into what is merged in with ``<<``."""
        return self.key is not None and (self.key.tag == MERGE or self.name == "<<")


def start_of(node: Any) -> int:
    """Tell where a node begins."""
    return int(node.start_mark.index)


def end_of(node: Any) -> int:
    """Tell where a node's own text ends: a block's mark stands before whatever follows it."""
    if isinstance(node, ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return end_of(last[1] if isinstance(last, tuple) else last)


def slot_of(text: str, node: Any, index: int) -> tuple[int, int] | None:
    """Find what moves along with an item of a list: in a block also the comment that ends its line."""
    start, end = start_of(node.value[index]), end_of(node.value[index])
    after = start_of(node.value[index + 1]) if index + 1 < len(node.value) else end
    if node.flow_style:
        return None if "#" in text[end:after] else (start, end)
    rest = _COMMENTED.match(text, end)
    assert rest is not None  # it matches nothing, too
    between = text[rest.end() : after]
    return None if "#" in between else (start, rest.end())


def removed(text: str, steps: Sequence[Step]) -> tuple[Splice, ...] | None:
    """Take out the warm-up that the steps lead to; None if it is not certain how.

    That is a curve's ``warmup: 0``, or the first scheduler of a SequentialLR whose first milestone is 0.
    """
    for depth in range(len(steps) - 1, -1, -1):
        step = steps[depth]
        if step.name == "warmup":
            return _warmup(text, step)
        inside = depth > 0 and step.key is None and steps[depth - 1].name == "schedulers"
        if inside:
            return _first_phase(text, steps[depth - 1].node, step) if step.index == 0 else None
    return None


def _warmup(text: str, step: Step) -> tuple[Splice, ...] | None:
    names = _named(step.node)
    if "preset" in names or not _is_nothing(names.get("length", step.value)):
        return None  # a preset's own warm-up would be back
    return _without(text, step.node, step.index)


def _first_phase(text: str, sequence: Any, first: Step) -> tuple[Splice, ...] | None:
    names = _named(sequence)
    milestones, phases = names.get("milestones"), first.node
    if not isinstance(milestones, SequenceNode) or len(milestones.value) != len(phases.value) - 1:
        return None
    if not milestones.value or not _is_nothing(milestones.value[0]):
        return None  # how long the first phase lasts is not what is wrong
    if len(phases.value) == 2:
        return _unwrapped(text, sequence, phases.value[1])
    milestone, phase = _without(text, milestones, 0), _without(text, phases, 0)
    return (*milestone, *phase) if milestone and phase else None


def _unwrapped(text: str, sequence: Any, left: Any) -> tuple[Splice, ...] | None:
    """Write the one scheduler that is left in place of the SequentialLR around it."""
    names = _named(sequence)
    own = _named(left) if isinstance(left, MappingNode) else {}
    known = all(name in _BESIDE for name in names) and {"type", "schedulers"} <= set(names)
    if not known or "type" not in own or set(own) & set(names) != {"type"}:
        return None
    at = {key.value: index for index, (key, _) in enumerate(sequence.value)}
    pieces = [text[start_of(key) : end_of(value)] for key, value in left.value if key.value != "type"]
    inside = text[start_of(names["schedulers"]) : end_of(names["schedulers"])]
    if (
        not pieces
        or "#" in inside
        or any(_BREAK.search(piece) or not piece.isprintable() for piece in pieces)
    ):
        return None
    key = sequence.value[at["schedulers"]][0]
    between = ", " if sequence.flow_style else f"{_newline(text)}{' ' * key.start_mark.column}"
    gone = _without(text, sequence, at["milestones"])
    if gone is None:
        return None
    named, new = names["type"], own["type"]
    return (
        (start_of(named), end_of(named), text[start_of(new) : end_of(new)]),
        (start_of(key), end_of(names["schedulers"]), between.join(pieces)),
        *gone,
    )


def _without(text: str, node: Any, index: int) -> tuple[Splice, ...] | None:
    """Take an entry out of a mapping or a list; a comment that ends its line gets a line of its own."""
    parts = [part if isinstance(part, tuple) else (part, part) for part in node.value]
    start, end = start_of(parts[index][0]), end_of(parts[index][1])
    if "#" in text[start:end]:
        return None
    if node.flow_style:
        return _without_in_line(text, parts, index)
    if len(parts) == 1:
        return None  # an empty block is none
    line = max((found.end() for found in _BREAK.finditer(text, 0, start)), default=0)
    rest = _COMMENTED.match(text, end)
    assert rest is not None  # it matches nothing, too
    newline = _BREAK.match(text, rest.end())
    before = text[line:start]
    if before.strip(" ") not in ("", "-") or not (newline or rest.end() == len(text)):
        return None  # something else stands on these lines
    if isinstance(node, MappingNode) and "-" in before:
        return None  # the dash belongs to the whole mapping
    if rest[1]:
        return ((line + len(before) - len(before.lstrip(" ")), rest.start(1), ""),)
    if newline:
        return ((line, newline.end(), ""),)
    last = list(_BREAK.finditer(text, 0, line))[-1:]  # a file without a last newline keeps none
    return ((last[0].start() if last else line, rest.end(), ""),)


def _without_in_line(text: str, parts: list[tuple[Node, Node]], index: int) -> tuple[Splice, ...] | None:
    start, end = start_of(parts[index][0]), end_of(parts[index][1])
    if index + 1 < len(parts):
        end = start_of(parts[index + 1][0])
    elif index:
        start = end_of(parts[index - 1][1])
    return None if "#" in text[start:end] else ((start, end, ""),)


def _named(node: Any) -> dict[str, Any]:
    pairs = node.value if isinstance(node, MappingNode) else []
    return {str(key.value): value for key, value in pairs if isinstance(key, ScalarNode)}


def _is_nothing(node: Any) -> bool:
    if isinstance(node, MappingNode):
        return _is_nothing(_named(node).get("length"))
    return isinstance(node, ScalarNode) and _NOTHING.fullmatch(node.value) is not None


def _newline(text: str) -> str:
    found = _BREAK.search(text)
    return found[0] if found else "\n"
