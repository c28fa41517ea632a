"""Several Curves → their Traces, a process for each where that is faster."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from lrviz.errors import Problem, RefusedByTorch
from lrviz.loop import simulate
from lrviz.spec.curve import Curve
from lrviz.trace import Trace

Progress = Callable[[int], None]
# Updates × groups of all but the longest curve: below this, starting a process costs more than it saves. A forked
# process has torch already; a spawned one must import it first.
WORTH_A_FORK = 100_000
WORTH_A_SPAWN = 2_000_000
CAN_FORK = (
    "fork" in multiprocessing.get_all_start_methods() and os.name == "posix" and os.uname().sysname == "Linux"
)


def simulate_all(curves: Sequence[Curve], progress: Progress | None = None) -> list[Trace]:
    """Simulate every curve, on all cores where the curves are long.

    Args:
        curves: what to build; nothing is shared between them.
        progress: called now and then with the number of updates just done.

    Raises:
        RefusedByTorch: as ``simulate`` does, for the first of the curves that is refused.
    """
    sizes = sorted(curve.clock.steps * len(curve.optimizer.groups) for curve in curves)
    saved = sum(sizes[:-1])
    # A forked process may train for ever, waiting for threads that its parent has and it has not.
    trains = any(curve.train for curve in curves)
    if trains or cores() < 2 or saved < (WORTH_A_FORK if CAN_FORK else WORTH_A_SPAWN):
        return [simulate(curve, progress) for curve in curves]
    return _in_processes(curves, progress or (lambda _: None))


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_processes(curves: Sequence[Curve], progress: Progress) -> list[Trace]:
    context: Any = multiprocessing.get_context("fork" if CAN_FORK else "spawn")
    # The longest first: then no core is left with it at the end.
    waiting = sorted(range(len(curves)), key=lambda index: curves[index].clock.steps)
    running: dict[Connection, tuple[int, Any]] = {}
    done: dict[int, Trace | Problem | BaseException] = {}
    try:
        while waiting or running:
            while waiting and len(running) < cores():
                index = waiting.pop()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(curves[index], theirs), daemon=True)
                process.start()
                theirs.close()
                running[ours] = index, process
            for ready in wait(list(running)):
                _receive(ready, running, done, progress)  # type: ignore[arg-type]
    finally:
        for connection, (_, process) in running.items():
            process.terminate()
            process.join()
            connection.close()
    return [_result(done[index]) for index in range(len(curves))]


def _receive(
    ready: Connection,
    running: dict[Connection, tuple[int, Any]],
    done: dict[int, Trace | Problem | BaseException],
    progress: Progress,
) -> None:
    index, process = running[ready]
    try:
        message = ready.recv()
    except EOFError:
        process.join()
        message = RuntimeError(f"the process of a curve ended with exit code {process.exitcode}")
    if isinstance(message, int):
        progress(message)
        return
    done[index] = message
    process.join()
    ready.close()
    del running[ready]


def _work(curve: Curve, connection: Connection) -> None:
    # Ctrl-C is the parent's to handle: it ends its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        connection.send(simulate(curve, connection.send))
    except RefusedByTorch as error:
        connection.send(error.problem)
    except BaseException as error:
        connection.send(RuntimeError(f"{type(error).__name__}: {error}"))


def _result(result: Trace | Problem | BaseException) -> Trace:
    if isinstance(result, Problem):
        raise RefusedByTorch(result)
    if isinstance(result, BaseException):
        raise result
    return result
