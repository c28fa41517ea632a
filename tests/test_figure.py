"""Hand-made traces as figures: every spike and drop, the same bytes each time, nobody's settings touched."""

from __future__ import annotations

import hashlib
import io
import math
import os
import subprocess
import sys
import warnings
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from lrviz.analyze.facts import facts_of
from lrviz.render.as_figure import figure, render
from lrviz.render.layout import across_of
from lrviz.render.lettering import fitted, printable, told_apart, width
from lrviz.render.palette import CURVES
from lrviz.render.pixels import extremes, outline
from lrviz.render.scales import amounts, rate_scale, rates
from lrviz.report import Curve, Report
from lrviz.spec.clock import Clock
from lrviz.spec.view import View
from lrviz.trace import Array, Event, Series, Trace

UPDATES = 900
T = np.arange(UPDATES)
STEP = 0.1 * 0.1 ** (T // 300)
COSINE = 0.05 * (1 + np.cos(np.pi * T / UPDATES))
WARM = np.minimum((T + 1) / 90, 1.0) * 0.1
NASTY = (
    "a$b$\\frac",
    "_hidden",
    "x\n\t\x00\x1b[31m",
    "\U0001f680 训练",
    "<b>&amp;--> ]]>",
    "\ud800\u202e",
    "",
    " ",
)


def trace(
    lr: Array,
    name: str = "curve",
    clock: Clock | None = None,
    groups: tuple[str, ...] = ("all",),
    momentum: Array | None = None,
    weight_decay: Array | None = None,
    metrics: dict[str, Series] | None = None,
    events: tuple[Event, ...] = (),
    optimizer: str = "SGD",
) -> Trace:
    def columns(values: Array) -> Array:
        values = np.array(values, dtype=np.float64)
        return values if values.ndim == 2 else np.repeat(values[:, None], len(groups), axis=1)

    return Trace(
        name=name,
        clock=clock or Clock(len(lr), 10),
        optimizer=optimizer,
        groups=groups,
        schedulers=(),
        lr=columns(lr),
        momentum=None if momentum is None else columns(momentum),
        weight_decay=None if weight_decay is None else columns(weight_decay),
        final_lr=(0.0,) * len(groups),
        metrics=metrics or {},
        events=events,
    )


def report(*traces: Trace, **view: object) -> Report:
    with np.errstate(all="ignore"):  # the facts of an infinite learning rate are not the subject here
        curves = tuple(Curve(one, facts_of(one)) for one in traces)
    return Report(curves, View(**view))  # type: ignore[arg-type]


def plateau() -> Trace:
    lr = np.where(T < 400, 0.1, 0.01)
    losses = Series(np.arange(90) * 10 + 9, np.exp(-np.arange(90) / 20))
    cut = Event(400, "cut", "ReduceLROnPlateau cut the LR from 0.1 to 0.01")
    return trace(lr, "plateau", metrics={"val_loss": losses}, events=(cut,))


def panels(drawn: Figure) -> list[Axes]:
    # The axis of epochs is an axes of its own, with no lines.
    return [axes for axes in drawn.axes if axes.lines]


def texts(drawn: Figure) -> list[str]:
    return [text.get_text() for axes in drawn.axes for text in axes.texts] + [
        t.get_text() for t in drawn.texts
    ]


def solid(axes: Axes) -> list[tuple[Array, Array]]:
    return [line.get_data() for line in axes.lines if line.get_zorder() == 3]  # type: ignore[misc]


def rich_report() -> Report:
    one_cycle = trace(COSINE, "one cycle", momentum=0.95 - COSINE, optimizer="SGD")
    return report(trace(STEP, "step"), one_cycle, plateau(), title="Three", y="log")


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_report_gives_the_same_bytes(suffix: str) -> None:
    assert render(rich_report(), suffix) == render(rich_report(), suffix)


def test_another_process_with_another_matplotlibrc_gives_the_same_bytes_without_pyplot(
    tmp_path: Path,
) -> None:
    (tmp_path / "matplotlibrc").write_text(
        "font.size: 30\nlines.linewidth: 9\naxes.facecolor: red\ntext.usetex: True\nsavefig.dpi: 30\n"
        "svg.fonttype: none\naxes.grid: False\nfont.family: serif\nfigure.constrained_layout.use: True\n"
    )
    script = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); from test_figure import rich_report\n"
        "from lrviz.render.as_figure import render\n"
        "for s in ('.png', '.svg', '.pdf'): print(hashlib.sha256(render(rich_report(), s)).hexdigest())\n"
        "print([name for name in sys.modules if 'pyplot' in name or 'tkinter' in name or name == 'torch'])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).parent)],
        env={**os.environ, "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"), "PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = [hashlib.sha256(render(rich_report(), suffix)).hexdigest() for suffix in (".png", ".svg", ".pdf")]
    assert ran.stdout.split("\n")[:4] == [*here, "[]"]


def test_rcparams_are_left_as_they_were() -> None:
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"lines.linewidth": 7.5}):
        render(rich_report(), ".svg")
        assert matplotlib.rcParams["lines.linewidth"] == 7.5
    assert dict(matplotlib.rcParams) == before


def test_a_spike_of_one_update_in_a_million_is_among_the_points_and_the_pixels() -> None:
    updates = 1_000_000
    lr = 0.05 * (1 + np.cos(np.pi * np.arange(updates) / updates))
    lr[765_432] = 0.2
    lr[123_456] = 0.0
    x, y = outline(lr, 1000)
    assert len(x) <= 4 * 1000 + 5
    assert y[x == 765_432] == [0.2]
    assert y[x == 123_456] == [0.0]
    assert (x[0], x[-1]) == (0.0, updates)
    picture = render(report(trace(lr, clock=Clock(updates))), ".png")
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    blue = tuple(int(CURVES[0][at : at + 2], 16) for at in (1, 3, 5))
    rows, columns = np.nonzero(np.abs(pixels - blue).sum(axis=2) < 120)
    assert columns[rows == rows.min()].max() - columns[rows == rows.min()].min() <= 5
    share = (columns[rows == rows.min()].mean() - columns.min()) / (columns.max() - columns.min())
    assert share == pytest.approx(0.765, abs=0.005)


def test_extremes_come_from_every_bin_in_order() -> None:
    values = np.zeros(1003)
    values[[7, 500, 1001, 1002]] = [1.0, -1.0, 5.0, 4.0]
    at = extremes(values, 10)
    assert {0, 7, 500, 1001, 1002} <= set(at.tolist())
    assert np.all(np.diff(at) > 0)


def test_a_drop_is_drawn_upright_at_its_update() -> None:
    ((x, y),) = solid(panels(figure(report(trace(STEP))))[0])
    assert x.tolist() == [0, 300, 300, 600, 600, 900]
    assert y == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


@pytest.mark.parametrize(
    ("x", "clock", "label", "end"),
    [
        (None, Clock(900, 10), "update", 900),
        (None, Clock(900), "update", 900),
        (None, Clock(900, 1), "epoch (1 update each)", 900),
        ("step", Clock(900, 1), "update", 900),
        ("epoch", Clock(900, 10), "epoch", 90),
        ("tokens", Clock(900, 10, 1_000_000), "tokens", 9e8),
    ],
)
def test_the_x_axis_says_what_it_counts(x: str | None, clock: Clock, label: str, end: float) -> None:
    drawn = figure(report(trace(STEP, clock=clock), x=x))
    assert label in texts(drawn)
    assert panels(drawn)[0].get_xlim() == pytest.approx((0, end))
    assert ("epoch" in texts(drawn)) == (
        label == "epoch" or (label == "update" and clock.steps_per_epoch is not None)
    )


def test_epochs_stand_above_updates_only_where_all_curves_agree_on_their_length() -> None:
    one, other = trace(STEP, "one"), trace(COSINE, "other", clock=Clock(900, 30))
    assert "epoch" in texts(figure(report(one, trace(STEP[:300], "short")))), "the same epoch, a shorter run"
    assert "epoch" not in texts(figure(report(one, other)))
    lines = solid(panels(figure(report(one, other, x="epoch")))[0])
    assert [x[-1] for x, _ in lines] == [90, 30]


def test_momentum_and_weight_decay_are_drawn_where_they_move() -> None:
    still = trace(STEP, momentum=np.full(UPDATES, 0.9), weight_decay=np.full(UPDATES, 1e-4))
    moving = trace(STEP, momentum=0.95 - COSINE, weight_decay=COSINE, optimizer="AdamW")
    assert {"momentum", "weight decay"}.isdisjoint(texts(figure(report(still))))
    assert {"learning rate", "beta1", "weight decay"} <= set(texts(figure(report(moving))))
    asked = texts(figure(report(still, show=("momentum",))))
    assert "momentum" in asked
    assert "learning rate" not in asked
    assert "learning rate" in texts(figure(report(trace(STEP), show=("momentum",)))), "it has none"
    both = figure(report(still, moving, trace(STEP, momentum=np.zeros(UPDATES))))
    assert "momentum / beta1" in texts(both)
    assert len(solid(panels(both)[1])) == 2, "a momentum of 0 is none"


def test_a_metric_has_a_panel_of_its_own_with_the_cuts_marked() -> None:
    drawn = figure(report(plateau()))
    assert {"val_loss", "cut", "plateau"} <= set(texts(drawn))
    for axes in panels(drawn):
        markers = [line for line in axes.lines if line.get_marker() == "v"]
        assert [line.get_xdata().tolist() for line in markers] == [[400.0]]  # type: ignore[union-attr]
    top = next(line for line in panels(drawn)[0].lines if line.get_marker() == "v")
    assert top.get_ydata() == pytest.approx([0.1])


def test_the_phases_of_a_single_curve_are_marked_in_words() -> None:
    hand_over = Event(90, "hand-over", "LinearLR, then CosineAnnealingLR")
    restart = Event(500, "restart", "restart")
    cycle = 0.05 + 0.05 * np.sin(T / 60)
    drawn = texts(figure(report(trace(np.where(T < 90, WARM, COSINE * 0.9), events=(hand_over, restart)))))
    assert "warm-up ends" in drawn
    assert "restart" in drawn
    assert "hand-over" not in drawn, "it is where the warm-up ends"
    assert "warm-up ends" not in texts(figure(report(trace(cycle)))), "it climbs again and again"
    assert "restart" not in texts(figure(report(trace(STEP, events=(restart,)), trace(COSINE, "other"))))


def test_names_stand_beside_lines_that_are_apart_and_above_lines_that_are_not() -> None:
    apart = figure(report(*(trace(np.full(UPDATES, 0.1 * k), f"level {k}") for k in (1, 2, 3))))
    beside = [text for text in apart.axes[0].texts if text.get_text().startswith("level")]
    assert [text.get_text() for text in beside] == ["level 1", "level 2", "level 3"]
    assert all(text.get_position()[0] > 1 for text in beside)
    assert [text.get_color() for text in beside] != [CURVES[0]] * 3
    together = figure(report(*(trace(COSINE, f"curve {k}") for k in range(3))))
    above = [text for text in together.axes[0].texts if text.get_text().startswith("curve")]
    assert len(above) == 3
    assert all(text.get_position()[1] > 1 for text in above)


def test_curves_that_coincide_show_through_one_another() -> None:
    drawn = figure(
        report(trace(COSINE, "torch"), trace(COSINE * (1 + 1e-6), "recorded"), trace(STEP, "step"))
    )
    styles = [line.is_dashed() for line in panels(drawn)[0].lines if line.get_zorder() == 3]
    assert styles == [False, True, False]


def test_groups_of_a_curve_share_its_colour_and_differ_in_dashes() -> None:
    groups = ("backbone", "head")
    drawn = figure(
        report(trace(np.stack([COSINE * 0.1, COSINE], 1), "tuned", groups=groups), trace(STEP, "step"))
    )
    lines = [line for line in panels(drawn)[0].lines if line.get_zorder() == 3]
    assert [line.get_color() for line in lines] == [CURVES[0], CURVES[0], CURVES[1]]
    assert [line.is_dashed() for line in lines] == [False, True, False]
    assert {"tuned · backbone", "tuned · head", "step"} <= set(texts(drawn))
    alike = figure(report(trace(COSINE, "tuned", groups=groups)))
    assert len(solid(panels(alike)[0])) == 1
    assert "tuned (all 2 groups)" in texts(alike)


def test_two_hundred_groups_become_an_area_and_a_few_lines() -> None:
    names = tuple(f"p{k}" for k in range(200))
    layered = trace(np.stack([COSINE * 0.98**k for k in range(200)], 1), "layered", groups=names)
    drawn = figure(report(layered))
    assert len(drawn.axes[0].patches) == 1
    assert len(solid(panels(drawn)[0])) == 24
    assert {"200 groups: p0 highest,", "p199 lowest"} <= set(texts(drawn))
    assert "layered (200 groups)" in texts(figure(report(layered, trace(STEP * 2, "other"))))


@pytest.mark.parametrize("curves", [1, 2, 3, 4, 7, 12, 40])
def test_a_grid_has_a_panel_for_each_curve_on_the_same_axes(curves: int) -> None:
    drawn = figure(report(*(trace(COSINE / (k + 1), f"curve {k}") for k in range(curves)), layout="grid"))
    shown = panels(drawn)
    assert len(shown) == curves
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in shown}) == 1
    assert [text for text in texts(drawn) if text.startswith("curve")] == [
        f"curve {k}" for k in range(curves)
    ]
    assert all(axes.get_position().width * drawn.get_figwidth() > 1.5 for axes in shown)
    assert across_of(curves, "overlay") == 0


def test_panels_and_words_stay_on_the_paper() -> None:
    long = "experiments/a/very/long/path/to/a/config.yaml#cosine with a name that goes on and on and on "
    drawn = figure(
        report(*(trace(lr, f"{long}{k}") for k, lr in enumerate((STEP, COSINE, WARM))), title=long * 3)
    )
    drawn.canvas.draw()
    paper = drawn.bbox.padded(1)
    shown = [text for axes in drawn.axes for text in axes.texts] + drawn.texts
    assert len(shown) >= 6
    for text in shown:
        box = text.get_window_extent()
        assert paper.x0 <= box.x0, text.get_text()
        assert box.x1 <= paper.x1, text.get_text()
        assert paper.y0 <= box.y0, text.get_text()
        assert box.y1 <= paper.y1, text.get_text()


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
@pytest.mark.parametrize("layout", ["overlay", "grid"])
def test_any_name_can_be_drawn_without_a_warning(suffix: str, layout: str) -> None:
    curves = [trace(COSINE / (k + 1), name, groups=(name,)) for k, name in enumerate(NASTY)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(render(report(*curves, layout=layout, title="$\\frac{\x00"), suffix)) > 1000


def test_names_are_drawn_as_they_are_written_as_far_as_there_are_letters() -> None:
    assert [printable(name) for name in NASTY] == [
        "a$b$\\frac",
        "_hidden",
        "x [31m",
        "□ □□",
        "<b>&amp;--> ]]>",
        "□",
        "(no name)",
        "(no name)",
    ]


def test_long_names_are_wrapped_shortened_and_still_told_apart() -> None:
    assert fitted("short", 2.0, 10) == "short"
    assert fitted("warm-up, then cosine", 1.0, 10, lines=2) == "warm-up,\nthen cosine"
    assert width(fitted("w" * 200, 2.0, 10), 10) <= 2.0
    paths = [f"a/long/path/to/run_{k}.yaml#cosine and so on and on and on" for k in range(3)]
    told = told_apart(paths, 1.2, 9)
    assert [name[:6] for name in told] == ["…run_0", "…run_1", "…run_2"]
    assert all(width(name, 9) <= 1.2 for name in told)


def test_an_svg_is_xml_and_says_its_names() -> None:
    svg = ElementTree.fromstring(render(report(trace(STEP, "a<b & c--d"), title="<i>"), ".svg"))
    title = svg.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == "<i>: a<b & c--d"


EDGES = {
    "one update": [trace(np.array([0.1]), clock=Clock(1))],
    "one update of one epoch": [trace(np.array([0.1]), clock=Clock(1, 1))],
    "two updates": [trace(np.array([0.1, 0.2]), clock=Clock(2, 2))],
    "constant": [trace(np.full(UPDATES, 0.1))],
    "zero": [trace(np.zeros(UPDATES))],
    "negative": [trace(COSINE - 0.05)],
    "all negative": [trace(-COSINE - 0.05)],
    "infinite": [trace(np.where(T == 5, np.inf, COSINE))],
    "all infinite": [trace(np.full(UPDATES, -np.inf)), trace(np.full(UPDATES, np.inf))],
    "huge": [trace(np.where(T > 5, 1e308, -1e308))],
    "tiny": [trace(COSINE * 1e-300), trace(np.full(UPDATES, 5e-324))],
    "far apart": [trace(COSINE * 1e-12, "a"), trace(COSINE * 1e12, "b")],
    "an odd metric": [
        trace(STEP, metrics={"loss": Series(np.array([0, 1, 2]), np.array([math.nan, math.inf, 1.0]))}),
        trace(STEP, metrics={"$x$": Series(np.array([], dtype=np.int64), np.array([]))}),
    ],
    "odd events": [
        trace(STEP, events=(Event(-1, "warning", "w"), Event(900, "cut", "c"), Event(10**9, "restart", "r")))
    ],
    "many events": [trace(STEP, events=tuple(Event(k, "restart", "restart") for k in range(0, 900, 3)))],
    "many groups": [trace(np.stack([COSINE * k for k in range(30)], 1), groups=("g",) * 30)] * 3,
}


@pytest.mark.parametrize("y", ["linear", "log"])
@pytest.mark.parametrize("name", EDGES)
def test_what_is_odd_is_drawn_all_the_same(name: str, y: str) -> None:
    for layout in ("overlay", "grid"):
        assert render(report(*EDGES[name], y=y, layout=layout, dpi=40), ".png").startswith(b"\x89PNG")


@pytest.mark.parametrize("size", [(1.0, 1.0), (3.0, 2.0), (20.0, 3.0)])
def test_a_size_that_was_asked_for_is_kept(size: tuple[float, float]) -> None:
    asked = report(trace(STEP, "step"), plateau(), size=size, dpi=100, theme="dark", title="title")
    picture = Image.open(io.BytesIO(render(asked, ".png")))
    assert picture.size == (size[0] * 100, size[1] * 100)
    assert picture.convert("RGB").getpixel((0, 0)) == (0x0D, 0x11, 0x17)


def test_a_log_axis_lets_a_decay_to_zero_leave_at_the_bottom() -> None:
    axes = panels(figure(report(trace(COSINE * (T < 899)), y="log")))[0]
    low, high = axes.get_ylim()
    assert 0.1 < high < 0.2
    assert 1e-7 < low < 1e-4
    ((_, y),) = solid(axes)
    assert 0 < y.min() < low


def test_ticks_are_short_and_alike() -> None:
    assert rates([0.0, 0.05, 0.1]) == ("0", "0.05", "0.10")
    assert rates([0.0, 5e-5, 1e-4, 1.5e-4]) == ("0", "5e-5", "1e-4", "1.5e-4")
    assert amounts([0, 500, 1000]) == ("0", "0.5k", "1k")
    assert amounts([0, 2.5e6, 5e6]) == ("0", "2.5M", "5M")
    assert amounts([0, 5e11, 1e12]) == ("0", "0.5T", "1T")
    scale = rate_scale([np.array([1e-3, 0.1])], 6, log=True)
    assert scale.labels == ("1e-3", "0.01", "0.1")
    assert rate_scale([np.array([0.0, 0.3])], 6).ticks == pytest.approx((0.0, 0.1, 0.2, 0.3))
