"""A place → how code hosts name it (the file, from the folder where lrviz runs: a checkout's root), and know it."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePath

from lrviz.errors import Place

FILES = (".yaml", ".yml", ".json")  # of what can be checked


def hosted(place: Place) -> str | None:
    """Name the file of a place, with slashes, relative where it lies below this folder; None for a preset or stdin."""
    path = PurePath(place.file)
    if place.line is None and path.suffix.lower() not in FILES:
        return None
    if place.file.startswith("<"):
        return None
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def fingerprint(*parts: str | Place) -> str:
    """Make what a code host knows a finding by: it is the same one wherever its line has moved to."""
    kept = (f"{part.file} {part.key}" if isinstance(part, Place) else part for part in parts)
    return hashlib.sha256("\n".join(kept).encode("utf-8", "surrogatepass")).hexdigest()[:32]
