"""``set:``: momentum and weight decay by expression, equal to a bare torch loop that writes them by hand."""

from __future__ import annotations

import math

import pytest
import torch

from lrviz import SpecError, Trace, readers, simulate

RUN = "run: {epochs: 6, steps_per_epoch: 20}\n"
ADAM = "optimizer: {type: AdamW, lr: 1e-3, weight_decay: 0.04, groups: [{name: a}, {name: b, weight_decay: 0}]}\n"
SGD = "optimizer: {type: SGD, lr: 0.1, momentum: 0.9}\n"


def trace_of(curve: str, optimizer: str = ADAM) -> Trace:
    spec = readers.read_text(f"{RUN}{optimizer}schedules:\n  a: {curve}", "a.yaml")
    return simulate(spec, cache=False)["a"]


def test_weight_decay_and_beta1_follow_their_expressions_as_in_a_loop_written_by_hand() -> None:
    trace = trace_of(
        "{type: CosineAnnealingLR, T_max: 100%, interval: step, set: {"
        'weight_decay: ["0.4 - 0.18 * (1 + cos(pi * step / steps))", 0],'
        'momentum: "min(0.9, 0.8 + 0.1 * step / w)", where: {w: 3ep}}}'
    )
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    groups = [{"params": parameters[:1], "weight_decay": 0.04}, {"params": parameters[1:], "weight_decay": 0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 120)
    seen = []
    for step in range(120):
        for group in optimizer.param_groups:
            group["betas"] = (min(0.9, 0.8 + 0.1 * step / 60), 0.999)
        optimizer.param_groups[0]["weight_decay"] = 0.4 - 0.18 * (1 + math.cos(math.pi * step / 120))
        seen.append([(g["lr"], g["betas"][0], g["weight_decay"]) for g in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    assert trace.momentum is not None
    assert trace.weight_decay is not None
    for column in (0, 1):
        assert trace.lr[:, column].tolist() == [row[column][0] for row in seen]
        assert trace.momentum[:, column].tolist() == [row[column][1] for row in seen]
        assert trace.weight_decay[:, column].tolist() == [row[column][2] for row in seen]


def test_it_goes_on_where_it_was_when_a_run_is_resumed() -> None:
    spec = readers.read_text(
        f"{RUN}{SGD}schedules:\n  a: {{type: StepLR, step_size: 2ep, resume: {{at: 3ep}}, "
        'set: {momentum: "0.5 + step / 1000"}}',
        "a.yaml",
    )
    traces = simulate(spec, cache=False)
    whole, resumed = traces["a"].momentum, traces["a, resumed"].momentum
    assert whole is not None
    assert resumed is not None
    assert whole[:, 0].tolist() == resumed[:, 0].tolist() == [0.5 + step / 1000 for step in range(120)]


def test_it_has_the_last_word_over_a_cycle_of_the_momentum() -> None:
    trace = trace_of('{type: OneCycleLR, max_lr: 0.1, total_steps: 100%, set: {momentum: "0.5"}}', SGD)
    assert trace.momentum is not None
    assert set(trace.momentum[:, 0]) == {0.5}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("3", "a.yaml:4:7: schedules.a.set: 3 is not a mapping; write "
         '{weight_decay: "0.04 + 0.36 * step / steps"}'),
        ("{lr: 1}",
         "a.yaml:4:13: schedules.a.set.lr: lr cannot be set update by update; write momentum or weight_decay"),
        ("{momentum: [0, 1, 2]}", "a.yaml:4:13: schedules.a.set.momentum: 3 expressions for 1 parameter groups; "
         "write one, or 1"),
        ("{momentum: t}", "a.yaml:4:13: schedules.a.set.momentum: 't' is no name here; "
         "write epoch, epochs, step, steps or steps_per_epoch"),
        ("{momentum: 0, where: 3}", "a.yaml:4:26: schedules.a.set.where: 3 is not a mapping of names to numbers; "
         "write {n: 10}"),
        ("{momentum: 0, where: {n: x}}", "a.yaml:4:34: schedules.a.set.where.n: 'x' is not a length; "
         "write 10, 10ep, 500st or 5%"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_told(written: str, told: str) -> None:
    with pytest.raises(SpecError) as caught:
        readers.read_text(f"{RUN}{SGD}schedules:\n  a: {{set: {written}}}", "a.yaml")
    assert str(caught.value) == told


def test_an_optimizer_without_momentum_is_told() -> None:
    with pytest.raises(SpecError, match="Adagrad has no momentum; delete it"):
        readers.read_text(f"{RUN}optimizer: Adagrad\nschedules:\n  a: {{set: {{momentum: 0.9}}}}", "a.yaml")
