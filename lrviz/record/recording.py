"""``with lrviz.recording() as run:`` → the traces of every optimizer that steps within."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType

from lrviz.errors import LrvizError, one_of, shown
from lrviz.record.arrival import hooked
from lrviz.record.recorder import EnoughRecorded, Recorder
from lrviz.record.traces import traces_of
from lrviz.trace import Trace


class Recording:
    """Records while it is entered; what ``recording`` returns."""

    def __init__(self, name: str, steps_per_epoch: int | None, max_updates: int | None) -> None:
        self._name, self._steps_per_epoch = name, steps_per_epoch
        self._recorder = Recorder(max_updates)
        self._hooks = ExitStack()
        self._traces: dict[str, Trace] | None = None

    def __enter__(self) -> Recording:
        if self._traces is not None:
            raise LrvizError("a recording is made once; call lrviz.recording() again")
        self._hooks.enter_context(hooked(self._recorder))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> bool:
        self._hooks.close()
        self._traces = traces_of(self._recorder.close(), self._name, self._steps_per_epoch)
        return isinstance(error, EnoughRecorded)

    @property
    def traces(self) -> dict[str, Trace]:
        """The traces by name, in the order of the optimizers' first steps, once the block has ended."""
        if self._traces is None:
            raise LrvizError("it is still being recorded; read the traces after the with block")
        return self._traces

    @property
    def trace(self) -> Trace:
        """The trace, where one optimizer alone was stepped."""
        if not self.traces:
            raise LrvizError("nothing was recorded: no optimizer.step() was called")
        if len(self.traces) > 1:
            raise LrvizError(
                f"{len(self.traces)} optimizers were recorded; write .traces[{one_of(map(repr, self.traces))}]"
            )
        return next(iter(self.traces.values()))


def recording(
    name: str = "run", *, steps_per_epoch: int | None = None, max_updates: int | None = None
) -> Recording:
    """Record the LR, momentum and weight decay of every optimizer that steps within a ``with`` block.

    Args:
        name: the name of the trace.
        steps_per_epoch: updates per epoch, for the trace's clock; None: the run counts none.
        max_updates: end the block when an optimizer is about to do one update more than this.

    Raises:
        LrvizError: if one of them is no count.
    """
    for what, count in {"steps_per_epoch": steps_per_epoch, "max_updates": max_updates}.items():
        if count is not None and (type(count) is not int or count < 1):
            raise LrvizError(f"{what}={shown(count)} is no count; write 1 or more")
    return Recording(name, steps_per_epoch, max_updates)
