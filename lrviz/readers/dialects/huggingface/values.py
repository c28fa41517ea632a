"""A config's values as the trainer's own reader sees them, by the names of TrainingArguments.

HfArgumentParser reads YAML with PyYAML, which is of YAML 1.1: ``5e-5`` is a text there, ``no`` is false.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any

import yaml

from lrviz.errors import Place, shown
from lrviz.readers.dialects.draft import Config, Draft
from lrviz.spec.document import Mapping

_NUMBER = re.compile(r"[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Written:
    """One value: what it is, where it stands, and what the config calls it."""

    value: Any
    place: Place
    name: str


class Arguments:
    """The values of a config, by the names of TrainingArguments.

    Args:
        draft: where what is wrong is noted.
        written: the values.
        reader: what read them, where it turns numbers into text: ``PyYAML``.
    """

    def __init__(self, draft: Draft, written: AnyMapping[str, Written], reader: str = "") -> None:
        self.draft, self.written, self.reader = draft, dict(written), reader

    def __contains__(self, name: str) -> bool:
        return name in self.written

    def place(self, name: str) -> Place:
        """Find where a value was written; where it was not, the config itself."""
        return self.written[name].place if name in self.written else Place(self.draft.config.place.file)

    def called(self, name: str) -> str:
        """Tell what the config calls it."""
        return self.written[name].name if name in self.written else name

    def any(self, name: str, default: Any = None) -> Any:
        """Give a value as it is."""
        return self.written[name].value if name in self.written else default

    def number(self, name: str, default: float) -> float:
        """Give a number; what is none is noted."""
        found = self.any(name, default)
        if self.is_number(found):
            return found  # type: ignore[no-any-return]  # an int or a float, as it was written
        self.refuse(name, self.no_number(found))
        return default

    def count(self, name: str, default: int) -> int:
        """Give a whole number; what is none is noted."""
        found = self.any(name, default)
        if type(found) is int:
            return found
        if self.is_number(found) or not isinstance(found, str):
            self.refuse(name, f"{shown(found)} is no whole number; write {default if default > 0 else 1000}")
        else:
            self.refuse(name, self.no_number(found))
        return default

    def text(self, name: str, default: str | None) -> str | None:
        """Give a text; what is none is noted."""
        found = self.any(name, default)
        if found is None or isinstance(found, str):
            return found
        hint = f"; {self.reader} reads no, off and the like as false: quote it" if found is False else ""
        self.refuse(name, f"{shown(found)} is no text{hint if self.reader else ''}")
        return default

    def flag(self, name: str) -> bool:
        """Give a flag."""
        return bool(self.any(name, False))

    def refuse(self, name: str, message: str) -> None:
        """Note that a value is wrong."""
        self.draft.refuse(self.place(name), message)

    @staticmethod
    def is_number(found: Any) -> bool:
        """Whether a value is a finite number, and not true or false."""
        return type(found) in (int, float) and math.isfinite(found)

    def no_number(self, found: Any) -> str:
        """Say that a value is no number, and what to write if it looks like one."""
        if isinstance(found, str) and _NUMBER.fullmatch(found.strip()):
            why = f" to {self.reader}, which reads YAML 1.1" if self.reader else ""
            return f"{shown(found)} is a text{why}, and the trainer fails with it; write {plain(found)}"
        return f"{shown(found)} is not a number"

    def mapping(self, name: str) -> dict[str, Written]:
        """Give a mapping, or the JSON text of one, value by value; what is neither is noted."""
        found, place = self.any(name), self.place(name)
        if isinstance(found, str) and found.startswith("{"):
            try:
                found = {key: _converted(value) for key, value in json.loads(found).items()}
            except ValueError as error:
                self.refuse(name, f"not JSON: {error}")
                return {}
        if found is None:
            return {}
        if not isinstance(found, dict):
            self.refuse(name, f"{shown(found)} is not a mapping; write {{min_lr_rate: 0.1}}")
            return {}
        document = self.draft.config.get(self.called(name))
        return {
            str(key): Written(value, document.at(key) if isinstance(document, Mapping) else place, str(key))
            for key, value in found.items()
        }

    def check_numbers(self, written: AnyMapping[str, Written]) -> None:
        """Note every text that should be a number."""
        for one in written.values():
            if isinstance(one.value, str) and _NUMBER.fullmatch(one.value.strip()):
                self.draft.refuse(one.place, self.no_number(one.value))


def as_pyyaml_reads(config: Config) -> dict[str, Any]:
    """Read a config as PyYAML does; a JSON file, which has no such traps, as it is."""
    document = config.document
    if is_json(config):
        return dict(document)
    try:
        found = yaml.safe_load(config.text)
    except yaml.YAMLError:  # what only YAML 1.2 has
        return dict(document)
    return found if isinstance(found, dict) else dict(document)


def is_json(config: Config) -> bool:
    """Whether a config is JSON: by the suffix of its file, or, where that says nothing, by its text."""
    name = config.document.place.file.lower()
    if name.endswith((".json", ".yaml", ".yml")):
        return name.endswith(".json")
    try:
        return isinstance(json.loads(config.text), dict)
    except ValueError:
        return False


def plain(text: str) -> str:
    """Write a number so that every reader of YAML takes it for one: ``5.0e-5``."""
    base, mark, exponent = text.strip().replace("_", "").lower().partition("e")
    if not mark:
        return base
    base = base if "." in base else f"{base}.0"
    return f"{base}e{exponent if exponent[0] in '+-' else f'+{exponent}'}"


def _converted(value: Any) -> Any:
    """Convert a text in JSON as TrainingArguments does."""
    if isinstance(value, dict):
        return {key: _converted(item) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    if value.isdigit():
        return int(value)
    return float(value) if value.replace(".", "", 1).isdigit() else value
