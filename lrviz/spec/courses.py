"""The ``set:`` of a curve → Courses: hyperparameters besides the LR that follow an expression, update by update."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from lrviz.errors import Place, one_of, shown
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Optimizer
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.durations import Ruler, length_of, whole
from lrviz.spec.expressions import Expression, expression_of
from lrviz.spec.fields import number
from lrviz.spec.optimizers import has_quantity
from lrviz.spec.reactions import Course

QUANTITIES = ("momentum", "weight_decay")
VARIABLES = ("step", "epoch")
EXAMPLE = '{weight_decay: "0.04 + 0.36 * step / steps"}'


def courses_of(curve: Mapping, clock: Clock, optimizer: Optimizer, problems: Problems) -> tuple[Course, ...]:
    """Read a curve's ``set:``; what is wrong in it is noted and left out."""
    written = curve.get("set")
    if written is None:
        return ()
    if not isinstance(written, Mapping):
        problems.add(curve.at("set"), f"{shown(written)} is not a mapping; write {EXAMPLE}")
        return ()
    constants = _constants(written, clock, problems)
    courses = []
    for key in written.without("where"):
        place = written.at(key)
        if key not in QUANTITIES:
            problems.add(place, f"{key} cannot be set update by update; write {one_of(QUANTITIES)}")
        elif not has_quantity(optimizer, key):
            problems.add(place, f"{optimizer.type} has no {key.replace('_', ' ')}; delete it")
        elif constants is not None:
            expressions = _expressions(written[key], place, constants, len(optimizer.groups), problems)
            if expressions:
                courses.append(Course(key, expressions))
    return tuple(courses)


def _constants(written: Mapping, clock: Clock, problems: Problems) -> dict[str, float] | None:
    """Read the named numbers and lengths, in updates, that its expressions use; None if one is wrong."""
    where = written.get("where", Mapping())
    constants = clock.constants()
    if not isinstance(where, Mapping):
        problems.add(
            written.at("where"), f"{shown(where)} is not a mapping of names to numbers; write {{n: 10}}"
        )
        return None
    before = len(problems.found)
    for name, value in where.items():
        try:
            constants[name] = float(_updates(value, clock) if isinstance(value, str) else number(value))
        except ValueError as error:
            problems.add(where.at(name), str(error))
    return constants if len(problems.found) == before else None


def _updates(text: str, clock: Clock) -> int:
    return whole(Ruler(clock, Fraction(1)).calls(length_of(text)))


def _expressions(
    found: Any, place: Place, constants: dict[str, float], groups: int, problems: Problems
) -> tuple[Expression, ...]:
    items = list(found) if isinstance(found, Sequence) else [found]
    if len(items) not in (1, groups):
        problems.add(place, f"{len(items)} expressions for {groups} parameter groups; write one, or {groups}")
        return ()
    read = []
    for index, item in enumerate(items):
        try:
            read.append(expression_of(item, VARIABLES, constants))
        except ValueError as error:
            problems.add(found.at(index) if isinstance(found, Sequence) else place, str(error))
    return tuple(read * groups if len(items) == 1 else read) if len(read) == len(items) else ()
