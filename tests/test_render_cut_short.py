"""lrviz render on several cores, killed, out of room: whole files in the end, or none."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
import sys
import time
from pathlib import Path

import pytest

from lrviz import LrvizError, OutputError, artifacts, pipeline, workers
from lrviz.artifacts import Request, making, staging
from lrviz.artifacts.manifest import Artifact
from lrviz.processes import CAN_FORK

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes are forked on Linux alone")

SPEC = """run: {epochs: 4, steps_per_epoch: 50}
optimizer: {type: SGD, lr: RATE}
schedules:
  a: {type: StepLR, step_size: 2}
"""
TRIES = int(os.environ.get("LRVIZ_KILLS", "6"))


def write_specs(folder: Path, lr: str, count: int = 4) -> Path:
    folder.mkdir(exist_ok=True)
    for index in range(count):
        (folder / f"s{index}.yaml").write_text(SPEC.replace("RATE", f"{lr}{index}"))
    return folder


def request(specs: Path, out: Path, jobs: int = 2, **options: object) -> Request:
    return Request([str(specs)], str(out), pipeline.read, jobs=jobs, cache=False, **options)  # type: ignore[arg-type]


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_all_cores_make_what_one_makes(tmp_path: Path) -> None:
    specs = write_specs(tmp_path / "specs", "0.1", 5)
    artifacts.render(request(specs, tmp_path / "one", 1))
    artifacts.render(request(specs, tmp_path / "three", 3))
    assert bytes_in(tmp_path / "one") == bytes_in(tmp_path / "three")
    assert len(bytes_in(tmp_path / "one")) == 5 * 4 + 3


def test_each_process_makes_several_specs() -> None:
    found = list(workers.worked(range(20), lambda job: (job, os.getpid()), 3))
    assert sorted(index for index, _ in found) == list(range(20))
    assert all(isinstance(result, tuple) and result[0] == index for index, result in found)
    assert len({result[1] for _, result in found}) == 3
    assert multiprocessing.active_children() == []


def test_a_process_that_dies_costs_its_own_spec_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = write_specs(tmp_path / "specs", "0.1")
    make = making.made

    def dying(way: making.Way, job: making.Job) -> making.Made:
        if job.source.title == "s2.yaml":
            os.kill(os.getpid(), signal.SIGKILL)
        return make(way, job)

    monkeypatch.setattr(artifacts, "made", dying)
    rendered = artifacts.render(request(specs, tmp_path / "out", keep_going=True))
    told = "its process was killed, as the system does where memory runs out; simulate fewer updates at once"
    assert [str(problem) for problem in rendered.problems] == [f"{specs}/s2.yaml: {told}"]
    assert len(bytes_in(tmp_path / "out")) == 3 * 4 + 3
    with pytest.raises(LrvizError) as refused:
        artifacts.render(request(specs, tmp_path / "other"))
    assert str(refused.value) == f"{specs}/s2.yaml: {told}"
    assert not (tmp_path / "other").exists()
    assert multiprocessing.active_children() == []


def test_a_mistake_of_ours_costs_one_spec_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    specs = write_specs(tmp_path / "specs", "0.1")
    check = pipeline.check

    def failing(spec: object, *rest: object, **options: object) -> object:
        if "s1" in spec.source:  # type: ignore[attr-defined]
            raise ZeroDivisionError("by zero")
        return check(spec, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "check", failing)
    from lrviz.checks.choice import Choice

    rendered = artifacts.render(request(specs, tmp_path / "out", keep_going=True, choice=Choice()))
    assert [str(problem) for problem in rendered.problems] == [f"{specs}/s1.yaml: ZeroDivisionError: by zero"]


def test_specs_that_train_are_made_in_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    specs = write_specs(tmp_path / "specs", "0.1", 3)
    with (specs / "s1.yaml").open("a") as file:
        file.write("train: quadratic\n")
    make = making.made

    def noting(way: making.Way, job: making.Job) -> making.Made:
        (tmp_path / f"{job.source.stem}-{os.getpid()}.pid").touch()
        return make(way, job)

    monkeypatch.setattr(artifacts, "made", noting)
    artifacts.render(request(specs, tmp_path / "out"))
    pids = dict(path.stem.split("-") for path in tmp_path.glob("*.pid"))
    assert int(pids["s1"]) == os.getpid()
    assert os.getpid() not in (int(pids["s0"]), int(pids["s2"]))


@pytest.mark.parametrize("number", range(TRIES))
def test_a_run_that_is_killed_leaves_whole_files_and_the_next_completes(number: int, tmp_path: Path) -> None:
    moment = random.Random(number).random()
    specs, out = tmp_path / "specs", tmp_path / "out"
    artifacts.render(request(write_specs(specs, "0.1"), out, 1))
    before = bytes_in(out)
    begun = time.monotonic()
    artifacts.render(request(write_specs(specs, "0.2"), tmp_path / "fresh"))
    took = time.monotonic() - begun
    after = bytes_in(tmp_path / "fresh")

    process = multiprocessing.get_context("fork").Process(
        target=artifacts.render, args=(request(specs, out),)
    )
    process.start()
    time.sleep(moment * took * 1.1)
    process.kill()
    process.join()
    found = {name: content for name, content in bytes_in(out).items() if "/" not in name}
    assert set(found) == set(before)
    assert [name for name in found if found[name] not in (before[name], after[name])] == []
    for hidden in out.glob(".*/s*.*"):  # not even there is a file of a name of ours that is not whole
        assert hidden.read_bytes() == after[hidden.name]

    end = time.monotonic() + 20
    artifacts.render(request(specs, out))
    while len(os.listdir(out)) > len(after) and time.monotonic() < end:
        time.sleep(
            0.2
        )  # processes that the killed one had started hold its hidden folder until they see it is gone
        artifacts.render(request(specs, out))
    assert bytes_in(out) == after


@pytest.mark.parametrize("moved", [0, 1, 7, 10])
def test_a_run_that_is_killed_between_two_files_is_completed_by_the_next(
    moved: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs, out = write_specs(tmp_path / "specs", "0.1", 2), tmp_path / "out"
    artifacts.render(request(specs, out, 1))
    before = bytes_in(out)
    artifacts.render(request(write_specs(specs, "0.2", 2), tmp_path / "fresh", 1))
    after = bytes_in(tmp_path / "fresh")
    publish, count = staging.publish, [0]

    def killed(part: str, folder: str, name: str, artifact: Artifact) -> bool:
        if count[0] == moved:
            os.kill(os.getpid(), signal.SIGKILL)
        count[0] += publish(part, folder, name, artifact)
        return True

    with monkeypatch.context() as patch:
        patch.setattr(staging, "publish", killed)
        process = multiprocessing.get_context("fork").Process(
            target=artifacts.render, args=(request(specs, out, 1),)
        )
        process.start()
        process.join()
    assert process.exitcode == -signal.SIGKILL
    found = {name: content for name, content in bytes_in(out).items() if "/" not in name}
    assert sum(found[name] != before[name] for name in found) == moved
    assert all(found[name] in (before[name], after[name]) for name in before)
    assert before["manifest.json"] == found["manifest.json"]  # the last of all
    artifacts.render(request(specs, out, 1))
    assert bytes_in(out) == after


def test_a_disk_that_is_full_is_told_and_nothing_changes(tmp_path: Path) -> None:
    specs, out = tmp_path / "specs", tmp_path / "out"
    artifacts.render(request(write_specs(specs, "0.1"), out, 1))
    before = bytes_in(out)
    write_specs(specs, "0.2")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for jobs in (1, 2):
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
        try:
            with pytest.raises(OutputError) as refused:
                artifacts.render(request(specs, out, jobs))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert str(refused.value) in [
            f"{out}/s{index}.png: cannot be written: File too large" for index in range(4)
        ]
        assert bytes_in(out) == before
        assert sorted(os.listdir(out)) == sorted(before)
    assert multiprocessing.active_children() == []
    assert "torch" in sys.modules
