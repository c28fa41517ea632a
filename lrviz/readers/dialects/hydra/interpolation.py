"""``${...}`` in a Hydra config → the value it stands for; what would run code to find it is refused.

Only references to other keys are followed (``${optimizer.lr}``, ``${..lr}``): a resolver such as ``oc.env`` or ``eval``
reads the machine or runs code.
"""

from __future__ import annotations

import re
from typing import Any

from lrviz.errors import Place, shown
from lrviz.readers.dialects.draft import Draft
from lrviz.spec.document import Mapping, Sequence

DEEPEST = 30  # references to references, and mappings in mappings
_REFERENCE = re.compile(r"\$\{([^${}]*)\}")
_INDEX = re.compile(r"\[(\w+)\]")
_MISSING = object()
Path = tuple[str, ...]


class Resolver:
    """Reads values of a config, references followed, and remembers what they led to.

    Args:
        document: the config.
        draft: where what is wrong is noted.
    """

    def __init__(self, document: Mapping, draft: Draft) -> None:
        self.document, self.draft = document, draft
        self.reached: set[Path] = set()
        self._wrong: set[str] = set()

    def value(self, found: Any, path: Path, place: Place, depth: int = 0) -> Any:
        """Resolve a value, and those inside it.

        Args:
            found: what is written.
            path: the keys that lead to it.
            place: where it is.
            depth: how many references led to it.
        """
        self.reached.add(path)
        if depth > DEEPEST:
            return self._refused(place, found, "references go round in a circle, or too deep")
        if isinstance(found, Mapping):
            mapping = Mapping((), found.place)
            for key, item in found.items():
                mapping.put(key, self.value(item, (*path, key), found.at(key), depth + 1), found.at(key))
            return mapping
        if isinstance(found, Sequence):
            items = (
                self.value(item, (*path, str(index)), found.at(index), depth + 1)
                for index, item in enumerate(found)
            )
            listed = Sequence(items, found.place)
            listed.places = list(found.places)
            return listed
        if not isinstance(found, str):
            return found
        if found == "???":
            return self._refused(place, found, "a value that is still to be given")
        whole = _REFERENCE.fullmatch(found)
        if whole is not None:
            return self._referred(whole[1], found, path, place, depth)
        if "${" not in found:
            return found
        return _REFERENCE.sub(lambda one: str(self._referred(one[1], found, path, place, depth)), found)

    def get(self, mapping: Mapping, key: str, path: Path) -> Any:
        """Resolve one key of a mapping."""
        return self.value(mapping.get(key), (*path, key), mapping.at(key))

    def _referred(self, word: str, found: str, path: Path, place: Place, depth: int) -> Any:
        if ":" in word:
            name = word.partition(":")[0]
            return self._refused(place, found, f"the resolver {name} may read the machine or run code")
        name = _INDEX.sub(r".\1", word.strip())
        dots = len(name) - len(name.lstrip("."))
        keys = tuple(part for part in name.lstrip(".").split(".") if part)
        target = (*path[: max(0, len(path) - dots)], *keys) if dots else keys
        at: Any = self.document
        where = place
        for index, key in enumerate(target):
            if isinstance(at, Mapping) and key in at:
                where, at = at.at(key), at[key]
            elif isinstance(at, Sequence) and key.isdigit() and int(key) < len(at):
                where, at = at.at(int(key)), at[int(key)]
            elif isinstance(at, str) and _REFERENCE.fullmatch(at):
                at = self.value(at, target[:index], where, depth + 1)
                at = at.get(key, _MISSING) if isinstance(at, Mapping) else _MISSING
            else:
                at = _MISSING
            if at is _MISSING:
                return self._refused(place, found, f"there is no {'.'.join(target)}")
        return self.value(at, target, where, depth + 1)

    def _refused(self, place: Place, found: Any, why: str) -> None:
        text = f"{shown(found)}: {why}; write the value itself"
        if text not in self._wrong:
            self._wrong.add(text)
            self.draft.refuse(place, text)
