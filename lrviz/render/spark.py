"""A drawing of a curve in braille, some rows high → the same in one row of blocks, without numpy."""

from __future__ import annotations

BLOCKS = "▁▂▃▄▅▆▇█"
BLANK = 0x2800  # braille's empty character; the dots of others are the bits above it
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # of its two columns, from the top


def spark(shape: str, width: int = 12) -> str:
    """Draw a drawing anew, smaller: a block for the mean height of the columns of dots that it stands for.

    Args:
        shape: rows of braille, as presets hold them.
        width: columns; the drawing's whole width is put into as many, and what it leaves blank stays blank.
    """
    heights = _heights(shape.rstrip("\n").split("\n"))
    if all(height is None for height in heights):
        return ""
    made = ""
    for column in range(width):
        start, end = (len(heights) * edge // width for edge in (column, column + 1))
        lit = [height for height in heights[start : max(end, start + 1)] if height is not None]
        made += BLOCKS[round(sum(lit) / len(lit) * (len(BLOCKS) - 1))] if lit else " "
    return made


def _heights(rows: list[str]) -> list[float | None]:
    """Tell how high, from 0 to 1, the highest dot of each column of dots lies; None where there is none."""
    top = 4 * len(rows) - 1
    longest = max(map(len, rows))
    columns = zip(*(row.replace(" ", chr(BLANK)).ljust(longest, chr(BLANK)) for row in rows), strict=True)
    heights: list[float | None] = []
    for column in columns:
        for bits in _BITS:
            lit = (
                1 - (4 * row + down) / top
                for row, character in enumerate(column)
                for down, bit in enumerate(bits)
                if (ord(character) - BLANK) & bit
            )
            heights.append(next(lit, None))
    return heights
