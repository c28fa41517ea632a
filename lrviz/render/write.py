"""Report → a file, written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz.errors import OutputError, nearest, one_of
from lrviz.render import FORMATS, Format
from lrviz.render.folder import folder_problem, write_folder

if TYPE_CHECKING:  # a report brings NumPy, which outputs that are only checked can do without
    from lrviz.report import Report


def check_outputs(
    paths: Iterable[str | os.PathLike[str]], tensorboard: str | os.PathLike[str] | None = None
) -> None:
    """Find out before a long run whether its results can be written; touch nothing.

    Args:
        paths: files, and folders whose suffix names their format.
        tensorboard: a folder of any name for TensorBoard's event files.

    Raises:
        OutputError: for every path that cannot be written, with what to do instead.
    """
    problems: list[str] = []
    taken: dict[str, str] = {}
    folder = [] if tensorboard is None else [os.fspath(tensorboard)]
    for path in (*(os.fspath(path) for path in paths), *folder):
        problem = folder_problem(path) if path in folder else _problem(path)
        target = os.path.normcase(os.path.realpath(path))
        if problem is None and target in taken:
            problem = f"{path}: the same file as {taken[target]}; give each output its own"
        taken.setdefault(target, path)
        if problem is not None:
            problems.append(problem)
    if problems:
        raise OutputError("\n".join(problems))


def check_suffixes(paths: Iterable[str | os.PathLike[str]], suffixes: Sequence[str], what: str) -> None:
    """Find out before a long run whether files of some suffixes can be written; touch nothing.

    Args:
        paths: the files.
        suffixes: those that there are.
        what: what the files hold, as in ``.png is no format of findings``.

    Raises:
        OutputError: for every file that cannot be.
    """
    problems = []
    for path in [os.fspath(one) for one in paths]:
        suffix = os.path.splitext(path)[1]
        if suffix.lower() not in suffixes:
            found = f"{suffix} is no format of {what}" if suffix else "a name without a suffix"
            problems.append(f"{path}: {found}; end it in {one_of(suffixes)}")
        elif problem := file_problem(path):
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
    if _format(path).folder:
        write_folder(report, path, _format(path).module)
        return
    write_pieces(path, _format(path).pieces(report))


def write_pieces(path: str | os.PathLike[str], pieces: Iterable[bytes], keep_mode: bool = False) -> None:
    """Write a file whole or not at all.

    Args:
        path: the file.
        pieces: what is written, piece by piece.
        keep_mode: whether those who could read the file that was there can read the new one.

    Raises:
        OutputError: if it cannot be written.
    """
    path = os.fspath(path)
    # A link keeps pointing where it did: what it points to is replaced.
    target = os.path.realpath(path)
    part = os.path.join(os.path.dirname(target), f".lrviz-{secrets.token_hex(8)}.tmp")
    try:
        # Created by name, not by tempfile, so that the umask decides who may read it.
        with open(part, "xb") as file:
            for piece in pieces:
                file.write(piece)
        if keep_mode:
            os.chmod(part, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(part, target)
    except BaseException as error:
        Path(part).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
        raise


def append(path: str | os.PathLike[str], text: str) -> None:
    """Add a text to the end of a file.

    Raises:
        OutputError: if it cannot be added.
    """
    try:
        with open(path, "a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


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
    if _format(path).folder:
        return folder_problem(path)
    missing = missing_for(suffix)
    return f"{path}: {missing}" if missing else file_problem(path)


def missing_for(suffix: str) -> str | None:
    """Say what has to be installed before a format can be written, or nothing."""
    needs = _format(suffix).needs
    if not needs or find_spec(needs.lower()) is not None:
        return None
    return f"needs {needs}, which is not installed; pip install 'lrviz[{suffix.lower().removeprefix('.')}]'"


def file_problem(path: str) -> str | None:
    """Say why no file can be written there, or nothing."""
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
    """Find the format of a file, or of a suffix alone."""
    suffix = (os.path.splitext(path)[1] or path).lower()
    return next(row for row in FORMATS if row.suffix == suffix)
