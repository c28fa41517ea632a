"""Several specs stepped beside one another: the same answers, in the same order, and nothing lost that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from commanded import Command

from lrviz import abreast, pipeline
from lrviz.processes import CAN_FORK

SPEC = "run: {{epochs: {epochs}}}\nschedules:\n  a: {{type: StepLR, step_size: {size}}}\n  b: {{type: ConstantLR}}\n"
REFUSED = "run: {epochs: 100}\nschedules:\n  a: {type: LambdaLR, lr_lambda: 1 / (50 - t)}\n"

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes are forked where that is safe")


@pytest.fixture
def lrviz(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)
    for side, shift in (("old", 0), ("new", 1)):
        (tmp_path / side).mkdir()
        for size in range(1, 5):
            text = SPEC.format(epochs=40 * size, size=5 * size + shift * (size % 2))
            (tmp_path / side / f"s{size}.yaml").write_text(text)
    return Command(monkeypatch, capsys)


@pytest.fixture
def stepped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which specs are stepped in this process, while others are worth their own from the first update on."""
    noted: list[str] = []
    attempt = pipeline.attempt

    def noting(spec, progress=None, *, cache=True):
        noted.append(spec.source)
        return attempt(spec, progress, cache=cache)

    monkeypatch.setattr(pipeline, "attempt", noting)
    monkeypatch.setattr(abreast, "WORTH_A_FORK", 1)
    monkeypatch.setattr(abreast, "cores", lambda: 2)
    return noted


def test_processes_make_no_difference(lrviz: Command, stepped: list[str], monkeypatch: pytest.MonkeyPatch):
    words = ["diff", "old", "new", "--no-cache", "--format", "json"]
    apart = lrviz(*words)
    assert stepped == []
    monkeypatch.setattr(abreast, "cores", lambda: 1)
    alone = lrviz(*words)
    assert len(stepped) == 8
    assert apart == alone
    assert apart.code == 1
    assert [apart.out.index(f'"source": "s{size}.yaml"') for size in range(1, 5)] == sorted(
        apart.out.index(f'"source": "s{size}.yaml"') for size in range(1, 5)
    )


def test_what_torch_refuses_is_told_as_it_is_alone(lrviz: Command, stepped: list[str]):
    Path("new/s2.yaml").write_text(REFUSED)
    done = lrviz("diff", "old", "new", "--no-cache")
    assert stepped == ["new/s2.yaml"]
    assert done.code == 2
    assert done.err.startswith("new/s2.yaml:3:")
    assert done.err.count("\n") == 1
    assert "s1.yaml\n  changed  a\n" in done.out
    assert "s4.yaml: equal" in done.out


@pytest.mark.usefixtures("lrviz")
def test_arrays_that_come_from_another_process_are_read_only(stepped: list[str]):
    specs = [pipeline.read(f"old/s{size}.yaml") for size in (1, 2)]
    stepper = abreast.Stepper(cache=False)
    stepper.prepare(specs)
    for spec in specs:
        traces = stepper.taken(spec)
        assert traces is not None
        alone = pipeline.simulate(spec, cache=False)
        assert {name: trace.to_json() for name, trace in traces.items()} == {
            name: trace.to_json() for name, trace in alone.items()
        }
        assert not any(trace.lr.flags.writeable for trace in traces.values())
        assert stepper.taken(spec) is None
    assert stepped == []


def test_a_few_updates_are_stepped_in_this_process(
    lrviz: Command, stepped: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(abreast, "WORTH_A_FORK", 100_000)
    lrviz("diff", "old", "new", "--no-cache")
    assert len(stepped) == 8
