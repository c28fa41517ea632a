"""Two operands → a function that joins them by + - * or /, spelled as the operator: no call is as quick.

Each operand is a constant, a function of the argument, or ``itself``: the argument.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

Function = Callable[[Any], float]
Node = float | Function  # a constant, or what computes it from the argument
Join = Callable[[Any, Any], Function]


def itself(x: float) -> float:
    """Give the argument itself: what a name stands for that is the function's own."""
    return x


def spelled(f: Callable[[Any, Any], float], left: Node, right: Node) -> Function | None:
    """Join two operands, of which one at least is no constant; None where the operator is another.

    Args:
        f: the operator, as a function.
        left: what stands before it.
        right: what stands after it.
    """
    form = (_form(left), _form(right))
    join = _JOINS.get(form, {}).get(f)
    return None if join is None else join(left, right)


def _form(node: Node) -> str:
    return "x" if node is itself else "function" if callable(node) else "constant"


_JOINS: dict[tuple[str, str], dict[Callable[[Any, Any], float], Join]] = {
    ("x", "constant"): {
        operator.add: lambda _, b: lambda x: x + b,
        operator.sub: lambda _, b: lambda x: x - b,
        operator.mul: lambda _, b: lambda x: x * b,
        operator.truediv: lambda _, b: lambda x: x / b,
    },
    ("constant", "x"): {
        operator.add: lambda a, _: lambda x: a + x,
        operator.sub: lambda a, _: lambda x: a - x,
        operator.mul: lambda a, _: lambda x: a * x,
        operator.truediv: lambda a, _: lambda x: a / x,
    },
    ("function", "constant"): {
        operator.add: lambda a, b: lambda x: a(x) + b,
        operator.sub: lambda a, b: lambda x: a(x) - b,
        operator.mul: lambda a, b: lambda x: a(x) * b,
        operator.truediv: lambda a, b: lambda x: a(x) / b,
    },
    ("constant", "function"): {
        operator.add: lambda a, b: lambda x: a + b(x),
        operator.sub: lambda a, b: lambda x: a - b(x),
        operator.mul: lambda a, b: lambda x: a * b(x),
        operator.truediv: lambda a, b: lambda x: a / b(x),
    },
    ("function", "function"): {
        operator.add: lambda a, b: lambda x: a(x) + b(x),
        operator.sub: lambda a, b: lambda x: a(x) - b(x),
        operator.mul: lambda a, b: lambda x: a(x) * b(x),
        operator.truediv: lambda a, b: lambda x: a(x) / b(x),
    },
}
