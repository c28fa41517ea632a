"""Names that anybody may have written → text that can be drawn: printable, wrapped, and of a known width."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, findfont, get_font

FAMILY = "DejaVu Sans"  # comes with matplotlib: the same letters on every machine
TITLE, HEADING, LABEL, TICK = 12.0, 10.0, 10.0, 9.0  # points
MISSING = "□"
MOST = 300  # characters of a name that are looked at


def printable(text: str) -> str:
    """Clean a name for drawing: one line, no control characters, a square for what the font does not have."""
    return _printable(text[:MOST])


def line_height(size: float) -> float:
    """Tell the height of one line of text, in inches."""
    return size * 1.25 / 72


def width(text: str, size: float, bold: bool = False) -> float:
    """Measure a printable text of one or more lines, in inches."""
    return max(_width(line, size, bold) for line in text.split("\n"))


def fitted(text: str, room: float, size: float, bold: bool = False, lines: int = 1) -> str:
    """Wrap a printable text into the room (inches) and number of lines given; the middle goes if it is too long.

    The middle, because names that are long are mostly paths, told apart by how they end.
    """
    wrapped = _wrapped(text, room, size, bold)
    kept = len(text)
    while len(wrapped) > lines and kept > 2:
        kept = min(kept - 1, int(kept * 0.94))
        head = (kept + 1) // 2
        wrapped = _wrapped(text[:head].rstrip() + "…" + text[len(text) - kept // 2 :].lstrip(), room, size, bold)
    return "\n".join(wrapped[:lines])


@lru_cache(maxsize=1024)
def _printable(text: str) -> str:
    shown = []
    for letter in unicodedata.normalize("NFC", text):
        category = unicodedata.category(letter)
        if letter.isspace():
            shown.append(" ")
        elif category in ("Cc", "Cf") or (category in ("Mn", "Me") and not _has(letter)):
            continue
        else:
            shown.append(letter if _has(letter) else MISSING)
    return re.sub(" +", " ", "".join(shown)).strip() or "(no name)"


def _has(letter: str) -> bool:
    return bool(get_font(findfont(FAMILY)).get_char_index(ord(letter)))


@lru_cache(maxsize=4096)
def _width(line: str, size: float, bold: bool) -> float:
    return float(_ruler().get_text_width_height_descent(line or " ", font(size, bold), ismath=False)[0]) / RULER_DPI


RULER_DPI = 150


@lru_cache(maxsize=1)
def _ruler() -> RendererAgg:
    return RendererAgg(8, 8, RULER_DPI)


def font(size: float, bold: bool = False) -> FontProperties:
    """Name the font of a text."""
    return FontProperties(family=FAMILY, size=size, weight="bold" if bold else "normal")


def _wrapped(text: str, room: float, size: float, bold: bool) -> list[str]:
    lines = [""]
    for piece in re.findall(r"[^\s/_.:,-]*[\s/_.:,-]?", text):
        if width(lines[-1] + piece.rstrip(), size, bold) <= room or not lines[-1]:
            lines[-1] += piece
        else:
            lines.append(piece)
        while width(lines[-1].rstrip(), size, bold) > room and len(lines[-1]) > 1:
            fits = _longest(lines[-1], room, size, bold)
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return [line.rstrip() for line in lines if line.strip()] or [""]


def _longest(text: str, room: float, size: float, bold: bool) -> int:
    fits, too_many = 1, len(text)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        fits, too_many = (middle, too_many) if width(text[:middle], size, bold) <= room else (fits, middle)
    return fits
