"""A LightningModule that a spec names → its own optimizer and schedulers, stepped as Lightning steps them.

Its real ``configure_optimizers`` is called, with a real Trainer that has been told the length of the run, and Lightning
itself reads what it returns. ``optimizer_step`` and ``lr_scheduler_step`` are called where the module has its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import torch

from lrviz.build.blame import failure, trouble
from lrviz.build.code import arguments_of, called, loaded
from lrviz.build.hooks import Hooks, hooks_of
from lrviz.build.hosting import hosted, made, quiet, root_of
from lrviz.build.metrics import live_metric
from lrviz.build.paces import calls_after
from lrviz.build.rig import Rig, Stepper
from lrviz.errors import CodeError
from lrviz.spec.batches import Batches
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Code, Curve, Group, Module, Optimizer, Scheduler


@dataclass(frozen=True)
class Configured:
    """What ``configure_optimizers`` made.

    Args:
        module: the LightningModule.
        optimizers: its optimizers.
        configs: its schedulers, as Lightning keeps them.
    """

    module: Any
    optimizers: list[Any]
    configs: list[Any]


def is_module(code: Code, curve: Curve) -> bool:
    """Whether a target is a LightningModule.

    Raises:
        CodeError: if it cannot be imported.
    """
    return root_of(loaded(code, curve)) is not None


def curves_of(curve: Curve) -> tuple[Curve, ...]:
    """Describe what a module makes: a curve for each of its optimizers.

    Raises:
        CodeError: if it makes none, or what lrviz does not step.
    """
    module = curve.module
    assert module is not None, "the caller has looked"
    made_of = _configured(curve, module)
    hooks = _hooks(made_of, curve, module.code)
    curves = []
    for index, optimizer in enumerate(made_of.optimizers):
        specs = tuple(_spec(config, module.code, curve) for config in _own(made_of, optimizer, hooks, curve))
        _check_metrics(specs, curve, module.code)
        several = len(made_of.optimizers) > 1
        name = f"{curve.name} {index + 1} ({type(optimizer).__name__})" if several else curve.name
        curves.append(
            replace(
                curve,
                name=name,
                optimizer=_described(optimizer, module.code),
                schedulers=specs,
                module=replace(module, index=index),
                notes=(*curve.notes, *hooks.notes),
            )
        )
    return tuple(curves)


def module_rig(curve: Curve) -> Rig:
    """Build the module of a curve anew, and take its optimizer and its schedulers.

    Raises:
        CodeError: as ``curves_of`` does.
    """
    module = curve.module
    assert module is not None, "the caller has looked"
    made_of = _configured(curve, module)
    hooks = _hooks(made_of, curve, module.code)
    optimizer = made_of.optimizers[module.index or 0]
    step = hooks.steps(optimizer, batches_of(curve.clock))
    steppers = []
    for config, spec in zip(_own(made_of, optimizer, hooks, curve), curve.schedulers, strict=True):
        period, counts = curve.clock.period(spec.interval, spec.frequency), calls_after(spec, curve.clock)
        steppers.append(Stepper(hooks.schedules(config.scheduler), spec, period, counts=counts))
    metrics = tuple(live_metric(metric, curve.clock) for metric in curve.metrics)
    return Rig(curve, optimizer, tuple(steppers), metrics=metrics, step=step, used=hooks.used)


def _base_module(root: str) -> Any:
    """Find the LightningModule that modules derive from."""
    return import_module(root).LightningModule


def batches_of(clock: Clock) -> Batches:
    """Tell a run's batches; where nobody has, updates of as many batches as one takes."""
    per_epoch = clock.accumulate * (clock.steps_per_epoch or clock.steps)
    return clock.batches or Batches(per_epoch, ((0, clock.accumulate),))


def _configured(curve: Curve, module: Module) -> Configured:
    """Make a module, and let Lightning call its ``configure_optimizers``."""
    code = module.code
    kind = loaded(code, curve)
    root = root_of(kind)
    if root is None:
        raise trouble(code.place, curve, f"{code} is no LightningModule, which a module: must be")
    arguments = arguments_of(module.arguments)
    clock = curve.clock
    batches = batches_of(clock)
    with quiet(root), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            nested = made(kind, arguments, root)
        except (Exception, SystemExit) as error:
            raise failure(error, curve, code) from error
        live = nested or called(kind, code, curve, (), **arguments)
        if type(live).training_step is _base_module(root).training_step:
            without = "has no training_step, without which Lightning trains nothing; write it"
            raise trouble(code.place, curve, f"{code} {without}")
        told = dict(module.trainer) or _trainer(clock, batches)
        try:
            hosted(live, root, batches.per_epoch, told)
            live.configure_model()
            live.setup("fit")
            read = import_module(f"{root}.core.optimizer")._init_optimizers_and_lr_schedulers
            optimizers, configs = read(live)
        except (Exception, SystemExit) as error:
            raise _refused(error, curve, code) from error
    if any(type(optimizer).__name__ == "_MockOptimizer" for optimizer in optimizers) or not optimizers:
        raise trouble(
            code.place, curve, f"{code}: configure_optimizers returns no optimizer, so there is no LR"
        )
    return Configured(live, [getattr(one, "optimizer", one) for one in optimizers], configs)


def _trainer(clock: Clock, batches: Batches) -> dict[str, int]:
    """Tell a Trainer the run: as whole epochs where it is these."""
    epochs = clock.steps * batches.per_update / batches.per_epoch
    whole = epochs.denominator == 1 and batches.updates(int(epochs)) == clock.steps
    limits = {"max_epochs": int(epochs)} if whole else {"max_epochs": -1, "max_steps": clock.steps}
    return {**limits, "accumulate_grad_batches": batches.accumulate[0][1], "devices": clock.devices}


def _refused(error: BaseException, curve: Curve, code: Code) -> CodeError:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    file = "" if last is None else last.tb_frame.f_code.co_filename
    if "lightning" in file and file.endswith(("core/optimizer.py", "core\\optimizer.py")):
        message = " ".join(str(error).split())
        return trouble(
            code.place, curve, f"Lightning refuses what {code} makes in configure_optimizers: {message}"
        )
    return failure(error, curve, code)


def _hooks(made_of: Configured, curve: Curve, code: Code) -> Hooks:
    hooks = hooks_of(made_of.module)
    if hooks.trouble is not None:
        raise trouble(code.place, curve, f"{code}: {hooks.trouble}")
    return hooks


def _own(made_of: Configured, optimizer: Any, hooks: Hooks, curve: Curve) -> list[Any]:
    """Find the schedulers that Lightning steps on an optimizer.

    Under manual optimization it steps none, and without ``strict`` none whose metric is missing.
    """
    if hooks.manual:
        return []
    known = [metric.name for metric in curve.metrics]
    own = [config for config in made_of.configs if _target(config.scheduler) is optimizer]
    return [one for one in own if one.strict or not one.reduce_on_plateau or one.monitor in known]


def _target(scheduler: Any) -> Any:
    found = scheduler.optimizer
    return getattr(found, "optimizer", found)


def _spec(config: Any, code: Code, curve: Curve) -> Scheduler:
    of_batches = config.interval == "step" and config.frequency > 1
    return Scheduler(
        type=type(config.scheduler).__name__,
        interval=config.interval,
        frequency=config.frequency,
        monitor=config.monitor if config.reduce_on_plateau else None,
        code=code,
        place=curve.place,
        frequency_of="batches" if of_batches else "interval",
    )


def _check_metrics(specs: tuple[Scheduler, ...], curve: Curve, code: Code) -> None:
    known = {metric.name: metric for metric in curve.metrics}
    for spec in specs:
        name = spec.monitor
        if name is None:
            continue
        if name not in known:
            message = f"{code}: its {spec.type} waits for {name}, whose values the run decides"
            raise trouble(curve.place, curve, f"{message}; add --metric {name}=0.9,0.8,0.7")
        if curve.clock.steps_per_epoch is None:
            message = f"{code}: its {spec.type} waits for {name}, in epochs that differ in updates"
            raise trouble(curve.place, curve, f"{message}, which lrviz does not step")
        if spec.interval == "step":
            message = f"{code}: its {spec.type} is given {name} after updates, which lrviz does not step"
            raise trouble(curve.place, curve, f"{message}; write interval: epoch")


def _described(optimizer: Any, code: Code) -> Optimizer:
    groups = optimizer.param_groups
    names = ["all"] if len(groups) == 1 else [str(g.get("name", f"group {i}")) for i, g in enumerate(groups)]
    named = [name if names.count(name) == 1 else f"{name} {i}" for i, name in enumerate(names)]
    each = tuple(
        Group(name, (("lr", float(group.get("initial_lr", group["lr"]))),))
        for name, group in zip(named, groups, strict=True)
    )
    return Optimizer(type(optimizer).__name__, (), each, code, place=code.place)
