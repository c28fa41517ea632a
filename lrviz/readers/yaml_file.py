"""YAML text → a document whose every value knows its line and column, or one clear error.

What PyYAML lets pass and people do not expect is an error here: a repeated key, a tab, aliases that explode,
a tag that names code. Numbers are YAML 1.2's: ``1e-3`` is one.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lrviz.catalog import yaml12
from lrviz.errors import Place, Problem, SpecError, shown
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.fields import unshowable

LARGEST = 1_000_000  # characters of a file
MOST_VALUES = 50_000  # after aliases are followed
DEEPEST = 60  # nested mappings and lists
LONGEST_KEY = 200  # characters
LONGEST_PATH = 400  # characters of the keys that lead to a value, in messages
MOST_DIGITS = 300  # of an integer; a float of more overflows


def document_of(text: str, file: str) -> Any:
    """Read a YAML text.

    Args:
        text: the file's content.
        file: its name, for places.

    Raises:
        SpecError: with everything that is wrong in it.
    """
    if len(text) > LARGEST:
        raise SpecError([Problem(Place(file), f"more than {LARGEST:,} characters; no spec has as many")])
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
    count = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        # Refused while reading: deeper nesting would end in Python's own recursion limit.
        self.depth += 1
        self.count += 1
        if self.depth > DEEPEST:
            self._refuse(f"nested more than {DEEPEST} deep")
        if self.count > MOST_VALUES:
            self._refuse(f"more than {MOST_VALUES:,} values; no spec has as many")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _refuse(self, message: str) -> None:
        peek: Any = self.peek_event  # which has no types
        raise _Refused(None, None, message, peek().start_mark)


class _Refused(yaml.MarkedYAMLError):
    """A limit of ours, whose problem is a message as it stands."""


def _composed(text: str, file: str) -> Node | None:
    try:
        loader = _Loader(text)
        try:
            root: Node | None = loader.get_single_node()
            return root
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        unclosed = error.context_mark is not None and "stream" in (error.problem or "")
        mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
        place = Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)
        raise SpecError([Problem(place, _explained(error))]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        message = f"the character U+{ord(text[error.position]):04X} is not allowed in YAML; delete it"
        raise SpecError([Problem(Place(file, line, column), message)]) from None
    except (ValueError, OverflowError):  # which PyYAML does not turn into errors of its own
        message = "an escape that stands for no character, such as \\U99999999; delete it"
        raise SpecError([Problem(Place(file), message)]) from None


def _explained(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "not YAML"
    if isinstance(error, _Refused):
        return problem
    quoted = problem.partition("'")[2].rpartition("'")[0]
    for beginning, message in _EXPLAINED.items():
        if problem.startswith(beginning):
            return message.format(shown(quoted)[1:-1])
    context = f" ({error.context})" if error.context else ""
    return f"not YAML: {problem}{context}"


_EXPLAINED = {  # how PyYAML begins: what a person needs to hear, with what it quotes
    "found character '\\t'": "a tab; YAML is indented with spaces",
    "found character": "{} cannot start a value; put the text in quotes",
    "found unknown escape character": "the escape \\{} means nothing; put the text in single quotes",
    "but found another document": "a second document (---); write one spec per file",
    "found undefined alias": "no anchor is named {0}; define it above, as &{0}",
    "second occurrence": "the anchor is named like one above it; rename one",
    "mapping values are not allowed": (
        "a colon where no key can stand; put the text in quotes, or check the indentation"
    ),
    "could not find expected ':'": "a line without a colon; write key: value",
    "expected <block end>": "the indentation does not fit the lines above it",
    "expected ',' or ']'": "a list that is not closed; write ]",
    "expected ',' or '}'": "a mapping that is not closed; write }}",
    "found unexpected end of stream": "a quotation mark that is never closed",
}


class _Builder:
    """Turns PyYAML's nodes into plain values with places."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems = Problems()
        self.count = 0
        self.open: set[int] = set()  # nodes that hold the one being read
        self.section = Place(file)

    def value(self, node: Node, key: str, depth: int) -> Any:
        self.count += 1
        place = self._place(node, key)
        if depth == 1:
            self.section = place
        if self.count > MOST_VALUES:
            message = f"aliases that unfold to more than {MOST_VALUES:,} values"
            raise SpecError([Problem(self.section, message)])
        if isinstance(node, ScalarNode):
            return self._scalar(node, place)
        if id(node) in self.open:
            self.problems.add(place, "an alias that holds itself; delete it")
            return None
        if depth > DEEPEST:
            self.problems.add(place, f"nested more than {DEEPEST} deep")
            return None
        self.open.add(id(node))
        try:
            if isinstance(node, MappingNode) and _tag(node) == "!!map":
                return self._mapping(node, place, key, depth)
            if isinstance(node, SequenceNode) and _tag(node) == "!!seq":
                return self._sequence(node, place, key, depth)
            self._refuse_tag(node, place)
            return None
        finally:
            self.open.discard(id(node))

    def _place(self, node: Node, key: str) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1, key)

    def _refuse_tag(self, node: Node, place: Place) -> None:
        self.problems.add(
            place, f"the tag {shown(_tag(node))[1:-1]} is not read; a spec is plain data: delete it"
        )

    def _scalar(self, node: ScalarNode, place: Place) -> Any:
        tag, text = _tag(node), node.value
        if tag in ("!!str", "!!merge"):
            if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
                self.problems.add(place, f"{shown(text)} holds half a character (a surrogate); delete it")
            return text
        if tag not in ("!!null", "!!bool", "!!int", "!!float"):
            self._refuse_tag(node, place)
            return None
        try:
            if tag == "!!null" and text in ("", "~", "null", "Null", "NULL"):
                return None
            if tag == "!!bool" and text.lower() in ("true", "false"):
                return text.lower() == "true"
            if tag == "!!int" and len(text) <= MOST_DIGITS:
                return yaml12.int_of(text)
            if tag == "!!float":
                return yaml12.float_of(text)
        except (ValueError, IndexError):
            pass  # a tag that the person wrote, and that does not fit
        what = f"a number of {len(text):,} digits" if len(text) > MOST_DIGITS else shown(text)
        self.problems.add(place, f"{what} cannot be read as {tag}")
        return None

    def _mapping(self, node: MappingNode, place: Place, key: str, depth: int) -> Mapping:
        mapping = Mapping((), place)
        own: dict[str, int] = {}
        merged: list[Mapping] = []
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged.extend(self._merged(value_node, key, depth))
                continue
            name = self._name(key_node, key)
            if name is None:
                continue
            path, line = _path(key, name), key_node.start_mark.line + 1
            if name in own:
                self.problems.add(
                    self._place(key_node, path), f"given twice; the first is on line {own[name]}"
                )
                continue
            own[name] = line
            mapping.put(name, self.value(value_node, path, depth + 1), self._place(key_node, path))
        for other in merged:  # what stands in the mapping itself wins over what is merged into it
            for name, value in other.items():
                if name not in mapping:
                    mapping.put(name, value, other.at(name))
        return mapping

    def _name(self, node: Node, key: str) -> str | None:
        """Read a key; None if it cannot be one."""
        place = self._place(node, key)
        if not isinstance(node, ScalarNode):
            self.problems.add(place, "a key must be a word")
            return None
        name: str = node.value
        hidden = unshowable(name)
        if hidden:
            self.problems.add(place, f"a key with the character {hidden}; delete it")
        elif len(name) > LONGEST_KEY:
            self.problems.add(place, f"a key of {len(name):,} characters; write at most {LONGEST_KEY}")
        elif not _tag(node).startswith("!!") or _tag(node).startswith("!!python"):
            self._refuse_tag(node, place)
        else:
            return name
        return None

    def _merged(self, node: Node, key: str, depth: int) -> list[Mapping]:
        value = self.value(node, key, depth + 1)
        values = list(value) if isinstance(value, Sequence) else [value]
        if not all(isinstance(value, Mapping) for value in values):
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


def _path(key: str, name: str) -> str:
    path = f"{key}.{name}" if key else name
    return path if len(path) <= LONGEST_PATH else f"...{path[-LONGEST_PATH:]}"


def _tag(node: Node) -> str:
    return str(node.tag).replace("tag:yaml.org,2002:", "!!")
