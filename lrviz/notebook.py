"""How a value shows itself in a notebook: as a figure, drawn by whatever was registered to draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_drawer: list[Callable[[Any], bytes]] = []


def register(drawer: Callable[[Any], bytes]) -> None:
    """Name the function that turns a Spec or a Trace into a PNG (the package does, when it is imported)."""
    _drawer[:] = [drawer]


class ShowsAsFigure:
    """A value that IPython displays as a figure."""

    def _repr_png_(self) -> bytes | None:
        return _drawer[0](self) if _drawer else None
