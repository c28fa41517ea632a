"""A document in someone's language → a document in ours, with what was assumed.

A dialect of config files is one module with ``matches(document)`` and ``translate(config, given)``; DIALECTS lists
them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

from lrviz.errors import Place, Problem, SpecError, shown
from lrviz.readers.dialects.draft import Config, Draft
from lrviz.readers.given import Given, told
from lrviz.spec.document import Mapping
from lrviz.spec.foreign import UNTRUSTED, Trust


class Dialect(Protocol):
    """A module that understands one dialect of config files."""

    def matches(self, document: Mapping, /) -> bool:
        """Whether the document is written in this dialect."""

    def translate(self, config: Config, given: Given, /) -> Draft:
        """Write the config in our own language.

        Raises:
            SpecError: with everything that is wrong with it, or missing.
        """


# In the order in which they are asked whether a document is theirs; ours is what none of them knows.
DIALECTS: tuple[str, ...] = ("hydra", "lightning", "huggingface", "timm", "mmengine")


def translated(found: Any, file: str, text: str, trust: Trust = UNTRUSTED) -> Draft:
    """Write a document in our own language, whosever it is.

    Args:
        found: what the file holds.
        file: what it is called in messages.
        text: its text.
        trust: whether code that it names may run.

    Raises:
        SpecError: with everything that is wrong with it, or missing.
    """
    document = _mapping(found, file)
    for name in () if "schedules" in document else DIALECTS:
        dialect: Dialect = import_module(f"{__name__}.{name}")
        if dialect.matches(document):
            eyes = import_module(f"{__name__}.yaml11")  # PyYAML, which a spec of ours does not need
            return dialect.translate(Config(eyes.as_trainers_read(document, text), text, trust), told())
    draft = Draft(document, Given(), "")
    draft.document = document
    return draft


def _mapping(document: Any, file: str) -> Mapping:
    if document is None:
        raise SpecError(
            [Problem(Place(file), "an empty file; lrviz init cosine writes a spec to start from")]
        )
    if not isinstance(document, Mapping):
        example = "write run:, optimizer: and schedules:, or see lrviz init cosine"
        message = f"{shown(document)} is not a spec; {example}"
        raise SpecError([Problem(Place(file, 1, 1), message)])
    document.place = Place(file)
    return document
