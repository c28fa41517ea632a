"""Jobs → their results, on several cores: processes that are started once and handed job after job."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from lrviz.processes import CAN_FORK, context, deaf, ended

J = TypeVar("J")
R = TypeVar("R")


def worked(
    jobs: Sequence[J], work: Callable[[J], R], processes: int
) -> Generator[tuple[int, R | str], None, None]:
    """Do jobs in processes, the first ones first.

    Args:
        jobs: what is to be done.
        work: does one; it must raise nothing.
        processes: how many work at a time.

    Yields:
        Each job's index and its result, as they are done; or why there is none.
    """
    waiting = list(range(len(jobs)))[::-1]
    running: dict[Connection, tuple[int, Any]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                ours, process = _started(jobs, work)
                running[ours] = waiting.pop(), process
                _hand(ours, running[ours][0])
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                index, process = running.pop(ready)
                try:
                    result = ready.recv()
                except (EOFError, OSError):  # it died; another is started in its place
                    process.join()
                    ready.close()
                    yield index, ended(process.exitcode)
                    continue
                if waiting:
                    running[ready] = waiting.pop(), process
                    _hand(ready, running[ready][0])
                else:
                    ready.close()
                    process.terminate()  # it has nothing in hand
                    process.join()
                yield index, result
    finally:
        for connection, (_, process) in running.items():
            process.terminate()
            process.join()
            connection.close()


def _started(jobs: Sequence[J], work: Callable[[J], R]) -> tuple[Connection, Any]:
    ways = context(CAN_FORK)
    ours, theirs = ways.Pipe()
    process = ways.Process(target=_serve, args=(jobs, work, theirs, ours), daemon=True)
    with deaf():
        process.start()
    theirs.close()
    return ours, process


def _hand(connection: Connection, index: int) -> None:
    with suppress(OSError):  # it died; that is told when its result is read
        connection.send(index)


def _serve(jobs: Sequence[J], work: Callable[[J], R], connection: Connection, others: Connection) -> None:
    # Ctrl-C is the parent's to handle: it ends its children. Where the parent itself is gone, the pipe breaks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    others.close()
    gc.freeze()  # what was imported stays: looking through it again and again takes longer than a figure
    try:
        while True:
            connection.send(work(jobs[connection.recv()]))
    except (EOFError, OSError):
        os._exit(1)  # nobody is left to tell
