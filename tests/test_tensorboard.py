"""Event files for TensorBoard: read back by TensorBoard itself, the same bytes each time, no other's folder touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from typer.testing import CliRunner

import lrviz
from lrviz import pipeline
from lrviz.cli import app
from lrviz.errors import OutputError
from lrviz.render import as_tensorboard, folder
from lrviz.render.folder import EVENTS
from lrviz.trace import Series

SPEC = """
run: {epochs: 3, steps_per_epoch: 4}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9, groups: [{name: body, lr: 0.01}, {name: head}]}
schedules:
  one cycle: {type: OneCycleLR, max_lr: [0.01, 0.1], total_steps: 100%}
  plateau / cut:
    type: ReduceLROnPlateau
    patience: 0
    monitor: val_loss
    metrics: {val_loss: {values: [1.0, 1.0, 1.0]}}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(SPEC)


def scalars(run: Path) -> dict[str, list[tuple[int, float]]]:
    reader = EventAccumulator(str(run), size_guidance={"scalars": 0})
    reader.Reload()
    return {tag: [(e.step, e.value) for e in reader.Scalars(tag)] for tag in reader.Tags()["scalars"]}


def at_each(values: Any) -> list[tuple[int, float]]:
    return list(enumerate(np.float32(values).tolist()))


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_tensorboard_reads_every_update_back() -> None:
    assert run("plot", "c.yaml", "-o", "plan.tb").exit_code == 0
    traces = lrviz.simulate("c.yaml")
    assert sorted(path.name for path in Path("plan.tb").iterdir()) == ["one-cycle", "plateau---cut"]
    trace = traces["one cycle"]
    assert scalars(Path("plan.tb/one-cycle")) == {
        "lr/body": at_each(trace.lr[:, 0]),
        "lr/head": at_each(trace.lr[:, 1]),
        "momentum/body": at_each(trace.momentum[:, 0]),
        "momentum/head": at_each(trace.momentum[:, 1]),
    }
    assert scalars(Path("plan.tb/plateau---cut")) == {
        "lr/body": at_each(traces["plateau / cut"].lr[:, 0]),
        "lr/head": at_each(traces["plateau / cut"].lr[:, 1]),
        "val_loss": [(3, 1.0), (7, 1.0), (11, 1.0)],
    }


@pytest.mark.parametrize("command", ["plot", "compare"])
def test_any_folder_may_be_named(command: str) -> None:
    result = run(command, "cosine:epochs=5", "--tensorboard", "runs")
    assert result.exit_code == 0
    assert "wrote runs" in result.output
    lr = [0.1, 0.0904508497, 0.0654508497, 0.0345491503, 0.0095491503]
    found = scalars(Path("runs/cosine-epochs=5"))["lr"]
    assert [step for step, _ in found] == [0, 1, 2, 3, 4]
    assert [value for _, value in found] == pytest.approx(lr, rel=1e-6)
    assert [path.name for path in Path().iterdir() if path.name not in ("c.yaml", "runs")] == []


def test_the_same_curves_give_the_same_bytes_without_a_clock() -> None:
    report = _report(lrviz.simulate("c.yaml"))
    assert dict(as_tensorboard.files(report)) == dict(as_tensorboard.files(report))
    reader = EventAccumulator(str(_written(report) / "one-cycle"))
    reader.Reload()
    assert [event.wall_time for event in reader.Scalars("lr/body")] == [float(step) for step in range(12)]
    assert {file.name for file in Path("out.tb").rglob("*") if file.is_file()} == {EVENTS}


def test_a_folder_of_ours_is_replaced_whole() -> None:
    assert run("plot", "c.yaml", "-o", "plan.tb").exit_code == 0
    assert run("plot", "cosine", "-o", "plan.tb").exit_code == 0
    assert [path.name for path in Path("plan.tb").iterdir()] == ["cosine"]
    assert sorted(path.name for path in Path().iterdir()) == ["c.yaml", "plan.tb"]


def test_a_folder_of_others_is_left_as_it_is() -> None:
    Path("runs/mine").mkdir(parents=True)
    Path("runs/mine/events.out.tfevents.17.host").write_bytes(b"a real run")
    with pytest.raises(OutputError) as caught:
        pipeline.check_outputs([], Path("runs"))
    assert str(caught.value) == (
        "runs: holds what lrviz has not written (mine/events.out.tfevents.17.host); "
        "name a new folder, such as runs/plan"
    )
    assert run("plot", "cosine", "--tensorboard", "runs").exit_code != 0
    assert run("plot", "cosine", "--tensorboard", "runs/plan").exit_code == 0
    assert Path("runs/mine/events.out.tfevents.17.host").read_bytes() == b"a real run"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("away/plan.tb", "away/plan.tb: the folder away does not exist; create it first"),
        ("file.tb", "file.tb: a file, and event files need a folder; name another"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_run(path: str, message: str) -> None:
    Path("file.tb").write_text("")
    with pytest.raises(OutputError) as caught:
        pipeline.check_outputs([Path(path)])
    assert str(caught.value) == message


def test_without_tensorboard_a_person_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "find_spec", lambda _: None)
    with pytest.raises(OutputError) as caught:
        pipeline.check_outputs([Path("plan.tb")])
    assert str(caught.value) == (
        "plan.tb: needs TensorBoard, which is not installed; pip install 'lrviz[tensorboard]'"
    )


def test_a_folder_that_fails_half_way_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    report = _report(lrviz.simulate("c.yaml"))
    before = {file: file.read_bytes() for file in _written(report).rglob("*") if file.is_file()}

    def half(_: Any) -> Any:
        yield "a/x", b"1"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(as_tensorboard, "files", half)
    with pytest.raises(OutputError, match=r"out.tb: cannot be written: No space left on device"):
        folder.write_folder(report, "out.tb")
    assert {file: file.read_bytes() for file in Path("out.tb").rglob("*") if file.is_file()} == before
    assert sorted(path.name for path in Path().iterdir()) == ["c.yaml", "out.tb"]


def test_of_a_long_run_the_lines_are_kept_and_what_lies_on_them_is_not() -> None:
    (trace,) = lrviz.simulate("steplr:steps=120000,step_size=40000st").values()
    found = scalars(_written(_report({"a": trace})) / _run_of(trace))["lr"]
    assert [step for step, _ in found] == [0, 39_999, 40_000, 79_999, 80_000, 119_999]
    assert [value for _, value in found] == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001], rel=1e-6)


def test_names_become_folders_of_their_own() -> None:
    (trace,) = lrviz.simulate("cosine:epochs=2").values()
    names = ["a/b", "a b", "A-B", "..", "../../etc", "学習率", "x" * 300, "学" * 100]
    traces = {name: replace(trace, name=name) for name in names}
    paths = [path for path, _ in as_tensorboard.files(_report(traces))]
    assert [path.removesuffix(f"/{EVENTS}") for path in paths] == [
        *("a-b", "a-b-2", "A-B-3", "curve", "etc", "学習率", "x" * 120, "学" * 40)
    ]


def test_a_loss_is_a_scalar_where_there_is_one() -> None:
    (trace,) = lrviz.simulate("cosine:epochs=3").values()
    object.__setattr__(trace, "loss", np.array([3.0, 2.0, 1.0]))
    assert scalars(_written(_report({"a": trace})) / _run_of(trace))["loss"] == [(0, 3.0), (1, 2.0), (2, 1.0)]


def test_a_metric_that_is_no_number_is_written_as_it_is() -> None:
    (trace,) = lrviz.simulate("cosine:epochs=2").values()
    series = Series(np.array([0, 1]), np.array([np.inf, np.nan]))
    found = scalars(_written(_report({"a": replace(trace, metrics={"m": series})})) / _run_of(trace))["m"]
    assert found[0] == (0, np.inf)
    assert np.isnan(found[1][1])


def _report(traces: dict[str, Any]) -> Any:
    return pipeline.report(pipeline.spec_of_traces(traces.values()), {t.name: t for t in traces.values()})


def _written(report: Any) -> Path:
    folder.write_folder(report, "out.tb")
    return Path("out.tb")


def _run_of(trace: Any) -> str:
    return trace.name.translate(str.maketrans(":,%", "---")).strip("-.")
