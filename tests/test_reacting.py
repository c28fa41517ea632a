"""What a schedule reacts to: metrics from anywhere, and edits by hand, which equal those of a loop that makes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import Parameter
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, LinearLR, OneCycleLR, StepLR

import lrviz
from lrviz import pipeline
from lrviz.errors import LrvizError, SpecError

RUN = "run: {epochs: 6, steps_per_epoch: 4}\n"
SGD_LINE = "optimizer: {type: SGD, lr: 0.1, momentum: 0.9, weight_decay: 0.01}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def traced(schedule: str, head: str = RUN + SGD_LINE) -> lrviz.Trace:
    Path("c.yaml").write_text(f"{head}schedules:\n  a: {schedule}\n")
    return pipeline.simulate(lrviz.load("c.yaml"), cache=False)["a"]


def said(schedule: str, head: str = RUN + SGD_LINE) -> str:
    with pytest.raises(LrvizError) as caught:
        traced(schedule, head)
    return str(caught.value)


def metric(source: str, head: str = RUN + SGD_LINE) -> tuple[list[int], list[float]]:
    series = traced(
        f"{{type: ReduceLROnPlateau, monitor: m, patience: 100, metrics: {{m: {source}}}}}", head
    ).metrics["m"]
    return series.updates.tolist(), series.values.tolist()


# Metrics.


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ('{expr: "1 / (epoch + 1)"}', [1 / (epoch + 1) for epoch in range(6)]),
        ('{expr: "max(0.8, 0.95 ** epoch)"}', [max(0.8, 0.95**epoch) for epoch in range(6)]),
        ('{expr: "step + 100 * t"}', [3.0, 107.0, 211.0, 315.0, 419.0, 523.0]),
        ('{expr: "lr * epochs * steps_per_epoch / steps"}', [0.1 * 6.0 * 4.0 / 24.0] * 6),
        ("{values: [3, 2], then: hold}", [3.0, 2.0, 2.0, 2.0, 2.0, 2.0]),
        ("{values: [3, 2], then: repeat}", [3.0, 2.0, 3.0, 2.0, 3.0, 2.0]),
        ("{values: [6, 5, 4, 3, 2, 1]}", [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]),
        ("{values: [.nan, .inf, -.inf], then: hold}", None),
    ],
)
def test_a_metric_is_known_after_each_epoch(source: str, values: list[float] | None) -> None:
    updates, found = metric(source)
    assert updates == [3, 7, 11, 15, 19, 23]
    if values is None:
        assert str(found) == "[nan, inf, -inf, -inf, -inf, -inf]"
    else:
        assert found == values


def test_a_metric_may_come_every_so_many_updates() -> None:
    trace = traced(
        '{adjust: {when: "m > 2", lr: 0.5, once: true, interval: step}, metrics: {m: {expr: t, every: 5st}}}'
    )
    assert trace.metrics["m"].updates.tolist() == [4, 9, 14, 19]
    assert trace.metrics["m"].values.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert trace.lr[:, 0].tolist() == [0.1] * 20 + [0.5] * 4


def test_a_metric_is_read_from_a_csv_file() -> None:
    Path("runs").mkdir()
    Path("runs/base.csv").write_text(
        "epoch,train,m\n0,1,0.9\n1,1,0.8\n2,1,\n3,1,0.7\n4,1,0.6\n5,1,0.5\n6,1,0.4\n"
    )
    assert metric("{csv: runs/base.csv}")[1] == [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    assert metric("{csv: runs/base.csv, column: epoch}")[1] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_with_a_step_column_the_last_value_known_by_then_is_taken() -> None:
    Path("log.csv").write_text("step,m\n0,9\n4,8\n9,7\n20,6\n")
    # An epoch ends after 4, 8, 12, 16, 20 and 24 updates.
    assert metric("{csv: log.csv, step_column: step}")[1] == [8.0, 8.0, 7.0, 7.0, 6.0, 6.0]


@pytest.mark.parametrize(
    ("text", "source", "message"),
    [
        (
            "m\n1\n",
            "{csv: log.csv}",
            "csv: 1 value for 6 epochs; write then: hold or then: repeat, or more values",
        ),
        ("m\n1\nx\n", "{csv: log.csv}", "csv: line 3 of the file: 'x' is not a number"),
        ("m\n", "{csv: log.csv}", "csv: 'log.csv': 0 rows under its header; write 1 to 1,000,000"),
        ("loss\n1\n", "{csv: log.csv}", "csv: the file has no column 'm'; write loss"),
        ("m_\n1\n", "{csv: log.csv, column: m}", "column: the file has no column 'm'; did you mean m_?"),
        (
            "m,step\n1,4\n2,3\n",
            "{csv: log.csv, step_column: step}",
            "step_column: its steps do not ascend",
        ),
        ("m\n1\n", "{csv: lag.csv}", "csv: 'lag.csv': no such file beside the spec"),
    ],
)
def test_a_csv_file_that_does_not_fit_is_refused(text: str, source: str, message: str) -> None:
    Path("log.csv").write_text(text)
    found = said(f"{{type: ReduceLROnPlateau, monitor: m, metrics: {{m: {source}}}}}")
    assert found.endswith(f"schedules.a.metrics.m.{message}")


@pytest.mark.parametrize("kind", ["uniform", "normal", "decay"])
def test_random_metrics_are_the_same_each_time_and_others_with_another_seed(kind: str) -> None:
    first, again = (metric(f"{{random: {{kind: {kind}, seed: 7}}}}")[1] for _ in range(2))
    assert first == again
    assert len(set(first)) == 6
    assert metric(f"{{random: {{kind: {kind}, seed: 8}}}}")[1] != first


def test_random_metrics_lie_where_they_are_told() -> None:
    head = "run: {epochs: 400}\n" + SGD_LINE
    uniform = metric("{random: {kind: uniform, low: 2, high: 3}}", head)[1]
    assert 2 <= min(uniform) < 2.02
    assert 2.98 < max(uniform) < 3
    normal = metric("{random: {kind: normal, mean: 5, std: 0.5}}", head)[1]
    assert sum(normal) / 400 == pytest.approx(5, abs=0.1)
    decay = metric("{random: {kind: decay, start: 2, rate: 0.5, floor: 1, noise: 0}}", RUN + SGD_LINE)[1]
    assert decay == [2.0, 1.5, 1.25, 1.125, 1.0625, 1.03125]


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (
            "{type: ReduceLROnPlateau, monitor: val_los, metrics: {val_loss: {values: [1], then: hold}}}",
            "schedules.a.monitor: 'val_los' is no metric of this curve; did you mean val_loss?",
        ),
        (
            '{adjust: {when: "val_los < 1", lr: 0.1}, metrics: {val_loss: {values: [1], then: hold}}}',
            "schedules.a.adjust.when: 'val_los' is no name here; did you mean val_loss?",
        ),
    ],
)
def test_a_misspelt_metric_is_found_before_anything_runs(schedule: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        traced(schedule)
    assert str(caught.value).endswith(message)


# Edits by hand.

Edit = Callable[[int, list[dict[str, Any]], dict[str, float]], None]


def by_hand(
    make: Callable[[Optimizer], Any] | None,
    edit: Edit,
    *,
    per: str = "epoch",
    edit_per: str = "epoch",
    optimizer: Callable[[list[dict[str, Any]]], Optimizer] = lambda groups: SGD(
        groups, momentum=0.9, weight_decay=0.01
    ),
    lrs: tuple[float, ...] = (0.1,),
    values: Callable[[int], dict[str, float]] = lambda _: {},
) -> dict[str, list[Any]]:
    """Train 6 epochs of 4 updates with a scheduler, editing ``param_groups`` after it as people do."""
    live = optimizer([{"params": [Parameter(torch.zeros(1))], "lr": lr} for lr in lrs])
    scheduler = make(live) if make else None
    seen: dict[str, list[Any]] = {"lr": [], "momentum": [], "weight_decay": []}
    for epoch in range(6):
        for batch in range(4):
            step = epoch * 4 + batch
            groups = live.param_groups
            seen["lr"].append([group["lr"] for group in groups])
            momenta = [group["momentum"] if "momentum" in group else group["betas"][0] for group in groups]
            seen["momentum"].append(momenta)
            seen["weight_decay"].append([group["weight_decay"] for group in groups])
            live.step()
            if scheduler and per == "step":
                scheduler.step()
            if batch == 3 and scheduler and per == "epoch":
                scheduler.step()
            if edit_per == "step" or batch == 3:
                edit(step if edit_per == "step" else epoch, groups, values(epoch))
    return seen


def same(trace: lrviz.Trace, seen: dict[str, list[Any]]) -> None:
    assert trace.lr.tolist() == seen["lr"]
    assert trace.momentum is not None
    assert trace.momentum.tolist() == seen["momentum"]
    assert trace.weight_decay is not None
    assert trace.weight_decay.tolist() == seen["weight_decay"]


def halved_after_two(epoch: int, groups: list[dict[str, Any]], _: dict[str, float]) -> None:
    for group in groups:
        if epoch == 2:
            group["lr"] = group["lr"] * 0.5


@pytest.mark.parametrize(
    ("scheduler", "make", "per"),
    [
        ("", None, "epoch"),
        (
            "type: ExponentialLR, gamma: 0.9, ",
            lambda o: ExponentialLR(o, 0.9),
            "epoch",
        ),  # recursive: it stays halved
        ("type: StepLR, step_size: 2, ", lambda o: StepLR(o, 2), "epoch"),
        ("type: CosineAnnealingLR, T_max: 6, ", lambda o: CosineAnnealingLR(o, 6), "epoch"),
        ("type: LinearLR, total_iters: 12, interval: step, ", lambda o: LinearLR(o, total_iters=12), "step"),
        (
            "type: OneCycleLR, max_lr: 0.3, total_steps: 24, ",  # not recursive: it is back at the next update
            lambda o: OneCycleLR(o, 0.3, 24),
            "step",
        ),
        (
            'type: LambdaLR, lr_lambda: "0.9 ** t", ',
            lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda t: 0.9**t),
            "epoch",
        ),
    ],
)
def test_an_edit_has_the_consequences_that_it_has_in_a_loop(scheduler: str, make: Any, per: str) -> None:
    trace = traced(f'{{{scheduler}adjust: [{{when: "epoch == 2", lr: "lr * 0.5", interval: epoch}}]}}')
    same(trace, by_hand(make, halved_after_two, per=per))
    assert [(event.update, event.kind) for event in trace.events if event.kind == "edit"] == [(12, "edit")]


def test_without_when_an_edit_is_made_each_time_and_with_once_only_the_first() -> None:
    def always(_: int, groups: list[dict[str, Any]], __: dict[str, float]) -> None:
        groups[0]["lr"] = groups[0]["lr"] * 0.9

    same(traced('{adjust: [{lr: "lr * 0.9"}]}'), by_hand(None, always))
    same(traced('{adjust: [{lr: "lr * 0.9", interval: step}]}'), by_hand(None, always, edit_per="step"))
    once = traced('{adjust: [{when: "epoch >= 1", lr: "lr * 0.9", once: true}]}')
    assert once.lr[:, 0].tolist() == [0.1] * 8 + [0.1 * 0.9] * 16


def test_momentum_and_weight_decay_are_edited_too() -> None:
    def edit(step: int, groups: list[dict[str, Any]], _: dict[str, float]) -> None:
        groups[0]["momentum"] = min(0.99, groups[0]["momentum"] + 0.01)
        groups[0]["weight_decay"] = (
            groups[0]["weight_decay"] * 0.5 if step >= 10 else groups[0]["weight_decay"]
        )

    rules = (
        '{momentum: "min(0.99, momentum + 0.01)", interval: step}, '
        '{when: "step >= 10", weight_decay: "weight_decay * 0.5", interval: step}'
    )
    same(
        traced(f"{{type: ExponentialLR, gamma: 0.5, adjust: [{rules}]}}"),
        by_hand(lambda o: ExponentialLR(o, 0.5), edit, edit_per="step"),
    )


def test_beta1_is_the_momentum_of_an_adam() -> None:
    def edit(epoch: int, groups: list[dict[str, Any]], _: dict[str, float]) -> None:
        groups[0]["betas"] = (0.5 + 0.05 * epoch, groups[0]["betas"][1])

    head = RUN + "optimizer: {type: Adam, lr: 0.1}\n"
    seen = by_hand(None, edit, optimizer=lambda groups: Adam(groups))
    same(traced('{adjust: {momentum: "0.5 + 0.05 * epoch"}}', head), seen)


def test_named_groups_alone_are_edited_each_with_its_own_values() -> None:
    def edit(_: int, groups: list[dict[str, Any]], __: dict[str, float]) -> None:
        for group in (groups[0], groups[2]):
            group["lr"] = group["lr"] * 0.5 if group["lr"] > 0.02 else group["lr"]

    groups = "groups: [{name: a, lr: 0.1}, {name: b, lr: 0.2}, {name: c, lr: 0.05}]"
    head = RUN + f"optimizer: {{type: SGD, momentum: 0.9, weight_decay: 0.01, {groups}}}\n"
    trace = traced('{adjust: [{when: "lr > 0.02", lr: "lr * 0.5", groups: [a, c]}]}', head)
    same(trace, by_hand(None, edit, lrs=(0.1, 0.2, 0.05)))
    once = traced('{adjust: [{when: "lr <= 0.1", lr: 1.0, once: true}]}', head)  # each group's own first time
    assert once.lr[4].tolist() == [1.0, 0.2, 1.0]


def test_an_edit_reacts_to_a_metric() -> None:
    def edit(_: int, groups: list[dict[str, Any]], known: dict[str, float]) -> None:
        if known["val_loss"] < 0.4:
            groups[0]["lr"] = groups[0]["lr"] * 0.1

    trace = traced(
        '{type: CosineAnnealingLR, T_max: 6, metrics: {val_loss: {expr: "1 / (epoch + 1)"}}, '
        'adjust: [{when: "val_loss < 0.4", lr: "lr * 0.1"}]}'
    )
    seen = by_hand(
        lambda o: CosineAnnealingLR(o, 6), edit, values=lambda epoch: {"val_loss": 1 / (epoch + 1)}
    )
    same(trace, seen)


def test_base_lr_and_the_run_s_numbers_are_known() -> None:
    trace = traced('{type: ExponentialLR, gamma: 0.5, adjust: {lr: "base_lr * (1 - (epoch + 1) / epochs)"}}')
    assert trace.lr[::4, 0].tolist() == [0.1, *(0.1 * (1 - (epoch + 1) / 6.0) for epoch in range(5))]


def test_rules_are_looked_at_in_their_order() -> None:
    trace = traced(
        '{adjust: [{when: "epoch == 0", lr: 0.5}, {when: "lr == 0.5", lr: 0.25}, {when: "lr == 0.5", lr: 9}]}'
    )
    assert trace.lr[:, 0].tolist() == [0.1] * 4 + [0.25] * 20


@pytest.mark.parametrize(
    ("adjust", "message"),
    [
        ("[{when: 1}]", 'changes nothing; write {when: "val_loss < 0.1", lr: "lr * 0.1"}'),
        ("[{lr: 1, groups: [al]}]", "'al' is no parameter group; did you mean all?"),
        ("[{lr: 1, every: 2}]", "a rule has no every;"),
        ("7", "7 is not a list of rules;"),
        (
            '[{lr: "lr / (epoch - 1)"}]',
            "adjust: 'lr / (epoch - 1)' where epoch is 1, lr is -0.1: float division by zero",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_refused(adjust: str, message: str) -> None:
    assert message in said(f"{{adjust: {adjust}}}")


def test_an_edit_of_what_the_optimizer_has_not_is_refused() -> None:
    head = RUN + "optimizer: {type: Rprop, lr: 0.1}\n"
    found = said("{adjust: [{weight_decay: 1}, {momentum: 1}]}", head)
    assert "Rprop has no weight decay; delete it" in found
    assert "Rprop has no momentum; delete it" in found
