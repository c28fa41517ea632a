"""The tables of the terminal, on hand-made traces: whole outputs, and names that mean harm."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from lrviz.analyze.facts import facts_of
from lrviz.analyze.samples import all_updates, epochs, every, sampled_updates
from lrviz.render.as_table import curve_table, facts_table, samples_table
from lrviz.render.number import count_text, epochs_text, lr_text, short_text, where_text
from lrviz.render.shown import lines_of, visible
from lrviz.report import Curve, Report
from lrviz.spec.clock import Clock
from lrviz.trace import Event, Series, Stepped, Trace

NASTY = "[bold red]x[/] :smile: \x1b[31m\r\nnext\u202eline\ud800\tend"


def made(name, lr, steps_per_epoch=None, **changes):
    lr = np.array(lr, dtype=np.float64)
    lr = lr[:, None] if lr.ndim == 1 else lr
    parts = {
        "name": name,
        "clock": Clock(len(lr), steps_per_epoch),
        "optimizer": "SGD",
        "groups": tuple(f"g{index}" for index in range(lr.shape[1])),
        "schedulers": (Stepped("StepLR", "epoch"),),
        "lr": lr,
        "momentum": None,
        "weight_decay": None,
        "final_lr": tuple(lr[-1] / 10),
    }
    return Trace(**{**parts, **changes})


def report(*traces):
    return Report(tuple(Curve(trace, facts_of(trace)) for trace in traces))


def printed(renderable, plain=False, width=80):
    console = Console(
        file=io.StringIO(), width=width, soft_wrap=plain, markup=False, emoji=False, highlight=False
    )
    console.print(renderable)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def step(name="step"):
    return made(name, [0.1] * 4 + [0.01] * 4, 2)


def one_cycle(name="one cycle"):
    return made(
        name,
        [0.001, 0.02, 0.1, 0.05, 0.025, 0.0125, 0.00625, 2.5e-05],
        2,
        schedulers=(Stepped("OneCycleLR", "step"),),
        momentum=np.array([[0.95], [0.9], [0.85], [0.9], [0.9], [0.9], [0.9], [0.95]]),
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (10**-1.5, "0.03162"),
        (2.5e-05, "2.5e-05"),
        (0.0, "0"),
        (-0.0, "0"),
        (-0.01, "-0.01"),
        (1e-300, "1e-300"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_a_learning_rate_is_written_in_four_digits(value, text):
    assert lr_text(value) == text


def test_counts_are_written_as_people_read_them():
    assert count_text(9000) == "9,000"
    assert [short_text(v) for v in (0, 0.25, 9000, 1.5e6, 375e6, 2e12)] == [
        "0",
        "0.25",
        "9,000",
        "1.5M",
        "375M",
        "2T",
    ]
    assert epochs_text(Clock(9000, 100)) == "90"
    assert epochs_text(Clock(250, 100)) == "2.50"
    assert epochs_text(Clock(250)) == ""


def test_a_place_in_a_run_is_an_update_and_its_epoch():
    assert where_text(500, Clock(9000, 100)) == "update 500 (epoch 5)"
    assert where_text(1500, Clock(9000)) == "update 1,500"
    assert where_text(-1, Clock(9000, 100)) == "before training"


def test_facts_stand_side_by_side():
    assert (
        printed(facts_table(report(step(), one_cycle())))
        == """\
                 step              one cycle
──────────────────────────────────────────────────────
optimizer        SGD               SGD
scheduler        StepLR per epoch  OneCycleLR per step
updates          8                 8
epochs           4                 4
start            0.1               0.001
peak             0.1               0.1
peak at update   0                 2
peak at epoch    0                 1
end              0.01              2.5e-05
mean             0.055             0.02685
warm-up updates  0                 2
rises            0                 1
drops            1                 1
momentum                           0.85 to 0.95
"""
    )


def test_plain_facts_are_rows_of_words_two_spaces_apart():
    assert (
        printed(facts_table(report(step("a  b")), plain=True), plain=True)
        == """\
fact             a b
optimizer        SGD
scheduler        StepLR per epoch
updates          8
epochs           4
start            0.1
peak             0.1
peak at update   0
peak at epoch    0
end              0.01
mean             0.055
warm-up updates  0
rises            0
drops            1
"""
    )


@pytest.mark.parametrize("plain", [True, False])
def test_a_table_made_in_parts_is_the_same_table(plain, monkeypatch):
    lr = np.stack([np.geomspace(0.1, 1e-5, 50), np.linspace(0, 1, 50)], axis=1)
    events = (Event(-1, "warning", "early"), Event(7, "cut", "学習率 × 0.1"), Event(31, "cut", "at the end"))
    loss = Series(np.array([5, 20]), np.array([0.5, 0.25]))
    traces = [made("a", lr, 7, events=events, metrics={"m": loss}), made("b", [0.1] * 20, 7), one_cycle()]
    shown = report(*traces)
    table = curve_table(shown, range(50), plain, last_lr=True)
    whole = printed(table, plain, width=60)
    for name in ("cells.CHUNK", "grid.CHUNK", "grid.ROWS"):
        monkeypatch.setattr(f"lrviz.render.{name}", 7)
    assert printed(curve_table(shown, range(50), plain, last_lr=True), plain, width=60) == whole
    console = Console(file=io.StringIO(), width=60, soft_wrap=plain, markup=False, highlight=False)
    parts = list(curve_table(shown, range(50), plain, last_lr=True).parts(console, 60))
    assert len(parts) >= 8
    for part in parts:
        console.print(part)
    assert [row.rstrip() for row in console.file.getvalue().splitlines()] == whole.splitlines()


def test_samples_say_which_learning_rate_they_are():
    assert (
        printed(samples_table(report(step(), one_cycle()), [0, 2, 4, 7]))
        == """\
epoch  update  step  one cycle
──────────────────────────────
    0       0   0.1      0.001
    1       2   0.1        0.1
    2       4  0.01      0.025
    3       7  0.01    2.5e-05

Learning rates are those with which optimizer.step() ran.
"""
    )
    assert (
        printed(samples_table(report(step(), one_cycle()), [0, 7], plain=True), plain=True)
        == """\
epoch  update  step · lr used  one cycle · lr used
0           0             0.1                0.001
3           7            0.01              2.5e-05
"""
    )


def test_a_shorter_run_leaves_its_cells_empty():
    rows = printed(samples_table(report(step(), made("short", [0.5, 0.5], 2)), [0, 1, 7], plain=True), True)
    assert [row.split() for row in rows.splitlines()[1:]] == [
        ["0", "0", "0.1", "0.5"],
        ["0", "1", "0.1", "0.5"],
        ["3", "7", "0.01", "-"],
    ]


def test_a_curve_is_told_update_by_update():
    trace = made(
        "plateau",
        [[0.1, 0.01], [0.1, 0.01], [0.1, 0.01], [0.05, 0.005]],
        1,
        groups=("head", "backbone"),
        metrics={"val_loss": Series(np.array([0, 1, 2]), np.array([1.0, 0.5, float("nan")]))},
        events=(Event(-1, "warning", "too early"), Event(3, "cut", "lr × 0.5")),
    )
    plain = printed(curve_table(report(trace), [0, 2, 3], plain=True, last_lr=True), plain=True)
    assert (
        plain
        == """\
epoch  update  plateau · head · lr used  plateau · head · get_last_lr() after  \
plateau · backbone · lr used  plateau · backbone · get_last_lr() after  val_loss  events
0           0                       0.1                                   0.1  \
                        0.01                                      0.01         1  too early
2           2                       0.1                                  0.05  \
                        0.01                                     0.005       nan  -
3           3                      0.05                                 0.005  \
                       0.005                                    0.0005       nan  lr × 0.5
"""
    )


def test_one_curve_needs_no_name_above_its_columns():
    assert (
        printed(curve_table(report(one_cycle()), [0, 2, 7], last_lr=True))
        == """\
epoch  update  lr used  get_last_lr() after  momentum
─────────────────────────────────────────────────────
    0       0    0.001                 0.02      0.95
    1       2      0.1                 0.05      0.85
    3       7  2.5e-05              2.5e-06      0.95

Learning rates are those with which optimizer.step() ran.
get_last_lr() after an update is the learning rate of the next.
"""
    )


def test_what_happens_between_two_rows_is_told_in_the_first():
    trace = made("c", [0.1] * 10, events=(Event(4, "cut", "cut"), Event(5, "restart", "again")))
    cells = printed(curve_table(report(trace), [0, 5, 9], plain=True), plain=True).splitlines()
    assert [line.split("  ")[-1] for line in cells] == ["events", "at 4: cut", "again", "-"]


def test_groups_that_share_a_learning_rate_share_a_column():
    lr = np.stack([np.full(4, 0.1), np.full(4, 0.2), np.full(4, 0.1)], axis=1)
    assert [line.label for line in lines_of(report(made("c", lr)))] == ["c · g0, g2", "c · g1"]
    assert [line.label for line in lines_of(report(made("c", lr[:, [0, 2]])))] == ["c"]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_tables_fit_and_no_number_is_cut(width, count):
    lr = np.geomspace(0.12345678, 1.2345e-05, 40)
    traces = [
        made(f"a curve with rather a long name, number {i}: 学習率", lr / (i + 1), 4) for i in range(count)
    ]
    shown = report(*traces)
    updates = sampled_updates(traces)
    outputs = [facts_table(shown), samples_table(shown, updates), curve_table(shown, updates, last_lr=True)]
    for output in (printed(table, width=width) for table in outputs):
        assert max(map(cell_len, output.splitlines())) <= width
        assert "…" not in output
        assert all(lr_text(trace.lr[0, 0]) in output.split() for trace in traces)
        assert all(lr_text(trace.lr[-1, 0]) in output.split() for trace in traces)


def test_a_pipe_gets_one_table_whatever_its_width():
    traces = [step(f"a curve with rather a long name, number {index}") for index in range(12)]
    for table in (
        facts_table(report(*traces), plain=True),
        samples_table(report(*traces), [0, 7], plain=True),
        curve_table(report(*traces), [0, 7], plain=True),
    ):
        lines = printed(table, plain=True).splitlines()
        assert len(lines[0]) > 500
        assert all(name in lines[0] for name in (trace.name for trace in traces))
        assert all(lines)


@pytest.mark.parametrize("plain", [True, False])
def test_names_are_shown_and_never_obeyed(plain):
    trace = made(
        NASTY,
        [[0.1, 0.2]] * 3,
        groups=(NASTY, "\x07"),
        optimizer=NASTY,
        metrics={NASTY: Series(np.array([0]), np.array([1.0]))},
        events=(Event(0, "cut", NASTY),),
    )
    for table in (
        facts_table(report(trace), plain),
        samples_table(report(trace), [0, 2], plain),
        curve_table(report(trace), [0, 2], plain),
    ):
        output = printed(table, plain=plain, width=300)
        assert all(char.isprintable() or char == "\n" for char in output)
        assert r"[bold red]x[/] :smile: \x1b[31m\r\nnext\u202eline\ud800\tend" in output


def test_a_name_is_one_line_of_characters_that_show():
    assert visible("warm-up, then cosine") == "warm-up, then cosine"
    assert visible("学習率 👩\u200d🔬 é") == "学習率 👩\u200d🔬 é"
    assert visible(" a\u00a0 b\n") == "a b\\n"
    assert visible("") == "(no name)"


def test_rows_are_spread_over_the_run_at_epoch_starts():
    assert sampled_updates([made("c", np.full(9000, 0.1), 100)]) == [
        *range(0, 9000, 1000),
        8999,
    ]
    assert sampled_updates([made("c", np.full(6, 0.1), 2)]) == [0, 1, 2, 3, 4, 5]
    assert sampled_updates([made("c", [0.1])]) == [0]
    assert sampled_updates([made("c", np.full(1500, 0.1), 500)])[:5] == [0, 125, 250, 375, 500]


def test_turns_of_the_curve_have_rows_of_their_own():
    lr = np.full(9000, 0.1)
    lr[777] = 0.5
    events = (
        Event(-1, "warning", ""),
        Event(333, "warning", ""),
        Event(450, "hand-over", ""),
        Event(4120, "cut", ""),
    )
    chosen = sampled_updates([made("c", lr, 100, events=events)])
    assert {0, 450, 777, 4120, 8999} <= set(chosen)
    assert 333 not in chosen
    assert 4000 not in chosen, "a row beside a turn tells what the turn tells"
    assert list(chosen) == sorted(set(chosen))


def test_many_turns_leave_the_table_short():
    events = tuple(Event(update, "cut", "") for update in range(5, 9000, 7))
    chosen = sampled_updates(
        [made("c", np.full(9000, 0.1), 100, events=events), made("d", np.full(700, 0.1))]
    )
    assert 10 <= len(chosen) <= 16
    assert {0, 699, 8999} <= set(chosen)


@pytest.mark.parametrize("total", [1, 2, 11, 12, 13, 97, 1000, 12345, 1_000_000])
@pytest.mark.parametrize("per_epoch", [None, 1, 7, 5004])
def test_samples_are_few_ascending_and_hold_both_ends(total, per_epoch):
    chosen = list(sampled_updates([made("c", np.full(total, 0.1), per_epoch)]))
    assert chosen == sorted(set(chosen))
    assert chosen[0] == 0
    assert chosen[-1] == total - 1
    assert min(total, 5) <= len(chosen) <= 16


def test_updates_can_be_chosen_by_hand():
    trace = made("c", np.full(10, 0.1), 4)
    assert list(every([trace], 3)) == [0, 3, 6, 9]
    assert list(every([trace], 4)) == [0, 4, 8, 9]
    assert list(epochs([trace])) == [0, 4, 8]
    assert list(all_updates([trace])) == list(range(10))
    with pytest.raises(ValueError, match="the run counts no epochs"):
        epochs([made("c", [0.1, 0.1])])
