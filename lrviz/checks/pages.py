"""The docstring of a rule's file → its page for people, by heading."""

from __future__ import annotations

import inspect
import re

# What it does: what is found. Why it matters: what it costs; its first sentence stands beneath each finding.
# Use instead: what to write. Sources: where it happened to people.
HEADINGS = ("What it does", "Why it matters", "Use instead", "Sources")
_HEADING = re.compile(rf"^({'|'.join(HEADINGS)})\n", re.MULTILINE)


def sections(docstring: str) -> dict[str, str]:
    """Take a page apart: its first line under "", then what stands under each heading.

    Raises:
        ValueError: if a heading is missing, twice, empty or out of order.
    """
    first, *rest = _HEADING.split(inspect.cleandoc(docstring))
    found = dict(zip(rest[::2], map(inspect.cleandoc, rest[1::2]), strict=True))
    if tuple(rest[::2]) != HEADINGS or not all(found.values()):
        raise ValueError(f"a page needs the headings {', '.join(HEADINGS)}; it has {', '.join(rest[::2])}")
    return {"": first.strip(), **{heading: text.strip() for heading, text in found.items()}}


def first_sentence(text: str) -> str:
    """Cut a text after its first sentence."""
    joined = " ".join(text.split())
    end = re.search(r"[.!?](?= [A-Z])", joined)
    return joined[: end.end()] if end else joined
