"""A folder of YAML files → what each holds, from its ``index.json`` where that is current, which is far faster to read.

The YAML files are what counts: one that is not in the index, or is not as it was when the index was written, is
read itself. So no file needs the index, and an old index changes nothing but the time that reading takes.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

from lrviz.catalog import yaml12

NAME = "index.json"


def data_in(folder: Path) -> dict[str, Any]:
    """Read every YAML file of a folder: what it holds, by its name without suffix, sorted."""
    known = _known(folder / NAME)
    found: dict[str, Any] = {}
    for file in _files(folder):
        written = file.read_bytes()
        match known.get(file.stem):
            case [mark, data] if mark == _mark(written):
                found[file.stem] = data
            case _:
                found[file.stem] = yaml12.load(written)
    return found


def index_of(folder: Path) -> str:
    """Write a folder's index: a line for each file."""
    files = _files(folder)
    lines = [
        f"{_json(file.stem)}: {_json([_mark(raw := file.read_bytes()), yaml12.load(raw)])}" for file in files
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"), key=lambda file: file.stem)


def _known(file: Path) -> dict[str, Any]:
    try:
        known = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _mark(raw: bytes) -> str:
    return f"{len(raw)}-{zlib.crc32(raw):08x}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
