"""Code that a spec names and a person trusts → what it names, called with its arguments.

The one place where code from outside torch is imported. A file is run as it stands, with its folder on the path, and
anew when it has changed; a module is imported with the spec's folder and the current one on the path.
"""

from __future__ import annotations

import importlib
import inspect
import linecache
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from lrviz.build.blame import failure, line_of, shown_path, trouble
from lrviz.errors import CodeError, nearest, suggestion
from lrviz.spec.curve import Code, Curve, Places
from lrviz.spec.curves import CURVE_KEYS
from lrviz.spec.model import STEPPING
from lrviz.spec.reactions import Settings

_loaded: dict[tuple[str, int, int], ModuleType] = {}


def loaded(code: Code, curve: Curve) -> Any:
    """Import what a target names.

    Raises:
        CodeError: if it cannot be imported, or has no such name.
    """
    try:
        with _on_path(code):
            module = importlib.import_module(code.source) if code.folder is not None else _module(code.source)
    except (Exception, SystemExit) as error:
        raise _not_imported(error, code, curve) from error
    found: Any = module
    for part in code.name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            where = code.source if code.folder is not None else shown_path(code.source)
            public = [name for name in vars(found) if not name.startswith("_")] if _has_names(found) else []
            close = nearest(part, public)
            hint = f"; did you mean {close}?" if close else ""
            raise trouble(code.place, curve, f"{where} has no {part}{hint}") from None
    return found


def called(
    make: Callable[..., Any], code: Code, curve: Curve, places: Places, *first: Any, **rest: Any
) -> Any:
    """Call what a spec names, its arguments checked against its signature.

    Raises:
        CodeError: if it does not take them, or raises.
    """
    _check_arguments(make, code, curve, places, len(first), rest)
    try:
        return make(*first, **rest)
    except (Exception, SystemExit) as error:
        raise failure(error, curve, code) from error


def arguments_of(settings: Settings) -> dict[str, Any]:
    """Copy inert arguments to lists and dicts of their own."""
    return {name: _live(value) for name, value in settings}


class _Fresh(SourceFileLoader):
    """Compiles the file as it stands: bytecode kept beside it may be older than a second's edit."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _module(path: str) -> ModuleType:
    if not os.path.isfile(path):
        folder = Path(path).parent
        names = [file.name for file in folder.glob("*.py")] if folder.is_dir() else []
        close = nearest(os.path.basename(path), names)
        raise FileNotFoundError("no such file" + (f"; did you mean {close}?" if close else ""))
    stat = os.stat(path)
    key = (path, stat.st_mtime_ns, stat.st_size)
    if key not in _loaded:
        linecache.checkcache(path)
        name = f"lrviz_code.{Path(path).stem}_{len(_loaded)}"
        module = module_from_spec(ModuleSpec(name, loader := _Fresh(name, path), origin=path))
        module.__file__ = path
        sys.modules[name] = module  # dataclasses and the like look themselves up
        try:
            loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        _loaded[key] = module
    return _loaded[key]


@contextmanager
def _on_path(code: Code) -> Iterator[None]:
    folders = [os.path.dirname(code.source)] if code.folder is None else [code.folder, os.getcwd()]
    before = list(sys.path)
    sys.path[:0] = [folder for folder in dict.fromkeys(folders) if folder not in before]
    importlib.invalidate_caches()
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.path[:] = before


def _not_imported(error: BaseException, code: Code, curve: Curve) -> CodeError:
    absent = isinstance(error, ModuleNotFoundError) and f"{code.source}.".startswith(f"{error.name}.")
    if code.folder is not None and absent:
        message = f"no module is named {error.name}; install it, or write ./file.py:{code.name}"  # type: ignore[attr-defined]
        return trouble(code.place, curve, message)
    if isinstance(error, FileNotFoundError) and error.errno is None:  # ours, of the file itself
        return trouble(code.place, curve, f"{shown_path(code.source)}: {error}")
    return failure(error, curve, code)


def _check_arguments(
    make: Callable[..., Any], code: Code, curve: Curve, places: Places, first: int, given: Iterable[str]
) -> None:
    try:
        parameters = list(inspect.signature(make).parameters.values())
    except (TypeError, ValueError):  # of what is built in: calling it will tell
        return
    kinds = {parameter.kind for parameter in parameters}
    named = [p for p in parameters[first:] if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    known, given = [parameter.name for parameter in named], list(given)
    where = f"{line_of(make) or code}: {code.name}"
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        for name in given:
            if name not in known:
                hint = suggestion(name, known) if known else "delete it"
                raise trouble(dict(places).get(name, code.place), curve, f"{where} takes no {name}; {hint}")
    missing = [p.name for p in named if p.default is p.empty and p.name not in given]
    if missing:
        # Beside the class these words are the language's own; under args they reach the class.
        ours = [name for name in missing if name in (*CURVE_KEYS, *STEPPING)]
        write = f"args: {{{ours[0]}: ...}}" if ours else f"{missing[0]}: ..."
        raise trouble(code.place, curve, f"{where} needs {' and '.join(missing)}; write {write}")


def _live(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_live(item) for item in value]
    if isinstance(value, dict):
        return {name: _live(item) for name, item in value.items()}
    return value


def _has_names(found: object) -> bool:
    return isinstance(found, (ModuleType, type))
