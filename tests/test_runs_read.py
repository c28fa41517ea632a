"""Logs of real runs → curves: every value at the update that used it, as the framework itself recorded."""

from __future__ import annotations

import json
import pickle
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from commanded import Command

import lrviz
from lrviz.errors import SpecError
from lrviz.trace import Trace

DATA = Path(__file__).parent / "data" / "runs"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def trace_of(word: Path | str, **how: str) -> Trace:
    (trace,) = lrviz.simulate(lrviz.load(word, **how)).values()
    return trace


def refusal(word: Path | str, **how: str) -> str:
    with pytest.raises(SpecError) as refused:
        lrviz.load(word, **how)
    return str(refused.value)


@pytest.mark.parametrize(
    ("word", "updates", "single"),
    [
        ("lightning_step5/version_0", range(4, 36, 5), False),
        ("lightning_step1acc2/version_0", range(18), False),
        ("lightning_step5acc2/version_0", range(4, 18, 5), False),
        ("lightning_epoch5/version_0/metrics.csv", range(0, 36, 12), False),
        ("lightning_two/version_0", range(4, 36, 5), False),
        ("lightning_tb5/version_0", range(4, 36, 5), True),
        ("lightning_resumed/version_0", [4, 9, 14, 15, 19, 23, 27, 31, 35], True),
        ("hf_linear/checkpoint-36", range(4, 36, 5), False),
        ("hf_linear", range(4, 36, 5), False),
        ("hf_cosine/trainer_state.json", range(18), False),
        ("hf_tb/runs", range(4, 36, 5), True),
    ],
)
def test_a_logged_value_is_that_of_the_update_which_used_it(word: str, updates: range, single: bool) -> None:
    trace = trace_of(DATA / word)
    record = next(
        folder for folder in (DATA / word, *(DATA / word).parents) if (folder / "used.json").exists()
    )
    used = np.array(json.loads((record / "used.json").read_text()))[:, : len(trace.groups)]
    assert trace.logged is not None
    assert trace.known.tolist() == list(updates)
    assert trace.logged.single == single
    expected = used[trace.known].astype(np.float32) if single else used[trace.known]
    assert (trace.lr[trace.known] == expected).all()
    others = np.setdiff1d(np.arange(len(trace)), trace.known)
    assert np.isnan(trace.lr[others]).all()


def test_groups_momentum_and_the_optimizer_are_read() -> None:
    trace = trace_of(DATA / "lightning_two/version_0")
    assert (trace.groups, trace.optimizer) == (("pg1", "pg2"), "AdamW")
    assert trace.momentum is not None
    assert (trace.momentum[trace.known] == 0.9).all()
    assert trace.clock.steps_per_epoch == 12


def test_a_checkpoint_says_after_how_many_updates_it_was_saved() -> None:
    trace = trace_of(DATA / "hf_linear/checkpoint-18")
    assert (len(trace), trace.clock.steps_per_epoch) == (18, 12)
    (curve,) = lrviz.load(DATA / "hf_linear/checkpoint-18")
    assert curve.name == "hf_linear"
    assert curve.notes == (
        "an LR logged here is taken as the one its update used, as transformers since 4.51 logs it: --logged next "
        "reads it the other way",
        "the run was saved after 18 of the 36 updates that it planned",
    )


@pytest.mark.parametrize(("best", "last"), [(False, 0.00025), (False, 0.0), (True, 0.0)])
def test_older_transformers_log_the_lr_of_the_next_update(tmp_path: Path, best: bool, last: float) -> None:
    rows = [
        {"step": 2, "learning_rate": 0.0005, "epoch": 1.0},
        {"step": 4, "learning_rate": last, "epoch": 2.0},
    ]
    state = {"global_step": 4, "max_steps": 4, "epoch": 2.0, "log_history": rows}
    file = tmp_path / "trainer_state.json"
    file.write_text(json.dumps({**state, "best_global_step": None} if best else state))
    trace = trace_of(file)
    assert (trace.known.tolist(), trace.final_lr) == ([2], (last,))
    assert trace_of(file, logged="used").known.tolist() == [1, 3]


def test_what_a_run_given_up_logged_does_not_count() -> None:
    (curve,) = lrviz.load(DATA / "lightning_resumed/version_0")
    assert curve.notes == (
        "steps go back to 15, as when a run is resumed: what was written last counts",
        "values went through float32: they are compared to a millionth",
    )


WANDB = """\
"Step","bert - train/learning_rate","bert - train/learning_rate__MIN","bert - train/learning_rate__MAX"
"50","0.001","0.001","0.001"
"100","0.0005","0.0005","0.0005"
"150","","",""
"""


def test_an_export_of_wandb_is_read(tmp_path: Path) -> None:
    file = tmp_path / "wandb.csv"
    file.write_text(WANDB)
    trace = trace_of(file)
    assert (trace.name, trace.known.tolist()) == ("wandb", [49, 99])
    assert trace.lr[trace.known, 0].tolist() == [0.001, 0.0005]
    chosen = trace_of(file, columns="lr=bert - train/learning_rate__MAX,step=Step")
    assert chosen.lr[chosen.known, 0].tolist() == [0.001, 0.0005]


def test_what_cannot_be_chosen_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "gan.csv"
    file.write_text("step,lr-Adam,lr-Adam-1\n0,0.1,0.2\n1,0.1,0.2\n")
    assert refusal(file) == (
        f"{file}: holds 2 learning rates, lr-Adam, lr-Adam-1; choose one: --columns lr=lr-Adam"
    )
    trace = trace_of(file, columns="lr=lr-Adam-1")
    assert (trace.lr.ravel().tolist(), trace.optimizer) == ([0.2, 0.2], "Adam")
    file.write_text("step,loss\n0,1.0\n")
    assert refusal(file) == (
        f"{file}: no column of a known name holds a learning rate; name it, --columns lr=NAME; it holds loss"
    )
    assert refusal(file, columns="lr=los") == f"{file}: holds no column 'los'; did you mean loss?"
    file.write_text("when,lr\n0,1.0\n")
    assert refusal(file) == (
        f"{file}: no column of a known name counts the steps; name it, --columns step=NAME; it has when, lr"
    )
    file.write_text("step,lr\n0,1.0\n1,fast\n")
    assert refusal(file) == f"{file}:3:1: lr: 'fast' is no number"
    file.write_text("step,lr\n0.5,1.0\n")
    assert refusal(file) == f"{file}:2:1: step: 0.5 is no step"


def test_a_table_of_lrviz_is_no_log(tmp_path: Path, command: Command) -> None:
    file = tmp_path / "it.csv"
    file.write_text(command("table", "steplr", "--format", "csv").out)
    assert refusal(file) == (
        f"{file}: a table that lrviz wrote, of any number of curves; save a trace instead: "
        "lrviz plot SPEC -o it.json"
    )


class Touches:
    """A pickle that leaves a file behind when it is opened."""

    def __init__(self, file: Path) -> None:
        self.file = str(file)

    def __reduce__(self) -> tuple[object, ...]:
        return open, (self.file, "w")


@pytest.mark.parametrize("name", ["training_args.bin", "optimizer.pt", "last.ckpt"])
def test_a_pickle_is_refused_and_never_opened(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(pickle.dumps(Touches(tmp_path / "touched")))
    instead = "name trainer_state.json beside it, or the YAML or JSON that the run was started from"
    beside = f"; {instead}" if name == "training_args.bin" else ""
    assert refusal(file) == (
        f"{file}: a pickle, and to open a pickle is to run the code in it; lrviz opens none{beside}"
    )
    assert not (tmp_path / "touched").exists()


def test_a_folder_of_several_runs_asks_which(tmp_path: Path) -> None:
    for name in ("version_0", "version_1"):
        shutil.copytree(DATA / "lightning_step5/version_0", tmp_path / name)
    assert refusal(tmp_path) == (
        f"{tmp_path}: the runs of several; name one: {tmp_path}/version_0, {tmp_path}/version_1"
    )
    shutil.rmtree(tmp_path / "version_0")
    (curve,) = lrviz.load(tmp_path)
    assert curve.notes == (f"read from {tmp_path}/version_1",)


def test_event_files_that_are_damaged_or_cut_short_are_told(tmp_path: Path) -> None:
    raw = (DATA / "lightning_tb5/version_0/events.out.tfevents.0.run").read_bytes()
    file = tmp_path / "events.out.tfevents.1"
    file.write_bytes(raw[:-20])
    (curve,) = lrviz.load(file)
    assert curve.notes[0] == (
        "events.out.tfevents.1 ends within a record, as that of a run that was killed does"
    )
    file.write_bytes(b"no events at all, but some text")
    assert refusal(file) == f"{file}: {file.name} is damaged, or holds no TensorBoard events"


@pytest.mark.parametrize("seed", range(200))
def test_no_damage_of_an_event_file_raises_anything_else(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    raw = bytearray((DATA / "hf_tb/runs/events.out.tfevents.0.run").read_bytes())
    for at in random.integers(0, len(raw), 3):
        raw[at] = random.integers(0, 256)
    file = tmp_path / "events.out.tfevents.1"
    file.write_bytes(bytes(raw))
    with suppress(SpecError):  # and nothing else
        assert len(trace_of(file).known) > 0


def test_a_log_is_saved_and_read_back_exactly() -> None:
    trace = trace_of(DATA / "lightning_two/version_0")
    again = Trace.from_json(trace.to_json())
    assert again.to_json() == trace.to_json()
    assert np.array_equal(again.lr, trace.lr, equal_nan=True)
    assert again.known.tolist() == trace.known.tolist()
    assert trace.to_data()["version"] == 2


@pytest.mark.parametrize(
    ("columns", "logged", "message"),
    [
        ("lr", None, "--columns: 'lr' names no column; write --columns step=Step,lr=train/lr"),
        (
            "rate=lr",
            None,
            "--columns: 'rate' is nothing that is read; write step, epoch, lr, momentum or weight_decay",
        ),
        (None, "later", "--logged: 'later' is neither; write used or next"),
    ],
)
def test_options_that_say_nothing_are_refused(columns: str | None, logged: str | None, message: str) -> None:
    with pytest.raises(lrviz.LrvizError) as refused:
        lrviz.load("cosine", columns=columns, logged=logged)
    assert str(refused.value) == message


def test_tables_and_drawings_show_what_is_known(tmp_path: Path, command: Command) -> None:
    word = str(DATA / "hf_linear/checkpoint-18")
    assert command("table", word).out == (
        "epoch  update    lr used\n0           4  0.0006667\n0           9     0.0009\n1          14  0.0007333\n"
    )
    rows = command("table", word, "--format", "csv").out.splitlines()
    assert rows == [
        "curve,update,epoch,group,lr",
        "hf_linear,4,0,0,0.0006666666666666666",
        "hf_linear,9,0,0,0.0009000000000000001",
        "hf_linear,14,1,0,0.0007333333333333333",
    ]
    facts = command("compare", word, "cosine:epochs=3,steps_per_epoch=6").out
    assert "logged" in facts
    assert "3 updates logged, every 5th" in facts
    assert "nan" not in facts
    for suffix in (".png", ".svg", ".csv", ".json", ".md", ".tb"):
        ran = command("plot", word, "cosine", "-o", str(tmp_path / f"it{suffix}"))
        assert (ran.code, "nan" in ran.out.lower()) == (0, False)
    assert "nan" not in (tmp_path / "it.md").read_text().lower()


def test_a_log_is_not_checked_but_held_against_its_plan(command: Command) -> None:
    word = str(DATA / "hf_linear/checkpoint-18")
    ran = command("check", word)
    assert ran.code == 2
    assert ran.out.startswith(
        f"{word}: the log of a run, in which no mistake can be placed; hold it against its plan: "
        f"lrviz diff PLAN {word} [invalid]\n"
    )


PLAN = """\
run: {epochs: 3, steps_per_epoch: 12}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  plan: %s
"""
COSINE = "{type: CosineAnnealingLR, interval: step, T_max: 100%}"


@pytest.mark.parametrize(
    ("run", "schedule", "sentence"),
    [
        ("lightning_step5", COSINE, None),
        ("lightning_tb5", COSINE, None),
        ("lightning_epoch5", COSINE.replace("step", "epoch"), None),
        (
            "lightning_resumed",
            "{type: LinearLR, interval: step, start_factor: 1.0, end_factor: 0.0, total_iters: 100%}",
            None,
        ),
        (
            "lightning_per_batch",
            "{type: StepLR, interval: epoch, step_size: 2, gamma: 0.5}",
            "the scheduler was stepped once per update, and was planned to be stepped once per epoch",
        ),
    ],
)
def test_a_real_run_is_held_against_its_plan(
    tmp_path: Path, run: str, schedule: str, sentence: str | None
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN % schedule)
    (found,) = lrviz.diff(plan, DATA / run / "version_0").comparisons
    assert found.status == ("equal" if sentence is None else "changed")
    assert (found.explanation and found.explanation.sentence) == sentence


ROW = '{"learning_rate": %s, "step": %s, "epoch": %s}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "holds no log_history; Hugging Face's Trainer writes one"),
        (
            '{"log_history": []}',
            "log_history holds no learning_rate; a run shorter than logging_steps logs none",
        ),
        (ROW % (1, "true", 1), "log_history[0].step: true is no count of updates"),
        (ROW % ('"x"', 1, 1), "log_history[0].learning_rate: 'x' is no number"),
        (ROW % ("NaN", 1, 1), "log_history[0].learning_rate: nan is no number"),
        (
            ROW % ("1" + "0" * 400, 1, 1),
            "log_history[0].learning_rate: an integer of more than 60 digits is no number",
        ),
        (ROW % (0.1, 99_999_999, 1), "log_history[0].step: 99999999 is no count of updates"),
        (ROW % (0.1, 1, "1e-320"), ""),
        (ROW % (0.1, 1, "Infinity"), ""),
    ],
)
def test_a_damaged_state_is_told(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "trainer_state.json"
    file.write_text(
        text
        if "log_history" in text or text == "[]"
        else f'{{"best_global_step": 1, "log_history": [{text}]}}'
    )
    if message:
        assert refusal(file) == f"{file}: {message}"
    else:
        assert trace_of(file).known.tolist() == [0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": no column of a known name counts the steps; name it, --columns step=NAME; it has nothing"),
        ("step,lr\n", ": no update of it has a learning rate for every parameter group"),
        ("step,lr\n99999999999,1\n", ":2:1: step: 99999999999 is no step; a log has at most 20,000,000"),
        ("step,lr,lr\n0,1,2\n", ":1:1: 2 columns are called 'lr'; rename all but one of them"),
        ("step,lr\n-1,1\n", ":2:1: step: -1 is no step"),
        ("step,lr\n0,inf\n", ":2:1: lr: 'inf' is not finite"),
        ("step,lr\n0," + "1" * 200_000, ":2:1: not CSV: field larger than field limit (131072)"),
    ],
)
def test_a_damaged_csv_is_told(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "it.csv"
    file.write_text(text)
    assert refusal(file) == f"{file}{message}"


def test_a_column_is_either_the_step_or_the_lr(tmp_path: Path) -> None:
    file = tmp_path / "it.csv"
    file.write_text("a\n1\n")
    message = f"{file}: the column 'a' counts the steps, and can be nothing else; name another"
    assert refusal(file, columns="lr=a,step=a") == message


def test_the_working_directory_is_a_run_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "metrics.csv").write_text("epoch,step,lr-SGD\n0,0,0.5\n0,1,0.25\n")
    assert trace_of(".").lr[:, 0].tolist() == [0.5, 0.25]
