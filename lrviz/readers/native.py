"""Our own language: a document with ``schedules:`` is read as it stands."""

from __future__ import annotations

from lrviz.spec.document import Mapping


def matches(document: Mapping) -> bool:
    """Whether the document is a spec of ours."""
    return "schedules" in document


def translate(document: Mapping) -> Mapping:
    """Return the document: it needs no translation."""
    return document
