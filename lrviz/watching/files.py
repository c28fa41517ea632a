"""A word, and what was read for it → the files that decide what it does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lrviz import readers
from lrviz.spec.curve import Curve, Spec


def files_of(word: str, opened: Iterable[str]) -> list[str]:
    """List the file that a word names, and those that it names itself; none for a preset.

    Args:
        word: as it was typed.
        opened: the names of the files that were read for it, from its folder.
    """
    file = readers.file_of(word)
    return [] if file is None else [file, *(str(Path(file).parent / name) for name in opened)]


def code_files(spec: Spec) -> list[str]:
    """List the files of the code that a spec's curves name."""
    codes = [code for curve in spec if isinstance(curve, Curve) for code in curve.codes]
    return [code.source for code in codes if code.source.endswith(".py")]
