"""TensorBoard's event files → a Log, read without TensorBoard: framed records, in each the fields that count.

A record is its length (8 bytes), a checksum of the length, the data, a checksum of the data. The data is a protocol
buffer ``Event``: step (2), summary (5) of values (1), each with its tag (1) and a float (2) or a tensor (8).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from lrviz.errors import Place, Problem, SpecError
from lrviz.readers.runs.log import MOST_STEPS, Log, Points
from lrviz.readers.runs.names import LR, chosen
from lrviz.spec.logs import Logs

LARGEST = 2_000_000_000  # bytes of all files of a run; images and histograms are passed over
_LARGEST_READ = 100_000  # bytes of a record that is looked at: scalars are small
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FLOAT, _DOUBLE = 1, 2  # of a tensor's dtype
Value = int | bytes


def matches(name: str) -> bool:
    """Whether a file of this name holds events."""
    return ".tfevents." in name or name.endswith(".tfevents")


def read(files: list[Path], place: Place, logs: Logs) -> Log:
    """Read the scalars of a run, of all its event files in the order in which they were begun.

    Raises:
        SpecError: if they hold no learning rate, or are no event files.
    """
    series: dict[str, Points] = {}
    notes: list[str] = []
    ordered = sorted(files, key=lambda file: file.name)
    try:
        if sum(file.stat().st_size for file in ordered) > LARGEST:
            raise SpecError([Problem(place, f"event files of more than {LARGEST // 10**9} GB")])
        for file in ordered:
            if not _read_file(file, series, place):
                notes.append(f"{file.name} ends within a record, as that of a run that was killed does")
    except OSError as error:
        raise SpecError([Problem(place, f"cannot be read: {error.strerror}")]) from None
    family = chosen(series, logs, place)
    by_hf = family.lr[0].startswith("train/") and "train/global_step" not in series and not family.monitored
    return Log(
        kind="TensorBoard events",
        series=series,
        lr=family.lr,
        momentum=family.momentum,
        weight_decay=family.weight_decay,
        groups=family.groups,
        first=0 if family.monitored else 1 if by_hf and family.lr[0].split("/")[-1] == LR[1] else None,
        after=False if family.monitored else None,
        epochs=tuple(series.get("epoch", ()) if family.monitored else series.get("train/epoch", ())),
        optimizer=family.optimizer,
        single=True,
        notes=tuple(notes),
    )


def _read_file(file: Path, series: dict[str, Points], place: Place) -> bool:
    """Add the scalars of a file; tell whether it ends with a whole record."""
    with file.open("rb") as stream:
        while head := stream.read(12):
            if len(head) < 12:
                return False
            (length,) = struct.unpack("<Q", head[:8])
            if _checksum(head[:8]) != struct.unpack("<I", head[8:])[0]:
                raise SpecError([Problem(place, f"{file.name} is damaged, or holds no TensorBoard events")])
            if length > _LARGEST_READ:
                stream.seek(length + 4, 1)
                continue
            record = stream.read(length)
            if len(record) < length or len(stream.read(4)) < 4:
                return False
            try:
                _add(record, series)
            except (ValueError, IndexError, struct.error, UnicodeDecodeError):
                message = f"{file.name} is damaged: a record is no event"
                raise SpecError([Problem(place, message)]) from None
    return True


def _add(record: bytes, series: dict[str, Points]) -> None:
    step, summaries = 0, []
    for field, value in _fields(record):
        if field == 2 and isinstance(value, int):
            step = value
        elif field == 5 and isinstance(value, bytes):
            summaries.append(value)
    for summary in summaries:
        for field, item in _fields(summary):
            if field != 1 or not isinstance(item, bytes):
                continue
            tag, number = _scalar(item)
            if number is None:
                continue
            if not 0 <= step <= MOST_STEPS:
                raise ValueError(f"step {step}")
            series.setdefault(tag, []).append((step, number))


def _scalar(item: bytes) -> tuple[str, float | None]:
    tag, number = "", None
    for field, value in _fields(item):
        if field == 1 and isinstance(value, bytes):
            tag = value.decode()
        elif field == 2 and isinstance(value, bytes):
            (number,) = struct.unpack("<f", value)
        elif field == 8 and isinstance(value, bytes):
            number = _of_tensor(value)
    return tag, number


def _of_tensor(tensor: bytes) -> float | None:
    """Read a tensor of one float, as TensorFlow 2 writes scalars."""
    dtype, content = _FLOAT, b""
    for field, value in _fields(tensor):
        if field == 1 and isinstance(value, int):
            dtype = value
        elif field in (4, 5, 6) and isinstance(value, bytes):  # its bytes, its floats, its doubles
            content = value
    if dtype == _FLOAT and len(content) == 4:
        return float(struct.unpack("<f", content)[0])
    return float(struct.unpack("<d", content)[0]) if dtype == _DOUBLE and len(content) == 8 else None


def _fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """Read the fields of a protocol buffer: number and value; fixed-width values as their bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            number, at = _varint(data, at)
            yield key >> 3, number
            continue
        if kind == _BYTES:
            size, at = _varint(data, at)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {kind}")
        if at + size > len(data):
            raise ValueError("cut short")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("an integer of more than 10 bytes")


def _checksum(data: bytes) -> int:
    """Compute TensorFlow's masked CRC-32C."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 & -(crc & 1))
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
