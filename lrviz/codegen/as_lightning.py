"""A Curve → Lightning: ``configure_optimizers`` with the dictionaries it reads, and what the Trainer must be told.

Lightning's own rules are kept: ``interval: step`` counts the batches of an epoch, a scheduler that is given a metric
comes after the others at the end of an epoch, and nothing edits a learning rate by hand.
"""

from __future__ import annotations

from lrviz.codegen.objects import Module, optimizer_call, scheduler_call
from lrviz.codegen.printing import Item, Items, Raw, block, lines_of
from lrviz.codegen.reacting import courses, names_of
from lrviz.errors import LrvizError
from lrviz.spec.curve import Curve, Scheduler


def code(curve: Curve, about: list[str]) -> str:
    """Write the file.

    Raises:
        LrvizError: if Lightning has no way to do what the curve does.
    """
    _check(curve)
    module = Module(curve.clock)
    module.taken.add("Schedule")
    names = names_of(curve)
    optimizer = optimizer_call(curve, module, "self.parameters()")
    lines = ["    def configure_optimizers(self):", '        """Build the optimizer and its schedulers."""']
    made = lines_of("optimizer = ", optimizer, 8)
    if any("held[" in line for line in made):
        lines.append("        held = parameters(self)")
    lines += made
    for spec, name in zip(curve.schedulers, names, strict=True):
        lines += lines_of(f"{name} = ", scheduler_call(spec, curve, module), 8)
    lines += _returned(curve, names)
    setting = courses(curve, module, "step")
    if setting:
        lines += ["", "    def on_train_batch_start(self, batch, batch_idx):"]
        lines += [
            '        """Set what the update is to use."""',
            "        optimizer, step = self.optimizers(), self.global_step",
        ]
        lines += block(setting, 8)
    constants = lines_of("TRAINER = ", _trainer(curve))
    module.constants.insert(0, ["# What the Trainer must be told: Trainer(**TRAINER).", *constants])
    body = ["class Schedule:", '    """Put it first: class MyModel(Schedule, LightningModule)."""', ""]
    return module.text([*about, *module.notes], [*body, *lines])


def _trainer(curve: Curve) -> Items:
    clock = curve.clock
    items = []
    if clock.steps_per_epoch is None or clock.steps % clock.steps_per_epoch:
        items += [Item(-1, "max_epochs"), Item(clock.steps, "max_steps")]
    else:
        epochs = clock.steps // clock.steps_per_epoch
        items.append(Item(epochs, "max_epochs", f"of {clock.steps_per_epoch:,} updates"))
    if clock.accumulate > 1:
        items.append(Item(clock.accumulate, "accumulate_grad_batches"))
    return Items(tuple(items), "{}")


def _returned(curve: Curve, names: list[str]) -> list[str]:
    configured = [_configured(spec, name) for spec, name in zip(curve.schedulers, names, strict=True)]
    if not configured:
        return ["        return optimizer"]
    if len(configured) == 1:
        both = (Item(Raw("optimizer"), "optimizer"), Item(configured[0], "lr_scheduler"))
        return lines_of("return ", Items(both, "{}"), 8)
    found = []
    for name, one in zip(names, configured, strict=True):
        found += lines_of(f"{name}_config = ", one, 8)
    return [*found, f"        return [optimizer], [{', '.join(f'{name}_config' for name in names)}]"]


def _configured(spec: Scheduler, name: str) -> Items:
    items = [
        Item(Raw(name), "scheduler"),
        Item(spec.interval, "interval"),
        Item(spec.frequency, "frequency"),
    ]
    if spec.monitor is not None:
        items.append(Item(spec.monitor, "monitor"))
    return Items(tuple(items), "{}")


def _check(curve: Curve) -> None:
    """Refuse what Lightning does otherwise."""
    clock = curve.clock
    if curve.resume is not None:
        raise _refused(
            curve, "resume", "Lightning loads its own checkpoints (ckpt_path); write the curve without resume"
        )
    if curve.rules:
        raise _refused(
            curve, "adjust", "Lightning's hooks come at other points of an epoch; write --for torch"
        )
    if clock.scheduler_calls > 1:
        raise _refused(curve, "run.scheduler_calls", "Lightning calls a scheduler once; delete it")
    waited = [spec.monitor is not None for spec in curve.schedulers if spec.interval == "epoch"]
    for spec in curve.schedulers:
        if spec.monitor is not None and spec.interval == "step":
            raise _refused(curve, "interval", "Lightning has a metric once per epoch; write interval: epoch")
        if spec.monitor is not None and spec.frequency > 1:
            raise _refused(curve, "frequency", "Lightning calls it when a metric is due; write frequency: 1")
        per_epoch = clock.steps_per_epoch or clock.steps
        if (
            spec.interval == "step"
            and spec.frequency > 1
            and (clock.accumulate > 1 or per_epoch % spec.frequency)
        ):
            ends = "Lightning counts the batches of each epoch anew"
            raise _refused(
                curve, "frequency", f"{ends}, not updates; write frequency: 1, with longer lengths"
            )
    if waited != sorted(waited):
        raise _refused(curve, "schedulers", "Lightning steps what is given a metric last; put it last")
    if clock.steps_per_epoch is None and any(spec.interval == "epoch" for spec in curve.schedulers):
        raise _refused(curve, "interval", "the run counts no epochs; write interval: step")


def _refused(curve: Curve, key: str, why: str) -> LrvizError:
    return LrvizError(f"{curve.place}: {key}: {why}")
