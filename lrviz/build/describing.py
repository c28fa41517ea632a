"""A live optimizer and live schedulers → the Curve that a person would have written for them, as far as they tell it.

torch keeps most arguments of a scheduler as attributes; the rest is worked back from what it computed of them. Code
that is not torch's is described by its name alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any

from torch import Tensor
from torch.optim import Optimizer as LiveOptimizer

from lrviz import catalog
from lrviz.build.optimizers import class_at
from lrviz.catalog import Argument, Entry
from lrviz.errors import LrvizError, Place, shown
from lrviz.frozen import frozen
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Code, Group, Optimizer, Scheduler
from lrviz.spec.expressions import Expression
from lrviz.spec.reactions import Interval, Settings
from lrviz.spec.spelled import Function, Node

PLACE = Place("<scheduler>")
LIVE = "<live>"  # the source of code that is there already, and cannot be imported anew
_UNKNOWN = object()


@frozen
class InPython(Expression):
    """A function that someone wrote in Python, where the language has an expression."""

    calls: Callable[[Any], float] = abs

    def function_of(
        self, *names: str, given: Mapping[str, Node] | None = None, argument: str = ""
    ) -> Function:
        """Return the function itself."""
        del names, given, argument
        return self.calls


def described_scheduler(
    live: Any, clock: Clock, interval: Interval, monitor: str | None = None, start: int = 0
) -> Scheduler:
    """Describe a scheduler and those inside it.

    Args:
        live: a scheduler.
        clock: the run's clock.
        interval: how often it is stepped.
        monitor: the metric that it is given, by name.
        start: the update at which it takes over.
    """
    name = type(live).__name__
    entry = catalog.schedulers().get(name)
    if entry is None or class_at(entry.path) is not type(live):
        code = Code(LIVE, name, place=PLACE)
        return Scheduler(name, (), interval, 1, start, monitor, code, PLACE)
    arguments: dict[str, Any] = {}
    for argument in entry.arguments:
        if argument.name == "schedulers":
            arguments["schedulers"] = _inside(live, clock, interval, start)
        elif argument.name != "last_epoch":
            value = _plain(_argument(live, argument.name))
            if argument.kind == "length" and name != "ReduceLROnPlateau":  # whose patience is only compared
                _refuse_broken(name, argument.name, value)
            if value is not _UNKNOWN and (argument.required or value != argument.default):
                arguments[argument.name] = _collapsed(argument, value)
    return Scheduler(name, tuple(arguments.items()), interval, 1, start, monitor, None, PLACE)


def _refuse_broken(scheduler: str, argument: str, value: Any) -> None:
    """Refuse lengths that are no whole numbers: torch waits for a count that equals them."""
    for length in value if isinstance(value, tuple) else (value,):
        whole = isinstance(length, Integral) or (isinstance(length, float) and length.is_integer())
        if not whole and length is not None and length is not _UNKNOWN:
            raise LrvizError(
                f"{scheduler}: {argument} is {shown(length)}, which is no whole number of calls, and torch may wait "
                "for it for ever; write an integer, such as round(0.3 * steps)"
            )


def described_optimizer(live: LiveOptimizer, of: type, lrs: Sequence[float], moved: bool) -> Optimizer:
    """Describe an optimizer as it was before schedulers were built on it.

    Args:
        live: an optimizer, or a copy.
        of: its class.
        lrs: the LR of each group at that time.
        moved: whether a scheduler has changed its momentum since; then what it was made with counts.
    """
    entry = catalog.optimizers().get(of.__name__)
    known = entry is not None and class_at(entry.path) is of
    moving = ("momentum", "betas") if moved else ()
    made_with = {name: live.defaults[name] for name in moving if name in live.defaults}
    each = []
    for group, lr in zip(live.param_groups, lrs, strict=True):
        was = {**group, **made_with}
        each.append({**(_settings(entry, was) if entry and known else {}), "lr": lr})
    held = [group["lr"] for group in live.param_groups]
    tensors = all(isinstance(lr, Tensor) for lr in held)
    common = {
        name: value
        for name, value in each[0].items()
        if all(name in own and own[name] == value for own in each) and not (tensors and name == "lr")
    }
    shared = [lr for one, lr in zip(held, lrs, strict=True) if sum(one is other for other in held) > 1]
    if tensors and (
        shared or len(held) == 1
    ):  # a tensor of the optimizer's own, which several groups may be given
        common["lr"] = (*shared, *lrs)[0]
        each = [
            own if len(held) > 1 and sum(one is other for other in held) == 1 else {**own, "lr": common["lr"]}
            for own, one in zip(each, held, strict=True)
        ]
    names = [str(group.get("name", f"group {index}")) for index, group in enumerate(live.param_groups)]
    names = ["all"] if len(names) == 1 else names
    groups = tuple(
        Group(name, tuple((k, v) for k, v in own.items() if k not in common or v != common[k]))
        for name, own in zip(names, each, strict=True)
    )
    code = None if known else Code(LIVE, of.__name__, place=PLACE)
    return Optimizer(of.__name__, tuple(common.items()), groups, code, tensor_lr=tensors, place=PLACE)


def _settings(entry: Entry, group: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for argument in entry.arguments:
        value = _plain(group.get(argument.name, _UNKNOWN))
        if argument.name != "lr" and value is not _UNKNOWN and value != argument.default:
            found[argument.name] = value
    return found


def _inside(live: Any, clock: Clock, interval: Interval, start: int) -> tuple[Scheduler, ...]:
    starts = [start] * len(live._schedulers)
    if hasattr(live, "_milestones"):
        _refuse_broken("SequentialLR", "milestones", tuple(live._milestones))
        starts[1:] = [start + clock.update_of(m, interval) for m in live._milestones]
    return tuple(
        described_scheduler(child, clock, interval, start=at)
        for child, at in zip(live._schedulers, starts, strict=True)
    )


def _argument(live: Any, name: str) -> Any:
    """Find the value of a constructor's argument, by the attribute in which the class keeps it."""
    kind = type(live).__name__
    special = _SPECIAL.get((kind, name))
    if special is not None:
        return special(live)
    return getattr(live, name, _UNKNOWN)


def _phase(live: Any, which: int, key: str) -> Any:
    return live._schedule_phases[which][key]


def _groups(live: Any, key: str) -> Any:
    values = [group.get(key, _UNKNOWN) for group in live.optimizer.param_groups]
    return _UNKNOWN if _UNKNOWN in values else values


def _momenta(live: Any, key: str) -> Any:
    return _groups(live, key) if live.cycle_momentum else _UNKNOWN


def _cyclic_momenta(live: Any, key: str) -> Any:
    return getattr(live, key) if live.cycle_momentum else _UNKNOWN


def _ratio(over: float, under: float) -> float:
    return float(f"{over / under:.9g}") if under else 0.0


# Where a class keeps an argument under another name, or only what it made of it.
_SPECIAL: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("MultiStepLR", "milestones"): lambda s: sorted(s.milestones.elements()),
    ("SequentialLR", "milestones"): lambda s: s._milestones,
    ("LambdaLR", "lr_lambda"): lambda s: s.lr_lambdas,
    ("MultiplicativeLR", "lr_lambda"): lambda s: s.lr_lambdas,
    ("ReduceLROnPlateau", "min_lr"): lambda s: s.min_lrs,
    ("SWALR", "swa_lr"): lambda s: _groups(s, "swa_lr"),
    ("SWALR", "anneal_strategy"): lambda s: s._anneal_strategy,
    ("CyclicLR", "base_lr"): lambda s: s.base_lrs,
    ("CyclicLR", "max_lr"): lambda s: s.max_lrs,
    ("CyclicLR", "step_size_up"): lambda s: round(s.total_size * s.step_ratio),
    ("CyclicLR", "step_size_down"): lambda s: (
        _UNKNOWN if s.step_ratio == 0.5 else round(s.total_size - s.total_size * s.step_ratio)
    ),
    ("CyclicLR", "scale_fn"): lambda s: s._scale_fn_custom or _UNKNOWN,
    ("CyclicLR", "scale_mode"): lambda s: s.scale_mode if s._scale_fn_custom else _UNKNOWN,
    ("CyclicLR", "base_momentum"): lambda s: _cyclic_momenta(s, "base_momentums"),
    ("CyclicLR", "max_momentum"): lambda s: _cyclic_momenta(s, "max_momentums"),
    ("OneCycleLR", "max_lr"): lambda s: _groups(s, "max_lr"),
    ("OneCycleLR", "epochs"): lambda _: _UNKNOWN,
    ("OneCycleLR", "steps_per_epoch"): lambda _: _UNKNOWN,
    ("OneCycleLR", "pct_start"): lambda s: _ratio(_phase(s, 0, "end_step") + 1, s.total_steps),
    ("OneCycleLR", "anneal_strategy"): lambda s: s._anneal_func_type,
    ("OneCycleLR", "base_momentum"): lambda s: _momenta(s, "base_momentum"),
    ("OneCycleLR", "max_momentum"): lambda s: _momenta(s, "max_momentum"),
    ("OneCycleLR", "div_factor"): lambda s: _of_first(s, "max_lr", "initial_lr"),
    ("OneCycleLR", "final_div_factor"): lambda s: _of_first(s, "initial_lr", "min_lr"),
    ("OneCycleLR", "three_phase"): lambda s: len(s._schedule_phases) == 3,
}


def _of_first(live: Any, over: str, under: str) -> float:
    group = live.optimizer.param_groups[0]
    return _ratio(float(group[over]), float(group[under]))


def _plain(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.item() if value.numel() == 1 else tuple(value.tolist())
    if isinstance(value, (list, tuple)):
        return tuple(map(_plain, value))
    if callable(value):
        return InPython(getattr(value, "__qualname__", type(value).__name__), ("t",), calls=value)
    return value


def _collapsed(argument: Argument, value: Any) -> Any:
    """Write one value for all groups, where they have the same."""
    if argument.per_group and isinstance(value, tuple) and all(item == value[0] for item in value):
        return value[0]
    return value


def with_lrs(optimizer: Optimizer, lrs: Sequence[float], initial: Sequence[float]) -> Optimizer:
    """Give each group an LR, and another that its schedulers take as their base.

    Args:
        optimizer: an optimizer.
        lrs: the LR of each group.
        initial: its ``initial_lr``.
    """

    def own(settings: Settings) -> Settings:
        return tuple((name, value) for name, value in settings if name != "lr")

    groups = tuple(
        Group(group.name, (*own(group.settings), ("lr", lr), ("initial_lr", base)))
        for group, lr, base in zip(optimizer.groups, lrs, initial, strict=True)
    )
    return replace(optimizer, settings=own(optimizer.settings), groups=groups)
