"""Report → a folder of files for another program, written whole or not at all; none but lrviz's own is replaced."""

from __future__ import annotations

import os
import secrets
import shutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz.errors import OutputError

if TYPE_CHECKING:
    from lrviz.report import Report

EVENTS = "events.out.tfevents.0.lrviz"  # the name TensorBoard asks for, without a clock or a machine in it


def folder_problem(path: str) -> str | None:
    """Say why a folder cannot be written, or nothing."""
    above = os.path.dirname(os.path.abspath(path))
    if find_spec("tensorboard") is None:
        return f"{path}: needs TensorBoard, which is not installed; pip install 'lrviz[tensorboard]'"
    if not os.path.isdir(above):
        return f"{path}: the folder {os.path.dirname(path)} does not exist; create it first"
    if not os.access(above, os.W_OK | os.X_OK):
        return f"{path}: the folder {os.path.dirname(path) or '.'} may not be written to"
    if os.path.lexists(path) and not os.path.isdir(path):
        return f"{path}: a file, and event files need a folder; name another"
    other = next((file for file in _inside(path) if os.path.basename(file) != EVENTS), None)
    if other is not None:
        shown = os.path.relpath(other, path)
        return f"{path}: holds what lrviz has not written ({shown}); name a new folder, such as {path}/plan"
    return None


def write_folder(report: Report, path: str, module: str = "as_tensorboard") -> None:
    """Write a folder of files; one that lrviz wrote before is replaced whole.

    Raises:
        OutputError: if it cannot be written.
    """
    problem = folder_problem(path)
    if problem is not None:
        raise OutputError(problem)
    target = os.path.realpath(path)
    part, old = (Path(f"{target}.{secrets.token_hex(4)}.{kind}") for kind in ("tmp", "old"))
    try:
        for name, content in import_module(f"lrviz.render.{module}").files(report):
            file = part / name
            file.parent.mkdir(parents=True)
            file.write_bytes(content)
        if os.path.isdir(target):
            os.replace(target, old)
        os.replace(part, target)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if old.exists() and not os.path.exists(target):
            os.replace(old, target)
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _inside(folder: str) -> list[str]:
    return [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names]
