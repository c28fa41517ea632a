"""A LightningModule's methods → what of them bears on the learning rate, and how it is called at each update."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.optim import Optimizer

from lrviz.build.hosting import ROOTS
from lrviz.spec.batches import Batches

CALLED = (
    "configure_optimizers",
    "optimizer_step",
    "lr_scheduler_step",
    "configure_model",
    "setup",
    "__init__",
)
QUANTITIES = ("lr", "initial_lr", "momentum", "betas", "weight_decay")


class Hooks:
    """A module's own methods in a run.

    Args:
        module: a LightningModule with a Trainer.

    Attributes:
        manual: whether the module steps its optimizers itself.
        trouble: why its learning rates cannot be told; None if they can.
        notes: what is called and what is not, for people.
        used: the LRs of updates before which ``optimizer_step`` set other ones, by update.
    """

    def __init__(self, module: Any) -> None:
        self.module = module
        self.manual = not module.automatic_optimization
        self.trouble: str | None = None
        self.notes: list[str] = []
        self.used: dict[int, list[float]] = {}
        self.done = 0
        self._epoch = 0

    def steps(self, optimizer: Optimizer, batches: Batches) -> Callable[[], Any]:
        """Give what makes an update: ``step`` of the optimizer, or of the module, which sees how far the run is."""
        own = _overrides(self.module, "optimizer_step") and not self.manual
        watched = own or _overrides(self.module, "lr_scheduler_step")
        if not watched:
            return optimizer.step
        entry: list[list[float]] = [[]]
        loss = torch.zeros((), requires_grad=True)
        at = batches.of_updates()

        def used(*_: Any) -> None:
            lrs = [float(group["lr"]) for group in optimizer.param_groups]
            if lrs != entry[0]:
                self.used[self.done] = lrs

        if own:
            optimizer.register_step_pre_hook(used)

        def step() -> None:
            batch = next(at) - 1
            self._epoch, index = divmod(batch, batches.per_epoch)
            self._tell(index)
            entry[0] = [float(group["lr"]) for group in optimizer.param_groups]
            if own:
                self.module.optimizer_step(self._epoch, index, optimizer, lambda: loss)
            else:
                optimizer.step()
            self.done += 1
            self._tell(index)

        return step

    def schedules(self, scheduler: Any) -> Any:
        """Give what steps a scheduler: itself, or the module's ``lr_scheduler_step``."""
        return (
            _Scheduled(self.module, scheduler) if _overrides(self.module, "lr_scheduler_step") else scheduler
        )

    def _tell(self, index: int) -> None:
        """Set what ``trainer.global_step``, ``current_epoch`` and the loop's ``batch_idx`` say."""
        loop = self.module.trainer.fit_loop
        loop.epoch_progress.current.completed = self._epoch
        loop.epoch_loop.batch_progress.current.ready = index + 1
        loop.epoch_loop.automatic_optimization.optim_progress.optimizer.step.total.completed = self.done


class _Scheduled:
    """A scheduler that is stepped by the module's ``lr_scheduler_step``."""

    def __init__(self, module: Any, scheduler: Any) -> None:
        self.module, self.scheduler = module, scheduler

    def step(self, *metric: float) -> None:
        self.module.lr_scheduler_step(self.scheduler, metric[0] if metric else None)


def hooks_of(module: Any) -> Hooks:
    """Read a module's methods."""
    hooks = Hooks(module)
    name = type(module).__name__
    own = [one for one in ("optimizer_step", "lr_scheduler_step") if _overrides(module, one)]
    if own and not hooks.manual:
        hooks.notes.append(f"{' and '.join(own)} of {name} called at each update, without gradients")
    if hooks.manual:
        hooks.notes.append(
            f"{name} optimizes by hand: Lightning steps no scheduler of it; an update per batch is assumed"
        )
    for method, text in _methods(module):
        what = _touches(text, hooks.manual)
        if what:
            hooks.trouble = (
                f"{method} {what}, and lrviz calls no {method}: what the LR does there is not known"
            )
            break
    return hooks


def _overrides(module: Any, method: str) -> bool:
    return _home(getattr(type(module), method, None)) not in ROOTS


def _home(found: Any) -> str:
    return str(getattr(found, "__module__", "")).partition(".")[0]


def _methods(module: Any) -> Iterator[tuple[str, ast.AST]]:
    """Tell the source of every method that is the module's own and is not called by lrviz."""
    for kind in type(module).__mro__:
        if kind.__module__.partition(".")[0] in (*ROOTS, "torch", "builtins"):
            continue
        for name, found in vars(kind).items():
            if name in CALLED or not inspect.isfunction(found):
                continue
            try:
                yield name, ast.parse(textwrap.dedent(inspect.getsource(found)))
            except (OSError, TypeError, SyntaxError):  # made by a decorator or at run time: there is no text
                continue


def _touches(tree: ast.AST, manual: bool) -> str | None:
    """Tell what a method does to learning rates: sets one in a group, or steps a scheduler."""
    schedulers = steps = 0
    groups = any(isinstance(node, ast.Attribute) and node.attr == "param_groups" for node in ast.walk(tree))
    for node in ast.walk(tree):
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AugAssign)
            else []
        )
        for target in targets:
            key = target.slice if isinstance(target, ast.Subscript) else None
            if isinstance(key, ast.Constant) and key.value in QUANTITIES and groups:
                return f"sets {key.value} in a parameter group"
        if isinstance(node, ast.Attribute) and node.attr in ("lr_schedulers", "lr_scheduler_configs"):
            schedulers += 1
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "step":
            steps += 1
    # Under manual optimization optimizers are stepped too: one step more than these would be a scheduler's.
    if schedulers and steps:
        return "steps a scheduler" if not manual else "uses lr_schedulers(), which it may step"
    return None
