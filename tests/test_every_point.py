"""A long curve is drawn by few of its points; drawn by every one of them it looks the same, pixel by pixel."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from test_figure import report, trace

from lrviz.render import lines
from lrviz.render.as_figure import render
from lrviz.render.pixels import drawable, extremes
from lrviz.trace import Array

UPDATES = 150_000
T = np.arange(UPDATES) / UPDATES
COSINE = 0.05 * (1 + np.cos(np.pi * T))
RISE = 0.004 + 0.048 * (1 - np.cos(np.pi * T / 0.3))
ONE_CYCLE = np.where(T < 0.3, RISE, 0.05 * (1 + np.cos(np.pi * (T - 0.3) / 0.7)))
NOISY = COSINE * (1 + 0.2 * np.random.default_rng(0).standard_normal(UPDATES))
SPIKES = np.where(np.arange(UPDATES) % (UPDATES // 7) == 5, 0.1, 0.01 + 0.01 * T)
HALVES = 0.1 * 0.5 ** (T * 37 // 1)
STEPS = 0.1 * 0.9998 ** (T * 30_000 // 1)


def cycles(count: int) -> Array:
    return 0.001 + 0.099 * np.abs(T * count % 1 * 2 - 1)


def by_points(values: Array, _: int) -> tuple[Array, Array]:
    """A vertex for every update, where ``outline`` chooses some."""
    return np.arange(len(values) + 1, dtype=np.float64), drawable(np.append(values, values[-1]))


def by_stairs(values: Array, _: int) -> tuple[Array, Array]:
    """Two vertices for every update: from where it begins to where it ends."""
    return np.repeat(np.arange(len(values) + 1, dtype=np.float64), 2)[1:-1], np.repeat(values, 2)


def picture(values: Array, how: Callable[..., object] | None = None, **view: object) -> Image.Image:
    with pytest.MonkeyPatch.context() as patched:
        if how is not None:
            patched.setattr(lines, "outline", how)
        return Image.open(io.BytesIO(render(report(trace(values), **view), ".png"))).convert("RGB")


def apart(one: Image.Image, other: Image.Image) -> Array:
    """How far the pixels of two pictures are apart, in 255ths of the worst of their colours."""
    return np.abs(np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)).max(axis=2)


@pytest.mark.parametrize(
    ("values", "y"),
    [
        (COSINE, "linear"),
        (ONE_CYCLE, "linear"),
        (cycles(30), "linear"),
        (cycles(300), "linear"),
        (cycles(3000), "linear"),
        (SPIKES, "linear"),
        (0.1 * 1e-5**T, "log"),
        (cycles(300), "log"),
    ],
)
def test_few_points_look_as_all_of_them_do(values: Array, y: str) -> None:
    x, _ = lines.outline(values, 1080)
    assert len(x) < UPDATES / 15
    assert apart(picture(values, y=y), picture(values, by_points, y=y)).max() <= 8, "no eye sees a 32nd"


def test_a_cosine_on_a_log_axis_differs_in_the_shade_of_an_edge_where_it_falls_out_of_sight() -> None:
    differs = apart(picture(COSINE, y="log"), picture(COSINE, by_points, y="log"))
    assert differs.max() <= 48
    assert np.mean(differs > 8) < 1e-5


def test_noise_differs_in_single_pixels_of_its_edge() -> None:
    differs = apart(picture(NOISY), picture(NOISY, by_points))
    assert np.mean(differs > 32) < 1e-3
    assert differs.mean() < 0.1


def test_steps_are_drawn_by_their_corners_alone() -> None:
    x, y = lines.outline(HALVES, 1080)
    assert len(x) == 2 * len(np.unique(HALVES)) == 2 * 37
    at = np.arange(UPDATES)
    assert np.array_equal(HALVES, y[np.searchsorted(x, at, side="right") - 1])


@pytest.mark.parametrize("values", [HALVES, 0.1 * 0.1 ** (T * 3 // 1), STEPS, COSINE])
def test_stairs_look_as_what_is_drawn_for_them(values: Array) -> None:
    # The library moves few corners to whole pixels, and adds up the shades of many edges that cross in one: at four
    # times the size that is a quarter.
    few, all_ = (picture(values, how, dpi=600).reduce(4) for how in (None, by_stairs))
    differs = apart(few, all_)
    assert differs.max() <= 80
    assert np.mean(differs > 32) < 0.005
    assert differs.mean() < 0.25


def test_a_log_axis_is_the_same_however_many_points_are_drawn() -> None:
    for values in (COSINE, 0.1 * 1e-7**T, SPIKES * 1e-3**T):
        few, all_ = (picture(values, how, y="log").crop((0, 0, 100, 600)) for how in (None, by_points))
        assert apart(few, all_).max() <= 8


def test_what_stands_beside_a_spike_is_kept_and_a_smooth_curve_pays_nothing_for_it() -> None:
    values = np.zeros(1000)
    values[[35, 170, 299]] = [1.0, -1.0, 2.0]
    at = set(extremes(values, 10).tolist())
    assert {34, 35, 36, 169, 170, 171, 298, 299, 300} <= at
    assert len(at) <= 4 * 10 + 9
    assert len(extremes(COSINE, 1000)) == 2 * 1000
