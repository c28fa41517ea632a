"""CSV, JSON and Markdown: whole outputs of small reports, exact numbers, names that mean harm."""

from __future__ import annotations

import csv
import io
import json
import time
import tracemalloc

import numpy as np
import pytest

from lrviz.analyze.facts import facts_of
from lrviz.render import FORMATS, as_csv, as_json, as_markdown, as_records
from lrviz.render import rows as table_rows
from lrviz.render.shown import visible
from lrviz.report import Curve, Report
from lrviz.spec.clock import Clock
from lrviz.spec.view import View
from lrviz.trace import Event, Series, Stepped, Trace, columns

NASTY = 'a,"b"|c\\|`d`\n=SUM(1)<script>@torvalds #1 *x* [y](z)\x1b[31m\r学習率\ud800'


def made(name, lr, steps_per_epoch=None, tokens=None, **changes):
    lr = np.array(lr, dtype=np.float64)
    lr = lr[:, None] if lr.ndim == 1 else lr
    parts = {
        "name": name,
        "clock": Clock(len(lr), steps_per_epoch, tokens),
        "optimizer": "SGD",
        "groups": tuple(f"g{index}" for index in range(lr.shape[1])),
        "schedulers": (Stepped("StepLR", "epoch"),),
        "lr": lr,
        "momentum": None,
        "weight_decay": None,
        "final_lr": tuple(lr[-1].tolist()),
    }
    return Trace(**{**parts, **changes})


def report(*traces, notes=(), **view):
    return Report(tuple(Curve(trace, facts_of(trace), notes) for trace in traces), View(**view))


def written(form, shown, suffix):
    return "".join(form.render(shown, suffix))


def test_csv_has_a_row_for_each_update_and_group():
    two = made(
        "two groups",
        [[0.1, 1 / 3], [2.5e-05, 0.1 + 0.2]],
        1,
        tokens=1000,
        momentum=np.array([[0.9, 0.95], [0.8, 0.85]]),
        groups=("head", "backbone"),
    )
    one = made("one", [0.5, 0.25], weight_decay=np.array([[0.0], [1e-4]]))
    assert (
        written(as_csv, report(two, one), ".csv")
        == """\
curve,update,epoch,tokens,group,lr,momentum,weight_decay
two groups,0,0,0,head,0.1,0.9,
two groups,0,0,0,backbone,0.3333333333333333,0.95,
two groups,1,1,1000,head,2.5e-05,0.8,
two groups,1,1,1000,backbone,0.30000000000000004,0.85,
one,0,,,g0,0.5,,0.0
one,1,,,g0,0.25,,0.0001
"""
    )


def test_csv_leaves_out_columns_that_no_curve_has():
    assert written(as_csv, report(made("c", [0.1])), ".csv") == "curve,update,group,lr\nc,0,g0,0.1\n"


def test_csv_numbers_are_exact_across_chunks(monkeypatch):
    monkeypatch.setattr(table_rows, "CHUNK", 7)
    lr = np.random.default_rng(0).random((50, 2))
    rows = list(csv.DictReader(io.StringIO(written(as_csv, report(made("c", lr, 3)), ".csv"))))
    assert [float(row["lr"]) for row in rows] == lr.ravel().tolist()
    assert [int(row["update"]) for row in rows] == [u for u in range(50) for _ in range(2)]
    assert [int(row["epoch"]) for row in rows] == [u // 3 for u in range(50) for _ in range(2)]
    assert [row["group"] for row in rows] == ["g0", "g1"] * 50


def test_csv_quotes_what_needs_quotes():
    text = written(as_csv, report(made(NASTY, [0.1, 0.2], groups=(NASTY,))), ".csv")
    rows = list(csv.reader(io.StringIO(text)))
    shown = 'a,"b"|c\\|`d`\\n=SUM(1)<script>@torvalds #1 *x* [y](z)\\x1b[31m\\r学習率\\ud800'
    assert rows[1:] == [[shown, "0", shown, "0.1"], [shown, "1", shown, "0.2"]]
    assert len(text.split("\n")) == 4
    text.encode()


def test_a_long_run_is_written_in_little_time():
    shown = report(made("c", np.linspace(0.1, 0, 200_000), 100))
    begun = time.perf_counter()
    assert written(as_csv, shown, ".csv").count("\n") == 200_001
    assert time.perf_counter() - begun < 3


def round_trip():
    lr = np.stack([np.repeat([0.1, 0.01], 50), np.geomspace(1, 1e-5, 100)], axis=1)
    return made(
        NASTY,
        lr,
        10,
        tokens=7,
        momentum=np.full((100, 2), 0.9),
        metrics={"loss": Series(np.array([9, 19, 29]), np.array([1.5, np.nan, np.inf]))},
        events=(Event(-1, "warning", "early"), Event(50, "milestone", "× 0.1")),
        versions={"torch": "2.13"},
    )


def same(left, right):
    assert left.to_data() == right.to_data()
    for name in ("lr", "momentum", "weight_decay"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))


def test_json_of_one_curve_is_its_trace():
    trace = round_trip()
    text = written(as_json, report(trace), ".json")
    assert text.endswith("}\n")
    assert '"lr":[{"runs":[[0.1,50],[0.01,50]]},[1.0,' in text
    assert "学習率" in text
    text.encode()
    same(Trace.from_json(text), trace)


def test_a_trace_in_pieces_is_what_json_writes_of_it(monkeypatch):
    monkeypatch.setattr(columns, "PIECE", 3)
    whole = json.dumps(round_trip().to_data(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    assert round_trip().to_json() == whole
    odd = made("c", [0.1, -0.0, 0.0, 0.0, np.nan, np.nan, np.inf], 2)
    assert '"lr":[[0.1,-0.0,0.0,0.0,"nan","nan","inf"]],"momentum":null' in odd.to_json()
    still = made("c", [0.5] * 6 + [-0.0] * 3 + [0.0] * 3 + [np.nan] * 2 + [-np.inf] * 2)
    assert '[{"runs":[[0.5,6],[-0.0,3],[0.0,3],["nan",2],["-inf",2]]}]' in still.to_json()
    assert np.signbit(Trace.from_json(still.to_json()).lr[6:12, 0]).tolist() == [True] * 3 + [False] * 3


def test_records_are_what_json_writes_of_each_row(monkeypatch):
    monkeypatch.setattr(table_rows, "CHUNK", 3)
    two = made(NASTY, [[0.1, 0.5], [-0.0, np.nan], [0.0, np.inf], [0.0, np.nan]], 3, groups=("a", '"b"'))
    one = made("one", [0.5, 0.5], tokens=10, momentum=np.array([[0.9], [0.9]]))
    shown = report(two, one)
    lines = [
        {"curve": visible(NASTY), "update": u, "epoch": u // 3, "tokens": None, "group": group, "lr": lr}
        | {"momentum": None}
        for u, pair in enumerate([[0.1, 0.5], [-0.0, "nan"], [0.0, "inf"], [0.0, "nan"]])
        for group, lr in zip(("a", '"b"'), pair, strict=True)
    ]
    lines += [
        {
            "curve": "one",
            "update": u,
            "epoch": None,
            "tokens": 10 * u,
            "group": "g0",
            "lr": 0.5,
            "momentum": 0.9,
        }
        for u in (0, 1)
    ]
    text = "[\n" + ",\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n]\n"
    assert written(as_records, shown, ".json") == text
    some = Report(shown.curves, rows=[1, 3])
    chosen = [json.dumps(lines[at], ensure_ascii=False) for at in (2, 3, 6, 7, 9)]
    assert written(as_records, some, ".json") == "[\n" + ",\n".join(chosen) + "\n]\n"


@pytest.mark.parametrize("form", [as_csv, as_json, as_records])
def test_a_long_run_is_never_text_as_a_whole(form):
    shown = report(made("c", np.geomspace(1, 1e-5, 200_000), 100))
    tracemalloc.start()
    length = sum(map(len, form.render(shown, "")))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert length > 4_000_000
    assert peak < 12_000_000, "some thousands of rows, as text and as Python's numbers"


def test_json_of_several_curves_has_a_line_for_each():
    traces = [round_trip(), made("c", [0.1, 0.2])]
    text = written(as_json, report(*traces), ".json")
    lines = text.split("\n")
    assert lines[0] == '{"format":"lrviz-traces","version":1,"traces":['
    assert lines[3:] == ["]}", ""]
    document = json.loads(text)
    assert (document["format"], document["version"]) == ("lrviz-traces", 1)
    for data, trace in zip(document["traces"], traces, strict=True):
        same(Trace.from_data(data), trace)


def test_markdown_has_facts_samples_and_notes():
    one = made("step", [0.1, 0.1, 0.01, 0.01], 2)
    two = made(
        "up|down",
        [0.0, 0.5, 0.25, 0.125],
        2,
        momentum=np.array([[0.9], [0.8], [0.8], [0.8]]),
        schedulers=(Stepped("LinearLR", "step", 5),),
    )
    assert (
        as_markdown.render(report(one, two, notes=("T_max: 5% is 2",), title="Two <b>"), ".md")
        == """\
### Two &lt;b&gt;

| curve | optimizer | scheduler | updates | epochs | start | peak | peak at update | peak at epoch \
| end | mean | warm-up updates | rises | drops | momentum |
| :--- | :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | :--- |
| `step` | SGD | StepLR per epoch | 4 | 2 | 0.1 | 0.1 | 0 | 0 | 0.01 | 0.055 | 0 | 0 | 1 |  |
| `up\\|down` | SGD | LinearLR every 5 steps | 4 | 2 | 0 | 0.5 | 1 | 0 | 0.125 | 0.2188 \
| 1 | 1 | 1 | 0.8 to 0.9 |

Learning rates are those with which optimizer.step() ran.

| epoch | update | `step` | `up\\|down` |
| ---: | ---: | ---: | ---: |
| 0 | 0 | 0.1 | 0 |
| 0 | 1 | 0.1 | 0.5 |
| 1 | 2 | 0.01 | 0.25 |
| 1 | 3 | 0.01 | 0.125 |

- `step`: T\\_max: 5% is 2
- `up|down`: T\\_max: 5% is 2
"""
    )


def test_markdown_shows_names_as_they_are():
    text = as_markdown.render(report(made(NASTY, [0.1, 0.2], optimizer=NASTY), notes=(NASTY,)), ".md")
    code = r'``a,"b"\|c\\|`d`\n=SUM(1)<script>@torvalds #1 *x* [y](z)\x1b[31m\r学習率\ud800``'
    prose = (
        r'a,"b"\|c\\\|\`d\`\\n=SUM(1)&lt;script&gt;@&#8203;torvalds \#1 \*x\* '
        r"\[y\](z)\\x1b\[31m\\r学習率\\ud800"
    )
    outside = code.replace(r"\|", "|")
    assert text.count(code) == 2
    assert f"| {prose} |" in text
    assert f"- {outside}: {prose}\n" in text
    assert "<" not in text.replace(code, "").replace(outside, "")
    # A row has as many cells as the heading, whatever bars its names hold.
    bars = [line.replace(r"\|", "").count("|") for line in text.split("\n") if line.startswith("|")]
    assert bars == [bars[0]] * 3 + [bars[3]] * 4


@pytest.mark.parametrize(
    ("name", "code"), [("a`b", "``a`b``"), ("`", "`` ` ``"), ("a``", "``` a`` ```"), ("plain", "`plain`")]
)
def test_a_name_in_markdown_is_fenced_by_more_ticks_than_it_has(name, code):
    assert as_markdown.code(name) == code


def test_every_text_format_is_the_same_each_time_and_encodes():
    texts = [row for row in FORMATS if row.suffix in (".csv", ".json", ".md")]
    assert len(texts) == 3
    for row in texts:
        assert row.render(report(round_trip())) == row.render(report(round_trip()))
