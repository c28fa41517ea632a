"""Several Specs → their Traces, stepped beside one another on all cores, before each is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lrviz import pipeline
from lrviz.errors import LrvizError, RefusedByTorch
from lrviz.processes import CAN_FORK, cores, end_if_orphaned
from lrviz.spec.curve import Curve, Spec
from lrviz.workers import worked

if TYPE_CHECKING:
    from lrviz.trace import Trace

WORTH_A_FORK = (
    100_000  # updates of all but the longest spec: below this, starting processes costs more than it saves
)


class Stepper:
    """Steps specs beside one another; what goes wrong with one goes wrong again where it is stepped alone, and is told.

    Args:
        cache: whether to use, and add to, the traces kept from earlier runs.
    """

    def __init__(self, cache: bool = True) -> None:
        self.cache = cache
        self.done: dict[
            int, tuple[Spec, Mapping[str, Trace]]
        ] = {}  # by identity; the spec is held, so that no other can have it

    def prepare(self, specs: Sequence[Spec]) -> None:
        """Step the specs that will be asked for, on all cores where that is worth it."""
        # A forked process may train for ever, waiting for threads that its parent has and it has not.
        sizes = {
            index: 0 if _trains(spec) else pipeline.updates_in(spec, cache=self.cache)
            for index, spec in enumerate(specs)
        }
        order = sorted((index for index in sizes if sizes[index]), key=lambda index: -sizes[index])
        if not CAN_FORK or cores() < 2 or sum(sizes[index] for index in order[1:]) < WORTH_A_FORK:
            return
        import lrviz.parallel  # noqa: F401 - forked from this one, the processes have it already

        jobs = [specs[index] for index in order]
        with closing(worked(jobs, partial(_stepped, self.cache), min(cores(), len(jobs)))) as results:
            for index, result in results:
                if isinstance(result, dict):
                    # Made anew, their arrays are read-only again.
                    traces = {name: replace(trace) for name, trace in result.items()}
                    self.done[id(jobs[index])] = jobs[index], traces

    def taken(self, spec: Spec) -> Mapping[str, Trace] | None:
        """Hand out the traces of a spec, once; None where it was not stepped, or anything was wrong with it."""
        known = self.done.pop(id(spec), None)
        return None if known is None else known[1]


def _trains(spec: Spec) -> bool:
    return any(isinstance(curve, Curve) and curve.train is not None for curve in spec)


def _stepped(cache: bool, spec: Spec) -> dict[str, Trace] | None:
    """Step a spec in a process of its own; None where anything is wrong with it."""
    try:
        tried = pipeline.attempt(spec, end_if_orphaned, cache=cache)
    except (LrvizError, ArithmeticError, ValueError, TypeError, MemoryError):
        return None
    traces = {name: trace for name, trace in tried.items() if not isinstance(trace, RefusedByTorch)}
    return traces if len(traces) == len(tried) else None
