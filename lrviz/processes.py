"""Processes beside this one: how they are started, how many, and how their end is told."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CAN_FORK = (
    "fork" in multiprocessing.get_all_start_methods() and os.name == "posix" and os.uname().sysname == "Linux"
)


def context(forking: bool) -> Any:
    """Choose how processes start: forked, they have what was imported here; spawned, they import it anew."""
    return multiprocessing.get_context("fork" if forking else "spawn")


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_spawn() -> bool:
    """Whether the main module may be imported anew: someone's script would run once more in each process."""
    main = getattr(sys.modules["__main__"], "__file__", None)
    return main is None or Path(main).stem in ("lrviz", "__main__")


def is_one_of_several() -> bool:
    """Whether this process was started to work beside others, which keep the other cores busy."""
    return multiprocessing.current_process().daemon


@contextmanager
def deaf() -> Iterator[None]:
    """Put Ctrl-C off while a process starts: the child is born deaf to it, and the parent never loses a child."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ended(code: int) -> str:
    """Say how a process ended that told nothing itself."""
    if code == -getattr(signal, "SIGKILL", 9):
        return (
            "its process was killed, as the system does where memory runs out; simulate fewer updates at once"
        )
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"its process ended with {how} before its run did"


def end_if_orphaned(*_: object) -> None:
    """End this process where the one that started it is gone: nobody is left to hand a result to."""
    parent = multiprocessing.parent_process()
    if parent is not None and os.getppid() != parent.pid:
        os._exit(1)
