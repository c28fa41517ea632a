"""``--normalize``: shapes of schedules, whatever their size and length, and ``--x run``."""

from __future__ import annotations

import numpy as np
import pytest

from lrviz import pipeline, readers
from lrviz.commands.options import view_options
from lrviz.render.as_figure import figure
from lrviz.render.as_plot import drawing
from lrviz.render.as_table import shares_table
from lrviz.render.terminal import console
from lrviz.report import Report

SPEC = """\
run: {epochs: 40, steps_per_epoch: 5}
optimizer: {type: SGD, lr: 0.4, groups: [{name: body, lr: 0.04}, {name: head}]}
schedules:
  step: {type: StepLR, step_size: 20ep}
plot: {normalize: true}
"""


def report_of(*texts: str) -> Report:
    spec = pipeline.merge([readers.read_text(text, f"{index}.yaml") for index, text in enumerate(texts)])
    return pipeline.report(spec, pipeline.simulate(spec, cache=False), spec.view)


def test_every_lr_is_over_the_peak_of_its_curve_so_that_groups_keep_their_ratio() -> None:
    (curve,) = report_of(SPEC).drawn().curves
    np.testing.assert_allclose(curve.trace.lr[[0, 100]], [[0.1, 1.0], [0.01, 0.1]], rtol=1e-12)
    assert [facts.peak for facts in curve.facts] == pytest.approx([0.1, 1.0])


def test_nothing_is_changed_where_no_shape_is_asked_for() -> None:
    report = report_of(SPEC.replace("normalize: true", "normalize: false"))
    assert report.drawn() is report


def test_runs_of_any_length_share_an_axis_of_percent() -> None:
    long = "run: {steps: 5000}\nschedules: {cosine: {type: CosineAnnealingLR, T_max: 100%}}\n"
    drawn = figure(report_of(SPEC, long))
    axes = drawn.axes[0]
    assert axes.get_xlim() == (0, 100)
    assert {text.get_text() for text in drawn.texts} == {"% of the run", "LR / peak"}
    assert "LR / peak" in str(drawing(report_of(SPEC, long)))
    assert "% of the run" in str(drawing(report_of(SPEC, long)))


def test_the_axis_of_percent_can_be_had_alone() -> None:
    report = report_of(SPEC.replace("normalize: true", "x: run"))
    drawn = figure(report)
    assert drawn.axes[0].get_xlim() == (0, 100)
    assert "learning rate" in {text.get_text() for text in drawn.texts}


def test_the_table_tells_the_lr_at_tenths_of_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    console().print(shares_table(report_of(SPEC).drawn(), range(0, 101, 50), plain=True))
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        [
            "%",
            "of",
            "the",
            "run",
            "step",
            "·",
            "body",
            "·",
            "lr",
            "/",
            "peak",
            "step",
            "·",
            "head",
            "·",
            "lr",
            "/",
            "peak",
        ],
        ["0", "0.1", "1"],
        ["50", "0.01", "0.1"],
        ["100", "0.01", "0.1"],
    ]


def test_the_option_is_the_key_of_a_spec() -> None:
    assert view_options(normalize=True) == {"normalize": True}
    assert view_options() == {}
