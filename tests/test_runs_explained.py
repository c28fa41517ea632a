"""``lrviz diff PLAN RUN``: real loops with a mistake in them, and the sentence that explains what they did."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import torch
from commanded import Command
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, LRScheduler, SequentialLR, StepLR

import lrviz
from lrviz.analyze.comparison import Comparison

STEPS = 120
PLAN = """\
run: {{epochs: 10, steps_per_epoch: 12{run}}}
optimizer: {{type: SGD, lr: 0.1}}
schedules:
  plan: {schedule}
"""
COSINE = "{type: CosineAnnealingLR, interval: step, T_max: 120, eta_min: 0.001}"
Make = Callable[[torch.optim.Optimizer], LRScheduler]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def used(make: Make, due: Callable[[int], int], lr: float = 0.1, steps: int = STEPS) -> list[float]:
    """Train: the LR of every update, and after each the scheduler's steps that are due."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler, found = make(optimizer), []
    for update in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for _ in range(due(update)):
            scheduler.step()
    return found


def cosine(t_max: int = STEPS) -> Make:
    return lambda optimizer: CosineAnnealingLR(optimizer, t_max, eta_min=0.001)


def once(_: int) -> int:
    return 1


def per_epoch(update: int) -> int:
    return int(update % 12 == 11)


def diffed(
    tmp_path: Path, lrs: Iterable[float], schedule: str = COSINE, run: str = "", every: int = 1
) -> Comparison:
    plan, log = tmp_path / "plan.yaml", tmp_path / "run.csv"
    plan.write_text(PLAN.format(schedule=schedule, run=run))
    rows = [f"{update},{lr!r}\n" for update, lr in enumerate(lrs) if update % every == 0]
    log.write_text("step,lr\n" + "".join(rows))
    (found,) = lrviz.diff(plan, log).comparisons
    return found


def told(found: Comparison) -> str:
    assert found.status == "changed"
    return "" if found.explanation is None else found.explanation.sentence


def test_a_run_that_did_as_planned_is_equal(tmp_path: Path) -> None:
    found = diffed(tmp_path, used(cosine(), once), every=7)
    assert found.status == "equal"
    assert found.notes == (
        "compared at the 18 updates logged, every 7th",
        "a step is taken as the index of its update, from 0",
        "an LR is taken as the one that its update used: --logged next reads it as the next update's",
    )


@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize(
    ("lrs", "schedule", "run", "sentence"),
    [
        (
            used(cosine(), per_epoch),
            COSINE,
            "",
            "the scheduler was stepped once per epoch, and was planned to be stepped once per update",
        ),
        (
            [0.1] * STEPS,
            COSINE,
            "",
            "the LR stays what the first update used: no step of the scheduler shows in what was logged",
        ),
        (
            used(lambda o: StepLR(o, 4, 0.5), once),
            "{type: StepLR, interval: epoch, step_size: 4, gamma: 0.5}",
            "",
            "the scheduler was stepped once per update, and was planned to be stepped once per epoch",
        ),
        (
            used(cosine(), lambda _: 4),
            COSINE,
            ", accumulate: 4",
            "the scheduler was stepped 4 times for each time planned: once per batch, where 4 batches are accumulated "
            "into an update",
        ),
        (
            used(cosine(), lambda _: 8),
            COSINE,
            ", devices: 8",
            "the scheduler was stepped 8 times for each time planned: once for each of the 8 processes, as accelerate "
            "steps a prepared scheduler",
        ),
        (
            used(cosine(), lambda _: 2),
            COSINE,
            "",
            "the scheduler was stepped 2 times for each time planned: as once per batch of 2 accumulated, or once for "
            "each of 2 processes",
        ),
        (
            used(cosine(), once, steps=4 * STEPS)[3::4],
            COSINE,
            ", accumulate: 4",
            "the scheduler was stepped 4 times for each time planned, and before the update too: once per batch of 4 "
            "accumulated",
        ),
        (
            used(cosine(), lambda update: int(update % 4 == 3)),
            COSINE,
            "",
            "the scheduler was stepped once for every 4 times planned",
        ),
        (
            used(cosine(4 * STEPS), once),
            COSINE,
            ", accumulate: 4",
            "the schedule is 4 times as long as planned: its length counts batches, not updates",
        ),
        (
            used(cosine(), lambda update: int(update > 0)),
            COSINE,
            "",
            "every update uses the LR planned for the one before: the run is one update late",
        ),
        (
            used(cosine(), once, steps=STEPS + 1)[1:],
            COSINE,
            "",
            "every logged LR is the one planned for the next update: it was logged after the scheduler's step",
        ),
        (
            used(lambda o: StepLR(o, 2, 0.5), lambda update: int(update % 12 == 11 and update > 12)),
            "{type: StepLR, interval: epoch, step_size: 2, gamma: 0.5}",
            "",
            "every epoch uses the LR planned for the one before: the run is one epoch late",
        ),
        (
            used(cosine(), once, lr=0.8),
            COSINE,
            ", devices: 8",
            "the base LR is 8 times the planned one: linear scaling by the 8 devices",
        ),
        (
            used(lambda o: StepLR(o, 40, 0.1), once, lr=0.05),
            "{type: StepLR, interval: step, step_size: 40, gamma: 0.1}",
            "",
            "the LR is 0.5 times the planned one at every update",
        ),
    ],
    ids=[
        *(
            "per-epoch",
            "never",
            "per-update",
            "accumulation",
            "processes",
            "twice",
            "inside",
            "seldom",
            "batches",
        ),
        *("late", "next", "epoch-late", "base", "factor"),
    ],
)
def test_a_mistake_of_units_is_told(
    tmp_path: Path, lrs: list[float], schedule: str, run: str, sentence: str, every: int
) -> None:
    assert told(diffed(tmp_path, lrs, schedule, run, every)) == sentence


def warmed(length: int, rest: int) -> Make:
    def make(optimizer: torch.optim.Optimizer) -> LRScheduler:
        warmup = LinearLR(optimizer, 0.01, 1.0, length)
        return SequentialLR(optimizer, [warmup, CosineAnnealingLR(optimizer, rest)], [length])

    return make


@pytest.mark.parametrize("rest", [108, 72], ids=["as long", "to the old end"])
def test_a_warm_up_counted_in_batches_is_told(tmp_path: Path, rest: int) -> None:
    schedule = (
        "{type: CosineAnnealingLR, interval: step, T_max: rest, warmup: {length: 12, start_factor: 0.01}}"
    )
    found = diffed(tmp_path, used(warmed(48, rest), once), schedule, ", accumulate: 4")
    assert told(found) == "the warm-up is 4 times as long as planned: its length counts batches, not updates"


# accelerate 1.15 and torch 2.13: Accelerator(gradient_accumulation_steps=4), 3 epochs of 13 batches, SGD with lr 0.1,
# CosineAnnealingLR(T_max=39) that was not prepared but stepped inside accumulate(); the LR of each optimizer.step().
UNPREPARED = [
    0.09854709087130259,
    0.09225950427718974,
    0.08162226877976889,
    0.07840323733655781,
    0.06391087319582266,
    0.04798670299452927,
    0.032269755647873245,
    0.0285653719298473,
    0.01536378232452004,
    0.0057271987173395135,
    0.0006474868681043582,
    0.00016213459328950363,
]


def test_a_scheduler_that_accelerate_steps_per_batch_is_told(tmp_path: Path) -> None:
    plan, log = tmp_path / "plan.yaml", tmp_path / "run.csv"
    plan.write_text(
        "run: {epochs: 3, steps_per_epoch: 4, accumulate: 4}\noptimizer: {type: SGD, lr: 0.1}\n"
        "schedules:\n  plan: {type: CosineAnnealingLR, interval: step, T_max: 39}\n"
    )
    log.write_text("step,lr\n" + "".join(f"{update},{lr!r}\n" for update, lr in enumerate(UNPREPARED)))
    (found,) = lrviz.diff(plan, log).comparisons
    assert told(found) == (
        "the scheduler was stepped 4 times for each time planned, and before the update too: "
        "once per batch of 4 accumulated"
    )


def test_nothing_is_said_where_nothing_explains(tmp_path: Path) -> None:
    lrs = used(cosine(), once)
    lrs[60:] = [0.03] * 60
    found = diffed(tmp_path, lrs)
    assert told(found) == ""
    assert [one.parting.update for one in found.divergences] == [60]


def test_two_values_explain_nothing(tmp_path: Path) -> None:
    assert told(diffed(tmp_path, [0.3, 0.2], "{type: StepLR, step_size: 30}")) == ""


def test_a_run_that_stops_early_and_one_that_goes_on_are_told(tmp_path: Path, command: Command) -> None:
    lrs = used(cosine(), once, steps=130)
    short, long = diffed(tmp_path, lrs[:90]), diffed(tmp_path, lrs)
    assert (short.status, short.divergences, short.lengths) == ("changed", (), (120, 90))
    assert (long.status, long.divergences, long.lengths) == ("changed", (), (120, 130))
    ran = command("diff", str(tmp_path / "plan.yaml"), str(tmp_path / "run.csv"))
    assert ran.code == 1
    assert "length       120 -> at least 130 updates\n" in ran.out


def test_a_run_recorded_in_full_is_explained_too(tmp_path: Path) -> None:
    plan, slow = tmp_path / "plan.yaml", tmp_path / "slow.yaml"
    plan.write_text(PLAN.format(schedule=COSINE, run=""))
    slow.write_text(PLAN.format(schedule=COSINE.replace("step, ", "epoch, "), run=""))
    (trace,) = lrviz.simulate(lrviz.load(slow)).values()
    (tmp_path / "run.json").write_text(trace.to_json())
    (found,) = lrviz.diff(plan, tmp_path / "run.json").comparisons
    assert (
        told(found)
        == "the scheduler was stepped once per epoch, and was planned to be stepped once per update"
    )


def test_every_format_tells_the_explanation(tmp_path: Path, command: Command) -> None:
    diffed(tmp_path, used(cosine(), per_epoch), every=12)
    words = ("diff", str(tmp_path / "plan.yaml"), str(tmp_path / "run.csv"))
    sentence = "the scheduler was stepped once per epoch, and was planned to be stepped once per update"
    advice = "call scheduler.step() after each update (Lightning: interval: step); or plan interval: epoch"
    text = command(*words).out
    assert f"    explained by {sentence}\n    do           {advice}\n" in text
    (curve,) = json.loads(command(*words, "--format", "json").out)["curves"]
    assert curve["explanation"] == {"sentence": sentence, "advice": advice}
    assert f": explained by: {sentence}\n" in command(*words, "--format", "md").out


def test_a_run_is_held_against_one_curve(tmp_path: Path, command: Command) -> None:
    diffed(tmp_path, used(cosine(), once))
    plan = tmp_path / "plan.yaml"
    plan.write_text(plan.read_text() + "  other: {type: StepLR, step_size: 3}\n")
    ran = command("diff", str(plan), str(tmp_path / "run.csv"))
    assert ran.code == 2
    assert ran.err == f"{plan}: holds 2 curves, and a run is one; name its own: {plan}#plan\n"
    assert command("diff", f"{plan}#plan", str(tmp_path / "run.csv")).code == 0


def test_a_log_of_one_group_is_held_against_the_plan_of_several(tmp_path: Path) -> None:
    plan, log = tmp_path / "plan.yaml", tmp_path / "run.csv"
    groups = "groups: [{name: body, lr: 0.1}, {name: head, lr: 0.2}]"
    plan.write_text(PLAN.format(schedule=COSINE, run="").replace("lr: 0.1}", f"lr: 0.1, {groups}}}", 1))
    lrs = used(cosine(), once)
    log.write_text("step,lr\n" + "".join(f"{update},{lr!r}\n" for update, lr in enumerate(lrs)))
    (found,) = lrviz.diff(plan, log).comparisons
    assert found.status == "equal"
    assert "of 2 parameter groups and 1, 1 compared" in found.notes
