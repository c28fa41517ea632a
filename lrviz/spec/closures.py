"""A checked syntax tree → a function of one argument, built of closures: what ``eval`` would do, without it.

It runs once per update, so that what can be done once is: what is constant is computed, and an operand that is a
constant, or the argument itself, is no call. Each operation remains the one that was written, in its order: the values
are Python's own to the last bit.
"""

from __future__ import annotations

import ast
import math
import operator
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from lrviz.spec.spelled import Function, Node, itself, spelled


def power(base: float, exponent: float) -> float:
    """Raise to a power, to a real one: Python's own would be complex where a negative number has no real power.

    Raises:
        ValueError: where that is so.
    """
    if base < 0 and not float(exponent).is_integer():
        raise ValueError(f"a negative number to the power {exponent:g} is not real")
    raised: float = float(base) ** exponent
    return raised


def _least(a: float, b: float) -> float:
    return b if b < a else a


def _greatest(a: float, b: float) -> float:
    return b if b > a else a


def _interp(x: float, *points: float) -> float:
    """Go in straight lines from point to point (x0, y0, x1, y1, ...), and stay at the first and the last."""
    return interpolation(points)(x)


def _stairs(x: float, first: float, *points: float) -> float:
    """Hold a value until the next point (first, x1, y1, x2, y2, ...) is reached."""
    return staircase((first, *points))(x)


def interpolation(points: Sequence[float]) -> Function:
    """Make the function that goes in straight lines through x0, y0, x1, y1, ...

    Raises:
        ValueError: if some x is below the one before it.
    """
    xs, ys = _sorted(points[::2]), points[1::2]

    def through(x: float) -> float:
        at = bisect_right(xs, x)
        if at == 0:
            return ys[0]
        if at == len(xs):
            return ys[-1]
        left, low = xs[at - 1], ys[at - 1]
        return low + (ys[at] - low) * ((x - left) / (xs[at] - left))

    return through


def staircase(points: Sequence[float]) -> Function:
    """Make the function that is y0 until x1, then y1 until x2, ... of y0, x1, y1, x2, y2, ...

    Raises:
        ValueError: if some x is below the one before it.
    """
    ys, xs = points[::2], _sorted(points[1::2])
    return lambda x: ys[bisect_right(xs, x)]


def _sorted(xs: Sequence[float]) -> Sequence[float]:
    if any(b < a for a, b in pairwise(xs)):
        raise ValueError("points that go back: sort them by where they are")
    return xs


CONSTANTS = {"pi": math.pi}  # no `e`: in a schedule it would be taken for the epoch; write exp(1)
FUNCTIONS: dict[str, tuple[Callable[..., float], int | range]] = {
    # name: (function, how many arguments)
    "abs": (abs, 1),
    "acos": (math.acos, 1),
    "asin": (math.asin, 1),
    "atan": (math.atan, 1),
    "cbrt": (lambda x: math.copysign(abs(x) ** (1 / 3), x), 1),
    "ceil": (lambda x: float(math.ceil(x)), 1),
    "cos": (math.cos, 1),
    "cosh": (math.cosh, 1),
    "exp": (math.exp, 1),
    "expm1": (math.expm1, 1),
    "floor": (lambda x: float(math.floor(x)), 1),
    "fmod": (math.fmod, 2),
    "hypot": (math.hypot, 2),
    "log": (math.log, 1),
    "log10": (math.log10, 1),
    "log1p": (math.log1p, 1),
    "log2": (math.log2, 1),
    "interp": (_interp, range(5, 402, 2)),
    "max": (max, range(2, 1000)),
    "min": (min, range(2, 1000)),
    "pow": (power, 2),
    "round": (lambda x: float(round(x)), 1),
    "sin": (math.sin, 1),
    "sinh": (math.sinh, 1),
    "sqrt": (math.sqrt, 1),
    "stairs": (_stairs, range(4, 401, 2)),
    "tan": (math.tan, 1),
    "tanh": (math.tanh, 1),
    "trunc": (lambda x: float(math.trunc(x)), 1),
}
BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: power,
}
COMPARE: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_THROUGH = {"interp": interpolation, "stairs": staircase}
_OF_TWO = {"max": _greatest, "min": _least}  # the same as Python's, and quicker


def compiled(node: ast.expr, names: Mapping[str, Node]) -> Function:
    """Turn a checked syntax tree into a function.

    Args:
        node: the tree; ``expressions`` lets only what the language has come here.
        names: what each name stands for: a number, ``itself``, or a function of the argument.
    """
    return _function(_value({**CONSTANTS, **names}, node))


def _value(names: Mapping[str, Node], node: ast.expr) -> Node:
    """Compile a tree to what computes its value, a float."""
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]  # only numbers are let through
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.BinOp):
        return _pair(BINARY[type(node.op)], _value(names, node.left), _value(names, node.right))
    if isinstance(node, ast.IfExp):
        return _choice(_truth(names, node.test), _value(names, node.body), _value(names, node.orelse))
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        return _call(node.func.id, [_value(names, part) for part in node.args])
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        operand = _value(names, node.operand)
        return _single(operator.neg, operand) if isinstance(node.op, ast.USub) else operand
    return _single(float, _truth(names, node))


def _truth(names: Mapping[str, Node], node: ast.expr) -> Node:
    """Compile a tree to what is true where its value is not 0: all that a condition needs."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _single(operator.not_, _truth(names, node.operand))
    if isinstance(node, ast.BoolOp):
        parts = [_function(_truth(names, part)) for part in node.values]
        decide = all if isinstance(node.op, ast.And) else any
        return lambda x: decide(part(x) for part in parts)
    if isinstance(node, ast.Compare):
        numbers = [_value(names, operand) for operand in (node.left, *node.comparators)]
        tests = [COMPARE[type(op)] for op in node.ops]
        return _chain(tests, numbers) if len(tests) > 1 else _pair(tests[0], *numbers)
    return _value(names, node)


def _call(name: str, operands: Sequence[Node]) -> Node:
    function = FUNCTIONS[name][0]
    points = [operand for operand in operands[1:] if not callable(operand)]
    if name in _THROUGH and len(points) == len(operands) - 1:
        try:
            return _single(_THROUGH[name](points), operands[0])
        except ValueError:
            pass  # told where it is called
    if len(operands) == 1:
        return _single(function, *operands)
    if len(operands) == 2:
        return _pair(_OF_TWO.get(name, function), *operands)
    functions = [_function(operand) for operand in operands]
    return lambda x: function(*[operand(x) for operand in functions])


def _single(f: Callable[[Any], float], operand: Node) -> Node:
    if not callable(operand):
        return _folded(f, operand)
    return f if operand is itself else lambda x: f(operand(x))


def _pair(f: Callable[[Any, Any], float], left: Node, right: Node) -> Node:
    if f is power and _is_real(left, right):
        f = operator.pow
    joined = spelled(f, left, right)
    if joined is not None:
        return joined
    if callable(left) and callable(right):
        return lambda x: f(left(x), right(x))
    if callable(left):
        return (lambda x: f(x, right)) if left is itself else lambda x: f(left(x), right)
    if callable(right):
        return (lambda x: f(left, x)) if right is itself else lambda x: f(left, right(x))
    return _folded(f, left, right)


def _is_real(base: Node, exponent: Node) -> bool:
    """Whether a power is real whatever the argument: no need to look each time."""
    return (not callable(base) and base >= 0) or (not callable(exponent) and float(exponent).is_integer())


def _choice(test: Node, yes: Node, no: Node) -> Node:
    if not callable(test):
        return yes if test else no
    if callable(yes):
        return (
            (lambda x: yes(x) if test(x) else no(x)) if callable(no) else lambda x: yes(x) if test(x) else no
        )
    return (lambda x: yes if test(x) else no(x)) if callable(no) else lambda x: yes if test(x) else no


def _chain(tests: Sequence[Callable[[float, float], bool]], operands: Sequence[Node]) -> Node:
    functions = [_function(operand) for operand in operands]

    def hold(x: Any) -> bool:
        numbers = [function(x) for function in functions]
        return all(test(a, b) for test, a, b in zip(tests, numbers, numbers[1:], strict=False))

    return hold


def _folded(f: Callable[..., float], *operands: float) -> Node:
    """Compute what is constant now; what cannot be computed is an error only where it is wanted."""
    try:
        return f(*operands)
    except (ArithmeticError, ValueError):
        return lambda _: f(*operands)


def _function(node: Node) -> Function:
    return node if callable(node) else lambda _: node
