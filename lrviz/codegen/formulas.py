"""An Expression of the language → the Python function that computes the same floats.

The language takes every number for a float. Python's whole numbers give the same values, except where a power of them
would be exact instead of rounded: there they are written as floats.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterable, Mapping

from lrviz.codegen.printing import WIDTH, Items, Raw, lines_of
from lrviz.codegen.printing import Item as Entry
from lrviz.spec.expressions import Expression

BUILTIN = ("abs", "max", "min", "pow", "round")
OWN = ("interp", "stairs")  # functions of the language that Python has not
HELPERS = {
    "interp": '''\
def interp(x, *points):
    """Go in straight lines from point to point, and stay at the first and the last."""
    after = bisect_right(points, x, key=lambda point: point[0])
    if after == 0:
        return points[0][1]
    if after == len(points):
        return points[-1][1]
    (left, low), (right, high) = points[after - 1 : after + 1]
    return low + (high - low) * ((x - left) / (right - left))''',
    "stairs": '''\
def stairs(x, first, *points):
    """Hold a value until the next point is reached."""
    after = bisect_right(points, x, key=lambda point: point[0])
    return points[after - 1][1] if after else first''',
}
_POWER = re.compile(r"(?<![\w.)\]])([\w.]+) \*\* (-?[\w.]+)(?![\w.(\[])")
_RESERVED = {"math", "torch", "optimizer", "group", "metrics", "update", "model", "bisect_right", *HELPERS}


def safe(name: str) -> str:
    """Make of a name one that hides nothing the code needs."""
    return f"{name}_" if name in _RESERVED or keyword.iskeyword(name) or name in BUILTIN else name


def function_of(
    name: str,
    about: str,
    expression: Expression,
    arguments: Iterable[str],
    given: Mapping[str, str],
    indent: int = 0,
) -> list[str]:
    """Write the function that evaluates an expression.

    Args:
        name: the function's name.
        about: its docstring.
        expression: what it computes.
        arguments: its arguments.
        given: the Python of each other variable that the expression may use; one may rest on those before it.
        indent: how far to the right it will stand.
    """
    lines = [f"def {name}({', '.join(arguments)}):", f'    """{about}"""']
    lines += [f"    {line}" for line in prepared(expression, given)]
    return [*lines, *(f"    {line}" for line in statements(expression, indent + 4))]


def prepared(expression: Expression, given: Mapping[str, str]) -> list[str]:
    """Write what its variables and constants are, those that it uses."""
    used = _used(expression.names, given)
    lines = [f"{name} = {text}" for name, text in given.items() if name in used]
    return lines + [f"{safe(name)} = {value!r}" for name, value in expression.constants]


def statements(expression: Expression, indent: int, target: str = "return ") -> list[str]:
    """Write the statements that return its value, or assign it."""
    tree = _Python().visit(ast.parse(expression.text.strip(), mode="eval")).body
    return _Layout(indent).lines(target, tree, indent)


def condition(expression: Expression) -> str:
    """Write an expression that is one condition."""
    return _text(_Python(truth=True).visit(ast.parse(expression.text.strip(), mode="eval")).body)


def helpers_in(text: str) -> list[str]:
    """Tell which helpers a piece of Python calls."""
    return [name for name in HELPERS if f"{name}(" in text]


def _used(names: Iterable[str], given: Mapping[str, str]) -> set[str]:
    used = set(names)
    for name in reversed(list(given)):  # what one rests on stands before it
        if name in used:
            tree = ast.parse(given[name], mode="eval")
            used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return used


class _Python(ast.NodeTransformer):
    """Turns the language's tree into Python's."""

    def __init__(self, truth: bool = False) -> None:
        self.truth = truth  # whether nothing but the truth of the whole is wanted

    def visit_Expression(self, node: ast.Expression) -> ast.Expression:
        node.body = self._value(node.body) if not self.truth else self.visit(node.body)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id == "pi":
            return ast.parse("math.pi", mode="eval").body
        return ast.Name(safe(node.id))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node.left, node.right = self._value(node.left), self._value(node.right)
        if isinstance(node.op, ast.Pow):
            node.left, node.right = _floated(node.left), _floated(node.right)
            if not any(isinstance(part, ast.Constant) or _is_float(part) for part in (node.left, node.right)):
                node.right = ast.Call(ast.Name("float"), [node.right], [])
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        operand = node.operand
        node.operand = self.visit(operand) if isinstance(node.op, ast.Not) else self._value(operand)
        if isinstance(node.operand, ast.BinOp) and isinstance(node.operand.op, ast.Pow):
            node.operand = ast.Name(f"({_text(node.operand)})")  # the formatters' brackets
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        node.test = self.visit(node.test)
        node.body, node.orelse = self._value(node.body), self._value(node.orelse)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        node.left = self._value(node.left)
        node.comparators = [self._value(part) for part in node.comparators]
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        name, operands = node.func.id, [self._value(part) for part in node.args]
        if name in OWN:
            first = 1 if name == "interp" else 2
            pairs = [ast.Tuple(operands[i : i + 2]) for i in range(first, len(operands), 2)]
            return ast.Call(ast.Name(name), [*operands[:first], *pairs], [])
        if name == "pow":
            return self.visit_BinOp(ast.BinOp(node.args[0], ast.Pow(), node.args[1]))
        function = name if name in BUILTIN else f"math.{name}"
        return ast.Call(ast.parse(function, mode="eval").body, operands, [])

    def _value(self, node: ast.expr) -> ast.expr:
        """Turn a tree whose value is wanted, of which ``and`` and ``or`` are 0 or 1."""
        made: ast.expr = self.visit(node)
        return ast.Call(ast.Name("bool"), [made], []) if isinstance(node, ast.BoolOp) else made


def _floated(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return ast.Constant(float(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return ast.UnaryOp(node.op, _floated(node.operand))
    return node


def _is_float(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)


class _Layout:
    """Lays out a tree as statements no line of which is too long, naming parts where it must."""

    def __init__(self, indent: int) -> None:
        self.parts = 0
        self.indent = indent

    def lines(self, target: str, tree: ast.expr, indent: int) -> list[str]:
        """Write ``target`` and the tree, in lines that stand so far to the right."""
        text = _text(tree)
        if indent + len(target) + len(text) <= WIDTH:
            return [f"{target}{text}"]
        if isinstance(tree, ast.IfExp):
            return self._branches(target, tree, indent)
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in OWN:
            first = 1 if tree.func.id == "interp" else 2
            before: list[str] = []
            head = [self._short(part, before, indent, 40) for part in tree.args[:first]]
            items = [*map(Raw, head), *(Raw(_text(part)) for part in tree.args[first:])]
            call = Items(tuple(map(Entry, items)), "()")
            laid = lines_of(f"{target}{tree.func.id}", call, indent)
            return [*before, *(line[indent:] for line in laid)]
        before = []
        self._shorten(tree, before, indent)
        text = _text(tree)
        if before and indent + len(target) + len(text) > WIDTH:
            return [*before, *self.lines(target, tree, indent)]
        return [*before, f"{target}{text}"]

    def _branches(self, target: str, tree: ast.IfExp, indent: int) -> list[str]:
        before: list[str] = []
        test = self._short(tree.test, before, indent, WIDTH - indent - 4)
        yes = self.lines(target, tree.body, indent + 4)
        lines = [*before, f"if {test}:", *(f"    {line}" for line in yes)]
        if target == "return ":
            return [*lines, *self.lines(target, tree.orelse, indent)]
        no = self.lines(target, tree.orelse, indent + 4)
        return [*lines, "else:", *(f"    {line}" for line in no)]

    def _short(self, tree: ast.expr, before: list[str], indent: int, room: int) -> str:
        text = _text(tree)
        if len(text) <= room:
            return text
        self.parts += 1
        name = f"part_{self.parts}"
        before += self.lines(f"{name} = ", tree, indent)
        return name

    def _shorten(self, tree: ast.expr, before: list[str], indent: int) -> None:
        """Give the longest operand a name of its own: what is computed in any case, so before is as well."""
        fields: list[tuple[str, int | None]] = [("left", None), ("right", None), ("operand", None)]
        if isinstance(tree, ast.Call):
            fields = [("args", index) for index in range(len(tree.args))]
        found = []
        for field, index in fields:
            part = getattr(tree, field, None)
            part = part[index] if isinstance(part, list) and index is not None else part
            if isinstance(part, ast.expr) and not isinstance(part, (ast.Name, ast.Constant, ast.Tuple)):
                found.append((len(_text(part)), field, index, part))
        if not found:
            return
        _, field, index, part = max(found, key=lambda one: one[0])
        named = ast.Name(self._short(part, before, indent, 0))
        if isinstance(tree, ast.Call) and index is not None:
            tree.args[index] = named
        else:
            setattr(tree, field, named)


def _text(tree: ast.expr) -> str:
    """Write a tree on one line; as the formatters do, with no blanks around the power of simple operands."""
    return _POWER.sub(r"\1**\2", ast.unparse(ast.fix_missing_locations(tree)))
