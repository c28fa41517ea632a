"""Report → a file, written whole or not at all; and the console that the terminal's output goes to."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from rich.console import Console

from lrviz.errors import OutputError, nearest, one_of
from lrviz.render import FORMATS, Format
from lrviz.report import Report

WIDTH = 80


def check_outputs(paths: Iterable[str | os.PathLike[str]]) -> None:
    """Find out before a long run whether its results can be written; touch nothing.

    Raises:
        OutputError: for every path that cannot be written, with what to do instead.
    """
    problems: list[str] = []
    taken: dict[str, str] = {}
    for path in (os.fspath(path) for path in paths):
        problem = _problem(path)
        target = os.path.normcase(os.path.realpath(path))
        if problem is None and target in taken:
            problem = f"{path}: the same file as {taken[target]}; give each output its own"
        taken.setdefault(target, path)
        if problem is not None:
            problems.append(problem)
    if problems:
        raise OutputError("\n".join(problems))


def write(report: Report, path: str | os.PathLike[str]) -> None:
    """Write a report in the format that the file's suffix names; an older file there is replaced whole.

    Raises:
        OutputError: if the path cannot be written.
    """
    path = os.fspath(path)
    check_outputs([path])
    content = _format(path).render(report)
    # A link keeps pointing where it did: what it points to is replaced.
    target = os.path.realpath(path)
    part = os.path.join(os.path.dirname(target), f".lrviz-{secrets.token_hex(8)}.tmp")
    try:
        # Created by name, not by tempfile, so that the umask decides who may read it.
        with open(part, "xb") as file:
            file.write(content)
        os.replace(part, target)
    except BaseException as error:
        Path(part).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
        raise


def console(stderr: bool = False) -> Console:
    """Open the terminal: with colours and tables fitted to it, or plain for other programs.

    Names are never read as Rich's markup or emoji; a plain console neither wraps nor cuts a line.
    """
    stream = sys.stderr if stderr else sys.stdout
    _forgive(stream)
    plain = is_plain(stream)
    interactive = _is_terminal(stream)
    dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    return Console(
        file=stream,
        force_terminal=not plain,
        force_jupyter=False,
        no_color=plain,
        color_system=None if plain else "standard" if dumb else "auto",
        width=None if interactive else _columns(os.environ),
        soft_wrap=plain,
        markup=False,
        emoji=False,
        highlight=False,
    )


def is_plain(stream: IO[str]) -> bool:
    """Tell whether a stream wants bare text: a pipe unless FORCE_COLOR, or under NO_COLOR or TERM=dumb."""
    if os.environ.get("NO_COLOR"):
        return True
    if os.environ.get("FORCE_COLOR", "0").lower() not in ("", "0", "false"):
        return False
    return not _is_terminal(stream) or os.environ.get("TERM", "").lower() in ("dumb", "unknown")


def can_draw(stream: IO[str]) -> bool:
    """Tell whether a stream can hold braille and box characters."""
    try:
        "⣿┤≤·".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _problem(path: str) -> str | None:
    """Say why a path cannot be written, or nothing."""
    suffixes = [row.suffix for row in FORMATS]
    if path == "-":
        return f"-: lrviz writes files, not the standard output; name one that ends in {one_of(suffixes)}"
    suffix = os.path.splitext(path)[1]
    if not suffix:
        return f"{path}: a name without a suffix; end it in {one_of(suffixes)}"
    if suffix.lower() not in suffixes:
        close = nearest(suffix, suffixes)
        meant = f" (did you mean {close}?)" if close else ""
        return f"{path}: {suffix} is no format of lrviz; end it in {one_of(suffixes)}{meant}"
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        return f"{path}: a folder; name a file in it"
    if not os.path.exists(folder):
        return f"{path}: the folder {folder} does not exist; create it first"
    if not os.path.isdir(folder):
        return f"{path}: {folder} is a file, not a folder"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{path}: the folder {folder} may not be written to"
    if os.path.exists(path) and not os.access(path, os.W_OK):
        return f"{path}: a file that may not be written to"
    return None


def _format(path: str) -> Format:
    suffix = os.path.splitext(path)[1].lower()
    return next(row for row in FORMATS if row.suffix == suffix)


def _is_terminal(stream: IO[str]) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # a closed stream, or something that only looks like one
        return False


def _columns(environment: Mapping[str, str]) -> int:
    columns = environment.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) > 0 else WIDTH


def _forgive(stream: IO[str]) -> None:
    """Let a terminal of few characters show question marks rather than fail on a name."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
