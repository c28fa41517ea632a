"""Long curves are stepped in processes of their own, to the same traces, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import lrviz
from lrviz import LrvizError, RefusedByTorch, Trace, loop, parallel
from lrviz.spec.curve import Curve

needs_fork = pytest.mark.skipif(not parallel.CAN_FORK, reason="processes are forked on Linux alone")

CURVES = """
run: {epochs: 4, steps_per_epoch: 60}
optimizer: {type: AdamW, lr: 0.1, weight_decay: 0.01}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 4}
  one cycle: {type: OneCycleLR, max_lr: 0.3, total_steps: 240}
  groups: {optimizer: {type: SGD, momentum: 0.9, groups: [{lr: 0.1}, {lr: 0.2}]}, type: StepLR, step_size: 1}
  lambda: {type: LambdaLR, interval: step, lr_lambda: 1 / (1 + t / 10)}
  plateau: {type: ReduceLROnPlateau, patience: 0, monitor: m, metrics: {m: {values: [1, 2, 1, 1]}}}
  warm-up: {type: CosineAnnealingLR, interval: step, warmup: 10%, T_max: rest}
"""


def curves_of(text: str, tmp_path: Path) -> list[Curve]:
    file = tmp_path / "spec.yaml"
    file.write_text(text, encoding="utf-8")
    return list(lrviz.load(file))


def data_of(traces: list[Trace]) -> list[str]:
    return [trace.to_json() for trace in traces]


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes however short the curves are, and however many cores there are."""
    monkeypatch.setattr(parallel, "WORTH_A_FORK", 0)
    monkeypatch.setattr(parallel, "WORTH_A_SPAWN", 0)
    monkeypatch.setattr(parallel, "cores", lambda: 2)


def no_process(*_: object) -> None:
    raise AssertionError("a process was started")


@needs_fork
@pytest.mark.usefixtures("always")
def test_traces_from_processes_equal_those_made_in_turn(tmp_path: Path) -> None:
    curves = curves_of(CURVES, tmp_path)
    in_turn = [loop.simulate(curve) for curve in curves]
    apart = parallel.simulate_all(curves)
    assert data_of(apart) == data_of(in_turn)
    for a, b in zip(apart, in_turn, strict=True):
        assert a.lr.tobytes() == b.lr.tobytes()
        assert a.events == b.events
        assert not a.lr.flags.writeable
        assert a.momentum is None or not a.momentum.flags.writeable


@needs_fork
@pytest.mark.usefixtures("always")
def test_the_order_of_curves_makes_no_difference(tmp_path: Path) -> None:
    curves = curves_of(CURVES, tmp_path)
    assert data_of(parallel.simulate_all(curves[::-1])) == data_of(parallel.simulate_all(curves))[::-1]


@needs_fork
@pytest.mark.usefixtures("always")
def test_each_curve_has_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def noted(curve: Curve, progress: parallel.Progress) -> Trace:
        (tmp_path / f"{os.getpid()}.pid").touch()
        return loop.simulate(curve, progress)

    monkeypatch.setattr(parallel, "simulate", noted)
    curves = curves_of(CURVES, tmp_path)
    parallel.simulate_all(curves)
    pids = {int(file.stem) for file in tmp_path.glob("*.pid")}
    assert len(pids) == len(curves)
    assert os.getpid() not in pids


@needs_fork
@pytest.mark.usefixtures("always")
def test_progress_sums_to_the_updates_of_all_curves(tmp_path: Path) -> None:
    told: list[int] = []
    parallel.simulate_all(curves_of(CURVES, tmp_path), told.append)
    assert sum(told) == 6 * 240
    assert min(told) > 0


def test_short_curves_start_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel.multiprocessing, "get_context", no_process)
    monkeypatch.setattr(parallel, "cores", lambda: 64)
    assert len(parallel.simulate_all(curves_of(CURVES, tmp_path))) == 6


@needs_fork
@pytest.mark.parametrize(("steps", "starts"), [(99_999, False), (100_000, True)])
def test_the_length_of_all_but_the_longest_curve_decides(
    steps: int, starts: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A core has the longest to itself: the others are what a second one saves.
    started: list[int] = []
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    monkeypatch.setattr(parallel, "simulate", lambda *_: None)
    monkeypatch.setattr(parallel, "_in_processes", lambda curves, _: started.append(len(curves)))
    short, long = curves_of(f"run: {{steps: {steps}}}\nschedules: {{a: constant, b: constant}}", tmp_path)
    parallel.simulate_all([short, long])
    assert started == [2] * starts


def test_one_core_starts_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel.multiprocessing, "get_context", no_process)
    monkeypatch.setattr(parallel, "WORTH_A_FORK", 0)
    monkeypatch.setattr(parallel, "cores", lambda: 1)
    assert len(parallel.simulate_all(curves_of(CURVES, tmp_path))) == 6


# What goes wrong in a process.


@needs_fork
@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    "refused",
    [
        "  a: {type: LambdaLR, interval: step, lr_lambda: 1 / (50 - t)}\n",  # in the midst
        "  a: {type: MultiplicativeLR, interval: step, lr_lambda: 1e200}\n",  # by what came out
        "  a: {type: OneCycleLR, max_lr: 1, total_steps: 3}\n",
    ],
)
def test_a_refusal_reads_as_it_does_in_turn(refused: str, tmp_path: Path) -> None:
    curves = curves_of(CURVES + refused, tmp_path)
    with pytest.raises(RefusedByTorch) as in_turn:
        loop.simulate(curves[-1])
    with pytest.raises(RefusedByTorch) as apart:
        parallel.simulate_all(curves)
    assert str(apart.value) == str(in_turn.value)
    assert apart.value.problem == in_turn.value.problem


@needs_fork
@pytest.mark.usefixtures("always")
def test_the_first_of_several_refusals_is_told(tmp_path: Path) -> None:
    text = "run: {steps: 300}\nschedules:\n" + "".join(
        f"  after {at}: {{type: LambdaLR, lr_lambda: 1 / ({at} - t)}}\n" for at in (200, 100, 50)
    )
    curves = curves_of(text, tmp_path)
    for order in (curves, curves[::-1]):
        with pytest.raises(RefusedByTorch) as caught:
            parallel.simulate_all(order)
        assert f" {order[0].name}: torch's LambdaLR refuses this" in str(caught.value)


@needs_fork
@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    ("how", "says"),
    [
        (
            lambda: os.kill(os.getpid(), signal.SIGKILL),
            "its process was killed, as the system does where memory runs out; simulate fewer updates at once",
        ),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), "its process ended with signal 15 before its run did"),
        (lambda: os._exit(7), "its process ended with exit code 7 before its run did"),
        (lambda: [].pop(), "IndexError: pop from empty list"),
    ],
    ids=["killed", "terminated", "exited", "raised"],
)
def test_a_process_that_dies_is_an_error_in_words(
    how: object, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(curve: Curve, progress: parallel.Progress) -> Trace:
        if curve.name == "lambda":
            how()  # type: ignore[operator]
        return loop.simulate(curve, progress)

    monkeypatch.setattr(parallel, "simulate", dying)
    with pytest.raises(LrvizError) as caught:
        parallel.simulate_all(curves_of(CURVES, tmp_path))
    assert type(caught.value) is LrvizError
    assert str(caught.value) == f"lambda: {says}"


# Spawned processes, where there is no fork.


@pytest.mark.usefixtures("always")
def test_spawned_processes_give_the_same_traces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "CAN_FORK", False)
    monkeypatch.setattr(parallel, "can_spawn", lambda: True)
    curves = curves_of(CURVES, tmp_path)[:2]
    told: list[int] = []
    assert data_of(parallel.simulate_all(curves, told.append)) == data_of([loop.simulate(c) for c in curves])
    assert sum(told) == 2 * 240


@pytest.mark.parametrize(
    ("file", "spawns"),
    [
        (None, True),  # a console or a notebook
        ("/usr/bin/lrviz", True),
        ("/usr/lib/lrviz/__main__.py", True),
        ("/home/me/draw_my_schedules.py", False),
    ],
)
def test_a_script_is_not_run_again_by_the_processes_it_starts(
    file: str | None, spawns: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A spawned process imports the main module anew; one without a guard would start processes of its own.
    started: list[int] = []
    monkeypatch.setattr(parallel, "CAN_FORK", False)
    monkeypatch.setattr(parallel, "WORTH_A_SPAWN", 0)
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", file)
    monkeypatch.setattr(parallel, "simulate", lambda *_: None)
    monkeypatch.setattr(parallel, "_in_processes", lambda curves, _: started.append(len(curves)))
    parallel.simulate_all(curves_of(CURVES, tmp_path))
    assert started == [6] * spawns


# Interrupted.


def in_session(session: int) -> list[int]:
    """List the processes of a session that are alive."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:  # ended meanwhile
            continue
        if int(its_session) == session and state != "Z":
            found.append(int(stat.parent.name))
    return found


def wait_until(condition: object, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


@needs_fork
@pytest.mark.parametrize("how", ["interrupted", "killed"])
def test_a_run_cut_short_ends_its_processes_and_writes_nothing(how: str, tmp_path: Path) -> None:
    if parallel.cores() < 2:
        pytest.skip("one core starts no process")
    command = [
        sys.executable,
        "-m",
        "lrviz",
        "compare",
        "steplr",
        "cosine",
        "--steps",
        "4000000",
        "--no-cache",
    ]
    process = subprocess.Popen(
        [*command, "-o", "compared.png"],
        cwd=tmp_path,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert wait_until(lambda: len(in_session(process.pid)) == 3)
        time.sleep(0.3)  # well into the run
        if how == "interrupted":
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: everyone hears it
        else:
            os.kill(process.pid, signal.SIGKILL)
        out, err = process.communicate(timeout=20)
        assert wait_until(lambda: in_session(process.pid) == [], 5)
    finally:
        for pid in in_session(process.pid):
            os.kill(pid, signal.SIGKILL)
    assert list(tmp_path.iterdir()) == []
    assert out == ""
    assert process.returncode == (130 if how == "interrupted" else -signal.SIGKILL)
    # No traceback, of no process.
    assert err == ("stopped: no file was left half-written\n" if how == "interrupted" else "")
