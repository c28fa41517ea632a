"""A Curve → the Python that builds its optimizer and schedulers: calls, the functions they need, and the imports."""

from __future__ import annotations

import os
from typing import Any

from lrviz import catalog
from lrviz.codegen.formulas import HELPERS, function_of, helpers_in
from lrviz.codegen.lengths import said
from lrviz.codegen.members import member_call
from lrviz.codegen.printing import Call, Each, Item, Items, Raw, lines_of, quoted
from lrviz.errors import LrvizError
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Code, Curve, Group, Scheduler
from lrviz.spec.expressions import Expression

BASE = 'group.get("initial_lr", group["lr"])'  # what a scheduler takes as a group's base


class Module:
    """The parts of a Python file while it is being written.

    Args:
        clock: the run's clock.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.plain: set[str] = set()  # import x
        self.names: dict[str, set[str]] = {}  # from x import y
        self.functions: list[list[str]] = []
        self.constants: list[list[str]] = []
        self.notes: list[str] = []
        self.taken: set[str] = set()

    def imported(self, module: str, name: str) -> str:
        """Import a name from a module."""
        self.names.setdefault(module, set()).add(name)
        return name

    def free(self, name: str) -> str:
        """Find a name that nothing has yet."""
        found, again = name, 2
        while found in self.taken:
            found, again = f"{name}_{again}", again + 1
        self.taken.add(found)
        return found

    def function(self, name: str, about: str, expression: Expression, argument: str, **given: str) -> str:
        """Write the function of an expression, and return its name."""
        name = self.free(name)
        self.functions.append(function_of(name, about, expression, [argument], given))
        return name

    def text(self, about: list[str], body: list[str]) -> str:
        """Put the file together: docstring, imports, helpers, functions, and the body."""
        parts = [*self.constants, *self.functions]
        written = "\n".join(line for part in (*parts, body) for line in part)
        helpers = helpers_in(written)
        if helpers:
            self.imported("bisect", "bisect_right")
        if "math." in written:
            self.plain.add("math")
        found = [*about, "", *self._imports()]
        for constant in self.constants:
            found += ["", *constant]
        for function in (*(HELPERS[name].split("\n") for name in helpers), *self.functions, body):
            found += ["", "", *function]
        return "\n".join(found) + "\n"

    def _imports(self) -> list[str]:
        own = ("math", "bisect", "copy", "fnmatch")  # Python's own come first
        groups: list[list[str]] = [[], []]
        for name in sorted(self.plain):
            groups[name not in own].append(f"import {name}")
        for module in sorted(self.names):
            names = sorted(self.names[module], key=lambda name: (not name.isupper(), name))
            line = f"from {module} import {', '.join(names)}"
            lines = [line] if len(line) <= 88 else _wrapped(module, names)
            groups[module not in own].extend(lines)
        return [
            line
            for index, group in enumerate(groups)
            for line in ([""] if index and all(groups) else []) + group
        ]


def _wrapped(module: str, names: list[str]) -> list[str]:
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def optimizer_call(curve: Curve, module: Module, parameters: str) -> Call:
    """Write the call that makes the optimizer.

    Args:
        curve: whose it is.
        module: where imports and the rest go.
        parameters: the Python of the model's parameters, where all are in one group.
    """
    spec = curve.optimizer
    settings = dict(spec.settings)
    if spec.code is not None:
        made = code_name(spec.code, module)
        default = None
    else:
        entry = catalog.optimizers()[spec.type]
        path, _, made = entry.path.rpartition(".")
        module.imported("torch.optim" if path.startswith("torch.optim") else path, made)
        default = entry.default_lr
        if spec.tensor_lr:
            settings.setdefault("lr", default)
    if len(spec.groups) == 1 and not spec.groups[0].match and not _only_in_groups(spec.groups[0], spec.type):
        settings.update(spec.groups[0].settings)
        first = Item(Raw(parameters))
    else:
        first = Item(_groups(curve, module, settings.get("lr", default)))
    return Call(
        made, (first, *(Item(_setting(name, value, curve, module), name) for name, value in settings.items()))
    )


def _only_in_groups(group: Group, kind: str) -> bool:
    """Whether a group sets what the class does not take as an argument."""
    entry = catalog.optimizers().get(kind)
    return entry is not None and any(entry.argument(name) is None for name, _ in group.settings)


def _setting(name: str, value: Any, curve: Curve, module: Module) -> Any:
    if curve.optimizer.tensor_lr and name == "lr":
        module.plain.add("torch")
        return Call("torch.tensor", (Item(value),))
    return laid(value)


def laid(value: Any) -> Any:
    """Make plain data a tree that can be laid out."""
    if isinstance(value, dict):
        return Items(tuple(Item(laid(item), name) for name, item in value.items()), "{}")
    if isinstance(value, (tuple, list)):
        return Items(tuple(Item(laid(item)) for item in value), "()" if isinstance(value, tuple) else "[]")
    return value


def _groups(curve: Curve, module: Module, lr: float | None) -> Items:
    spec = curve.optimizer
    parameters = module.free("parameters")
    patterns = [Item(Items(tuple(map(Item, group.match or (f"{group.name}.*",))))) for group in spec.groups]
    rest = next((index for index, group in enumerate(spec.groups) if spec.model and not group.match), None)
    if rest is not None:
        patterns[rest] = Item(Items((Item("*"),)))
    note = "" if spec.model else "; put your model's own names here"
    module.constants.append(
        [
            f"# The parameters of each group, by patterns of their names{note}.",
            *lines_of("GROUPS = ", Items(tuple(patterns))),
        ]
    )
    order = sorted(range(len(spec.groups)), key=lambda index: index == rest)
    module.imported("fnmatch", "fnmatchcase")
    module.functions.append(_sorted_out(parameters, order))
    items = []
    for index, group in enumerate(spec.groups):
        own = [
            Item(_setting(name, value, curve, module), name)
            for name, value in group.settings
            if spec.tensor_lr or name != "lr" or value != lr
        ]
        items.append(Item(Items((Item(Raw(f"held[{index}]"), "params"), *own), "{}")))
    return Items(tuple(items))


def _sorted_out(name: str, order: list[int]) -> list[str]:
    indices = "range(len(GROUPS))" if order == sorted(order) else repr(order)
    return [
        f"def {name}(model):",
        '    """Give each group its parameters: the first group of which a pattern fits."""',
        "    held = [[] for _ in GROUPS]",
        "    for name, parameter in model.named_parameters():",
        f"        for index in {indices}:",
        "            if any(fnmatchcase(name, pattern) for pattern in GROUPS[index]):",
        "                held[index].append(parameter)",
        "                break",
        "        else:",
        '            raise ValueError(f"{name} is in no group")',
        "    return held",
    ]


def scheduler_call(spec: Scheduler, curve: Curve, module: Module, last_epoch: int | None = None) -> Call:
    """Write the call that makes a scheduler, those inside it in place."""
    if spec.code is not None and spec.code.family is not None:
        return member_call(spec, spec.code, module.imported)
    if spec.code is not None:
        made = code_name(spec.code, module)
        arguments = [Item(laid(_lists(value)), name) for name, value in spec.arguments]
        return Call(made, (Item(Raw("optimizer")), *arguments, *_last(last_epoch)))
    path, _, made = catalog.schedulers()[spec.type].path.rpartition(".")
    module.imported(path, made)
    items = [Item(Raw("optimizer"))] if spec.type != "ChainedScheduler" else []
    items += [_argument(name, value, spec, curve, module) for name, value in spec.arguments]
    return Call(made, (*items, *_last(last_epoch)))


def _last(last_epoch: int | None) -> tuple[Item, ...]:
    return () if last_epoch is None else (Item(last_epoch, "last_epoch"),)


def _argument(name: str, value: Any, spec: Scheduler, curve: Curve, module: Module) -> Item:
    if name == "schedulers":
        return Item(Items(tuple(Item(scheduler_call(child, curve, module)) for child in value)), name)
    if isinstance(value, Expression):
        made = _function(name, value, spec, module)
        if "base_lr" in value.names:
            return Item(Each(f"{made}({_base(curve)})", "for group in optimizer.param_groups"), name)
        return Item(Raw(made), name)
    if isinstance(value, Code):
        return Item(Raw(code_name(value, module)), name)
    if isinstance(value, tuple):
        each = [_of_group(name, item, spec, curve, module, index) for index, item in enumerate(value)]
        comments = said(spec, name, len(each), curve.clock)
        return Item(
            Items(tuple(Item(item, "", note) for item, note in zip(each, comments, strict=True))), name
        )
    return Item(value, name, said(spec, name, 1, curve.clock)[0])


def _base(curve: Curve) -> str:
    return f"float({BASE})" if curve.optimizer.tensor_lr else BASE


def _of_group(name: str, item: Any, spec: Scheduler, curve: Curve, module: Module, index: int) -> Any:
    if isinstance(item, Code):
        return Raw(code_name(item, module))
    if not isinstance(item, Expression):
        return item
    made = _function(name, item, spec, module)
    group = _base(curve).replace("group", f"optimizer.param_groups[{index}]")
    return Raw(f"{made}({group})" if "base_lr" in item.names else made)


def _function(name: str, expression: Expression, spec: Scheduler, module: Module) -> str:
    """Write the function of a count that a scheduler calls."""
    if name == "scale_fn":
        return module.function("scale_fn", "Scale the amplitude of a cycle.", expression, "x", t="x")
    clock = module.clock
    period, times = clock.period(spec.interval, spec.frequency), clock.scheduler_calls
    calls = "t" if times == 1 else f"-(-t // {times})"
    step = calls if period == 1 else f"{calls} * {period:_}"
    if spec.start:
        step = f"{spec.start:_} + {step}"
    per_epoch = clock.steps_per_epoch or clock.steps
    about = (
        "Tell the factor by which the LR is multiplied."
        if spec.type == "MultiplicativeLR"
        else "Tell the factor of the LR after t calls."
    )
    given = {"step": step, "epoch": f"step // {per_epoch:_}"}
    if "base_lr" not in expression.names:
        return module.function("lr_lambda", about, expression, "t", **given)
    made = module.free("lr_lambda")
    inner = function_of("factor", about, expression, ["t"], given, 4)
    outer = [f"def {made}(base_lr):", '    """Make the function for a group with this LR."""', ""]
    module.functions.append(
        [*outer, *(f"    {line}" if line else "" for line in inner), "", "    return factor"]
    )
    return made


def code_name(code: Code, module: Module) -> str:
    """Import what a spec names by path, and return its name.

    Raises:
        LrvizError: if Python cannot import it by a path.
    """
    first, _, rest = code.name.partition(".")
    if code.folder is not None:
        source = code.source
    else:
        source = os.path.splitext(os.path.basename(code.source))[0]
        if not source.isidentifier():
            raise LrvizError(
                f"{code.place}: {quoted(str(code))} cannot be imported: {source} is no name in Python; rename the file"
            )
        note = f"# {source}.py must lie where Python finds it: beside this file, or on PYTHONPATH."
        if note not in module.notes:
            module.notes.append(note)
    module.imported(source, first)
    return f"{first}.{rest}" if rest else first


def _lists(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_lists(item) for item in value]
    if isinstance(value, dict):
        return {name: _lists(item) for name, item in value.items()}
    return value
