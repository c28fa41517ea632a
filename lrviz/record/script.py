"""A Python script and its arguments → how it ended, having run here as ``python script.py`` would have run it."""

from __future__ import annotations

import atexit
import importlib.util
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from lrviz.errors import LrvizError, visible
from lrviz.record.recorder import EnoughRecorded


@dataclass(frozen=True)
class Program:
    """What ``python`` would be called with.

    Args:
        name: what the run is called.
        argv: the script's ``sys.argv``.
        folder: where its imports are looked for first.
        module: the name of a module to run; None for a file.
    """

    name: str
    argv: tuple[str, ...]
    folder: str
    module: str | None = None


@dataclass(frozen=True)
class Ended:
    """How a script ended.

    Args:
        code: what it gave to ``sys.exit()``; None where it ran to its end.
        enough: whether it was stopped, all updates that were asked for being done.
    """

    code: Any = None
    enough: bool = False

    @property
    def well(self) -> bool:
        """Whether its exit code says that all went well."""
        return self.code is None or self.code == 0


def program_of(words: Sequence[str]) -> Program:
    """Read what is to be run: ``train.py ARGS``, or ``-m package.module ARGS``.

    Raises:
        LrvizError: if there is no such script.
    """
    first, *others = words
    if first == "-m":
        if not others:
            raise LrvizError("-m: which module is missing; write lrviz record -- -m package.module")
        return Program(others[0].rpartition(".")[2], tuple(others), os.getcwd(), others[0])
    if os.path.isdir(first):
        raise LrvizError(visible(f"{first}: a folder; name the script in it"))
    if not os.path.exists(first):
        is_python = os.path.basename(first).startswith("python") and others
        instead = f"; lrviz runs it itself: write lrviz record -- {' '.join(others)}" if is_python else ""
        raise LrvizError(visible(f"{first}: no such file{instead}"))
    stem = os.path.splitext(os.path.basename(first))[0]
    return Program(stem, (first, *others), os.path.dirname(os.path.realpath(first)))


def run(program: Program) -> Ended:
    """Run a script as the main program of this process; an exception that it does not catch is told as Python does.

    Raises:
        LrvizError: if the module to run does not exist.
    """
    sys.argv = list(program.argv)
    if not sys.flags.safe_path:
        sys.path[0] = program.folder
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    last = _Last()
    atexit.register(last)  # before whatever the script registers, and so after it
    main = ModuleType("__main__")
    code: CodeType | None = None
    try:
        code = _file_code(program, main) if program.module is None else _module_code(program.module, main)
        sys.modules["__main__"] = main
        exec(code, vars(main))
    except EnoughRecorded:
        return Ended(enough=True)
    except LrvizError:
        if code is None:
            raise
        return _told(sys.exception(), code)
    except SystemExit as end:
        return Ended(end.code)
    except BaseException as error:
        last.interrupted = isinstance(error, KeyboardInterrupt)
        return _told(error, code)
    return Ended()


class _Last:
    """What is done last of all: a process that Ctrl-C ended says so to its shell, as Python's own does."""

    interrupted = False

    def __call__(self) -> None:
        if self.interrupted:
            sys.stdout.flush()
            sys.stderr.flush()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)


def _file_code(program: Program, main: ModuleType) -> CodeType:
    file = program.argv[0]
    path = file if os.path.isabs(file) else os.path.join(os.getcwd(), file)
    names: dict[str, Any] = {"__file__": path, "__cached__": None, "__annotations__": {}}
    vars(main).update(
        names, __builtins__=sys.modules["builtins"], __loader__=SourceFileLoader("__main__", path)
    )
    with io.open_code(path) as opened:
        source = opened.read()
    return compile(source, path, "exec", dont_inherit=True)


def _module_code(name: str, main: ModuleType) -> CodeType:
    spec = _found(name)
    loader: Any = spec.loader
    code: CodeType = loader.get_code(spec.name)
    sys.argv[0] = spec.origin or name
    names = {"__file__": spec.origin, "__cached__": spec.cached, "__annotations__": {}, "__loader__": loader}
    vars(main).update(names, __builtins__=sys.modules["builtins"], __package__=spec.parent, __spec__=spec)
    return code


def _found(name: str) -> ModuleSpec:
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # what the package itself imports is missing
        spec = None
    if spec is not None and spec.submodule_search_locations is not None:
        return _found(f"{name}.__main__")
    if spec is None or not hasattr(spec.loader, "get_code"):
        raise LrvizError(visible(f"{name}: no such module here; -m takes one that python -m would run"))
    return spec


def _told(error: BaseException | None, code: CodeType | None) -> Ended:
    """Show an exception as Python shows it, from the script's first line on."""
    assert error is not None
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code is not code:
        trace = trace.tb_next
    shown = error.with_traceback(trace)
    hook: Callable[..., Any] = sys.excepthook
    hook(type(shown), shown, trace)
    return Ended(1)
