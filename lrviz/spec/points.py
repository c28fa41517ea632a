"""``points:`` of a scheduler → the LambdaLR that goes through them.

    points: [[0, 0], [5ep, 0.4], [24ep, 0]]     # [where, LR]: a length of the run, and the LR there
    between: linear                             # or hold: the LR of the last point passed

Before the first point and after the last the LR is theirs. The LRs are those of the optimizer's own ``lr``; a group
with another LR keeps its ratio to it.
"""

from __future__ import annotations

from typing import Any

from lrviz.errors import one_of, shown
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.expressions import expression_of
from lrviz.spec.fields import number

BETWEEN = {"linear": "interp", "hold": "stairs"}
EXAMPLE = "[[0, 0], [5ep, 0.4], [100%, 0]]"
MOST = 50  # points: an expression has its own bounds


def through_points(found: Mapping, lr: float, problems: Problems) -> Mapping | None:
    """Rewrite a scheduler that is given by points as a LambdaLR; None if something is wrong with it.

    Args:
        found: the scheduler as written.
        lr: the optimizer's own LR, of which the points' are fractions.
        problems: where what is wrong is noted.
    """
    before = len(problems.found)
    points, place = found["points"], found.at("points")
    if "type" in found:
        problems.add(found.at("type"), "points make a schedule of their own; delete type or points")
    if not isinstance(points, Sequence) or len(points) < 2:
        what = (
            "fewer than two points"
            if isinstance(points, Sequence)
            else f"{shown(points)} is not a list of points"
        )
        problems.add(place, f"{what}; write {EXAMPLE}")
        return None
    if len(points) > MOST:
        problems.add(place, f"{len(points)} points; at most {MOST} are read")
        return None
    between = found.get("between", "linear")
    if between not in BETWEEN:
        problems.add(found.at("between"), f"{shown(between)}; write {one_of(BETWEEN)}")
    where = Mapping((), place)
    terms = [
        _point(points[index], points.at(index), index, lr, where, problems) for index in range(len(points))
    ]
    if len(problems.found) > before:
        return None
    made = found.without("points", "between", "type")
    made.put("type", "LambdaLR", place)
    if between == "hold":  # the first value holds from the start: its own point is not asked for
        terms[0] = terms[0].partition(", ")[2]
    made.put("lr_lambda", f"{BETWEEN[between]}(t, {', '.join(terms)})", place)
    made.put("where", where, place)
    return made


def _point(point: Any, place: Any, index: int, lr: float, where: Mapping, problems: Problems) -> str:
    """Note where a point is, as a constant of the expression, and write the point."""
    if not isinstance(point, Sequence) or len(point) != 2:
        problems.add(place, f"{shown(point)} is not a point; write [5ep, 0.4]: where, and the LR there")
        return ""
    at, value = point
    where.put(f"p{index}", at, point.at(0))
    try:
        height = float(number(value)) if not isinstance(value, str) else _arithmetic(value, lr)
    except (ValueError, ArithmeticError) as error:
        problems.add(point.at(1), str(error))
        return ""
    return f"p{index}, {height / lr!r}" if lr else f"p{index}, 0.0"


def _arithmetic(text: str, lr: float) -> float:
    return expression_of(text, ("lr",)).function()({"lr": lr})
