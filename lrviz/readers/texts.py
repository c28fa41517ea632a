"""A word's file → its text, bounded, with whatever keeps it from being read told in words."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from lrviz.errors import Place, Problem, SpecError, nearest
from lrviz.readers import words

STDIN, STDIN_SHOWN = "-", "<stdin>"
SUFFIXES = (".yaml", ".yml", ".json", ".toml", ".py", ".csv")  # of a word that names a file
LARGEST, LARGEST_TRACE = (
    4_000_000,
    500_000_000,
)  # bytes of a file, and of one that may be a saved trace or a log
CHUNK = 1_000_000  # bytes read at once
_LARGE = (".json", ".csv")


def text_of(file: str) -> tuple[str, str]:
    """Read a file, and say how it is called in messages.

    Raises:
        SpecError: if it cannot be read.
    """
    place = Place(words.shortened(STDIN_SHOWN if file == STDIN else file))
    largest = LARGEST_TRACE if file.lower().endswith(_LARGE) else LARGEST
    try:
        raw = _head(sys.stdin.buffer, largest) if file == STDIN else _bytes(Path(file), largest, place)
        if len(raw) > largest:
            raise SpecError([Problem(place, f"larger than {largest // 10**6} MB; no spec or trace is")])
        return raw.decode("utf-8-sig"), place.file
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        column = error.start - error.object.rfind(b"\n", 0, error.start)
        message = f"the byte 0x{error.object[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise SpecError([Problem(replace(place, line=line, column=column), message)]) from None
    except FileNotFoundError:
        raise SpecError([Problem(place, f"no such file{_near(file)}")]) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SpecError([Problem(place, f"cannot be read: {reason}")]) from None


def _bytes(path: Path, largest: int, place: Place) -> bytes:
    if path.is_dir():
        raise SpecError([Problem(place, "a folder; name the specs in it, such as folder/*.yaml")])
    with path.open("rb") as stream:
        return _head(stream, largest)


def _head(stream: BinaryIO, largest: int) -> bytes:
    """Read a stream, but little more than a limit: a pipe or a device may have no end."""
    chunks: list[bytes] = []
    size = 0
    while size <= largest and (chunk := stream.read(CHUNK)):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


def _near(file: str) -> str:
    folder = Path(file).parent
    try:
        there = sorted(str(p) for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    except OSError:
        return f"; there is no folder {folder}"
    close = nearest(file, there)
    return f"; did you mean {close}?" if close else ""
