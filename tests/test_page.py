"""The interactive page: what is in it; that no name gets out of its place; the same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import lrviz
from lrviz import pipeline
from lrviz.analyze.facts import facts_of
from lrviz.cli import app
from lrviz.errors import OutputError
from lrviz.render import as_html, write
from lrviz.render.interactive import drawn as drawing
from lrviz.report import Curve, Report
from lrviz.spec.clock import Clock
from lrviz.spec.view import View
from lrviz.trace import Event, Series, Stepped, Trace

EVIL = "</script><img src=x onerror=alert(1)>\"'`${alert(2)}<!--\u2028\u2029\u202e&amp;"
SPEC = """
run: {epochs: 3, steps_per_epoch: 4, tokens_per_step: 1000}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9, groups: [{name: body, lr: 0.01}, {name: head}]}
schedules:
  one cycle: {type: OneCycleLR, max_lr: [0.01, 0.1], total_steps: 100%}
  stairs: {type: StepLR, step_size: 1}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(SPEC)


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def made(name: str, lr: Any, clock: Clock | None = None, **parts: Any) -> Trace:
    lr = np.array(lr, dtype=np.float64)
    lr = lr[:, None] if lr.ndim == 1 else lr
    groups = tuple(f"g{group}" for group in range(lr.shape[1]))
    stepped = (Stepped("StepLR", "epoch"),)
    clock = clock or Clock(len(lr))
    shape = {"lr": lr, "momentum": None, "weight_decay": None, "final_lr": tuple(lr[-1].tolist())}
    return Trace(
        **{
            "name": name,
            "clock": clock,
            "optimizer": "SGD",
            "groups": groups,
            "schedulers": stepped,
            **shape,
            **parts,
        }
    )


def report(*traces: Trace, **view: Any) -> Report:
    return Report(tuple(Curve(trace, facts_of(trace)) for trace in traces), View(**view))


def data_of(page: str) -> Any:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)


def points(line: Any) -> tuple[list[int], list[float]]:
    updates = np.frombuffer(base64.b64decode(line["x"]), "<i4")
    return updates.tolist(), np.frombuffer(base64.b64decode(line["y"]), "<f8").tolist()


class Elements(HTMLParser):
    """Counts elements as a browser sees them, and collects what stands in scripts, and what can be read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.scripts: list[str] = []
        self.told: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes += attrs
        self.inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, _: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts[-1] += data
        elif self.inside != "style":
            self.told.append(data)


def test_plot_writes_a_page_with_everything_known_of_the_curves() -> None:
    result = run("plot", "c.yaml", "-o", "report.html")
    assert result.exit_code == 0, result.output
    page = Path("report.html").read_text(encoding="utf-8")
    told = "\n".join(Elements(page).told)
    for words in (
        "one cycle · body",
        "SGD",
        "StepLR per epoch",
        "run: {epochs: 3, steps_per_epoch: 4",
        "torch 2.",
    ):
        assert words in told
    found = data_of(page)
    assert [axis["key"] for axis in found["axes"]] == ["step", "epoch", "tokens"]
    assert [panel["label"] for panel in found["panels"]] == ["learning rate", "momentum"]
    assert found["axis"] == "step"
    stairs = found["panels"][0]["lines"][2]
    assert points(stairs) == ([0, 4, 8], [0.01, 0.001, pytest.approx(0.0001)])
    assert stairs["exact"] is True


def test_compare_writes_the_same_page() -> None:
    assert run("compare", "c.yaml", "-o", "a.html").exit_code == 0
    assert run("plot", "c.yaml", "-o", "b.html").exit_code == 0
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()


def test_the_same_curves_give_the_same_bytes_in_other_processes() -> None:
    assert run("plot", "c.yaml", "-o", "traces.json").exit_code == 0
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-m", "lrviz", "plot", "traces.json", "--no-check", "-o", f"{seed}.html"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        )
    assert Path("1.html").read_bytes() == Path("2.html").read_bytes()


def test_the_view_of_the_spec_is_what_the_page_begins_with() -> None:
    Path("c.yaml").write_text(
        SPEC + "plot: {x: tokens, y: log, show: [momentum, lr], title: Mine, theme: dark}\n"
    )
    assert run("plot", "c.yaml", "-o", "report.html").exit_code == 0
    page = Path("report.html").read_text(encoding="utf-8")
    found = data_of(page)
    assert found["axis"] == "tokens"
    assert [(panel["label"], panel["log"]) for panel in found["panels"]] == [
        ("momentum", False),
        ("learning rate", True),
    ]
    assert "<title>Mine</title>" in page
    assert found["ground"]["paper"] == "#0D1117"
    assert 'value="tokens" autocomplete="off" checked' in page


def test_shapes_are_drawn_along_the_share_of_each_run() -> None:
    page = as_html.page(report(made("a", [2.0, 1.0]), made("b", [8.0, 4.0, 2.0, 1.0]), normalize=True))
    found = data_of(page)
    assert found["axis"] == "run"
    assert found["axes"][-1] == {"key": "run", "label": "% of the run", "per": [50.0, 25.0]}
    assert [points(line)[1] for line in found["panels"][0]["lines"]] == [[1.0, 0.5], [1.0, 0.5, 0.25, 0.125]]


def test_axes_that_not_all_curves_have_are_left_out() -> None:
    page = as_html.page(report(made("a", [1.0], Clock(1, 1, 10)), made("b", [1.0], Clock(1, 1))))
    assert [axis["key"] for axis in data_of(page)["axes"]] == ["step", "epoch"]
    assert data_of(page)["axis"] == "epoch"


def test_of_a_long_run_extremes_are_kept_each_the_value_that_was_recorded() -> None:
    lr = np.abs(np.sin(np.arange(1_000_000) / 37.0)) + np.linspace(1, 0, 1_000_000)
    lr[123_456] = 9.0
    page = as_html.page(report(made("long", lr)))
    assert len(page.encode()) < 5_000_000
    (line,) = data_of(page)["panels"][0]["lines"]
    updates, values = points(line)
    assert line["exact"] is False
    assert 20_000 < len(updates) <= drawing.POINTS
    assert values == lr[updates].tolist()
    assert {0, 123_456, int(lr.argmin()), 999_999} <= set(updates)
    kept = np.full(1_000_000, np.nan)
    kept[updates] = values
    for start in range(1000, 999_000, 1000):  # about one pixel wide; the stretches kept begin elsewhere
        stretch, seen = lr[start : start + 1000], kept[start - 20 : start + 1020]
        assert np.nanmax(seen) >= stretch.max()
        assert np.nanmin(seen) <= stretch.min()


def test_what_lies_on_another_is_dashed_so_that_both_are_seen() -> None:
    page = as_html.page(report(made("a", [0.1, 0.2]), made("b", [0.1, 0.2]), made("c", [0.2, 0.1])))
    assert [key["dash"] for key in data_of(page)["keys"]] == [[], [8.8, 8.8], []]
    assert len({key["color"] for key in data_of(page)["keys"]}) == 3


def test_a_grid_has_all_its_curves_in_one_panel_for_each_quantity() -> None:
    moving = np.array([[0.9], [0.8]])
    shown = report(
        made("a", [0.1, 0.2], momentum=moving), made("b", [0.2, 0.1], momentum=moving), layout="grid"
    )
    panels = data_of(as_html.page(shown))["panels"]
    assert [(panel["label"], len(panel["lines"])) for panel in panels] == [
        ("learning rate", 2),
        ("momentum", 2),
    ]


def test_a_long_run_of_stairs_is_exact() -> None:
    lr = np.repeat(np.geomspace(1, 1e-6, 10_000), 100)
    (line,) = data_of(as_html.page(report(made("stairs", lr))))["panels"][0]["lines"]
    updates, values = points(line)
    assert line["exact"] is True
    assert updates == list(range(0, 1_000_000, 100))
    assert values == lr[::100].tolist()


def test_many_long_curves_stay_below_five_megabytes() -> None:
    noise = np.random.default_rng(0).random((24, 100_000))
    page = as_html.page(report(*(made(f"curve {nth}", lr) for nth, lr in enumerate(noise))))
    assert len(page.encode()) < 5_000_000
    assert len(data_of(page)["panels"][0]["lines"]) == 24


def test_of_very_many_groups_some_are_drawn_and_all_are_told() -> None:
    trace = made("layers", np.linspace(1.0, 0.1, 100)[None, :] * np.ones((4, 1)))
    page = as_html.page(report(trace))
    assert len(data_of(page)["panels"][0]["lines"]) == 24
    assert "Drawn are 24 of 100 parameter groups that differ." in page
    assert page.count('<th scope="col">') == 100


def test_values_that_are_no_numbers_are_kept_from_the_words_of_the_page() -> None:
    steps = 40
    loss = np.append(np.linspace(2, 1, steps - 2), [np.inf, np.nan])
    nothing = np.full((steps, 1), np.nan)
    series = Series(np.array([3, 7]), np.array([np.nan, 1.0]))
    trace = made(
        "wild", np.ones(steps), loss=loss, step_size=nothing, effective_lr=nothing, metrics={"m": series}
    )
    found = data_of(as_html.page(report(trace)))
    assert [panel["label"] for panel in found["panels"]] == ["learning rate", "loss", "effective LR", "m"]
    assert found["panels"][1]["ceiling"] == 10.0
    assert found["panels"][2]["lines"][0]["floor"] is None
    assert found["panels"][2]["positive"] is False


def test_noise_is_drawn_with_its_mean() -> None:
    rng = np.random.default_rng(0)
    trace = made("noisy", np.ones(400), loss=np.exp(rng.normal(size=400)))
    lines = data_of(as_html.page(report(trace)))["panels"][1]["lines"]
    assert [line["role"] for line in lines] == ["noise", "mean"]
    assert points(lines[0])[1] == trace.loss.tolist()


def evil() -> Report:
    event = (Event(1, "milestone", EVIL), Event(-1, "warning", EVIL))
    metric = {EVIL: Series(np.array([0, 1]), np.array([1.0, 2.0]))}
    parts = {"optimizer": EVIL, "events": event, "metrics": metric, "versions": {EVIL: EVIL}}
    lr = np.array([[0.1, 0.2], [0.2, 0.3]])
    clock = Clock(2, 1, None, EVIL)
    one = made(EVIL, lr, clock, schedulers=(Stepped(EVIL, EVIL),), **parts)
    one = replace(one, groups=(EVIL, f"{EVIL}2"))
    notes = Curve(one, facts_of(one), (EVIL,))
    return Report((notes,), View(title=EVIL), None, ((f"{EVIL}.yaml", f"a: {EVIL}\n# \x1b[31m\ud800"),))


def test_no_text_gets_out_of_its_place() -> None:
    page = as_html.page(evil())
    assert "\u2028" not in page
    assert "\u202e" not in page
    page.encode()
    elements = Elements(page)
    harmless = Elements(as_html.page(report(made("a", [[0.1, 0.2], [0.2, 0.3]]))))
    assert "img" not in elements.tags
    assert elements.tags["script"] == harmless.tags["script"] == 4
    assert elements.scripts[1:] == harmless.scripts[1:]
    assert [name for name, _ in elements.attributes if name.startswith("on")] == []
    shown = "\n".join(elements.told)
    assert shown.count("<img src=x onerror=alert(1)>") >= 12
    assert "\\x1b[31m" in shown
    assert data_of(page)["keys"][0]["label"].startswith(
        "</script><img src=x onerror=alert(1)>\"'`${alert(2)}<!--"
    )


def test_only_the_scripts_of_the_page_may_run_and_none_may_speak_to_anyone() -> None:
    page = as_html.page(report(made("a", [0.1])))
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    scripts = Elements(page).scripts[1:]
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    assert policy == f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}"


def test_a_script_of_ones_own_may_speak_to_the_server_of_the_page() -> None:
    page = as_html.page(report(made("a", [0.1])), "window.mine = '</script>'")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert "connect-src 'self';" in policy
    script = Elements(page).scripts[-1]
    assert script == "window.mine = '<\\/script>'"
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy


def test_a_finding_and_a_note_are_told() -> None:
    assert run("plot", "cosine:T_max=40", "-o", "report.html").exit_code == 0
    page = html.unescape(Path("report.html").read_text(encoding="utf-8"))
    assert "LR102 lr-rebounds" in page
    assert "Instead: write T_max: 100%" in page
    assert "no steps_per_epoch given: an epoch is one update" in page


def test_specs_side_by_side_are_all_shown_each_once() -> None:
    Path("d.yaml").write_text(SPEC.replace("stairs", "others"))
    assert (
        run("plot", "c.yaml#stairs", "d.yaml", "c.yaml#one cycle", "cosine", "-o", "report.html").exit_code
        == 0
    )
    page = Path("report.html").read_text(encoding="utf-8")
    assert [name for name in re.findall("<h2>(.*?)</h2>", page) if "yaml" in name] == ["c.yaml", "d.yaml"]


def test_without_bokeh_a_person_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "find_spec", lambda _: None)
    with pytest.raises(OutputError) as caught:
        pipeline.check_outputs([Path("report.html")])
    assert str(caught.value) == "report.html: needs Bokeh, which is not installed; pip install 'lrviz[html]'"
    result = run("plot", "c.yaml", "-o", "report.html")
    assert result.exit_code == 2 or isinstance(result.exception, OutputError)
    assert sorted(path.name for path in Path().iterdir()) == ["c.yaml"]


def test_a_trace_is_drawn_into_a_page() -> None:
    lrviz.draw("c.yaml#stairs", "report.html")
    assert len(data_of(Path("report.html").read_text(encoding="utf-8"))["panels"]) == 1
