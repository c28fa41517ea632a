"""Updates → the cells of a column, written when they are asked for: of a long table, some thousands at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

CHUNK = 16_384  # cells in memory at a time


class Cells(Sequence[str]):
    """The cells of one column.

    Args:
        updates: the updates of the rows, ascending.
        write: writes the cells of some of them.
    """

    def __init__(self, updates: Sequence[int], write: Callable[[Sequence[int]], list[str]]) -> None:
        self.updates, self.write = updates, write

    def __len__(self) -> int:
        return len(self.updates)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: int | slice) -> str | list[str]:
        return self.write(self.updates[at]) if isinstance(at, slice) else self.write([self.updates[at]])[0]

    def __iter__(self) -> Iterator[str]:
        for some in chunks(self):
            yield from some


def chunks(cells: Sequence[str]) -> Iterator[Sequence[str]]:
    """Part cells into pieces that fit in memory."""
    for start in range(0, len(cells), CHUNK):
        yield cells[start : start + CHUNK]
