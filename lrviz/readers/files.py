"""A file that a spec names → its text, if the file lies beside the spec or below it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

LARGEST = 50_000_000  # bytes


def opener(folder: Path, opened: dict[str, str] | None = None) -> Callable[[str], str]:
    """Make the function that opens the files which a spec in a folder may read.

    Args:
        folder: the spec's.
        opened: where the text of every file that is read is noted, by the name it was asked for.

    The function raises ValueError for a file outside the folder, links followed, and for one that cannot be read.
    """
    root = folder.resolve()

    def text_of(name: str) -> str:
        try:
            # Asked of its name first, so that nothing outside is as much as looked at; then of where links lead.
            path = Path(os.path.normpath(root / name))
            if not (path.is_relative_to(root) and (path := path.resolve()).is_relative_to(root)):
                raise ValueError("lies outside the spec's folder; put it beside the spec, or below it")
            if not path.is_file():
                raise ValueError("no such file beside the spec")
            if path.stat().st_size > LARGEST:
                raise ValueError(f"larger than {LARGEST // 1_000_000} MB")
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError("not UTF-8 text") from None
        except OSError as error:
            raise ValueError(f"cannot be read: {error.strerror}") from None

        if opened is not None:
            opened[name] = text
        return text

    return text_of
