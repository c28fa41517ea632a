"""Curves drawn in the terminal: small ones whole, spikes that survive, curves told apart."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from rich.cells import cell_len

from lrviz.analyze.facts import facts_of
from lrviz.render.as_plot import drawing, sparkline
from lrviz.render.axis import lr_ticks, round_numbers
from lrviz.render.braille import Scale, dots, scale_of
from lrviz.report import Curve, Report
from lrviz.spec.clock import Clock
from lrviz.spec.view import View
from lrviz.trace import Stepped, Trace


def made(name, lr, steps_per_epoch=None, groups=None, momentum=None, tokens=None):
    lr = np.array(lr, dtype=np.float64)
    lr = lr[:, None] if lr.ndim == 1 else lr
    clock = Clock(len(lr), steps_per_epoch, tokens)
    names = groups or tuple(f"g{index}" for index in range(lr.shape[1]))
    stepped = (Stepped("StepLR", "epoch"),)
    return Trace(name, clock, "SGD", names, stepped, lr, momentum, None, tuple(lr[-1]))


def report(*traces, **view):
    return Report(tuple(Curve(trace, facts_of(trace)) for trace in traces), View(**view))


def step(name="step"):
    return made(name, [0.1] * 10 + [0.05] * 10, 2)


def constant(name="constant", value=0.075):
    return made(name, [value] * 20, 2)


def test_one_curve_is_drawn_with_its_axes():
    assert (
        drawing(report(step()), width=30, height=5).plain
        == """\
      learning rate
 0.1 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⡆
     │            ⡇
0.05 ┤            ⠓⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒
     │
   0 ┤
     └┬───────────┬───────────
      0           5      epoch

  ━━ step"""
    )


def test_without_colour_each_curve_is_drawn_with_its_letter():
    assert (
        drawing(report(step(), constant()), width=30, height=5, colour=False).plain
        == """\
      learning rate
 0.1 ┤aaaaaaaaaaaa
     │bbbbbbbbbbbbabbbbbbbbbbb
0.05 ┤            aaaaaaaaaaaa
     │
   0 ┤
     └┬───────────┬───────────
      0           5      epoch

  a step   b constant"""
    )


def test_ascii_is_enough():
    text = drawing(report(step(), constant()), width=30, height=5, unicode=False).plain
    assert text.isascii()
    assert "0.05 +            aaaaaaaaaaaa" in text
    assert drawing(report(step()), width=30, unicode=False).plain.isascii()
    assert sparkline([1, 2], 4, 2, unicode=False) == "  **\n**"


@pytest.mark.parametrize(("colour", "unicode"), [(True, True), (False, True), (True, False), (False, False)])
def test_every_spike_survives(colour, unicode):
    lr = np.full(1_000_000, 1e-3)
    lr[777_777] = 5e-3
    lr[123_456] = 3e-3
    text = drawing(report(made("spike", lr)), colour=colour, unicode=unicode).plain.split("\n")
    assert text[1].startswith("0.005")
    assert len(text[1][7:].split()) == 1, "one spike reaches the top"
    assert sum(len(line[7:].split()) == 2 for line in text[2:13]) >= 5, "two reach the middle"


def test_steps_are_verticals():
    grid = dots(np.array([1.0, 0.0, 0.0, 1.0]), Fraction(4), Scale(0, 1), 8, 4)
    assert ["".join(".#"[dot] for dot in row) for row in grid.astype(int)] == [
        "##....##",
        "..#...#.",
        "..#...#.",
        "..####..",
    ]


def test_a_gap_is_left_where_there_is_no_number():
    grid = dots(np.array([1.0, np.nan, np.nan, 0.0]), Fraction(4), Scale(0, 1), 4, 2)
    assert grid.astype(int).tolist() == [[1, 0, 0, 0], [0, 0, 0, 1]]


def test_a_shorter_run_stops_where_it_ends():
    text = drawing(report(step("long"), made("short", [0.05] * 4, 2)), width=30, height=5, colour=False).plain
    assert text.split("\n")[3] == "0.05 ┤bbbbb       aaaaaaaaaaaa"


def test_curves_that_share_a_place_take_turns():
    text = drawing(report(constant("one", 0.1), constant("two", 0.1)), width=30, height=4, colour=False).plain
    assert text.split("\n")[1] == " 0.1 ┤" + "ab" * 12


def test_colours_follow_the_palette_and_ink_is_the_terminals_own():
    text = drawing(report(*(constant(f"c{i}", 0.01 * (i + 1)) for i in range(7))), width=60)
    found = {str(span.style) for span in text.spans}
    assert {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"} <= found
    assert not any("#000000" in style or "black" in style for style in found)


def test_more_curves_than_colours_are_told_apart_by_letters_too():
    plain = drawing(report(*(constant(f"c{i}", 0.01 * (i + 1)) for i in range(8)))).plain
    assert all(f"{letter} c{index}" in plain for index, letter in enumerate("abcdefgh"))


def test_groups_are_drawn_where_they_differ():
    lr = np.stack([np.full(8, 0.1), np.full(8, 0.1), np.full(8, 0.2)], axis=1)
    plain = drawing(report(made("c", lr, groups=("a", "b", "head")))).plain
    assert plain.endswith("  ━━ c · a, b   ━━ c · head")


def test_a_log_axis_has_powers_of_ten_and_says_what_lies_beneath():
    lr = np.append(np.geomspace(1, 1e-4, 50), 0)
    lines = drawing(report(made("c", lr), y="log"), height=17).plain.split("\n")
    labels = [line.split("┤")[0].strip() for line in lines if "┤" in line]
    assert labels == ["1", "0.1", "0.01", "0.001", "≤0.0001"]


def test_a_linear_axis_begins_at_zero_unless_all_lies_far_above():
    assert scale_of([np.array([0.01, 0.1])]) == Scale(0.0, 0.1)
    assert scale_of([np.array([0.85, 0.95])]) == Scale(0.85, 0.95)
    assert scale_of([np.array([0.1, 0.1])]) == Scale(0.0, 0.1)
    assert scale_of([np.array([0.0, 0.0])]) == Scale(0.0, 1.0)
    assert scale_of([np.array([-1.0, 1.0])]) == Scale(-1.0, 1.0)
    assert scale_of([np.array([np.nan, np.inf])]) == Scale(0.0, 1.0)


def test_ticks_are_round_numbers():
    assert round_numbers(0, 0.1, 5) == [0, 0.02, 0.04, 0.06, 0.08, 0.1]
    assert round_numbers(0, 9000, 6) == [0, 2000, 4000, 6000, 8000]
    assert round_numbers(0.85, 0.95, 4) == [0.85, 0.875, 0.9, 0.925, 0.95]
    assert round_numbers(0, 3e-05, 3) == [0, 1e-05, 2e-05, 3e-05]
    assert lr_ticks(Scale(0.0, 0.035), 16)[0] == "0.035"


def test_the_x_axis_counts_what_was_asked_for():
    trace = made("c", np.full(2000, 0.1), 100, tokens=500_000)

    def numbers(**view):
        return drawing(report(trace, **view), width=70).plain.split("\n")[-3].split()

    assert numbers() == ["0", "5", "10", "15", "epoch"]
    assert numbers(x="step") == ["0", "500", "1,000", "1,500", "update"]
    assert numbers(x="tokens") == ["0", "200M", "400M", "600M", "800M", "tokens"]


def test_what_else_was_asked_for_has_a_panel_of_its_own():
    trace = made("c", [0.1, 0.2], momentum=np.array([[0.9], [0.95]]))
    plain = drawing(report(trace, show=("lr", "momentum", "weight_decay"))).plain
    assert [word for word in ("learning rate", "momentum", "weight decay") if word in plain] == [
        "learning rate",
        "momentum",
    ]
    assert drawing(report(step("a"), step("b"), layout="grid")).plain.count("learning rate") == 2


@pytest.mark.parametrize("width", [40, 80, 132])
@pytest.mark.parametrize("colour", [True, False])
def test_drawings_fit_and_long_names_fold(width, colour):
    names = [f"a curve with rather a long name {'and more ' * 12}学習率 number {index}" for index in range(9)]
    plain = drawing(report(*map(step, names), title="t\x1b[31m"), width=width, colour=colour).plain
    assert max(map(cell_len, plain.split("\n"))) <= width
    assert all(f"number {i}" in plain.replace("\n", "").replace("    ", "") for i in range(9))
    assert "\x1b" not in plain


@pytest.mark.parametrize(
    "lr",
    [
        [0.0] * 5,
        [0.1],
        [float("nan")] * 5,
        [1e308, 1e-308],
        [0.1, float("inf"), 0.1],
        [-1.0, 1.0],
        [5e-324] * 3,
    ],
)
@pytest.mark.parametrize("y", ["linear", "log"])
def test_odd_values_are_drawn_without_complaint(lr, y):
    text = drawing(Report((Curve(made("odd", lr), ()),), View(y=y)))
    assert len(text.plain.split("\n")) == 21
    sparkline(lr)


def test_a_shape_is_small_and_the_same_every_time():
    cosine = 0.05 * (1 + np.cos(np.pi * np.arange(90) / 90))
    assert (
        sparkline(cosine, width=24)
        == """\
⠉⠉⠉⠒⠒⠦⢤⣀
       ⠈⠉⠓⠦⣄⡀
            ⠈⠓⠦⣄⣀
                ⠈⠙⠒⠦⠤⢄⣀⣀"""
    )
    assert sparkline([]) == ""
    assert sparkline([0.1] * 3, width=4, height=2) == "⠉⠉⠉⠉\n"
