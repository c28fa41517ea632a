"""Expressions run at every update, and are quick; their values are Python's own, to the last bit."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable

import pytest

from lrviz.spec.expressions import FUNCTIONS, Expression, expression_of

ONE = [name for name, (_, count) in FUNCTIONS.items() if count == 1]
TWO = [name for name, (_, count) in FUNCTIONS.items() if count == 2 or name in ("max", "min")]
OPERATORS = ["+", "-", "*", "/", "//", "%"]
COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]
ZERO = 0.0
NUMBERS = ["0", "1", "2", "10", "0.5", "3.0", "1e-3", "-0.5", "1e300"]


def real_power(base: float, exponent: float) -> float:
    value = base**exponent
    if isinstance(value, complex):
        raise ValueError("not real")
    return value


# The functions of the language, as Python and its math have them.
PYTHON = {name: getattr(math, name) for name in FUNCTIONS if hasattr(math, name)} | {
    "abs": abs,
    "cbrt": lambda x: math.copysign(abs(x) ** (1 / 3), x),
    "ceil": lambda x: float(math.ceil(x)),
    "floor": lambda x: float(math.floor(x)),
    "max": max,
    "min": min,
    "pi": math.pi,
    "pow": real_power,
    "power": real_power,
    "round": lambda x: float(round(x)),
    "trunc": lambda x: float(math.trunc(x)),
}


def drawn(rng: random.Random, names: list[str], depth: int) -> tuple[str, str]:
    """Draw an expression, in the language and in Python."""

    def part() -> tuple[str, str]:
        return drawn(rng, names, depth - 1)

    kind = rng.choice(["number", "name", "name"]) if depth == 0 else rng.randrange(10)
    if kind in ("number", 0):
        number = rng.choice(NUMBERS)
        return f"({number})", f"({float(number)!r})"
    if kind in ("name", 1):
        name = rng.choice([*names, "pi"])
        return name, name
    (a, python_a), (b, python_b), (c, python_c) = part(), part(), part()
    if kind == 2:
        return f"({a} ** {b})", f"power({python_a}, {python_b})"
    if kind == 3:
        name = rng.choice(ONE)
        return f"{name}({a})", f"{name}({python_a})"
    if kind == 4:
        name = rng.choice(TWO)
        return f"{name}({a}, {b})", f"{name}({python_a}, {python_b})"
    if kind == 5:
        sign = rng.choice(["-", "+"])
        return f"({sign}{a})", f"({sign}{python_a})"
    if kind == 6:
        test = rng.choice(COMPARISONS)
        return (
            f"({a} if {b} {test} {c} else {b})",
            f"({python_a} if {python_b} {test} {python_c} else {python_b})",
        )
    if kind == 7:
        word, test = rng.choice(["and", "or"]), rng.choice(COMPARISONS)
        return (
            f"(not ({a} {word} {b} {test} {c}))",
            f"float(not ({python_a} {word} {python_b} {test} {python_c}))",
        )
    operator = rng.choice(OPERATORS)
    return f"({a} {operator} {b})", f"({python_a} {operator} {python_b})"


def outcome(function: Callable[[], float]) -> object:
    """Tell a value's bits, or that the arithmetic failed."""
    try:
        value = function()
    except (ArithmeticError, ValueError):
        return "fails"
    assert type(value) is float
    return "nan" if math.isnan(value) else struct.pack("d", value)


def number_form(expression: Expression, t: int) -> float:
    given = {"step": lambda t: 5.0 + 3.0 * t, "base_lr": 0.1}
    return expression.function_of("t", given=given)(t)


def mapping_form(expression: Expression, t: int) -> float:
    return expression.function()({"t": float(t), "step": 5.0 + 3.0 * t, "base_lr": 0.1})


@pytest.mark.parametrize("evaluated", [number_form, mapping_form])
@pytest.mark.parametrize("names", [["t"], ["t", "step", "base_lr"]], ids=" ".join)
def test_values_are_those_of_python(names: list[str], evaluated: Callable[[Expression, int], float]) -> None:
    rng = random.Random(0)
    outcomes: set[object] = set()
    for _ in range(1500):
        text, python = drawn(rng, names, depth=rng.randrange(1, 5))
        expression, code = expression_of(text, names), compile(python, python, "eval")
        for t in (0, 1, 2, 7, 100_003):
            values = {"t": float(t), "step": 5.0 + 3.0 * t, "base_lr": 0.1}
            expected = outcome(lambda code=code, values=values: eval(code, {**PYTHON, **values}))
            assert outcome(lambda e=expression, t=t: evaluated(e, t)) == expected, (text, t)
            outcomes.add(expected)
    assert len(outcomes) > 500
    assert "fails" in outcomes


def test_comparisons_in_a_row_are_those_of_python() -> None:
    expression = expression_of("(1 < t <= 3) + (0 == t < 2 < 5) * 10", ["t"])
    values = [expression.function_of("t")(t) for t in range(5)]
    assert values == [10.0, 0.0, 1.0, 1.0, 0.0]
    assert {type(value) for value in values} == {float}


@pytest.mark.parametrize(
    "text", ["t ** t", "t ** t ** t", "t * 1e300 ** 2", "9 ** 9 ** 9 + t", "exp(t * t) * t"]
)
def test_no_count_grows_into_an_integer_without_bound(text: str) -> None:
    try:
        value = expression_of(text, ["t"]).function_of("t")(10**6)
    except ArithmeticError:
        return
    assert type(value) is float


def words_of(fails: Callable[[], float]) -> str:
    """Tell what Python itself says of an error, which is not the same in every version."""
    with pytest.raises((ArithmeticError, ValueError)) as caught:
        fails()
    return str(caught.value)


def test_what_cannot_be_computed_is_an_error_only_where_it_is_wanted() -> None:
    value = expression_of("t if t < 2 else 1 / 0", ["t"]).function_of("t", argument="lr_lambda")
    assert [value(0), value(1)] == [0.0, 1.0]
    with pytest.raises(ArithmeticError) as caught:
        value(2)
    told = words_of(lambda: 1.0 / ZERO)
    assert str(caught.value) == f"lr_lambda 't if t < 2 else 1 / 0' where t is 2: {told}"


def test_both_forms_fail_in_the_same_words() -> None:
    expression = expression_of("log(base_lr - step) / w", ["t", "step", "base_lr"], {"w": 3})
    with pytest.raises(ArithmeticError) as mapping:
        expression.function("lr_lambda")({"step": 14.0, "base_lr": 0.1})
    given = {"step": lambda t: 5.0 + 3.0 * t, "base_lr": 0.1}
    with pytest.raises(ArithmeticError) as number:
        expression.function_of("t", given=given, argument="lr_lambda")(3)
    told = words_of(lambda: math.log(0.1 - 14))
    message = f"lr_lambda 'log(base_lr - step) / w' where base_lr is 0.1, step is 14: {told}"
    assert [str(mapping.value), str(number.value)] == [message, message]
