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
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        found += [
            os.path.join(here, name).removeprefix("./")
            for name in sorted(files)
            if _is_ours(Path(here, name))
        ]
    return sorted(found)


def _is_ours(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix not in (".yaml", ".yml", ".json") or path.name.startswith("."):
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError:
        return False
    return f'"{ONE}'.encode() in head[:200] if suffix == ".json" else bool(_SPEC.search(head))
