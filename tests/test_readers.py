"""Everything that can stand for curves on the command line, read as the Spec that it stands for."""

from __future__ import annotations

import io
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from lrviz import pipeline, presets, readers
from lrviz.errors import SpecError
from lrviz.readers import words
from lrviz.render.write import write
from lrviz.spec.curve import Curve, Recorded, Spec

SPEC = """
x-shared: &adam {type: AdamW, lr: 1e-3}
run: {epochs: 10, steps_per_epoch: 5}
optimizer: *adam
schedules:
  flat:
  drops: {type: StepLR, step_size: 3}
  own: {preset: cosine, optimizer: {<<: *adam, lr: 1.0}}
plot: {y: log}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(SPEC)


def only(spec: Spec) -> Curve:
    (curve,) = spec
    assert isinstance(curve, Curve)
    return curve


def arguments(curve: Curve) -> dict[str, Any]:
    (scheduler,) = curve.schedulers
    return dict(scheduler.arguments)


def test_every_preset_is_read_by_its_name() -> None:
    assert presets.names()
    for name in presets.names():
        curve = only(readers.read(name))
        assert (curve.name, curve.clock.steps, curve.optimizer.type) == (name, 100, "SGD")
        assert dict(curve.optimizer.settings) == {"lr": 0.1}


def test_changes_reach_the_schedule_the_run_and_the_optimizer() -> None:
    word = "steplr:step_size=10,gamma=0.5,lr=3e-4,optimizer=AdamW,epochs=20,steps_per_epoch=7"
    curve = only(readers.read(word))
    assert curve.name == word
    assert arguments(curve) == {"step_size": 10, "gamma": 0.5}
    assert (curve.optimizer.type, dict(curve.optimizer.settings)) == ("AdamW", {"lr": 3e-4})
    assert (curve.clock.steps, curve.clock.steps_per_epoch) == (140, 7)


def test_changes_with_units_and_lists_are_read() -> None:
    assert arguments(only(readers.read("multistep:milestones=[50%, 80],epochs=50"))) == {
        "milestones": (25, 80),
        "gamma": 0.1,
    }
    assert arguments(only(readers.read("cosine:T_max=rest - 10,eta_min=lr * 0.1")))["T_max"] == 90
    assert arguments(only(readers.read("cosine:T_max='50%'")))["T_max"] == 50


def test_steps_put_epochs_aside_and_epochs_put_steps_aside() -> None:
    by_steps = only(readers.read("cosine:steps=50", run={"epochs": 3, "steps_per_epoch": 4}))
    assert (by_steps.clock.steps, by_steps.clock.epochs) == (50, None)
    by_epochs = only(readers.read("cosine:epochs=5", run={"steps": 100}))
    assert (by_epochs.clock.steps, by_epochs.clock.epochs) == (5, Fraction(5))


def test_the_run_and_the_optimizer_of_the_command_line_serve_presets() -> None:
    curve = only(readers.read("cosine", run={"steps": 40}, optimizer={"type": "Adam", "lr": 0.5}))
    assert (curve.clock.steps, curve.optimizer.type) == (40, "Adam")


def test_the_run_and_the_optimizer_of_the_command_line_serve_a_spec_that_has_none() -> None:
    Path("bare.yaml").write_text("schedules: {a: cosine}\n")
    curve = only(readers.read("bare.yaml", run={"steps": 40}, optimizer={"type": "Adam", "lr": 0.5}))
    assert (curve.clock.steps, curve.optimizer.type) == (40, "Adam")
    own = readers.read("spec.yaml#drops", run={"steps": 40}, optimizer={"type": "Adam", "lr": 0.5})
    assert (only(own).clock.steps, only(own).optimizer.type) == (50, "AdamW")


def test_what_is_wrong_with_the_command_lines_run_is_told_as_its() -> None:
    Path("bare.yaml").write_text("schedules: {a: cosine}\n")
    with pytest.raises(SpecError) as caught:
        readers.read("bare.yaml", run={"steps": 0})
    assert str(caught.value) == "the command line: run.steps: 0 is below 1; write 1 or more"


def test_a_spec_is_read_with_its_anchors_its_view_and_every_curve() -> None:
    spec = readers.read("spec.yaml")
    assert spec.names == ("flat", "drops", "own")
    assert (spec.view.y, spec.source) == ("log", "spec.yaml")
    assert [dict(curve.optimizer.settings)["lr"] for curve in spec if isinstance(curve, Curve)] == [
        1e-3,
        1e-3,
        1.0,
    ]


def test_a_schedule_of_nothing_is_a_constant_lr() -> None:
    assert only(readers.read("spec.yaml#flat")).schedulers == ()


def test_one_curve_of_a_file_is_read_by_its_name() -> None:
    assert readers.read("spec.yaml#drops").names == ("drops",)
    assert readers.read("./spec.yaml#drops").names == ("drops",)
    assert readers.read("spec.yaml#").names == ("flat", "drops", "own")


def test_a_file_whose_own_name_holds_a_hash_is_read() -> None:
    Path("a#b.yaml").write_text(SPEC)
    assert readers.read("a#b.yaml").names == ("flat", "drops", "own")


def test_a_spec_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + SPEC.encode())))
    assert readers.read("-").names == ("flat", "drops", "own")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"run: 3\n")))
    with pytest.raises(SpecError, match="<stdin>:1:1: run: 3 is not a run"):
        readers.read("-#drops")


def test_a_saved_trace_is_read_back_under_its_name() -> None:
    spec = readers.read("spec.yaml")
    write(pipeline.report(spec, pipeline.simulate(spec)), Path("traces.json"))
    saved = readers.read("traces.json")
    assert saved.names == ("flat", "drops", "own")
    assert all(isinstance(curve, Recorded) for curve in saved)
    assert readers.read("traces.json#drops").names == ("drops",)
    again, first = pipeline.simulate(saved), pipeline.simulate(spec)
    assert [trace.lr.tolist() for trace in again.values()] == [trace.lr.tolist() for trace in first.values()]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"format": "lrviz-trace"', "t.json: not JSON: Expecting ',' delimiter: line 1 column 25 (char 24)"),
        (
            '{"format": "lrviz-traces"}',
            't.json: not a saved trace: it has no "format": "lrviz-trace"; lrviz plot SPEC -o trace.json writes one',
        ),
        (
            '{"format": "lrviz-trace", "name": "\\u001b[31m"}',
            "t.json: name: a name with the character U+001B; delete it",
        ),
    ],
)
def test_a_saved_trace_that_is_none_is_told_so(text: str, said: str) -> None:
    Path("t.json").write_text(text)
    with pytest.raises(SpecError) as caught:
        readers.read("t.json")
    assert str(caught.value) == said


def test_merged_curves_each_get_a_name_of_their_own() -> None:
    Path("other.yaml").write_text(SPEC)
    both = readers.merged(
        [readers.read(w) for w in ("spec.yaml", "cosine", "other.yaml", "cosine", "other.yaml")]
    )
    assert both.names == (
        "flat", "drops", "own", "cosine",
        "flat (other.yaml)", "drops (other.yaml)", "own (other.yaml)", "cosine (cosine)",
        "flat (2)", "drops (2)", "own (2)",
    )  # fmt: skip
    assert both.view.y == "log"


@pytest.mark.parametrize(
    ("word", "is_file"),
    [
        ("spec.yaml", True), ("spec.YML", True), ("-", True), ("a/b", True), ("spec.yaml#x", True), ("x#y", True),
        ("trace.json", True), ("train.py", True), ("cosine", False), ("cosine:eta_min=lr / 2", False),
        ("#x", False), ("", False), ("steplr:gamma=0.5", False),
    ],
)  # fmt: skip
def test_a_word_is_a_file_or_a_preset_by_how_it_is_written(word: str, is_file: bool) -> None:
    assert readers.names_its_own_run(word) is is_file


def test_the_keys_of_a_run_are_those_of_the_language() -> None:
    assert {"epochs", "steps", "steps_per_epoch", "dataset_size"} <= set(words.RUN_KEYS)


@pytest.mark.parametrize(
    "scheduler",
    [
        "{type: StepLR, step_size: 3, gamma: 0.5}",
        "{type: steplr, step_size: 3, gamma: 0.5}",
        "{type: step, step_size: 3, gamma: 0.5}",
        "{type: torch.optim.lr_scheduler.StepLR, step_size: 3, gamma: 0.5}",
        "{type: StepLR, args: {step_size: 3, gamma: 0.5}}",
        "{class_path: torch.optim.lr_scheduler.StepLR, init_args: {step_size: 3, gamma: 0.5}}",
        "{_target_: torch.optim.lr_scheduler.StepLR, _partial_: true, step_size: 3, gamma: 0.5}",
        "{preset: step, step_size: 3, gamma: 0.5}",
        "{preset: step, type: StepLR, args: {step_size: 3, gamma: 0.5}}",
    ],
)
def test_a_scheduler_is_the_same_in_every_spelling(scheduler: str) -> None:
    Path("spelt.yaml").write_text(f"run: {{epochs: 10}}\nschedules: {{a: {scheduler}}}\n")
    curve = only(readers.read("spelt.yaml"))
    assert curve.schedulers[0].type == "StepLR"
    assert arguments(curve) == {"step_size": 3, "gamma": 0.5}
