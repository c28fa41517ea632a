"""An exception in someone's own code → one error: their file and line, what Python says, and what to do about it."""

from __future__ import annotations

import inspect
import os
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from traceback import walk_tb

import torch

from lrviz.errors import CodeError, Place, Problem, RefusedByTorch
from lrviz.spec.curve import Code, Curve

_OURS = str(Path(__file__).resolve().parents[1])
_TORCHS = os.path.dirname(os.path.abspath(torch.__file__))
_PYTHONS = sysconfig.get_paths()["stdlib"]
_SITE = ("site-packages", "dist-packages")
# What torch has taken away or asks for, by what Python says of it.
_REMEDIES = (
    (
        r"LRScheduler.__init__\(\) takes from 2 to 3 positional arguments but 4 were given",
        "torch has removed verbose; write super().__init__(optimizer, last_epoch)",
    ),
    (r"unexpected keyword argument 'verbose'", "torch has removed verbose; delete it from this line"),
    (r"has no attribute 'verbose'", "torch has removed verbose; delete the line"),
    (r"has no attribute 'print_lr'", "torch has removed print_lr; delete the line"),
    (
        r"cannot import name '_LRScheduler'",
        "write from torch.optim.lr_scheduler import LRScheduler, and derive from that",
    ),
    (r"No module named 'torch._six'", "torch has removed it; write from math import inf"),
    (
        r"zip\(\) argument 2 is (shorter|longer) than argument 1|'(float|int)' object is not iterable",
        "get_lr must return a list with one LR for each parameter group",
    ),
)


@contextmanager
def guarded(curve: Curve, update: Callable[[], int], calling: Callable[[], Code | None]) -> Iterator[None]:
    """Turn whatever goes wrong in the code that a curve names into one error; what it prints goes to standard error.

    Args:
        curve: what runs; one that names no code runs as if this were not there.
        update: tells the update under way.
        calling: tells the code that is being called, if it is known.
    """
    if not curve.codes:
        yield
        return
    try:
        with redirect_stdout(sys.stderr):
            yield
    except CodeError:
        raise
    except RefusedByTorch as error:
        if all(code.family for code in curve.codes):  # a library's refusal has been told already
            raise
        if error.__cause__ is None or (calling() is None and _their_line(error.__cause__) is None):
            raise
        raise failure(error.__cause__, curve, calling() or curve.codes[0], update()) from error.__cause__
    except (Exception, SystemExit) as error:
        raise failure(error, curve, calling() or curve.codes[0], update()) from error


def failure(error: BaseException, curve: Curve, code: Code, update: int = -1) -> CodeError:
    """Say what went wrong in someone's code: their file and line, the exception, and what to do if that is known."""
    text = _text(error)
    remedy = next((f"; {remedy}" for pattern, remedy in _REMEDIES if re.search(pattern, text)), "")
    after = f" (after update {update:,})" if update >= 0 else ""
    theirs = None if code.family else _their_line(error)  # a library's lines are no news
    where = _syntax_line(error) or theirs or str(code)
    return trouble(code.place, curve, f"{where}: {text}{after}{remedy}")


def line_of(found: object) -> str | None:
    """Tell the file and line at which a class or a function begins."""
    try:
        path, line = inspect.getsourcefile(found), inspect.getsourcelines(found)[1]  # type: ignore[arg-type]
    except (OSError, TypeError):
        return None
    return None if path is None else f"{shown_path(path)}:{max(line, 1)}"


def shown_path(path: str) -> str:
    """Show a path from the current folder, where it lies in it."""
    near = (
        os.path.relpath(path) if os.path.splitdrive(path)[0] == os.path.splitdrive(os.getcwd())[0] else path
    )
    return path if near.startswith("..") else near


def trouble(place: Place, curve: Curve, message: str) -> CodeError:
    """Make the error, naming the curve unless its place is the curve's name already."""
    named = message if place.file == curve.name else f"{curve.name}: {message}"
    return CodeError(Problem(place, named))


def _text(error: BaseException) -> str:
    try:
        told = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:  # an exception of theirs that cannot even say what it is
        told = ""
    told = " ".join(str(told).split())[:400]
    return f"{type(error).__name__}: {told}" if told else type(error).__name__


def _syntax_line(error: BaseException) -> str | None:
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{shown_path(error.filename)}:{error.lineno}"
    return None


def _their_line(error: BaseException) -> str | None:
    """Find the innermost line of their own code in a traceback: not of lrviz, torch, Python, nor what is installed."""
    frames = [
        (frame.f_code.co_filename, line, frame.f_code.co_name)
        for frame, line in walk_tb(error.__traceback__)
        if not frame.f_code.co_filename.startswith(("<", _OURS + os.sep, _TORCHS + os.sep))
    ]
    installed = [frame for frame in frames if not frame[0].startswith(_PYTHONS) or _in_site(frame[0])]
    own = [frame for frame in installed if not _in_site(frame[0])]
    if not (own or installed):
        return None
    path, line, name = (own or installed)[-1]
    inside = "" if name == "<module>" else f", in {name}"
    return f"{shown_path(path)}:{line}{inside}"


def _in_site(path: str) -> bool:
    return any(part in Path(path).parts for part in _SITE)
