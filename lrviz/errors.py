"""What can go wrong, as values: every message that lrviz shows starts here.

    LrvizError                exit code 2: the input is wrong
    ├── SpecError             one or more Problems in what a user wrote, all reported at once
    ├── RefusedByTorch        the spec is well formed, but a torch class would not take it
    │   └── CodeError         code that the spec names, and that is trusted, cannot be run
    └── OutputError           a result that cannot be written where it was asked for

A *finding* (a schedule that is legal but looks like a mistake) is not an error: see checks.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from lrviz.frozen import frozen

MOST_SHOWN = 100  # problems in one message, and names in one list of allowed values


@frozen
class Place:
    """Where a value was written: file, line and column (counted from 1), and the key that leads to it."""

    file: str
    line: int | None = None
    column: int | None = None
    key: str = ""

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.key}" if self.key else where


@frozen
class Problem:
    """One thing that is wrong: where it stands, what was found, what to write instead."""

    place: Place
    message: str

    def __str__(self) -> str:
        return visible(f"{self.place}: {self.message}")


class LrvizError(Exception):
    """Anything lrviz refuses, told in words for the person at the terminal."""


class SpecError(LrvizError):
    """A spec, a curve's name or an option that cannot be understood.

    Args:
        problems: everything that is wrong, sorted by file and line when shown.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        unique = list(dict.fromkeys(problems))
        self.problems = tuple(
            sorted(unique, key=lambda p: (p.place.file, p.place.line or 0, p.place.column or 0))
        )
        lines = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        if len(self.problems) > MOST_SHOWN:
            lines.append(f"and {len(self.problems) - MOST_SHOWN:,} more")
        super().__init__("\n".join(lines))


class RefusedByTorch(LrvizError):
    """Torch raised while a curve was built or stepped; the original exception is the cause."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


class CodeError(RefusedByTorch):
    """Code that a spec names cannot be imported, is not what it should be, or raised; that exception is the cause."""


class OutputError(LrvizError):
    """A result that cannot be written."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Find the known word that a misspelt one most likely means, or None."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def one_of(names: Iterable[str]) -> str:
    """Write a list of allowed values as a person would: ``a, b or c``."""
    listed = list(names)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} or {listed[-1]}"


def suggestion(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, or list them all."""
    known = list(known)
    close = nearest(word, known)
    if close:
        return f"did you mean {close}?"
    few = known if len(known) <= MOST_SHOWN else [*known[:MOST_SHOWN], f"{len(known) - MOST_SHOWN:,} others"]
    return f"write {one_of(few)}"


def shown(found: Any) -> str:
    """Show a found value in a message, shortened."""
    if found is None:
        return "an empty value"
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, dict):
        return "a mapping"
    if isinstance(found, (list, tuple)):
        return "a list"
    if isinstance(found, int) and found.bit_length() > 200:
        return "an integer of more than 60 digits"
    written = repr(found)
    return (
        written if len(written) <= 60 else f"{written[:56]}...{written[0] if isinstance(found, str) else ''}"
    )


def visible(text: str) -> str:
    """Write out what a terminal would obey or hide: control characters and the like show as their escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
