"""A trainer's config, key by key → a spec of ours that remembers where each of its values came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrviz.errors import Place, Problem, SpecError, one_of
from lrviz.readers.given import Given
from lrviz.spec.document import Mapping, Problems, placed
from lrviz.spec.foreign import UNTRUSTED, Trust

Path = tuple[str, ...]


@dataclass(frozen=True)
class Config:
    """A trainer's config as it was read.

    Args:
        document: its content, each value with its place.
        text: the text of the file, for what YAML readers differ in.
        trust: whether code that it names may run.
    """

    document: Mapping
    text: str
    trust: Trust = UNTRUSTED


FLAGS = {  # what can be asked for, and how it is told
    "dataset_size": "--dataset-size 50000",
    "batch_size": "--batch-size 32",
    "batches_per_epoch": "--batches-per-epoch 1000",
    "devices": "--devices 8",
}


class Draft:
    """A spec being written from a config.

    Args:
        config: the config's content, whose places its problems name.
        given: what is told beside it.
        dialect: what the config is, for people: ``Hugging Face TrainingArguments``.

    Attributes:
        document: the spec so far, in our language.
        comments: where values came from, by the keys that lead to them.
        notes: what was assumed, for people.
        problems: what is wrong with the config.
    """

    def __init__(self, config: Mapping, given: Given, dialect: str) -> None:
        self.config, self.given, self.dialect = config, given, dialect
        self.document = Mapping((), config.place)
        self.comments: dict[Path, str] = {}
        self.notes: list[str] = []
        self.problems = Problems()
        self._asked: list[tuple[str, str]] = []

    def put(self, path: Path, value: Any, place: Place, comment: str = "") -> None:
        """Write a value of the spec.

        Args:
            path: the keys that lead to it: ``("schedules", "cosine", "T_max")``.
            value: plain data.
            place: where in the config it comes from.
            comment: how, in a few words: ``max_epochs``, ``ceil(1000 / 32)``.
        """
        mapping = self.document
        for key in path[:-1]:
            if not isinstance(mapping.get(key), Mapping):
                mapping.put(key, Mapping((), place), place)
            mapping = mapping[key]
        mapping.put(path[-1], placed(value, place), place)
        if comment:
            self.comments[path] = comment

    def ask(self, name: str, why: str) -> None:
        """Ask for what the config does not hold; all that is asked for is told in one message.

        Args:
            name: a key of FLAGS.
            why: what it is needed for, to follow "which".
        """
        if (name, why) not in self._asked:
            self._asked.append((name, why))

    def note(self, text: str) -> None:
        """Tell people what was assumed."""
        if text not in self.notes:
            self.notes.append(text)

    def refuse(self, place: Place, message: str) -> None:
        """Note what is wrong, or what lrviz does not support and would change the LR."""
        self.problems.add(place, message)

    def finished(self) -> Draft:
        """Return the draft.

        Raises:
            SpecError: with all that is wrong, and all that is to be told beside the config.
        """
        if self._asked:
            flags = " ".join(dict.fromkeys(FLAGS[name] for name, _ in self._asked))
            needed = one_of(dict.fromkeys(why for _, why in self._asked)).replace(" or ", " and ")
            message = f"{self.dialect} does not hold {needed}; add {flags} (in Python {_python(self._asked)})"
            self.problems.found.append(Problem(Place(self.config.place.file), message))
        if self.problems.found:
            raise SpecError(self.problems.found)
        return self


def _python(asked: list[tuple[str, str]]) -> str:
    flags = dict.fromkeys(FLAGS[name] for name, _ in asked)
    return ", ".join(flag.removeprefix("--").replace("-", "_").replace(" ", "=") for flag in flags)
