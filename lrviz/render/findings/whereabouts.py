"""A place → how code hosts name it: the file, from the folder where lrviz runs, which is a checkout's root in CI."""

from __future__ import annotations

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
