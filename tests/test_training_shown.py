"""What a training run adds to tables, records, figures, the terminal and the words of the command line."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

import lrviz
from lrviz import pipeline
from lrviz.cli import app
from lrviz.errors import SpecError
from lrviz.render import as_csv, as_plot, as_records
from lrviz.render.as_figure import figure
from lrviz.render.noise import is_noisy, smoothed
from lrviz.report import Report


def reported(*words: str, train: str | None = "mlp", **view) -> Report:
    run = {"epochs": 4, "steps_per_epoch": 20}
    spec = pipeline.merge(pipeline.read(word, run, None, train) for word in words)
    return pipeline.report(spec, pipeline.simulate(spec), spec.view.with_options(**view))


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


# Words.


def test_an_optimizers_name_is_a_curve_with_torchs_own_lr_or_the_one_given():
    (curve,) = pipeline.read("adagrad").curves
    assert (curve.optimizer.type, curve.optimizer.settings, curve.schedulers) == ("Adagrad", (), ())
    (curve,) = pipeline.read("adam:amsgrad=true,lr=0.02,epochs=7").curves
    assert (curve.optimizer.type, dict(curve.optimizer.settings)) == ("Adam", {"amsgrad": True, "lr": 0.02})
    assert curve.clock.steps == 7
    (curve,) = pipeline.read("sgd:momentum=0.9", optimizer={"type": "AdamW", "lr": 0.3}).curves
    assert (curve.optimizer.type, dict(curve.optimizer.settings)) == ("SGD", {"lr": 0.3, "momentum": 0.9})
    assert lrviz.simulate("adadelta")["adadelta"].lr[0, 0] == 1.0


def test_what_an_optimizer_does_not_take_is_refused_where_it_was_typed():
    with pytest.raises(SpecError) as caught:
        pipeline.read("adam:momentum=0.9")
    assert str(caught.value) == (
        "adam:momentum=0.9: momentum: Adam has no momentum; write lr, betas, eps, weight_decay, amsgrad, foreach, "
        "maximize, capturable, differentiable, fused, decoupled_weight_decay, groups, model or tensor_lr"
    )


def test_a_preset_wins_over_an_optimizer_and_is_trained_too():
    (curve,) = pipeline.read("cosine", train="quadratic:condition=10").curves
    assert curve.optimizer.type == "SGD"
    assert (curve.train.problem, dict(curve.train.settings)) == ("quadratic", {"condition": 10.0})


def test_a_spec_that_says_what_it_trains_keeps_it(tmp_path):
    for own, problem in (("train: rosenbrock\n", "rosenbrock"), ("", "mlp")):
        file = tmp_path / "spec.yaml"
        file.write_text(f"run: {{epochs: 2}}\n{own}schedules: {{a: }}\n")
        (curve,) = pipeline.read(str(file), train="mlp").curves
        assert curve.train.problem == problem


def test_a_misspelt_problem_on_the_command_line_gets_the_nearest():
    with pytest.raises(SpecError, match=r"'mpl' is not a choice here; did you mean mlp\?"):
        pipeline.read("adam", train="mpl")


# Tables and records.


def test_compare_tells_losses():
    out = printed("compare", "adagrad", "sgd:momentum=0.9", "--train", "mlp", "--epochs", "30")
    for fact in ("final loss", "lowest loss"):
        (row,) = [line for line in out.splitlines() if line.startswith(fact)]
        assert len(row.split()) == 4


def test_the_table_of_a_run_shows_loss_step_size_and_effective_lr():
    out = printed("table", "sgd:lr=0.5", "--train", "quadratic")
    assert out.splitlines()[0].split("  ")[-1].strip() == "loss"
    for heading in ("lr used", "step size", "effective LR", "loss"):
        assert heading in out.splitlines()[0]
    # 0.5 · Σ 100^(-k/9) over ten dimensions from 1 each.
    first = 0.5 * sum(100 ** (-k / 9) for k in range(10))
    assert out.splitlines()[1].split()[-1] == f"{first:.4g}"
    assert out.splitlines()[1].split()[-2] == "0.5"


def test_csv_and_records_have_a_column_for_each():
    report = reported("adam", train="rosenbrock")
    trace = report.curves[0].trace
    rows = list(csv.DictReader(io.StringIO("".join(as_csv.render(report)))))
    assert list(rows[0]) == [
        "curve", "update", "epoch", "group", "lr", "momentum", "weight_decay", "loss", "step_size", "effective_lr",
    ]  # fmt: skip
    for quantity in ("loss", "step_size", "effective_lr"):
        assert [float(row[quantity]) for row in rows] == trace.by_group(quantity)[:, 0].tolist()
    assert json.loads("".join(as_records.render(report)))[0]["loss"] == trace.loss[0]


def test_without_training_nothing_is_added():
    report = reported("adam", train=None)
    assert "loss" not in "".join(as_csv.render(report))
    assert "loss" not in printed("table", "adam")
    assert "loss" not in {text.get_text() for text in figure(report).texts}


def test_a_run_that_diverges_is_told_beside_its_table():
    result = CliRunner().invoke(app, ["compare", "sgd:lr=1e6", "--train", "quadratic"])
    assert "the training diverges: the loss is inf (update " in result.stderr


# Figures and the terminal.


def test_a_training_is_drawn_with_its_loss_and_effective_lr_under_the_lr():
    drawn = figure(reported("adagrad", "adam"))
    assert {text.get_text() for text in drawn.texts} >= {"learning rate", "loss", "effective LR"}
    assert len(drawn.axes) == 4  # and the epochs above


def test_any_quantity_can_be_asked_for():
    drawn = figure(reported("adam", show=("step_size", "loss")))
    assert {text.get_text() for text in drawn.texts} >= {"step size", "loss"}
    assert "learning rate" not in {text.get_text() for text in drawn.texts}


def test_a_loss_that_spans_decades_has_a_log_axis_and_one_that_does_not_has_none():
    spans, does_not = (
        figure(reported(word, train="quadratic:condition=2", show=("loss",))).axes[0].get_yscale()
        for word in ("sgd:lr=0.5", "sgd:lr=0.001")
    )
    assert (spans, does_not) == ("log", "linear")


def test_a_run_that_diverges_does_not_press_the_others_to_the_ground():
    alone, beside = (
        figure(reported(*words, train="quadratic", show=("loss",))).axes[0].get_ylim()[1]
        for words in (["sgd:lr=0.001"], ["sgd:lr=0.001", "sgd:lr=50"])
    )
    assert beside < 10 * alone


def test_the_terminal_draws_them_too():
    console = Console(width=80, file=io.StringIO(), force_terminal=False)
    console.print(as_plot.drawing(reported("adam", "adagrad"), width=80))
    text = console.file.getvalue()
    for heading in ("learning rate", "loss", "effective LR (step size over the RMS of the gradient)"):
        assert f" {heading}\n" in text


# Noise.


def test_noise_is_told_from_a_curve():
    numbers, t = np.random.default_rng(0), np.arange(500)
    falling = np.exp(-t / 100)
    assert not is_noisy(falling)
    assert is_noisy(falling * np.exp(0.3 * numbers.normal(size=500)))
    assert not is_noisy(np.full(500, np.nan))


def test_the_mean_through_noise_does_not_lag_and_ends_where_the_loss_does():
    line = 100.0 - np.arange(100)
    np.testing.assert_allclose(smoothed(line, 10)[:95], line[:95])
    broken = np.where(np.arange(100) < 60, line, np.inf)
    assert np.isfinite(smoothed(broken, 10)[:60]).all()
    assert np.isnan(smoothed(broken, 10)[60:]).all()
    assert np.isnan(smoothed(np.full(5, np.nan), 10)).all()
