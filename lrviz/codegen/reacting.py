"""What a curve does after its updates (schedulers, metrics, edits by hand, courses) → the lines of a training loop."""

from __future__ import annotations

from lrviz import catalog
from lrviz.codegen.formulas import condition, prepared, safe, statements
from lrviz.codegen.objects import BASE, Module
from lrviz.codegen.printing import quoted
from lrviz.frozen import frozen
from lrviz.spec.curve import Curve, Scheduler
from lrviz.spec.expressions import Expression
from lrviz.spec.reactions import Metric, Rule

_EVALUATED = ("lr", "base_lr", "weight_decay", "momentum")


@frozen
class Due:
    """Lines that are due once every so many updates."""

    period: int
    lines: tuple[str, ...]


def names_of(curve: Curve) -> list[str]:
    """Name a curve's schedulers as variables."""
    found: list[str] = []
    for spec in curve.schedulers:
        name, again = "scheduler" if len(curve.schedulers) == 1 else _name(spec), 2
        while name in found:
            name, again = f"{_name(spec)}_{again}", again + 1
        found.append(name)
    return found


def _name(spec: Scheduler) -> str:
    word = spec.code.name if spec.code else spec.type
    word = word.rpartition(".")[2].removesuffix("LR").removesuffix("Scheduler")
    snake = "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(word))
    return {"reduce_l_r_on_plateau": "plateau"}.get(snake, safe(snake))


def per_update(curve: Curve, names: list[str]) -> list[Due]:
    """Write what follows ``optimizer.step()`` at once: schedulers stepped per update."""
    return [
        Due(curve.clock.period(spec.interval, spec.frequency), _stepped(name, curve))
        for spec, name in zip(curve.schedulers, names, strict=True)
        if spec.interval == "step" and spec.monitor is None
    ]


def reactions(curve: Curve, names: list[str]) -> list[Due]:
    """Write what follows: metrics, then schedulers stepped per epoch or given a metric, then edits by hand."""
    clock = curve.clock
    per_epoch = clock.steps_per_epoch or clock.steps
    found = [_measured(metric, per_epoch) for metric in curve.metrics]
    for spec, name in zip(curve.schedulers, names, strict=True):
        if spec.interval == "epoch" or spec.monitor is not None:
            given = f"metrics[{quoted(spec.monitor)}]" if spec.monitor else ""
            found.append(Due(clock.period(spec.interval, spec.frequency), _stepped(name, curve, given)))
    for index, rule in enumerate(curve.rules):
        period = 1 if rule.interval == "step" else per_epoch
        found.append(Due(period, tuple(_edit(rule, index, curve))))
    return found


def state(curve: Curve) -> list[str]:
    """Write what the loop keeps from update to update."""
    lines = ["metrics = {}"] if curve.metrics else []
    return lines + [f"edited_{index} = set()" for index, rule in enumerate(curve.rules) if rule.once]


def courses(curve: Curve, module: Module, update: str) -> list[str]:
    """Write what sets hyperparameters for an update; the functions of it go to the module."""
    found: list[str] = []
    per_epoch = curve.clock.steps_per_epoch or curve.clock.steps
    for course in curve.courses:
        about = f"Tell the {course.quantity.replace('_', ' ')} of an update."
        each: list[str] = []
        known: dict[Expression, str] = {}
        for expression in course.expressions:
            if expression not in known:
                given = {"epoch": f"step // {per_epoch:_}"}
                known[expression] = module.function(course.quantity, about, expression, "step", **given)
            each.append(known[expression])
        if len(set(each)) == 1:
            found += [
                "for group in optimizer.param_groups:",
                f"    {_assigned(curve, course.quantity, f'{each[0]}({update})')}",
            ]
        else:
            for index, name in enumerate(each):
                found.append(f"group = optimizer.param_groups[{index}]")
                found.append(_assigned(curve, course.quantity, f"{name}({update})"))
    return found


def _stepped(name: str, curve: Curve, given: str = "") -> tuple[str, ...]:
    times = curve.clock.scheduler_calls
    line = f"{name}.step({given})"
    return (line,) if times == 1 else (f"for _ in range({times}):", f"    {line}")


def _measured(metric: Metric, per_epoch: int) -> Due:
    name = quoted(metric.name)
    return Due(metric.every or per_epoch, (f"metrics[{name}] = measure(model, {name})",))


def _edit(rule: Rule, index: int, curve: Curve) -> list[str]:
    expressions = [*([rule.when] if rule.when else []), *(expression for _, expression in rule.changes)]
    used = {name for expression in expressions for name in expression.names}
    metrics = [metric.name for metric in curve.metrics if metric.name in used]
    given = _values(curve)
    lines = [f"{name} = {given[name]}" for name in _EVALUATED if name in used]
    per_epoch = curve.clock.steps_per_epoch or curve.clock.steps
    outside = ["step = update - 1"] if {"step", "epoch"} & used else []
    outside += [f"epoch = step // {per_epoch:_}"] if "epoch" in used else []
    outside += [f"{safe(name)} = metrics[{quoted(name)}]" for name in metrics]
    if "loss" in used and "loss" not in metrics:
        outside.append('loss = measure(model, "loss")')
    constants: dict[str, str] = {}
    for expression in expressions:
        for line in prepared(expression, {}):
            constants[line] = line
    outside += list(constants)
    changes: list[str] = []
    for number, (_, expression) in enumerate(rule.changes):
        target = f"new_{number}" if len(rule.changes) > 1 else "new"
        changes += statements(expression, 24, f"{target} = ")
    for number, (quantity, _) in enumerate(rule.changes):
        changes.append(_assigned(curve, quantity, f"new_{number}" if len(rule.changes) > 1 else "new"))
    if rule.once:
        changes.insert(0, f"edited_{index}.add(index)")
    tests = [f"index not in edited_{index}"] if rule.once else []
    tests += [_bracketed(condition(rule.when), bool(tests))] if rule.when else []
    if tests:
        changes = [f"if {' and '.join(tests)}:", *(f"    {line}" for line in changes)]
    everyone = rule.groups == tuple(range(len(curve.optimizer.groups)))
    head = "for group in optimizer.param_groups:"
    if rule.once:
        head = "for index, group in enumerate(optimizer.param_groups):"
    if not everyone:
        chosen = f"({', '.join(map(str, rule.groups))}{',' * (len(rule.groups) == 1)})"
        head = f"for index in {chosen}:"
        lines.insert(0, "group = optimizer.param_groups[index]")
    body = [*outside, head, *(f"    {line}" for line in (*lines, *changes))]
    if metrics:
        known = " and ".join(f"{quoted(name)} in metrics" for name in metrics)
        late = any(m.name in metrics and (m.every or per_epoch) % per_epoch for m in curve.metrics)
        if late or rule.interval == "step":
            return [f"if {known}:", *(f"    {line}" for line in body)]
    return body


def _bracketed(text: str, joined: bool) -> str:
    return f"({text})" if joined and (" or " in text or " if " in text) else text


def _values(curve: Curve) -> dict[str, str]:
    momentum = _momentum(curve)
    return {
        "lr": 'float(group["lr"])' if curve.optimizer.tensor_lr else 'group["lr"]',
        "base_lr": f"float({BASE})" if curve.optimizer.tensor_lr else BASE,
        "weight_decay": 'group.get("weight_decay", 0.0)',
        "momentum": {"momentum": 'group["momentum"]', "betas": 'group["betas"][0]'}.get(momentum, "0.0"),
    }


def _momentum(curve: Curve) -> str:
    entry = catalog.optimizers().get(curve.optimizer.type)
    if entry is not None:
        return next((name for name in ("momentum", "betas") if entry.argument(name)), "")
    own = {name for name, _ in curve.optimizer.settings}
    return next((name for name in ("momentum", "betas") if name in own), "")


def _assigned(curve: Curve, quantity: str, value: str) -> str:
    if quantity == "momentum" and _momentum(curve) == "betas":
        return f'group["betas"] = ({value}, *group["betas"][1:])'
    return f'group["{quantity}"] = {value}'
