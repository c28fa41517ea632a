"""YAML text → a document whose every value knows its line and column, or one clear error.

What PyYAML lets pass and people do not expect is an error here: a repeated key, a tab, aliases that explode, a tag
that names code. Numbers are YAML 1.2's: ``1e-3`` is one.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lrviz.catalog import yaml12
from lrviz.errors import Place, Problem, SpecError
from lrviz.spec.document import Mapping, Problems, Sequence

LARGEST = 2_000_000  # bytes of a file
MOST_VALUES = 200_000  # after aliases are followed
DEEPEST = 60  # nested mappings and lists


def document_of(text: str, file: str) -> Any:
    """Read a YAML text.

    Args:
        text: the file's content.
        file: its name, for places.

    Raises:
        SpecError: with everything that is wrong in it.
    """
    if len(text) > LARGEST:
        raise SpecError([Problem(Place(file), f"{len(text):,} characters; a spec has at most {LARGEST:,}")])
    root = _composed(text, file)
    if root is None:
        return None
    builder = _Builder(file)
    value = builder.value(root, "", 0)
    builder.problems.raise_if_any()
    return value


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = yaml12.resolvers()
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        # Refused while reading: deeper nesting would end in Python's own recursion limit.
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.MarkedYAMLError(
                None, None, f"nested more than {DEEPEST} deep", self.peek_event().start_mark
            )  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)  # type: ignore[no-untyped-call]
        self.depth -= 1
        return node


def _composed(text: str, file: str) -> Node | None:
    try:
        loader = _Loader(text)
        try:
            root: Node | None = loader.get_single_node()  # type: ignore[no-untyped-call]
            return root
        finally:
            loader.dispose()  # type: ignore[no-untyped-call]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)
        raise SpecError([Problem(place, _explained(error))]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        message = f"the character U+{ord(text[error.position]):04X} is not allowed in YAML; delete it"
        raise SpecError([Problem(Place(file, line, column), message)]) from None
    except yaml.YAMLError as error:
        raise SpecError([Problem(Place(file), f"not YAML: {error}")]) from None


def _explained(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "not YAML"
    if "'\\t'" in problem:
        return "a tab; YAML is indented with spaces"
    if "but found another document" in problem:
        return "a second document (---); write one spec per file"
    if "undefined alias" in problem:
        return f"{problem}; define it above, as &name"
    if "mapping values are not allowed" in problem:
        return "a colon where no key can stand; put the text in quotes, or check the indentation"
    if problem.startswith("expected <block end>"):
        return "the indentation does not fit the lines above it"
    if "nested" in problem:
        return problem
    context = f" ({error.context})" if error.context else ""
    return f"not YAML: {problem}{context}"


class _Builder:
    """Turns PyYAML's nodes into plain values with places."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems = Problems()
        self.count = 0
        self.open: set[int] = set()

    def value(self, node: Node, key: str, depth: int) -> Any:
        self.count += 1
        place = self._place(node, key)
        if self.count > MOST_VALUES:
            raise SpecError(
                [
                    Problem(
                        Place(self.file, place.line, place.column),
                        f"aliases that unfold to more than {MOST_VALUES:,} values",
                    )
                ]
            )
        if isinstance(node, ScalarNode):
            return self._scalar(node, place)
        if id(node) in self.open or depth > DEEPEST:
            self.problems.add(place, "an alias that holds itself")
            return None
        self.open.add(id(node))
        try:
            if node.tag.startswith("!") or node.tag.startswith("tag:yaml.org,2002:python"):
                self.problems.add(place, f"the tag {_tag(node)} is not read; a spec is plain data")
                return None
            if isinstance(node, MappingNode):
                return self._mapping(node, place, key, depth)
            assert isinstance(node, SequenceNode)
            return self._sequence(node, place, key, depth)
        finally:
            self.open.discard(id(node))

    def _place(self, node: Node, key: str) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1, key)

    def _scalar(self, node: ScalarNode, place: Place) -> Any:
        tag = _tag(node)
        if tag == "!!str" or tag == "!!merge":
            return node.value
        try:
            if tag == "!!null":
                return None
            if tag == "!!bool" and node.value.lower() in ("true", "false"):
                return node.value.lower() == "true"
            if tag == "!!int":
                return yaml12.int_of(node.value)
            if tag == "!!float":
                return yaml12.float_of(node.value)
        except (ValueError, IndexError):
            pass  # a tag that the person wrote, and that does not fit; or an integer of thousands of digits
        self.problems.add(place, f"{node.value[:40]!r} cannot be read as {tag}")
        return None

    def _mapping(self, node: MappingNode, place: Place, key: str, depth: int) -> Mapping:
        mapping = Mapping((), place)
        own: set[str] = set()
        merged: list[Mapping] = []
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged.extend(self._merged(value_node, key, depth))
                continue
            if not isinstance(key_node, ScalarNode):
                self.problems.add(self._place(key_node, key), "a key must be a word")
                continue
            name = key_node.value
            path = f"{key}.{name}" if key else name
            if name in own:
                first = mapping.at(name)
                self.problems.add(
                    self._place(key_node, path), f"given twice; the first is on line {first.line}"
                )
                continue
            own.add(name)
            mapping.put(name, self.value(value_node, path, depth + 1), self._place(key_node, path))
        for other in merged:  # what stands in the mapping itself wins over what is merged into it
            for name, value in other.items():
                if name not in mapping:
                    mapping.put(name, value, other.at(name))
        return mapping

    def _merged(self, node: Node, key: str, depth: int) -> list[Mapping]:
        values = [self.value(node, key, depth + 1)]
        if isinstance(values[0], Sequence):
            values = list(values[0])
        for value in values:
            if not isinstance(value, Mapping):
                self.problems.add(self._place(node, key), "<< merges mappings; write <<: *name")
                return []
        return values

    def _sequence(self, node: SequenceNode, place: Place, key: str, depth: int) -> Sequence:
        sequence = Sequence((), place)
        for index, item in enumerate(node.value):
            path = f"{key}[{index}]"
            sequence.append(self.value(item, path, depth + 1))
            sequence.places.append(self._place(item, path))
        return sequence


def _tag(node: Node) -> str:
    return str(node.tag).replace("tag:yaml.org,2002:", "!!")
