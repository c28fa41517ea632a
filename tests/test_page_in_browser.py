"""The interactive page in a real Chromium: nothing fails, the true value is told, every switch does what it says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import browser
import numpy as np
import pytest
import torch
from browser import Browser
from test_page import EVIL, evil, made, report

from lrviz.render import as_html
from lrviz.report import Report
from lrviz.spec.clock import Clock
from lrviz.trace import Event

pytestmark = pytest.mark.skipif(browser.found() is None, reason="no Chromium is on this machine")

READOUT = "document.getElementById('readout')"
Open = Callable[..., Browser]


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("chromium") / "profile") as opened:
        yield opened


@pytest.fixture
def opened(window: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open reports; in the end nothing was asked for but the page, and nothing went wrong."""
    window.errors.clear()
    window.requested.clear()
    files: list[Path] = []

    def show(shown: Report, snippet: str = "") -> Browser:
        file = tmp_path / f"report {len(files)}.html"
        file.write_text(as_html.page(shown, snippet), encoding="utf-8")
        files.append(file)
        window.open(file)
        window.settled()
        return window

    yield show
    assert window.errors == []
    asked = [address for address in window.requested if not address.startswith("data:")]
    assert asked == [file.resolve().as_uri() for file in files]


def one_cycle() -> tuple[list[float], list[float]]:
    """Step torch's OneCycleLR, as people do."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=300)
    lr, momentum = [], []
    for update in range(300):
        lr.append(optimizer.param_groups[0]["lr"])
        momentum.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        if update < 299:
            scheduler.step()
    return lr, momentum


def three() -> Report:
    """Make two curves of 300 updates, 30 of them an epoch, one with a momentum that moves."""
    lr, momentum = one_cycle()
    clock = Clock(300, 30, 1000)
    stairs = np.repeat([0.1, 0.01, 0.001], 100)
    return report(
        made("one cycle", lr, clock, momentum=np.array(momentum)[:, None]),
        made("stairs", stairs, clock, momentum=np.full((300, 1), 0.9)),
    )


def place(page: Browser, x: float, panel: int = 0) -> tuple[float, float]:
    """Find where on the screen a value of the x axis stands, half way up a panel."""
    script = f"""(() => {{
      const shown = lrviz.panels[{panel}], frame = Bokeh.index.get(shown.figure).frame;
      const box = shown.plot.getBoundingClientRect();
      return [box.left + frame.x_scale.compute({x}), box.top + frame.bbox.y_center];
    }})()"""
    found: tuple[float, float] = page.run(script)
    return found


def hover(page: Browser, x: float, panel: int = 0) -> list[str]:
    """Point at a value of the x axis; return the lines of the box that appears."""
    left, top = place(page, x, panel)
    page.move(left, top - 5)
    page.settled()
    page.move(left, top)
    page.settled()
    assert page.run(f"{READOUT}.hidden") is False
    head = page.run(f"{READOUT}.querySelector('b').textContent")
    rows = page.run(
        f"[...{READOUT}.querySelectorAll('tr')].map(r => [...r.cells].map(c => c.textContent).join(' ').trim())"
    )
    below = page.run(f"[...{READOUT}.querySelectorAll('div')].map(words => words.textContent)")
    return [head, *rows, *below]


def press(page: Browser, selector: str) -> None:
    """Click on an element as a person does."""
    page.run(f"document.querySelector({selector!r}).scrollIntoView({{block: 'nearest'}})")
    box = page.run(
        f"(() => {{ const b = document.querySelector({selector!r}).getBoundingClientRect();"
        " return [b.left + b.width / 2, b.top + b.height / 2]; })()"
    )
    page.click(*box)
    page.settled()
    page.settled()


def seen(page: Browser) -> list[float]:
    found: list[float] = page.run("[lrviz.range.start, lrviz.range.end]")
    return found


def test_hovering_tells_what_each_update_used(opened: Open) -> None:
    page = opened(three())
    lr, momentum = one_cycle()
    tokens = {0: "0", 17: "17k", 89: "89k", 299: "299k"}
    for update, consumed in tokens.items():
        rows = [("one cycle", lr[update]), ("stairs", [0.1, 0.01, 0.001][update // 100])]
        rows.sort(key=lambda row: -row[1])
        assert hover(page, update + 0.5) == [
            f"update {update} · epoch {update // 30} · {consumed} tokens before",
            *(f"{name} {value!r}".replace("e-0", "e-") for name, value in rows),
        ]
    assert hover(page, 150.5, panel=1)[1:] == sorted(
        [f"one cycle {momentum[150]!r}", "stairs 0.9"], key=lambda row: -float(row.split()[-1])
    )
    dots = page.run("lrviz.panels.map(p => Array.from(p.dots.data.y))")
    assert dots == [[lr[150], 0.01], [momentum[150], 0.9]]
    assert page.run("lrviz.panels.map(p => p.cross.visible)") == [True, True]
    page.move(5, 5)
    page.settled()
    assert page.run(f"{READOUT}.hidden") is True


def test_the_log_switch_makes_the_axis_logarithmic_and_back(opened: Open) -> None:
    page = opened(three())
    scale = "Bokeh.index.get(lrviz.panels[0].figure).frame.y_scale"
    heights = f"[0.1, 0.01, 0.001].map(value => {scale}.compute(value))"
    one, two, last = page.run(heights)
    assert (two - one) / (last - two) == pytest.approx(10)
    press(page, "[data-panel='0'] input[value='log'] + span")
    one, two, last = page.run(heights)
    assert two - one == pytest.approx(last - two)
    assert page.run("[lrviz.panels[0].linear.visible, lrviz.panels[0].logarithmic.visible]") == [False, True]
    assert hover(page, 250.5)[1:][0].startswith("one cycle ")
    press(page, "[data-panel='0'] input[value='linear'] + span")
    one, two, last = page.run(heights)
    assert (two - one) / (last - two) == pytest.approx(10)


def test_the_x_axis_counts_updates_epochs_or_tokens(opened: Open) -> None:
    page = opened(three())
    page.run("lrviz.range.setv({start: 30, end: 60})")
    for key, per, label in (
        ("epoch", 1 / 30, "epoch"),
        ("tokens", 1000.0, "tokens"),
        ("step", 1.0, "update"),
    ):
        press(page, f"#axis input[value='{key}'] + span")
        assert seen(page) == pytest.approx([30 * per, 60 * per])
        assert page.run("lrviz.panels.map(p => p.below.axis_label)") == [None, label]
        xs = page.run("Array.from(lrviz.panels[0].lines[0].source.data.x)")
        assert [xs[0], xs[-1]] == pytest.approx([29 * per, 63 * per], abs=2 * per)
        assert hover(page, 45.5 * per)[0] == "update 45 · epoch 1 · 45k tokens before"


def test_a_curve_is_switched_off_and_on_by_its_name(opened: Open) -> None:
    page = opened(three())
    top = page.run("lrviz.panels[1].range.end")
    press(page, "label[for='key-0']")
    assert page.run("lrviz.panels.map(p => p.lines.map(l => l.glyph.visible))") == [
        [False, True],
        [False, True],
    ]
    assert hover(page, 50.5)[1:] == ["stairs 0.1"]
    assert page.run("lrviz.panels[1].range.end") != top
    press(page, "label[for='key-0']")
    assert len(hover(page, 50.5)) == 3
    assert page.run("lrviz.panels[1].range.end") == top


def test_panels_are_zoomed_and_moved_together_and_a_double_click_shows_all(opened: Open) -> None:
    page = opened(three())
    whole = seen(page)
    at = place(page, 150)
    page.scroll(*at, by=-300, ctrl=False)
    page.settled()
    assert seen(page) == whole  # the wheel alone scrolls the page
    page.run("window.scrollTo(0, 0)")
    page.scroll(*place(page, 150), by=-300, ctrl=True)
    page.wait(f"lrviz.range.end - lrviz.range.start < {0.9 * (whole[1] - whole[0])}")
    zoomed = seen(page)
    assert zoomed[0] < 150 < zoomed[1]
    page.drag(place(page, 150), place(page, 170, panel=0))
    page.wait(f"lrviz.range.start < {zoomed[0] - 10}")
    moved = seen(page)
    assert moved[0] == pytest.approx(zoomed[0] - 20, abs=2)
    assert page.run("lrviz.panels.every(p => p.figure.x_range === lrviz.range)") is True
    left, top = place(page, sum(moved) / 2)
    page.move(left, top)
    page.click(left, top)
    page.click(left, top, count=2)
    page.wait(f"lrviz.range.start === {whole[0]}")
    assert seen(page) == whole
    page.run("lrviz.range.setv({start: 30, end: 60})")
    press(page, "#all")
    assert seen(page) == whole


def test_no_name_runs_or_becomes_an_element(opened: Open) -> None:
    page = opened(evil())
    assert page.run("document.images.length") == 0
    name = page.run("document.querySelector('#legend span').textContent")
    assert name.startswith("</script><img src=x onerror=alert(1)>\"'`${alert(2)}<!--")
    assert page.run("document.title") == page.run("document.querySelector('h1').textContent")
    rows = hover(page, 0.5)
    assert rows[1].startswith("</script><img src=x onerror=alert(1)>")
    assert page.run("document.images.length + document.querySelectorAll('img').length") == 0
    assert EVIL[:40] in page.run("document.querySelector('pre').textContent")


def test_a_million_updates_stay_smooth_and_say_what_was_recorded(opened: Open) -> None:
    steps = 1_000_000
    update = np.arange(steps)
    wave = 1e-3 * (1 + np.cos(np.pi * update / steps)) + 1e-5 * np.sin(update / 7)
    stairs = np.repeat(np.geomspace(1e-3, 1e-6, 50), steps // 50)
    page = opened(report(made("wave", wave, Clock(steps)), made("stairs", stairs, Clock(steps))))
    for start, end in ((-10_000, 1_010_000), (500_000, 500_400)):
        page.run(f"lrviz.range.setv({{start: {start}, end: {end}}})")
        page.settled()
        told = hover(page, (start + end) / 2)
        at = int(told[0].split()[1].replace(",", ""))
        assert abs(at - (start + end) / 2) < 40
        values = {row.split()[0]: float(row.split()[1]) for row in told[1:]}
        assert values == {"wave": wave[at], "stairs": stairs[at]}
        drawn = page.run("lrviz.panels[0].lines.map(l => l.source.data.x.length)")
        assert max(drawn) < 8000
    begun = time.perf_counter()
    frames = 30
    page.run(f"""(async () => {{
      for (let frame = 0; frame < {frames}; frame++) {{
        lrviz.range.setv({{start: 1000 * frame, end: 400000 + 1000 * frame}});
        await new Promise(done => requestAnimationFrame(done));
      }}
    }})()""")
    assert (time.perf_counter() - begun) / frames < 0.2  # 0.02 where nothing else is running


def test_curves_of_different_clocks_each_say_their_own_update(opened: Open) -> None:
    one, two = made("short", np.full(10, 0.1), Clock(10, 5)), made("long", np.full(40, 0.2), Clock(40, 20))
    page = opened(report(one, two, x="epoch"))
    assert hover(page, 1.5) == [
        "learning rate",
        "long 0.2 update 30 · epoch 1",
        "short 0.1 update 7 · epoch 1",
    ]
    press(page, "#axis input[value='run'] + span")
    assert seen(page) == [-1, 101]
    press(page, "#axis input[value='step'] + span")
    assert hover(page, 20.5) == ["update 20 · epoch 1", "long 0.2"]


def test_a_value_that_is_no_number_is_told_in_words(opened: Open) -> None:
    loss = np.append(np.linspace(2, 1, 38), [np.inf, np.nan])
    page = opened(report(made("wild", np.ones(40), loss=loss)))
    assert hover(page, 38.5, panel=1)[1:] == ["wild infinite"]
    assert hover(page, 39.5, panel=1)[1:] == ["wild not a number"]
    assert "NaN" not in page.run("document.body.innerText")


def test_the_phases_of_a_curve_that_is_alone_are_marked(opened: Open) -> None:
    events = (Event(100, "milestone", "× 0.1"), Event(200, "milestone", "× 0.1"))
    page = opened(report(made("stairs", np.repeat([0.1, 0.01, 0.001], 100), Clock(300, 30), events=events)))
    assert page.run("lrviz.panels[0].marks.map(mark => mark.location)") == [100, 200]
    assert hover(page, 201.5) == ["update 201 · epoch 6", "stairs 0.001", "× 0.1 (update 200)"]
    assert hover(page, 150.5) == ["update 150 · epoch 5", "stairs 0.01"]
    press(page, "#axis input[value='epoch'] + span")
    assert page.run("lrviz.panels[0].marks.map(mark => mark.location)") == pytest.approx([100 / 30, 200 / 30])


def test_a_script_of_ones_own_runs_and_no_other_does(opened: Open) -> None:
    page = opened(three(), "window.mine = 1")
    assert page.run("window.mine") == 1
    page.run(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.his = 1'}))"
    )
    assert page.run("typeof window.his") == "undefined"
    assert [error for error in page.errors if "Content Security Policy" in error]
    page.errors.clear()


@pytest.mark.parametrize("width", [1200, 600])
def test_nothing_is_wider_than_the_window(opened: Open, window: Browser, width: int) -> None:
    window.resize(width, 900)
    try:
        page = opened(three())
        assert page.run("document.documentElement.scrollWidth") == width
        for update in (1, 150, 298):
            hover(page, update)
            box = page.run(
                f"(() => {{ const b = {READOUT}.getBoundingClientRect(); return [b.left, b.right]; }})()"
            )
            assert 0 <= box[0] < box[1] <= width
    finally:
        window.resize(1200, 900)
