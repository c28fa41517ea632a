"""A Curve → transformers: ``TrainingArguments``, and where they cannot say it, the optimizer and scheduler for Trainer.

Trainer calls its scheduler once after every update. What is to be stepped per epoch, and more than one scheduler, go
into an object that passes on the calls that are due.
"""

from __future__ import annotations

from lrviz.codegen.as_torch import configure
from lrviz.codegen.objects import Module
from lrviz.codegen.printing import Call, Item, block, lines_of
from lrviz.codegen.reacting import courses
from lrviz.errors import LrvizError
from lrviz.spec.curve import Curve

# A setting of AdamW, and what TrainingArguments call it.
_ADAMW = {"lr": "learning_rate", "weight_decay": "weight_decay", "eps": "adam_epsilon"}

_CALLS = '''\
class Calls:
    """Passes each scheduler the calls that are due of those that Trainer makes after every update."""

    def __init__(self, optimizer, schedulers, periods, times):
        self.optimizer, self.schedulers = optimizer, schedulers
        self.periods, self.times, self.updates = periods, times, 0

    def step(self):
        self.updates += 1
        for scheduler, period in zip(self.schedulers, self.periods):
            if self.updates % period == 0:
                for _ in range(self.times):
                    scheduler.step()

    def get_last_lr(self):
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        states = [scheduler.state_dict() for scheduler in self.schedulers]
        return {"updates": self.updates, "schedulers": states}

    def load_state_dict(self, state):
        self.updates = state["updates"]
        for scheduler, own in zip(self.schedulers, state["schedulers"]):
            scheduler.load_state_dict(own)'''


def code(curve: Curve, about: list[str]) -> str:
    """Write the file.

    Raises:
        LrvizError: if Trainer has no way to do what the curve does.
    """
    _check(curve)
    module = Module(curve.clock)
    module.taken |= {"arguments", "configure", "optimizers", "Calls", "Settings"}
    module.imported("transformers", "TrainingArguments")
    plain = _is_plain(curve)
    call = Call("TrainingArguments", (*_arguments(curve, plain), Item(_Others())))
    about_it = "Tell Trainer the run: Trainer(model=model, args=arguments(), ...)."
    body = ["def arguments(**others):", f'    """{about_it}"""']
    body += lines_of("return ", call, 4)
    if not plain:
        body += ["", "", *configure(curve, module), "", "", *_optimizers(curve)]
        if _passes_calls(curve):
            module.functions.append(_CALLS.splitlines())
    setting = courses(curve, module, "step")
    if setting:
        module.imported("transformers", "TrainerCallback")
        body += [
            "",
            "",
            "class Settings(TrainerCallback):",
            '    """Sets what each update is to use: Trainer(callbacks=[Settings()])."""',
            "",
        ]
        body += block(
            [
                "def on_step_begin(self, args, state, control, optimizer, **others):",
                "    step = state.global_step",
                *block(setting),
            ]
        )
    return module.text([*about, *module.notes], body)


class _Others:
    def __repr__(self) -> str:
        return "**others"


def _arguments(curve: Curve, plain: bool) -> list[Item]:
    clock = curve.clock
    items = [Item("out", "output_dir")]
    if clock.steps_per_epoch is None or clock.steps % clock.steps_per_epoch:
        items.append(Item(clock.steps, "max_steps"))
    else:
        epochs = clock.steps // clock.steps_per_epoch
        items.append(Item(epochs, "num_train_epochs", f"of {clock.steps_per_epoch:,} updates"))
    if clock.accumulate > 1:
        items.append(Item(clock.accumulate, "gradient_accumulation_steps"))
    if plain:
        items += [Item("adamw_torch", "optim"), Item("constant", "lr_scheduler_type")]
        settings = {"lr": 1e-3, "weight_decay": 1e-2, **dict(curve.optimizer.settings)}
        settings.update(curve.optimizer.groups[0].settings)
        betas = settings.pop("betas", None)
        items += [Item(value, _ADAMW[name]) for name, value in settings.items()]
        items += [] if betas is None else [Item(b, f"adam_beta{i}") for i, b in enumerate(betas, 1)]
    monitored = [spec.monitor for spec in curve.schedulers if spec.monitor is not None]
    if monitored:
        items += [Item("epoch", "eval_strategy"), Item(monitored[0], "metric_for_best_model")]
    return items


def _is_plain(curve: Curve) -> bool:
    """Whether TrainingArguments alone say it: a constant LR of AdamW."""
    spec = curve.optimizer
    own = {name for name, _ in (*spec.settings, *spec.groups[0].settings)}
    known = spec.type == "AdamW" and len(spec.groups) == 1 and own <= {*_ADAMW, "betas"}
    return known and not curve.schedulers and spec.code is None and not spec.tensor_lr


def _passes_calls(curve: Curve) -> bool:
    """Whether Trainer's own call after every update is not what the curve's schedulers want."""
    if any(spec.monitor is not None for spec in curve.schedulers):
        return False
    if len(curve.schedulers) != 1:
        return True
    spec = curve.schedulers[0]
    return curve.clock.period(spec.interval, spec.frequency) > 1 or curve.clock.scheduler_calls > 1


def _optimizers(curve: Curve) -> list[str]:
    monitored = any(spec.monitor for spec in curve.schedulers)
    when = "evaluation" if monitored else "update"
    lines = [
        "def optimizers(model):",
        f'    """Make what Trainer(optimizers=optimizers(model), ...) steps after every {when}."""',
    ]
    if not _passes_calls(curve):
        return [*lines, "    optimizer, (scheduler,) = configure(model)", "    return optimizer, scheduler"]
    clock = curve.clock
    periods = [f"{clock.period(spec.interval, spec.frequency):_}" for spec in curve.schedulers]
    note = "  # updates from one call to the next; Trainer steps per update" if periods else ""
    return [
        *lines,
        "    optimizer, schedulers = configure(model)",
        f"    periods = [{', '.join(periods)}]{note}",
        f"    return optimizer, Calls(optimizer, schedulers, periods, {clock.scheduler_calls})",
    ]


def _check(curve: Curve) -> None:
    """Refuse what Trainer does otherwise."""
    if curve.resume is not None:
        raise _refused(curve, "resume", "Trainer loads its own checkpoints; write the curve without resume")
    if curve.rules:
        raise _refused(curve, "adjust", "Trainer edits no LR by hand; write --for torch")
    monitored = [spec for spec in curve.schedulers if spec.monitor is not None]
    if monitored and len(curve.schedulers) > 1:
        raise _refused(
            curve, "schedulers", "Trainer takes a scheduler with a metric alone; delete the others"
        )
    for spec in monitored:
        if spec.interval != "epoch" or spec.frequency > 1 or spec.type != "ReduceLROnPlateau":
            raise _refused(
                curve,
                "monitor",
                "Trainer gives a ReduceLROnPlateau the metric of each evaluation; "
                "write type: ReduceLROnPlateau, interval: epoch",
            )
        if curve.clock.scheduler_calls > 1:
            raise _refused(
                curve, "run.scheduler_calls", "Trainer calls it once for each evaluation; delete it"
            )


def _refused(curve: Curve, key: str, why: str) -> LrvizError:
    return LrvizError(f"{curve.place}: {key}: {why}")
