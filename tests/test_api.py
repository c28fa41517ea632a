"""The Python interface: what ``import lrviz`` gives, and what a Trace promises."""

from __future__ import annotations

import random
import re
import textwrap
import warnings
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scheduler_cases import CASES, OPTIMIZERS, RUN
from torch.optim.lr_scheduler import StepLR

import lrviz
from lrviz import Trace, pipeline

SEVERAL = """
run: {epochs: 4, steps_per_epoch: 3}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  zeta: {type: StepLR, step_size: 2}
  alpha: {type: OneCycleLR, max_lr: 0.4, total_steps: 100%}
  mid: {type: OneCycleLR, max_lr: 0.2, total_steps: 100%}
  constant: {}
  own: {optimizer: {type: Adagrad}, type: ExponentialLR, gamma: 0.9}
"""


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    file = tmp_path / "spec.yaml"
    file.write_text(SEVERAL, encoding="utf-8")
    return file


def stepped(word: str | Path) -> dict[str, Trace]:
    """Step the curves here and now, and take none that was kept from before."""
    return pipeline.simulate(lrviz.load(word), cache=False)


def equal(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    if a is None or b is None:
        return a is b
    return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


def assert_same(a: Trace, b: Trace) -> None:
    for field in fields(Trace):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if field.name in ("lr", "momentum", "weight_decay"):
            assert equal(one, other), field.name
        elif field.name == "metrics":
            assert list(one) == list(other)
            for name in one:
                assert equal(one[name].updates, other[name].updates)
                assert equal(one[name].values, other[name].values)
        else:
            assert one == other, field.name


# The names.


def test_every_public_name_is_there() -> None:
    assert len(lrviz.__all__) >= 9
    for name in lrviz.__all__:
        assert getattr(lrviz, name) is not None
        assert name in dir(lrviz)
        assert getattr(lrviz, name).__doc__


def test_simulate_stays_a_function_after_it_has_run(spec_file: Path) -> None:
    lrviz.simulate(spec_file)
    assert callable(lrviz.simulate)
    assert callable(lrviz.load)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'lrviz' has no attribute 'plot_it'"):
        _ = lrviz.plot_it


def test_the_tour_in_the_docstring_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tour = textwrap.dedent("\n".join(re.findall(r"^    .*$", lrviz.__doc__, re.MULTILINE)))
    assert "lrviz.load" in tour
    assert "lrviz.simulate" in tour
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(
        "schedules: {cosine: {type: CosineAnnealingLR, T_max: 10}}\nrun: {epochs: 10}\n"
    )
    exec(compile(tour, "the tour", "exec"), {})
    assert Path("config.png").read_bytes().startswith(b"\x89PNG")


def test_what_the_tour_names_of_a_trace_is_there(spec_file: Path) -> None:
    trace = lrviz.simulate(spec_file)["zeta"]
    named = re.findall(r'traces\["cosine"\]\.(\w+)', lrviz.__doc__)
    assert {"lr", "momentum", "epoch", "events"} <= set(named)
    for name in named:
        assert hasattr(trace, name)


def test_every_error_is_an_lrviz_error() -> None:
    for error in (lrviz.SpecError, lrviz.RefusedByTorch, lrviz.OutputError):
        assert issubclass(error, lrviz.LrvizError)


# Loading.


def test_load_takes_what_the_command_line_takes(spec_file: Path) -> None:
    assert lrviz.load(spec_file).names == ("zeta", "alpha", "mid", "constant", "own")
    assert lrviz.load(str(spec_file)).names == lrviz.load(spec_file).names
    assert lrviz.load(f"{spec_file}#mid").names == ("mid",)
    assert len(lrviz.load("steplr:step_size=10,gamma=0.5")) == 1


def test_simulate_takes_a_spec_or_a_word(spec_file: Path) -> None:
    for given in (lrviz.load(spec_file), spec_file, str(spec_file)):
        assert list(lrviz.simulate(given)) == ["zeta", "alpha", "mid", "constant", "own"]


def test_a_preset_with_changes_is_the_schedule_it_names() -> None:
    (trace,) = lrviz.simulate("steplr:step_size=10,gamma=0.5").values()
    assert trace.lr[:, 0].tolist() == [0.1 * 0.5 ** (epoch // 10) for epoch in range(100)]


def test_a_wrong_spec_raises_everything_that_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("run: {epochs: 0}\nschedules: {a: {type: StepLR, step_size: ten}}\n", encoding="utf-8")
    with pytest.raises(lrviz.SpecError) as caught:
        lrviz.load(file)
    assert len(caught.value.problems) == 2


# The trace.


def test_arrays_are_float64_of_updates_by_groups_and_read_only(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    curve = "type: ReduceLROnPlateau, monitor: m, metrics: {m: {values: [1.0], then: hold}}"
    optimizer = OPTIMIZERS["two groups"][0]
    file.write_text(f"{RUN}\noptimizer: {optimizer}\nschedules: {{only: {{{curve}}}}}\n", encoding="utf-8")
    trace = lrviz.simulate(file)["only"]
    assert len(trace) == 33
    assert trace.groups == ("group 0", "group 1")
    for array in (trace.lr, trace.momentum, trace.weight_decay):
        assert array is not None
        assert array.shape == (33, 2)
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1.0
    assert trace.metrics["m"].values.tolist() == [1.0] * 11
    assert trace.metrics["m"].updates.tolist() == [2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 32]
    for series in (trace.metrics["m"].values, trace.metrics["m"].updates):
        with pytest.raises(ValueError, match="read-only"):
            series[0] = 1
    with pytest.raises(AttributeError):
        trace.lr = trace.lr  # type: ignore[misc]


@pytest.mark.parametrize(
    ("optimizer", "momentum", "weight_decay"),
    [
        ("SGD", 0.0, 0.0),
        ("{type: SGD, momentum: 0.9, weight_decay: 1e-4}", 0.9, 1e-4),
        ("AdamW", 0.9, 0.01),
        ("{type: Adam, betas: [0.5, 0.9]}", 0.5, 0.0),
        ("Muon", 0.95, 0.1),
        ("Adagrad", None, 0.0),
        ("Adafactor", None, 0.0),
        ("Rprop", None, None),
        ("LBFGS", None, None),
        ("SparseAdam", 0.9, None),
    ],
)
def test_what_an_optimizer_lacks_is_none(
    optimizer: str, momentum: float | None, weight_decay: float | None, tmp_path: Path
) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(
        f"run: {{steps: 2}}\noptimizer: {optimizer}\nschedules: {{only: {{}}}}\n", encoding="utf-8"
    )
    trace = lrviz.simulate(file)["only"]
    for found, expected in ((trace.momentum, momentum), (trace.weight_decay, weight_decay)):
        assert (None if found is None else found.tolist()) == (None if expected is None else [[expected]] * 2)


@pytest.mark.parametrize(
    ("run", "epochs"),
    [
        ("{epochs: 3, steps_per_epoch: 2}", [0, 0, 1, 1, 2, 2]),
        ("{epochs: 3}", [0, 1, 2]),
        ("{steps: 5, steps_per_epoch: 2}", [0, 0, 1, 1, 2]),
        ("{steps: 3}", [0, 0, 0]),
        ("{epochs: 2, dataset_size: 10, batch_size: 4}", [0, 0, 0, 1, 1, 1]),
        ("{epochs: 2, dataset_size: 10, batch_size: 4, drop_last: true}", [0, 0, 1, 1]),
        ("{epochs: 1, dataset_size: 34, batch_size: 2, accumulate: 4}", [0, 0, 0, 0, 0]),
        ("{epochs: 1, dataset_size: 34, batch_size: 2, devices: 4, accumulate: 2}", [0, 0, 0]),
    ],
)
def test_every_update_knows_its_epoch(run: str, epochs: list[int], tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(f"run: {run}\nschedules: {{only: {{}}}}\n", encoding="utf-8")
    assert lrviz.simulate(file)["only"].epoch.tolist() == epochs


def test_the_trace_of_every_class_survives_json(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    curves = "".join(
        f"  case {index}: {{optimizer: {OPTIMIZERS[case.optimizers[-1]][0]}, "
        f"interval: {'step' if case.metric is None else 'epoch'}, {case.yaml}}}\n"
        for index, case in enumerate(CASES)
    )
    file.write_text(f"{RUN}\nschedules:\n{curves}", encoding="utf-8")
    traces = lrviz.simulate(file)
    assert len(traces) == len(CASES) > 100
    for name, trace in traces.items():
        text = trace.to_json()
        again = Trace.from_json(text)
        assert_same(again, trace)
        assert again.to_json() == text
        saved = tmp_path / "trace.json"
        saved.write_text(text, encoding="utf-8")
        assert_same(lrviz.simulate(saved)[name], trace)


def test_a_trace_names_the_versions_that_made_it(spec_file: Path) -> None:
    versions = lrviz.simulate(spec_file)["zeta"].versions
    assert versions["torch"] == torch.__version__
    assert versions["lrviz"] == lrviz.__version__
    assert versions["numpy"] == np.__version__


# Curves do not bleed into each other, nor into the process.


def test_a_curve_is_the_same_alone_among_others_and_in_any_order(spec_file: Path) -> None:
    spec = lrviz.load(spec_file)
    together = stepped(spec_file)
    backwards = pipeline.simulate(replace(spec, curves=spec.curves[::-1]), cache=False)
    assert list(backwards) == list(together)[::-1]
    assert len(together) == 5
    for name, trace in together.items():
        (alone,) = stepped(f"{spec_file}#{name}").values()
        assert_same(alone, trace)
        assert_same(backwards[name], trace)


def test_what_is_kept_from_an_earlier_run_is_what_was_stepped(spec_file: Path) -> None:
    expected = stepped(spec_file)
    assert expected
    for _ in range(2):
        for name, trace in lrviz.simulate(spec_file).items():
            assert_same(trace, expected[name])


def test_two_curves_of_one_optimizer_each_have_their_own(spec_file: Path) -> None:
    traces = stepped(spec_file)
    # OneCycleLR writes momentum and initial_lr into its optimizer's groups; the next curve has its own.
    assert traces["alpha"].momentum is not None
    assert traces["alpha"].momentum[0, 0] == 0.95
    assert traces["constant"].momentum is not None
    assert (traces["constant"].momentum == 0.9).all()
    assert (traces["constant"].lr == 0.1).all()
    assert traces["alpha"].lr[0, 0] == pytest.approx(0.4 / 25)
    assert traces["mid"].lr[0, 0] == pytest.approx(0.2 / 25)


@pytest.fixture
def grumbling(monkeypatch: pytest.MonkeyPatch) -> None:
    get_lr = StepLR.get_lr

    def grumble(self: StepLR) -> list[float]:
        warnings.warn("StepLR\n  grumbles", UserWarning, stacklevel=2)
        return get_lr(self)

    monkeypatch.setattr(StepLR, "get_lr", grumble)


@pytest.mark.usefixtures("grumbling")
def test_what_torch_warns_of_is_an_event_told_once_and_printed_nowhere(
    spec_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    trace = stepped(spec_file)["zeta"]  # pytest turns a warning that escapes into an error
    warned = [event for event in trace.events if event.kind == "warning"]
    assert warned == [lrviz.Event(-1, "warning", "StepLR grumbles")]  # -1: while it was built
    assert capfd.readouterr() == ("", "")


def test_events_stand_in_the_order_of_their_updates(spec_file: Path) -> None:
    traces = stepped(spec_file)
    assert [(event.update, event.kind) for event in traces["zeta"].events] == [(6, "milestone")]
    for trace in traces.values():
        updates = [event.update for event in trace.events]
        assert updates == sorted(updates)


@pytest.mark.parametrize("optimizer", ["SGD", "AdamW", "SparseAdam", "LBFGS", "Muon", "Adafactor"])
def test_simulating_leaves_torch_and_the_warnings_as_they_were(optimizer: str, tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    curve = "{type: CosineAnnealingLR, T_max: 5}"
    file.write_text(
        f"run: {{steps: 5}}\noptimizer: {optimizer}\nschedules: {{only: {curve}}}\n", encoding="utf-8"
    )
    torch.manual_seed(7)
    random_numbers, python_numbers = torch.get_rng_state(), random.getstate()
    filters, show = list(warnings.filters), warnings.showwarning
    gradients, dtype = torch.is_grad_enabled(), torch.get_default_dtype()
    stepped(file)
    assert torch.equal(torch.get_rng_state(), random_numbers)
    assert random.getstate() == python_numbers
    assert warnings.filters == filters
    assert warnings.showwarning is show
    assert torch.is_grad_enabled() == gradients
    assert torch.get_default_dtype() == dtype


def test_the_numbers_are_the_same_whatever_torch_is_set_to(spec_file: Path) -> None:
    expected = stepped(spec_file)
    with torch.inference_mode():
        inside = stepped(spec_file)
    torch.set_default_dtype(torch.float16)
    try:
        half = stepped(spec_file)
    finally:
        torch.set_default_dtype(torch.float32)
    assert expected
    for name, trace in expected.items():
        assert_same(inside[name], trace)
        assert_same(half[name], trace)
