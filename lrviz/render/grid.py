"""Columns → one table, or several where the terminal is too narrow; plain text when piped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.segment import Segment, Segments
from rich.style import Style
from rich.table import Table
from rich.text import Text

from lrviz.render.cells import CHUNK, chunks

GAP = 2
# A longer word of a heading is broken.
HEADING = 16
EMPTY = "-"
ROWS = 1_000  # rows that Rich lays out at a time


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Args:
        heading: whose column it is.
        cells: one for each row.
        what: what it tells of whom the heading names: beneath the heading, or after a dot when plain.
        words: the cells are words, left and folded; else numbers, right and never folded.
        room: width that folded words are given at least.
        style: the heading's style.
    """

    heading: str
    cells: Sequence[str]
    what: str = ""
    words: bool = False
    room: int = 12
    style: Style | None = None

    @property
    def plain_heading(self) -> str:
        """The heading on one line."""
        return " · ".join(part for part in (self.heading, self.what) if part)

    @cached_property
    def widest(self) -> int:
        """The width of the widest cell."""
        return max((max(map(_measure(some), some)) for some in chunks(self.cells)), default=0)

    @cached_property
    def longest_word(self) -> int:
        """The width of the longest word of a cell."""
        return _longest(self.cells, _longest_word)


@dataclass(frozen=True)
class Grid:
    """A table for Rich to print that fits the width it is given.

    Args:
        keys: the columns that name the rows, repeated in every block.
        units: columns that stay beside each other where the width allows.
        title: a line above the first block; not shown when plain.
        note: a line beneath the last block; not shown when plain.
        plain: one header row and all columns in one table, whatever its width.
    """

    keys: tuple[Column, ...]
    units: tuple[tuple[Column, ...], ...]
    title: str = ""
    note: str = ""
    plain: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Print the table."""
        yield from self.parts(console, options.max_width)

    def parts(self, console: Console, width: int) -> Iterator[RenderableType]:
        """Lay the table out part by part: what prints them in turn never has a long table in memory."""
        if self.plain:
            yield from self._plain(width if _is_screen(console) else None)
            return
        if self.title:
            yield Text(self.title, style="bold")
            yield Text("")
        for index, block in enumerate(self._blocks(width)):
            if index:
                yield Text("")
            yield from _tables(console, block, width)
        if self.note:
            yield Text("")
            yield Text(self.note, style="dim")

    def _plain(self, width: int | None) -> Iterator[RenderableType]:
        """Lay columns beside each other, two spaces or more apart: all, or as many as a screen holds."""
        rest = [column for unit in self.units for column in unit]
        while rest:
            count = len(rest)
            while width is not None and count > 1 and _total([*self.keys, *rest[:count]]) > width:
                count -= 1
            for rows in _padded([*self.keys, *rest[:count]]):
                # Segments, unlike a Text, are neither wrapped nor measured: a million rows pass in seconds.
                yield Segments([Segment("".join((" " * GAP).join(row).rstrip() + "\n" for row in rows))])
            rest = rest[count:]
            if rest:
                yield Segments([Segment("\n")])

    def _blocks(self, width: int) -> Iterator[list[Column]]:
        """Pack units into as few blocks as hold them."""
        block = [*self.keys]
        for unit in self.units:
            fits = _fits([*self.keys, *unit], width)
            for part in [[*unit]] if fits else [[column] for column in unit]:
                if len(block) > len(self.keys) and not _fits([*block, *part], width):
                    yield block
                    block = [*self.keys]
                block += part
        yield block


def _fits(columns: Sequence[Column], width: int) -> bool:
    return sum(map(_least, columns)) + _gaps(columns) <= width


def _gaps(columns: Sequence[object]) -> int:
    return GAP * (len(columns) - 1)


def _natural(column: Column) -> int:
    """Measure the width at which nothing is folded."""
    return max(column.widest, cell_len(column.heading), cell_len(column.what))


def _least(column: Column) -> int:
    """Measure the width beneath which a number or a word would break (of a heading, a very long word may)."""
    heading = max(min(HEADING, _longest_word(column.heading)), _longest_word(column.what))
    if column.words:
        return max(column.longest_word, heading, min(column.room, _natural(column)))
    return max(column.widest, heading)


def _longest(texts: Sequence[str], measure: Callable[[str], int]) -> int:
    return max((measure(text) for text in texts), default=0)


def _longest_word(text: str) -> int:
    return max((cell_len(word) for word in text.split()), default=0)


def _tables(console: Console, columns: Sequence[Column], width: int) -> Iterator[Table]:
    """Lay some rows out at a time: tables of the same widths, the first with the headings."""
    widths = _widths(columns, width)
    headings = [_heading(column) for column in columns]
    heights = [len(heading.wrap(console, w)) for heading, w in zip(headings, widths, strict=True)]
    # Headings stand on the line beneath them, so that what a column tells is read beside its neighbours.
    headed = [
        Text("\n" * (max(heights) - height), overflow="fold") + heading
        for heading, height in zip(headings, heights, strict=True)
    ]
    rows = zip(*(column.cells for column in columns), strict=True)
    first = True
    while (some := list(islice(rows, ROWS))) or first:
        table = Table(
            box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style=""
        )
        table.show_header, first = first, False
        for column, heading, chosen in zip(columns, headed, widths, strict=True):
            justify: JustifyMethod = "left" if column.words else "right"
            table.add_column(heading, justify=justify, width=chosen, overflow="fold")
        for row in some:
            table.add_row(*(Text(cell, overflow="fold") for cell in row))
        yield table


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """Share what the narrowest widths leave: to words, least need first; then to headings, alike."""
    widths = [_least(column) for column in columns]
    needed = [max(0, _natural(column) - least) for least, column in zip(widths, columns, strict=True)]
    spare = max(0, width - _gaps(columns) - sum(widths))
    by_need = sorted(range(len(columns)), key=needed.__getitem__)
    for index in (index for index in by_need if columns[index].words):
        given = min(needed[index], spare)
        widths[index] += given
        spare -= given
    numbers = [index for index in by_need if not columns[index].words]
    for place, index in enumerate(numbers):
        given = min(needed[index], spare // (len(numbers) - place))
        widths[index] += given
        spare -= given
    return widths


def _heading(column: Column) -> Text:
    heading = Text(column.heading, style=column.style or "bold", overflow="fold")
    if column.what:
        heading.append("\n" if column.heading else "")
        heading.append(column.what, style="dim")
    return heading


def _is_screen(console: Console) -> bool:
    # Under NO_COLOR a person reads plain text; through a pipe a program does.
    return bool(getattr(console.file, "isatty", bool)())


def _total(columns: Sequence[Column]) -> int:
    return sum(map(_padded_width, columns)) + _gaps(columns)


def _padded_width(column: Column) -> int:
    return max(column.widest, cell_len(column.plain_heading or EMPTY))


def _padded(columns: Sequence[Column]) -> Iterator[Iterator[tuple[str, ...]]]:
    """Pad the headings, then the cells of some rows at a time, to the widths of their columns."""
    left = [column.words or index == 0 for index, column in enumerate(columns)]
    widths = list(map(_padded_width, columns))
    yield zip(*map(_filled, ([column.plain_heading] for column in columns), widths, left), strict=True)
    for start in range(0, len(columns[0].cells), CHUNK):
        some = [column.cells[start : start + CHUNK] for column in columns]
        yield zip(*map(_filled, some, widths, left), strict=True)


def _filled(cells: Sequence[str], width: int, left: bool) -> list[str]:
    # An empty cell would shift its neighbours for whoever splits rows at spaces.
    shown = [cell or EMPTY for cell in cells]
    measure = _measure(shown)
    if left:
        return [cell + " " * (width - measure(cell)) for cell in shown]
    return [" " * (width - measure(cell)) + cell for cell in shown]


def _measure(cells: Sequence[str]) -> Callable[[str], int]:
    return len if all(map(str.isascii, cells)) else cell_len
