"""Traces kept by everything that determines them, so that no curve is stepped twice.

One file per trace in the user's cache folder (LRVIZ_CACHE_DIR names another): its arrays, and its head as JSON. A key
holds the resolved curve, the versions of what makes it, and the code that does. A file is written whole or not at all,
so that processes may share the folder; one that is damaged is passed over and written anew. The folder is kept below
LARGEST by dropping what was not used for longest.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache as once
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from lrviz import __version__
from lrviz.folding import folded, unfolded
from lrviz.spec.curve import Curve
from lrviz.trace import ARRAYS, Array, Trace, trace_of

LARGEST = 512 * 1024 * 1024  # bytes
SUFFIX = ".trace.npz"
PART = ".trace.tmp"  # of a file that is being written, or was when its process was killed
ABANDONED = 3600  # seconds
# What turns a curve into numbers: a change in any of these makes other keys.
CODE = ("build", "catalog", "loop.py", "spec", "trace")


@dataclass(frozen=True)
class Info:
    """What the cache holds."""

    folder: Path
    traces: int
    size: int  # bytes


def find(curve: Curve) -> Trace | None:
    """Read a curve's trace back; None if it is not kept, or its file is damaged."""
    file = _file(curve)
    try:
        # Opened here, since NumPy leaves a damaged file open.
        with open(file, "rb") as opened, np.load(opened, allow_pickle=False) as kept:
            head = json.loads(kept["head"].tobytes())
            if set(kept) != {"head", *head["arrays"]}:
                return None
            trace = trace_of(head, {name: _opened(kept, name, curve) for name in ARRAYS})
    except Exception:  # whatever is wrong with the file, the curve can be stepped
        return None
    with suppress(OSError):
        os.utime(file)  # used now: the last to be dropped
    return replace(trace, name=curve.name, clock=curve.clock)


def holds(curve: Curve) -> bool:
    """Tell whether a curve's trace is kept, without reading it."""
    return _file(curve).exists()


def keep(curve: Curve, trace: Trace) -> None:
    """Keep a curve's trace; a folder that cannot be written to is no trouble."""
    file = _file(curve)
    part = file.with_name(f".{secrets.token_hex(8)}{PART}")
    found = {name: getattr(trace, name) for name in ARRAYS}
    # By group, as the loop makes them.
    arrays = {
        name: folded(array.reshape(len(trace), -1)).T for name, array in found.items() if array is not None
    }
    head = np.frombuffer(json.dumps({**trace.head(), "arrays": list(arrays)}).encode(), dtype=np.uint8)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "xb") as opened:
            np.savez(opened, head=head, **arrays)  # type: ignore[arg-type]  # the stub takes no arrays by name
        os.replace(part, file)
        _drop_oldest(file.parent, LARGEST)
    except OSError:
        pass
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def info() -> Info:
    """Tell what the cache holds."""
    sizes = [size for _, size, _ in _files(folder())]
    return Info(folder(), len(sizes), sum(sizes))


def clear() -> Info:
    """Remove every kept trace, and tell what was removed."""
    before = info()
    for _, _, file in (*_files(folder()), *_files(folder(), PART)):
        with suppress(OSError):
            file.unlink()
    return before


def folder() -> Path:
    """Find the user's cache folder, as the system has it."""
    chosen = os.environ.get("LRVIZ_CACHE_DIR")
    if chosen:
        return Path(chosen)
    return user_cache_path("lrviz", appauthor=False)


def _file(curve: Curve) -> Path:
    determines = repr((_bare(curve), _makers()))
    return folder() / f"{hashlib.sha256(determines.encode()).hexdigest()[:32]}{SUFFIX}"


def _bare(curve: Curve) -> Curve:
    """Leave out the name and what is told to people beside the numbers: these are the asking curve's own."""
    resume = curve.resume and replace(curve.resume, before=_bare(curve.resume.before))
    return replace(
        curve, name="", notes=(), cyclic=False, clock=replace(curve.clock, note=None), resume=resume
    )


@once
def _makers() -> tuple[str, ...]:
    """Name everything besides the curve that its numbers depend on, without loading torch."""
    python = (platform.python_version(), sys.platform, platform.machine())
    return (__version__, metadata.version("torch"), np.__version__, *python, _code())


def _code() -> str:
    here, digest = Path(__file__).parent, hashlib.sha256()
    for name in CODE:
        place = here / name
        for file in sorted(place.rglob("*.[py]*")) if place.is_dir() else [place]:
            if file.suffix in (".py", ".yaml"):
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _opened(kept: Any, name: str, curve: Curve) -> Array | None:
    if name not in kept:
        return None
    columns = kept[name]
    if columns.dtype != np.float64:
        raise ValueError(f"{name} is damaged")
    groups = 1 if name == "loss" else len(curve.optimizer.groups)
    return unfolded(columns.T, (curve.clock.steps, groups))


def _files(where: Path, suffix: str = SUFFIX) -> list[tuple[float, int, Path]]:
    """List the kept traces: when each was last used, its size, its file; the longest unused first."""
    found = []
    with suppress(OSError):
        for file in where.glob(f"*{suffix}"):
            with suppress(OSError):
                stat = file.stat()
                found.append((stat.st_mtime, stat.st_size, file))
    return sorted(found)


def _drop_oldest(where: Path, largest: int) -> None:
    for written, _, part in _files(where, PART):
        if written < time.time() - ABANDONED:
            part.unlink(missing_ok=True)
    files = _files(where)
    size = sum(size for _, size, _ in files)
    for _, own, file in files:
        if size <= largest:
            break
        with suppress(OSError):
            file.unlink()
        size -= own
