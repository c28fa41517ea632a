"""The ``train:`` of a spec or a curve → a Train, and whether an optimizer can train it."""

from __future__ import annotations

from typing import Any

from lrviz import catalog
from lrviz.errors import Place, one_of, shown
from lrviz.spec.curve import Optimizer, Train
from lrviz.spec.document import Mapping, Problems
from lrviz.spec.model import validate
from lrviz.spec.problems import PROBLEMS, Problem
from lrviz.spec.reacting import Train as TrainModel

_STEPS = {"matrix": "matrices alone", "sparse": "sparse gradients alone"}


def train_of(found: Any, place: Place, problems: Problems) -> Train | None:
    """Read what a run trains on: a problem's name, or a mapping with ``problem``.

    Returns:
        What to train, or None if something is wrong with it.
    """
    if isinstance(found, str):
        found = Mapping.of("problem", found, place)
    if not isinstance(found, Mapping):
        problems.add(place, f"{shown(found)} is not a problem to train on; write {{problem: mlp}}")
        return None
    given = validate(TrainModel, found, "train", problems)
    if given is None:
        return None
    problem = PROBLEMS[given.pop("problem")]
    seed, known = given.pop("seed", 0), dict(problem.settings)
    for name in given:
        if name not in known:
            problems.add(found.at(name), f"{problem.name} has no {name}; delete it")
    if not set(given) <= set(known):
        return None
    return Train(problem.name, seed, tuple({**known, **given}.items()), place)


def can_train(train: Train, optimizer: Optimizer, problems: Problems) -> bool:
    """Note it if an optimizer cannot train a problem: gradients of another kind, or too many groups."""
    problem, groups = PROBLEMS[train.problem], len(optimizer.groups)
    kind = catalog.optimizers()[optimizer.type].parameter
    tensors, able = problem.tensors_for(kind), [p for p in PROBLEMS.values() if p.tensors_for(kind)]
    if not tensors:
        message = f"{optimizer.type} steps {_STEPS[kind]}, and {problem.name} has none"
        problems.add(train.place, f"{message}; write train: {one_of(p.name for p in able)}")
    elif groups > tensors:
        largest = max(able, key=lambda p: p.tensors_for(kind))
        problems.add(train.place, _too_many(groups, tensors, problem, largest, largest.tensors_for(kind)))
    return 0 < groups <= tensors


def told_of(train: Train, optimizer: Optimizer) -> tuple[str, ...]:
    """Tell what an optimizer changes in a problem."""
    problem = PROBLEMS[train.problem]
    if catalog.optimizers()[optimizer.type].parameter != "matrix" or problem.matrices == problem.tensors:
        return ()
    return (f"{optimizer.type} steps matrices alone: the model of {problem.name} has no biases for it",)


def _too_many(groups: int, tensors: int, problem: Problem, largest: Problem, most: int) -> str:
    some = f"{groups} parameter groups share {tensors} tensor{'s' * (tensors > 1)} of {problem.name}"
    return f"{some}; write fewer groups" + (
        f", or train: {largest.name}, which has {most}" if groups <= most else ""
    )
