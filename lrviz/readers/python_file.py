"""A Python config, which is code → the document it makes, if it is trusted; its own library runs it."""

from __future__ import annotations

import ast
import sys
import warnings
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

from lrviz.errors import Place, Problem, SpecError
from lrviz.spec.document import Mapping, placed
from lrviz.spec.foreign import Trust


def python_document(text: str, name: str, trust: Trust) -> Mapping:
    """Run a config of mmengine's through mmengine's own ``Config.fromfile``.

    Args:
        text: its text, for the lines that its keys stand on.
        name: what it is called in messages; its file lies in the folder of ``trust``.
        trust: whether it may run.

    Raises:
        SpecError: if it may not, if mmengine is not installed, or if it does not run.
    """
    place = Place(name)
    if "train_cfg" not in text and "_base_" not in text:
        message = "no config of mmengine's, the only ones in Python that are read: it sets neither train_cfg nor _base_"
        raise SpecError([Problem(place, message)])
    if not trust.given:
        raise SpecError([Problem(place, f"a Python config is code, and {trust.refusal}")])
    try:
        config = import_module("mmengine.config").Config
    except ImportError as error:
        message = (
            f"mmengine reads Python configs, and cannot be imported ({error}); pip install 'lrviz[mmengine]'"
        )
        raise SpecError([Problem(place, message)]) from error
    made, trouble = _run(config, str(Path(trust.folder) / Path(name).name))
    if made is None:
        raise SpecError([Problem(place, f"the config does not run: {trouble}")])
    lines, document = _lines(text), Mapping((), place)
    for key, value in made.items():
        at = Place(name, lines.get(key), 1 if key in lines else None, key)
        document.put(key, placed(_plain(value), at), at)
    return document


def _run(config: Any, path: str) -> tuple[dict[str, Any] | None, str]:
    """Run a config; tell what it makes, or what is wrong with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mmengine leaves a file of its own open where a config fails
        try:
            with redirect_stdout(sys.stderr):
                return config.fromfile(path).to_dict(), ""
        except (Exception, SystemExit) as error:  # whatever a config's own code raises
            trouble = f"{type(error).__name__}: {' '.join(str(error).split())[:400]}"
        return None, trouble


def _lines(text: str) -> dict[str, int]:
    """Find the line on which each name is last given a value at the top level."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return {}
    targets = [
        (target, node.lineno) for node in body if isinstance(node, ast.Assign) for target in node.targets
    ]
    return {target.id: line for target, line in targets if isinstance(target, ast.Name)}


def _plain(value: Any) -> Any:
    """Turn what a config holds into plain data: classes become their names."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return f"{value.__module__}.{value.__qualname__}" if isinstance(value, type) else str(value)
