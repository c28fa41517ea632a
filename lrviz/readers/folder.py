"""A folder → the specs and saved traces in it, as words that ``read`` takes."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lrviz.readers.saved import ONE

_SPEC = re.compile(rb"^[\"']?schedules[\"']?\s*:", re.MULTILINE)
HEAD = 1_000_000  # bytes that are looked at


def specs_in(folder: str) -> list[str]:
    """List the specs and saved traces below a folder, sorted; hidden folders and other files are passed over."""
    found = []
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        found += [
            os.path.join(here, name).removeprefix("./") for name in sorted(files) if is_ours(Path(here, name))
        ]
    return sorted(found)


def may_be_ours(name: str) -> bool:
    """Whether a file of this name can be a spec or a saved trace."""
    return name.lower().endswith((".yaml", ".yml", ".json")) and not name.startswith(".")


def begins_ours(name: str, head: bytes) -> bool:
    """Whether a file that may be ours is, by what it begins with."""
    if name.lower().endswith(".json"):
        return f'"{ONE}'.encode() in head[:200]
    return bool(_SPEC.search(head[:HEAD]))


def is_hidden(folder: str) -> bool:
    """Whether a folder of this name is passed over."""
    return folder.startswith((".", "__"))


def is_ours(path: Path) -> bool:
    """Whether a file is a spec or a saved trace, by its name and what it begins with."""
    if not may_be_ours(path.name):
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError:
        return False
    return begins_ours(path.name, head)
