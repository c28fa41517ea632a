"""A document as read: plain dicts and lists that remember where each of their values was written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lrviz.errors import Place, Problem, SpecError


class Mapping(dict[str, Any]):
    """A dict whose keys know their places."""

    def __init__(self, items: Iterable[tuple[str, Any]] = (), place: Place | None = None) -> None:
        super().__init__(items)
        self.place = place or Place("<value>")
        self.places: dict[str, Place] = {}

    @classmethod
    def of(cls, key: str, value: Any, place: Place) -> Mapping:
        """Make the mapping of one key that a word alone stands for."""
        mapping = cls((), place)
        mapping.put(key, value, place)
        return mapping

    def at(self, key: str) -> Place:
        """Find where a key was written; for a key that is not there, where the mapping stands."""
        if key in self.places:
            return self.places[key]
        own = self.place
        return Place(own.file, own.line, own.column, f"{own.key}.{key}" if own.key else key)

    def put(self, key: str, value: Any, place: Place) -> None:
        """Set a key together with its place."""
        self[key] = value
        self.places[key] = place

    def without(self, *keys: str) -> Mapping:
        """Copy the mapping but for some keys."""
        rest = Mapping(((k, v) for k, v in self.items() if k not in keys), self.place)
        rest.places = {k: p for k, p in self.places.items() if k not in keys}
        return rest

    def updated(self, changes: Mapping) -> Mapping:
        """Copy the mapping with another's keys laid over it, places included."""
        merged = self.without()
        for key, value in changes.items():
            merged.put(key, value, changes.at(key))
        return merged


class Sequence(list[Any]):
    """A list whose items know their places."""

    def __init__(self, items: Iterable[Any] = (), place: Place | None = None) -> None:
        super().__init__(items)
        self.place = place or Place("<value>")
        self.places: list[Place] = []

    def at(self, index: int) -> Place:
        """Find where an item was written."""
        if index < len(self.places):
            return self.places[index]
        return Place(self.place.file, self.place.line, self.place.column, f"{self.place.key}[{index}]")


@dataclass
class Problems:
    """Everything found wrong so far, so that a person sees it all at once."""

    found: list[Problem] = field(default_factory=list)

    def add(self, place: Place, message: str) -> None:
        """Note one problem and go on."""
        self.found.append(Problem(place, message))

    def raise_if_any(self) -> None:
        """Raise every problem noted.

        Raises:
            SpecError: if there is one.
        """
        if self.found:
            raise SpecError(self.found)


def located(data: Any, file: str, key: str = "") -> Any:
    """Give plain data places: all in one file, with the keys that lead to them."""
    return placed(data, Place(file, key=key))


def placed(data: Any, place: Place) -> Any:
    """Give plain data places: all at one, with the keys that lead on from it."""
    if isinstance(data, dict):
        mapping = Mapping((), place)
        for name, value in data.items():
            at = mapping.at(str(name))
            mapping.put(str(name), placed(value, at), at)
        return mapping
    if isinstance(data, (list, tuple)):
        sequence = Sequence((), place)
        for index, value in enumerate(data):
            at = sequence.at(index)
            sequence.append(placed(value, at))
            sequence.places.append(at)
        return sequence
    return data
