"""An optimizer that steps → what the script calls it: the words of its source, and the names of its globals.

Local variables are not read: before Python 3.13 that would change what ``locals()`` returned to the script earlier, and
keep what they hold alive.
"""

from __future__ import annotations

import ast
import linecache
import sys
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any

MOST_LINES = 20  # of one call
DULL = ("optimizer", "optim", "opt", "scaler", "accelerator", "self")  # what anyone calls one


def names_of(optimizer: Any, frame: FrameType | None) -> list[str]:
    """List what the frames of a step's callers call its optimizer, from the inside."""
    found: list[str] = []
    seen: set[int] = set()
    while frame is not None:
        if not _is_installed(frame.f_code.co_filename):
            found += _in_source(frame)
            if id(frame.f_globals) not in seen:
                seen.add(id(frame.f_globals))
                found += [name for name, value in frame.f_globals.copy().items() if _holds(value, optimizer)]
        frame = frame.f_back
    return list(dict.fromkeys(name for name in found if not name.startswith("__")))


def distinct(listed: list[list[str]], kinds: list[str]) -> list[str]:
    """Name each of several optimizers: with a word that is no nearer to another, else by its class.

    Args:
        listed: what each may be called.
        kinds: the class of each.
    """
    telling = [sorted(names, key=DULL.__contains__) for names in listed]
    named: list[str] = []
    for index, (names, kind) in enumerate(zip(telling, kinds, strict=True)):
        others = telling[:index] + telling[index + 1 :]
        own = (n for at, n in enumerate(names) if not any(n in theirs[: at + 1] for theirs in others))
        named.append(next(own, kind))
    taken: list[str] = []
    for name in named:
        count = 1 + sum(other == name for other in named[: len(taken)])
        unique = name if count == 1 else f"{name} {count}"
        while unique in taken:
            count += 1
            unique = f"{name} {count}"
        taken.append(unique)
    return taken


def _is_installed(file: str) -> bool:
    parts = Path(file).parts
    if file.startswith("<") or "site-packages" in parts or "dist-packages" in parts:
        return True
    return file.startswith((str(Path(__file__).parents[1]), sys.base_prefix + "/lib/python"))


def _in_source(frame: FrameType) -> list[str]:
    """Read whose step a frame calls: ``opt_g.step()``, ``self.opt_g.step()`` or ``scaler.step(opt_g)``."""
    none = (None, None, None, None)
    first, last, start, end = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), none)
    if first is None or last is None or start is None or end is None or last - first > MOST_LINES:
        return []
    lines = [linecache.getline(frame.f_code.co_filename, n).encode() for n in range(first, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    try:
        call = ast.parse(b"(" + b"".join(lines) + b")", mode="eval").body
    except (SyntaxError, ValueError):
        return []
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "step":
        return []
    words = [call.func.value, *call.args]
    return [
        word.id if isinstance(word, ast.Name) else word.attr
        for word in words
        if isinstance(word, (ast.Name, ast.Attribute))
    ]


def _holds(value: Any, optimizer: Any) -> bool:
    """Whether a value is the optimizer, or a wrapper that keeps it, as Accelerate's and Lightning's do."""
    if value is optimizer:
        return True
    if "Optimizer" not in type(value).__name__ or not hasattr(value, "__dict__"):
        return False
    return optimizer in (vars(value).get("optimizer"), vars(value).get("_optimizer"))
