"""The ``module:`` of a curve → a Module: a LightningModule by path, its arguments, and the Trainer that it sees.

What its ``configure_optimizers`` makes is known when it is called; until then a stand-in tells of its optimizer.
"""

from __future__ import annotations

from lrviz.errors import shown, suggestion
from lrviz.spec.curve import Group, Module, Optimizer
from lrviz.spec.document import Mapping, Problems
from lrviz.spec.foreign import Trust, class_word, code_of, foreign_of, inert

EXAMPLE = "module: {type: ./lit.py:LitModel, args: {lr: 0.1}}"
TRAINER = ("max_epochs", "max_steps", "accumulate_grad_batches", "devices", "num_nodes")
ALONE = ("optimizer", "schedulers", "warmup", "train", "resume", "set", "type", "preset", "points")


def module_of(curve: Mapping, trust: Trust, problems: Problems) -> Module | None:
    """Read the module of a curve; None if it has none, or if something is wrong with it."""
    if "module" not in curve:
        return None
    found, place = curve["module"], curve.at("module")
    for other in ALONE:
        if other in curve:
            message = f"the module makes its optimizer and its schedulers; delete {other} or module"
            problems.add(curve.at(other), message)
    if isinstance(found, str):
        found = Mapping.of("type", found, place)
    key = class_word(found, {}) if isinstance(found, Mapping) else None
    if key is None or not isinstance(found, Mapping):
        problems.add(place, f"{shown(found)} is no LightningModule; write {EXAMPLE}")
        return None
    trainer = found.get("trainer")
    if trainer is not None and not isinstance(trainer, Mapping):
        problems.add(found.at("trainer"), f"{shown(trainer)} is not a mapping; write {{max_epochs: 10}}")
        return None
    trainer = Mapping((), place) if trainer is None else trainer
    for name, value in trainer.items():
        at = trainer.at(name)
        if name not in TRAINER:
            problems.add(at, f"a module's trainer has no {name}; {suggestion(name, TRAINER)}")
        elif type(value) is not int or value < -1 or value == 0:
            problems.add(at, f"{shown(value)} is no count; write a whole number")
    foreign = foreign_of(
        found.without("trainer"), key, code_of(found[key], found.at(key), trust, problems), problems
    )
    if foreign is None:
        return None
    arguments = foreign.beside.without("type").updated(foreign.verbatim)
    settings = tuple((name, inert(value)) for name, value in arguments.items())
    return Module(foreign.code, settings, tuple(trainer.items()))


def optimizer_in(module: Module) -> Optimizer:
    """Make what stands for a module's optimizer until it is known."""
    name = module.code.name.rpartition(".")[2]
    return Optimizer(name, (("lr", 0.0),), (Group("all"),), module.code, place=module.code.place)
