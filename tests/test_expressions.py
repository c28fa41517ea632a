"""The little language of arithmetic: what it computes, what it refuses, what it never does."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import pytest

import lrviz.spec
from lrviz.spec.expressions import FUNCTIONS, expression_of

SPEC = Path(lrviz.spec.__file__).parent
VALUES = {"t": 3.0, "x": 0.25}

COMPUTED = {
    # an expression: its value where t is 3 and x is 0.25
    "1": 1.0,
    "1e-3": 0.001,
    "t + 2 * x": 3.5,
    "-t": -3.0,
    "+t": 3.0,
    "t / 2": 1.5,
    "t // 2": 1.0,
    "t % 2": 1.0,
    "2 ** t": 8.0,
    "2 ** -1": 0.5,
    "(-2) ** 2": 4.0,
    "t < 4": 1.0,
    "1 < t < 2": 0.0,
    "t == 3": 1.0,
    "t != 3": 0.0,
    "t >= 3 and x <= 1": 1.0,
    "t > 3 or x > 1": 0.0,
    "not t": 0.0,
    "1 if t < 3 else 0.5": 0.5,
    "1 / 0 if t < 3 else 2": 2.0,
    "min(t, 1, x)": 0.25,
    "max(t, 1)": 3.0,
    "pow(t, 2)": 9.0,
    "sqrt(t + 1)": 2.0,
    "cbrt(-8)": -2.0,
    "abs(-t)": 3.0,
    "floor(x)": 0.0,
    "ceil(x)": 1.0,
    "trunc(-2.5)": -2.0,
    "round(2.5)": 2.0,
    "exp(0)": 1.0,
    "expm1(0)": 0.0,
    "log(1)": 0.0,
    "log10(1000)": 3.0,
    "log2(8)": 3.0,
    "log1p(0)": 0.0,
    "cos(0)": 1.0,
    "sin(0)": 0.0,
    "tan(0)": 0.0,
    "acos(1)": 0.0,
    "asin(0)": 0.0,
    "atan(0)": 0.0,
    "cosh(0)": 1.0,
    "sinh(0)": 0.0,
    "tanh(0)": 0.0,
    "hypot(3, 4)": 5.0,
    "fmod(7, 4)": 3.0,
    "interp(t, 0, 0, 10, 1)": 0.3,
    "interp(t - 9, 1, 5, 2, 7)": 5.0,
    "interp(t, 1, 5, 2, 7)": 7.0,
    "interp(t, 2, 1, 3, 9, 3, 4)": 4.0,
    f"interp(t, {', '.join(f'{x}, {2 * x}' for x in range(200))})": 6.0,
    "stairs(t, 1, 3, 0.1)": 0.1,
    "stairs(t, 1, 4, 0.1, 9, t)": 1.0,
    "pi": math.pi,
    "n * t": 30.0,
    " t ": 3.0,
    "1_000": 1000.0,
}

REFUSED = (
    "t.real", "t[0]", "t()", "(lambda: 1)()", "lambda: 1", "[t]", "(t, t)", "{t}", "{}", "[t for t in t]", "f'{t}'",
    "'abc'", "b'abc'", "True", "None", "...", "1j", "t := 1", "t = 1", "t; t", "import os", "__import__('os')",
    "eval('1')", "open('x')", "t @ t", "t & 1", "t | 1", "t ^ 1", "t << 1", "~t", "t is 1", "t in (1,)", "*t",
    "min(*t)", "min(t)", "min()", "sqrt()", "sqrt(t, t)", "log(x=t)", "hypot(t)", "await t", "yield", "print(t)",
    "math.sqrt(t)", "interp(t, 1, 2)", "interp(t, 1, 2, 3, 4, 5)", "stairs(t, 1, 2)", "stairs(t, 1, 2, 3, 4)",
    "min", "unknown", "__class__", "t.__class__.__base__.__subclasses__()", "", " ", "(", "t +",
    "9" * 400, "1e999", "t" + "+t" * 600, "(" * 500 + "t" + ")" * 500, "-" * 900 + "t", "~" * 900 + "t",
    "t" + ".a" * 400, "\0", "t\n+ 1", "ﬂoor(", "٣",
)  # fmt: skip

FAILING = {
    "1 / (t - 3)": "'1 / (t - 3)' where t is 3: float division by zero",
    "sqrt(-t)": "'sqrt(-t)' where t is 3: ",
    "(-t) ** 0.5": "'(-t) ** 0.5' where t is 3: a negative number to the power 0.5 is not real",
    "0.0 ** -t": "'0.0 ** -t' where t is 3: ",
    "exp(1000 * t)": "'exp(1000 * t)' where t is 3: math range error",
    "9.0 ** 9 ** 9 ** t": "'9.0 ** 9 ** 9 ** t' where t is 3: ",
    "log(t - t)": "'log(t - t)' where t is 3: ",
    "t % (t - 3)": "'t % (t - 3)' where t is 3: ",
    "log(0)": "'log(0)': ",
    "interp(t, 5, 0, 4, 1)": "'interp(t, 5, 0, 4, 1)' where t is 3: points that go back: sort them by where they are",
    "ceil(1e308 * 10 * t)": "'ceil(1e308 * 10 * t)' where t is 3: ",
}


@pytest.mark.parametrize(("text", "value"), COMPUTED.items())
def test_arithmetic_is_computed_as_python_would(text: str, value: float) -> None:
    computed = expression_of(text, VALUES, {"n": 10}).function()(VALUES)
    assert computed == value
    assert isinstance(computed, float)


def test_every_function_is_computed_at_least_once() -> None:
    called = {
        node.func.id
        for text in COMPUTED
        for node in ast.walk(ast.parse(text.strip(), mode="eval"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called == set(FUNCTIONS)


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[:40])
def test_what_is_not_in_the_language_is_refused_before_it_is_computed(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        expression_of(text, VALUES)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(("text", "said"), FAILING.items())
def test_arithmetic_that_fails_names_the_expression_and_its_values(text: str, said: str) -> None:
    function = expression_of(text, VALUES).function()
    with pytest.raises(ArithmeticError) as caught:
        function(VALUES)
    assert str(caught.value).startswith(said)


def test_a_power_of_powers_is_a_float_and_cannot_grow_without_bound() -> None:
    with pytest.raises(ArithmeticError):
        expression_of("9 ** 9 ** 9 ** 9", ()).function()({})


def test_an_expression_knows_its_names_and_keeps_its_constants() -> None:
    expression = expression_of("n * t + pi", ("t", "x"), {"n": 10, "m": 3})
    assert expression.names == ("t",)
    assert expression.constants == (("n", 10.0),)
    assert expression.text == "n * t + pi"


def test_a_number_is_an_expression_too() -> None:
    assert expression_of(0.5, ()).function()({}) == 0.5


def test_python_warns_of_nothing_that_is_read(recwarn: pytest.WarningsRecorder) -> None:
    assert expression_of("1if t else 2", VALUES).function()(VALUES) == 1.0
    assert not recwarn.list


@pytest.mark.parametrize("module", sorted(SPEC.glob("*.py")), ids=lambda path: path.stem)
def test_no_module_of_the_language_evaluates_text(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"eval", "exec", "compile", "__import__", "globals", "vars", "open"}
