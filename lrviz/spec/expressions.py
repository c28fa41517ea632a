"""Arithmetic in a string (``"min(t / 10, 1)"``) → a checked function of numbers; nothing is ``eval``-ed.

The language: numbers, names, ``+ - * / // % **``, comparisons, ``and or not``, ``a if c else b``, and the
functions below. Every value is a float, so that no expression can grow a number without bound; what Python's
``math`` would raise (a division by zero, the root of a negative) is an ArithmeticError that names the
expression.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lrviz.errors import shown, suggestion

Values = Mapping[str, float]
Compiled = Callable[[Values], float]

CONSTANTS = {"pi": math.pi}  # no `e`: in a schedule it would be taken for the epoch; write exp(1)
FUNCTIONS: dict[str, tuple[Callable[..., float], int | None]] = {
    # name: (function, how many arguments; None: two or more)
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
    "max": (max, None),
    "min": (min, None),
    "pow": (lambda x, y: _power(x, y), 2),
    "round": (lambda x: float(round(x)), 1),
    "sin": (math.sin, 1),
    "sinh": (math.sinh, 1),
    "sqrt": (math.sqrt, 1),
    "tan": (math.tan, 1),
    "tanh": (math.tanh, 1),
    "trunc": (lambda x: float(math.trunc(x)), 1),
}

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: lambda x, y: _power(x, y),
}
_COMPARE: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_LONGEST = 1000  # characters
_DEEPEST = 60  # nested operations
_QUOTES = "'\""


@dataclass(frozen=True)
class Expression:
    """A checked expression: inert text, with the constants it was written beside.

    Args:
        text: as written.
        names: the variables it uses, sorted.
        constants: the values of names that are fixed for the run.
    """

    text: str
    names: tuple[str, ...]
    constants: tuple[tuple[str, float], ...] = ()

    def function(self, argument: str = "") -> Compiled:
        """Make the function that evaluates it, given the values of its variables.

        Args:
            argument: what it was written for, to be named where the arithmetic fails.

        Returns:
            A function from names' values to a float; it raises ArithmeticError where the arithmetic fails.
        """
        evaluate = compiled(_parsed(self.text), dict(self.constants))

        def value(values: Values) -> float:
            try:
                return evaluate(values)
            except (ArithmeticError, ValueError) as error:
                at = ", ".join(f"{name} is {values[name]:g}" for name in self.names)
                where = f" where {at}" if at else ""
                raise ArithmeticError(f"{argument} {shown(self.text)}{where}: {error}".lstrip()) from error

        return value


def expression_of(
    text: object, variables: Iterable[str], constants: Mapping[str, float] | None = None
) -> Expression:
    """Check an expression: its grammar, and that it uses only names that are known where it stands.

    Args:
        text: what was written.
        variables: the names it may use.
        constants: names with fixed values.

    Raises:
        ValueError: saying what was found and what to write.
    """
    constants = constants or {}
    variables = set(variables)
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        example = '"min(t / 10, 1)"'
        raise ValueError(f"{shown(text)} is not an expression; write arithmetic in quotes, such as {example}")
    if not isinstance(text, str):
        _check_number(text, shown(text))
    body = _parsed(str(text))
    used: set[str] = set()
    _check(body, str(text), used)
    unknown = sorted(used - variables - set(constants) - set(CONSTANTS))
    if unknown:
        known = sorted(variables | set(constants))
        raise ValueError(f"{shown(unknown[0])} is no name here; {suggestion(unknown[0], known)}")
    fixed = tuple(sorted((name, float(value)) for name, value in constants.items() if name in used))
    return Expression(str(text), tuple(sorted(used & variables - set(constants))), fixed)


def compiled(node: ast.expr, constants: Mapping[str, float]) -> Compiled:
    """Turn a checked syntax tree into a function built of closures."""
    fixed = {**CONSTANTS, **constants}

    def build(node: ast.expr) -> Compiled:
        if isinstance(node, ast.Constant):
            number = float(node.value)  # type: ignore[arg-type]  # _check let only numbers through
            return lambda _: number
        if isinstance(node, ast.Name):
            name = node.id
            if name in fixed:
                constant = fixed[name]
                return lambda _: constant
            return lambda values: values[name]
        if isinstance(node, ast.BinOp):
            combine, left, right = _BINARY[type(node.op)], build(node.left), build(node.right)
            return lambda values: combine(left(values), right(values))
        if isinstance(node, ast.UnaryOp):
            operand = build(node.operand)
            if isinstance(node.op, ast.USub):
                return lambda values: -operand(values)
            if isinstance(node.op, ast.Not):
                return lambda values: float(not operand(values))
            return operand
        if isinstance(node, ast.IfExp):
            test, yes, no = build(node.test), build(node.body), build(node.orelse)
            return lambda values: yes(values) if test(values) else no(values)
        if isinstance(node, ast.BoolOp):
            parts = [build(value) for value in node.values]
            decide = all if isinstance(node.op, ast.And) else any
            return lambda values: float(decide(part(values) for part in parts))
        if isinstance(node, ast.Compare):
            return _comparison(node, build)
        assert isinstance(node, ast.Call)  # the last kind that _check lets through
        assert isinstance(node.func, ast.Name)
        function = FUNCTIONS[node.func.id][0]
        arguments = [build(argument) for argument in node.args]
        if len(arguments) == 1:
            only = arguments[0]
            return lambda values: function(only(values))
        if len(arguments) == 2:
            first, second = arguments
            return lambda values: function(first(values), second(values))
        return lambda values: function(*[argument(values) for argument in arguments])

    return build(node)


def _comparison(node: ast.Compare, build: Callable[[ast.expr], Compiled]) -> Compiled:
    operands = [build(operand) for operand in (node.left, *node.comparators)]
    tests = [_COMPARE[type(op)] for op in node.ops]

    def compare(values: Values) -> float:
        numbers = [operand(values) for operand in operands]
        return float(all(test(a, b) for test, a, b in zip(tests, numbers, numbers[1:], strict=False)))

    return compare


def _power(base: float, exponent: float) -> float:
    if base < 0 and not float(exponent).is_integer():
        raise ValueError(f"a negative number to the power {exponent:g} is not real")
    power: float = float(base) ** exponent
    return power


def _parsed(text: str) -> ast.expr:
    if len(text) > _LONGEST:
        raise ValueError(f"an expression of {len(text):,} characters; at most {_LONGEST:,} are read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python thinks of its own spelling, such as 1if x
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the parser's own limits included
        raise ValueError(f'{shown(text)} is not arithmetic; write for example "min(t / 10, 1)"') from None


def _check(node: ast.expr, text: str, used: set[str], depth: int = 0) -> None:
    """Let through what the language has, and collect the names used."""
    if depth > _DEEPEST:
        raise ValueError(f"an expression nested more than {_DEEPEST} deep")
    if isinstance(node, ast.Constant):
        _check_number(node.value, _source(node, text))
    elif isinstance(node, ast.Name):
        used.add(node.id)
    else:
        for part in _parts(node, text):
            _check(part, text, used, depth + 1)


def _check_number(found: object, source: str) -> None:
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise ValueError(f"{source} is not a number")
    if isinstance(found, int) and found.bit_length() > 1000:
        raise ValueError("a number too large for a float")
    if not math.isfinite(found):
        raise ValueError(f"{found} is not finite; write for example 0.1 or 1e-3")


def _parts(node: ast.expr, text: str) -> list[ast.expr]:
    """Take apart what the language has; refuse the rest."""
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Invert):
        return [node.operand]
    if isinstance(node, ast.IfExp):
        return [node.test, node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.Compare) and all(type(op) in _COMPARE for op in node.ops):
        return [node.left, *node.comparators]
    if isinstance(node, ast.Call):
        return _arguments(node, text)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
        raise ValueError(f"{_source(node, text)} is no power; write **")
    known = "numbers, names, + - * / // % **, comparisons, and or not, if else, and functions"
    raise ValueError(f"{_source(node, text)} is not part of the language; write {known}")


def _arguments(node: ast.Call, text: str) -> list[ast.expr]:
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        name = _source(node.func, text)
        raise ValueError(f"{name} is no function here; {suggestion(name.strip(_QUOTES), sorted(FUNCTIONS))}")
    name, (_, count) = node.func.id, FUNCTIONS[node.func.id]
    plain = not node.keywords and not any(isinstance(argument, ast.Starred) for argument in node.args)
    if not plain or (count is not None and len(node.args) != count) or (count is None and len(node.args) < 2):
        wanted = "two or more arguments" if count is None else f"{count} argument{'s' * (count > 1)}"
        raise ValueError(f"{_source(node, text)}: {name}() takes {wanted}")
    return node.args


def _source(node: ast.expr, text: str) -> str:
    return shown(ast.get_source_segment(text.strip(), node) or text)
