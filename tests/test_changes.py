"""The rows that change: those that differ from the row before in anything shown, and the ends."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from test_tables import made
from typer.testing import CliRunner

from lrviz.analyze import changes
from lrviz.analyze.changes import changed_updates
from lrviz.cli import app
from lrviz.render.number import lr_text
from lrviz.trace import Series


def table(*arguments):
    done = CliRunner().invoke(app, ["table", *arguments])
    assert done.exit_code == 0, done.output
    return done


def test_a_step_decay_is_told_in_a_few_rows():
    done = table("steplr", "--changes")
    assert (
        done.stdout
        == """\
epoch  update  lr used  events
0           0      0.1  -
30         30     0.01  StepLR drops
60         60    0.001  StepLR drops
90         90   0.0001  StepLR drops
99         99   0.0001  -
"""
    )
    assert done.stderr == "note: no steps_per_epoch given: an epoch is one update\n"


def test_what_get_last_lr_says_changes_an_update_before_the_lr_does():
    rows = table("steplr", "--changes", "--last-lr").stdout.splitlines()
    assert [row.split()[1:4] for row in rows[1:]] == [
        ["0", "0.1", "0.1"],
        ["29", "0.1", "0.01"],
        ["30", "0.01", "0.01"],
        ["59", "0.01", "0.001"],
        ["60", "0.001", "0.001"],
        ["89", "0.001", "0.0001"],
        ["90", "0.0001", "0.0001"],
        ["99", "0.0001", "0.0001"],
    ]


def test_programs_and_reports_get_the_same_rows():
    rows = table("steplr", "--changes", "--format", "csv").stdout.splitlines()
    assert [row.split(",")[1] for row in rows] == ["update", "0", "30", "60", "90", "99"]
    records = json.loads(table("steplr", "--changes", "--format", "json").stdout)
    assert [record["update"] for record in records] == [0, 30, 60, 90, 99]
    assert "| 29 |" not in table("steplr", "--changes", "--format", "md").stdout
    assert "| 30 | 30 | 0.01 |\n| 60 | 60 | 0.001 |" in table("steplr", "--changes", "--format", "md").stdout


def test_where_every_row_changes_every_row_is_shown_and_a_note_tells_what_shows_fewer():
    done = table("cosine:epochs=20,steps_per_epoch=10,interval=step", "--changes")
    assert [int(row.split()[1]) for row in done.stdout.splitlines()[1:]] == list(range(200))
    assert done.stderr == "note: 200 of 200 rows differ from the row before; --every N shows fewer\n"


def test_people_see_no_two_rows_alike_and_programs_every_digit():
    trace = made("c", [0.1, 0.1, 0.100000001, 0.100000002, 0.2, 0.2])
    assert list(changed_updates([trace], written=lr_text)) == [0, 4, 5]
    assert list(changed_updates([trace])) == [0, 2, 3, 4, 5]


def test_whatever_is_shown_makes_a_row():
    lr = np.full((40, 2), 0.1)
    lr[7:, 1] = 0.2
    momentum, weight_decay, effective = np.full((40, 2), 0.9), np.zeros((40, 2)), np.full((40, 2), np.nan)
    momentum[11:], weight_decay[13:, 0], effective[17:, 1] = 0.8, 1e-4, 0.3
    loss = np.where(np.arange(40) < 19, np.nan, 2.0)
    metric = Series(np.array([22, 25, 28]), np.array([0.5, 0.5, 0.4]))
    trace = made(
        "c",
        lr,
        momentum=momentum,
        weight_decay=weight_decay,
        effective_lr=effective,
        loss=loss,
        metrics={"m": metric},
    )
    assert list(changed_updates([trace])) == [0, 7, 11, 13, 17, 19, 39]
    assert list(changed_updates([trace], metrics=True)) == [0, 7, 11, 13, 17, 19, 22, 28, 39]
    assert list(changed_updates([trace], ("lr",))) == [0, 7, 39]


def test_a_run_that_ends_before_the_others_is_a_change():
    short, long = made("short", [0.1] * 5), made("long", [0.1] * 3 + [0.2] * 6)
    assert list(changed_updates([short, long])) == [0, 3, 5, 8]
    assert list(changed_updates([short])) == [0, 4]
    assert list(changed_updates([made("one", [0.1])])) == [0]


def test_changes_are_found_across_chunks(monkeypatch):
    monkeypatch.setattr(changes, "CHUNK", 7)
    values = np.repeat(np.random.default_rng(0).random(40), np.random.default_rng(1).integers(1, 9, 40))
    expected = [u for u in range(len(values)) if u in (0, len(values) - 1) or values[u] != values[u - 1]]
    assert list(changed_updates([made("c", values)])) == expected


@pytest.mark.parametrize("other", [["--all"], ["--epochs"], ["--every", "3"]])
def test_only_one_choice_of_rows_can_be_made(other):
    done = subprocess.run(
        [sys.executable, "-m", "lrviz", "table", "steplr", "--changes", *other],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "--every, --all, --epochs and --changes each say which updates to show; give one\n"
    )
