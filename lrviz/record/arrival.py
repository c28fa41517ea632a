"""torch, whenever it is imported and by whom → the hooks of a recorder in it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from lrviz.record.recorder import Recorder

HOME = "torch.optim.optimizer"


@contextmanager
def hooked(recorder: Recorder) -> Iterator[None]:
    """Have torch announce every step to a recorder; if it is not imported yet, from when it is."""
    waiting = _Waiting(recorder)
    if HOME in sys.modules:
        waiting.hook(sys.modules[HOME])
    else:
        sys.meta_path.insert(0, waiting)
    try:
        yield
    finally:
        waiting.stop()


class _Waiting:
    """A finder of modules that finds none itself, and sees torch's optimizers come."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.handles: list[Any] = []

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Find nothing; of torch's optimizers, let the other finders find them, and hook in once they have run."""
        if name != HOME:
            return None
        self.stop()
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                _call_after(spec.loader, self.hook)
                return spec
        return None

    def hook(self, module: Any) -> None:
        """Hook the recorder in."""
        # What is compiled steps out of the graph for the hooks: they are Python's business. Torch's own form of
        # torch.compiler.disable, which does not import the compiler before the first step.
        aside = sys.modules["torch"]._disable_dynamo
        before, after = map(aside, self.recorder.hooks())
        self.handles = [
            module.register_optimizer_step_pre_hook(before),
            module.register_optimizer_step_post_hook(after),
        ]

    def stop(self) -> None:
        """Take everything out again."""
        for handle in self.handles:
            handle.remove()
        if self in sys.meta_path:
            sys.meta_path.remove(self)


def _call_after(loader: Any, call: Callable[[ModuleType], None]) -> None:
    """Have a module shown to a function once its loader has run it."""
    run = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        del loader.exec_module
        run(module)
        call(module)

    loader.exec_module = exec_module
