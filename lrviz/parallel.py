"""Several Curves → their Traces, a process for each where that is faster."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any

from lrviz.errors import LrvizError, Problem, RefusedByTorch
from lrviz.folding import folded, unfolded
from lrviz.loop import simulate
from lrviz.processes import CAN_FORK, can_spawn, cores, deaf, ended, is_one_of_several
from lrviz.spec.curve import Curve
from lrviz.trace import ARRAYS, Array, Trace

Progress = Callable[[int], None]
Result = Trace | Problem | str  # a trace with its arrays folded, torch's refusal, or what else went wrong
# Updates × groups of all but the longest curve: below this, starting a process costs more than it saves. A forked
# process has torch already; a spawned one must import it first.
WORTH_A_FORK = 100_000
WORTH_A_SPAWN = 2_000_000


def simulate_all(curves: Sequence[Curve], progress: Progress | None = None) -> list[Trace]:
    """Simulate every curve, on all cores where the curves are long.

    Args:
        curves: what to build; nothing is shared between them.
        progress: called now and then with the number of updates just done.

    Raises:
        RefusedByTorch: as ``simulate`` does, for the first of the curves that is refused.
        LrvizError: if a process ends before its curve does.
    """
    # A forked process may train for ever, waiting for threads that its parent has and it has not.
    trains = any(curve.train for curve in curves)
    sizes = sorted(curve.clock.steps * len(curve.optimizer.groups) for curve in curves)
    worth = WORTH_A_FORK if CAN_FORK else WORTH_A_SPAWN
    if (
        trains
        or is_one_of_several()
        or cores() < 2
        or sum(sizes[:-1]) < worth
        or not (CAN_FORK or can_spawn())
    ):
        return [simulate(curve, progress) for curve in curves]
    return _in_processes(curves, progress or (lambda _: None))


def _in_processes(curves: Sequence[Curve], progress: Progress) -> list[Trace]:
    context: Any = multiprocessing.get_context("fork" if CAN_FORK else "spawn")
    # The longest last, to be taken first: then no core is left with it at the end.
    waiting = sorted(range(len(curves)), key=lambda index: curves[index].clock.steps)
    running: dict[Connection, tuple[int, Any]] = {}
    done: dict[int, Result] = {}
    try:
        while waiting or running:
            while waiting and len(running) < cores():
                index = waiting.pop()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(curves[index], theirs, ours), daemon=True)
                with deaf():
                    process.start()
                    running[ours] = index, process
                theirs.close()
            for ready in wait(list(running)):
                _receive(ready, running, done, progress)  # type: ignore[arg-type]
    finally:
        for connection, (_, process) in running.items():
            process.terminate()
            process.join()
            connection.close()
    return [_trace(done[index], curve) for index, curve in enumerate(curves)]


def _receive(
    ready: Connection, running: dict[Connection, tuple[int, Any]], done: dict[int, Result], progress: Progress
) -> None:
    index, process = running[ready]
    try:
        message = ready.recv()
    except (EOFError, OSError):  # ended between two messages, or in the middle of one
        process.join()
        message = ended(process.exitcode)
    if isinstance(message, int):
        progress(message)
        return
    done[index] = message
    process.join()
    ready.close()
    del running[ready]


def _work(curve: Curve, connection: Connection, others: Connection) -> None:
    # Ctrl-C is the parent's to handle: it ends its children. Where the parent itself is gone, the pipe breaks, once
    # no child holds its other end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    others.close()
    try:
        connection.send(_result(curve, connection.send))
    except OSError:
        os._exit(1)  # nobody is left to tell


def _result(curve: Curve, progress: Progress) -> Result:
    try:
        trace = simulate(curve, progress)
    except RefusedByTorch as error:
        return error.problem
    except OSError:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return _each_array(trace, folded)


def _trace(result: Result, curve: Curve) -> Trace:
    if isinstance(result, Problem):
        raise RefusedByTorch(result)
    if isinstance(result, str):
        raise LrvizError(f"{curve.name}: {result}")
    shape = (curve.clock.steps, len(curve.optimizer.groups))
    return _each_array(result, lambda array: unfolded(array, shape))


def _each_array(trace: Trace, change: Callable[[Array], Array]) -> Trace:
    found = {name: getattr(trace, name) for name in ARRAYS}
    changed: dict[str, Any] = {name: change(array) for name, array in found.items() if array is not None}
    return replace(trace, **changed)
