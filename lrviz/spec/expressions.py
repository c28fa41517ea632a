"""Arithmetic in a string (``"min(t / 10, 1)"``) → a checked function of numbers; nothing is ``eval``-ed.

The language: numbers, names, ``+ - * / // % **``, comparisons, ``and or not``, ``a if c else b``, and the
functions below. Every value is a float, so that no expression can grow a number without bound; what Python's
``math`` would raise (a division by zero, the root of a negative) is an ArithmeticError that names the
expression.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter

from lrviz.errors import shown, suggestion
from lrviz.frozen import frozen
from lrviz.spec.closures import BINARY, COMPARE, CONSTANTS, FUNCTIONS, compiled
from lrviz.spec.spelled import Function, Node, itself

__all__ = ["CONSTANTS", "FUNCTIONS", "Expression", "expression_of"]

Values = Mapping[str, float]

_LONGEST = 4000  # characters
_DEEPEST = 60  # nested operations
_WANTED = {
    "max": "two or more arguments",
    "min": "two or more arguments",
    "interp": "what it follows, then two or more points: interp(t, 0, 0, 10, 1)",
    "stairs": "what it follows, a value, then points: stairs(t, 1, 30, 0.1, 60, 0.01)",
}
_QUOTES = "'\""


@frozen
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

    def function(self, argument: str = "") -> Callable[[Values], float]:
        """Make the function that evaluates it, given the values of its variables.

        Args:
            argument: what it was written for, to be named where the arithmetic fails.

        Returns:
            A function from names' values to a float; it raises ArithmeticError where the arithmetic fails.
        """
        nodes = {name: itemgetter(name) for name in self.names}
        evaluate = self._compiled(nodes)

        def value(values: Values) -> float:
            try:
                return evaluate(values)
            except (ArithmeticError, ValueError) as error:
                raise self._failure(error, nodes, values, argument) from error

        return value

    def function_of(
        self, *names: str, given: Mapping[str, Node] | None = None, argument: str = ""
    ) -> Function:
        """Make the function of one number that evaluates it: the form for what is called at every update.

        Args:
            names: the variables that are this number.
            given: the other variables, each a number or a function of this number.
            argument: what it was written for, to be named where the arithmetic fails.

        Returns:
            A function from a number, taken as a float, to a float; it raises ArithmeticError where the arithmetic
            fails.
        """
        nodes: dict[str, Node] = {**(given or {}), **dict.fromkeys(names, itself)}
        evaluate = self._compiled(nodes)

        def value(number: float) -> float:
            try:
                return evaluate(number * 1.0)  # what float() gives, without a call
            except (ArithmeticError, ValueError) as error:
                raise self._failure(error, nodes, float(number), argument) from error

        return value

    def _compiled(self, nodes: Mapping[str, Node]) -> Function:
        return compiled(_parsed(self.text), {**nodes, **dict(self.constants)})

    def _failure(
        self, error: Exception, nodes: Mapping[str, Node], given: object, argument: str
    ) -> ArithmeticError:
        values = {name: nodes[name] for name in self.names}
        known = {name: node(given) if callable(node) else node for name, node in values.items()}
        at = ", ".join(f"{name} is {value:g}" for name, value in known.items())
        where = f" where {at}" if at else ""
        return ArithmeticError(f"{argument} {shown(self.text)}{where}: {error}".lstrip())


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
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Invert):
        return [node.operand]
    if isinstance(node, ast.IfExp):
        return [node.test, node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.Compare) and all(type(op) in COMPARE for op in node.ops):
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
    if not plain or len(node.args) not in ([count] if isinstance(count, int) else count):
        wanted = _WANTED.get(name) or f"{count} argument{'s' * (count != 1)}"
        raise ValueError(f"{_source(node, text)}: {name}() takes {wanted}")
    return node.args


def _source(node: ast.expr, text: str) -> str:
    return shown(ast.get_source_segment(text.strip(), node) or text)
