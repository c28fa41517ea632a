"""Names that anybody may have written → text that can be drawn: printable, wrapped, and of a known width."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font

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
    return max(sum(_advance(letter, bold) for letter in line) for line in text.split("\n")) * size


def font(size: float, bold: bool = False) -> FontProperties:
    """Name the font of a text."""
    return FontProperties(family=FAMILY, size=size, weight="bold" if bold else "normal")


def fitted(text: str, room: float, size: float, bold: bool = False, lines: int = 1) -> str:
    """Wrap a printable text into the room (inches) and lines given; if it is too long, its middle goes."""
    wrapped = _wrapped(text, room, size, bold)
    kept = len(text)
    while len(wrapped) > lines and kept > 2:
        kept -= 1
        shorter = f"{text[: (kept + 1) // 2].rstrip()}…{text[len(text) - kept // 2 :].lstrip()}"
        if width(shorter, size, bold) <= room * lines:
            wrapped = _wrapped(shorter, room, size, bold)
    return "\n".join(wrapped[:lines])


def told_apart(
    texts: Sequence[str], room: float, size: float, bold: bool = False, lines: int = 1
) -> list[str]:
    """Fit texts that must differ: where shortening makes two alike, what all of them share goes first."""
    short = [fitted(text, room, size, bold, lines) for text in texts]
    if len(set(short)) == len(set(texts)):
        return short
    head = _shared(texts)
    begins = max(texts[0].rfind(mark, 0, head) + 1 for mark in " /·")
    short = [_cut(f"…{text[begins:]}", room * lines, size, bold) for text in texts]
    if len(set(short)) < len(set(texts)):
        tail = _shared([text[head:][::-1] for text in texts])
        short = [f"…{text[head : len(text) - tail]}…" for text in texts]
    return [fitted(text, room, size, bold, lines) for text in short]


def _cut(text: str, room: float, size: float, bold: bool) -> str:
    if width(text, size, bold) <= room:
        return text
    return text[: _longest(text, room - width("…", size, bold), size, bold)].rstrip() + "…"


def _shared(texts: Sequence[str]) -> int:
    """Count the letters with which all texts begin."""
    return next((at for at, letters in enumerate(zip(*texts, strict=False)) if len(set(letters)) > 1), 0)


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
    return bool(_face(False).get_char_index(ord(letter)))


@lru_cache(maxsize=4096)
def _advance(letter: str, bold: bool) -> float:
    """Measure a letter, in inches at a size of one point."""
    face = _face(bold)
    face.set_size(100, 72)
    return float(face.load_char(ord(letter)).linearHoriAdvance) / 65536 / 100 / 72


def _face(bold: bool) -> FT2Font:
    return get_font(_path(bold))


@lru_cache(maxsize=2)
def _path(bold: bool) -> str:
    return str(findfont(font(TICK, bold)))


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
    """Count how many letters fit, at least one."""
    taken, fits = _advance(text[0], bold) * size, 1
    while fits < len(text) and taken + _advance(text[fits], bold) * size <= room:
        taken, fits = taken + _advance(text[fits], bold) * size, fits + 1
    return fits
