"""ReduceLROnPlateau over random metrics and settings: every update and every cut equals the bare object's."""

from __future__ import annotations

import random
import warnings
from typing import Any

import pytest
import torch
from torch.nn import Parameter
from torch.optim import SGD
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrviz import loop
from lrviz.spec.document import located
from lrviz.spec.parse import spec_of

CASES, BATCH = 300, 50
NAN, INFINITY = float("nan"), float("inf")


def metric_of(draw: random.Random, epochs: int) -> list[float]:
    """Draw a metric: one that falls, rises, stays, jumps, or is no number at all now and then."""
    kind = draw.choice(("falls", "rises", "stays", "noise", "steps", "odd"))
    if kind == "falls":
        return [3.0 * 0.9**t + draw.gauss(0, 0.05) for t in range(epochs)]
    if kind == "rises":
        return [0.1 * t + draw.gauss(0, 0.1) for t in range(epochs)]
    if kind == "stays":
        return [draw.choice((1.0, 0.0, -2.5))] * epochs
    if kind == "noise":
        return [draw.uniform(-1, 1) for _ in range(epochs)]
    if kind == "steps":  # on the threshold itself, to the last bit
        return [1.0 - 1e-4 * (t // 3) for t in range(epochs)]
    return [draw.choice((1.0, 0.5, NAN, INFINITY, -INFINITY, 0.0, -0.0, 1e308)) for _ in range(epochs)]


def case_of(draw: random.Random) -> dict[str, Any]:
    """Draw what a plateau is given: each argument present or left to torch."""
    groups = draw.choice((1, 1, 2, 3))
    choices: dict[str, Any] = {
        "mode": draw.choice(("min", "max")),
        "factor": draw.choice((0.1, 0.5, 0.9, 0.0)),
        "patience": draw.randrange(5),
        "threshold": draw.choice((0.0, 1e-4, 0.01, 0.5)),
        "threshold_mode": draw.choice(("rel", "abs")),
        "cooldown": draw.randrange(4),
        "min_lr": draw.choice((0.0, 1e-3, [draw.choice((0.0, 1e-3, 0.05)) for _ in range(groups)])),
        "eps": draw.choice((0.0, 1e-8, 1e-2)),
    }
    arguments = {name: value for name, value in choices.items() if draw.random() < 0.7}
    epochs = draw.randrange(1, 30)
    return {
        "arguments": arguments,
        "lrs": [draw.choice((0.1, 0.3, 1e-3, 2e-8)) for _ in range(groups)],
        "epochs": epochs,
        "per_epoch": draw.choice((1, 1, 3)),
        "frequency": draw.choice((1, 1, 1, 2)),
        "metric": metric_of(draw, epochs),
    }


def bare(case: dict[str, Any]) -> tuple[list[list[float]], list[int]]:
    optimizer = SGD([{"params": [Parameter(torch.zeros(1))], "lr": lr} for lr in case["lrs"]])
    plateau = ReduceLROnPlateau(optimizer, **case["arguments"])
    lrs, cuts = [], []
    for epoch in range(case["epochs"]):
        for _ in range(case["per_epoch"]):
            lrs.append([group["lr"] for group in optimizer.param_groups])
            optimizer.step()
        if (epoch + 1) % case["frequency"] == 0:
            before = [group["lr"] for group in optimizer.param_groups]
            plateau.step(case["metric"][epoch])
            if before != [group["lr"] for group in optimizer.param_groups] and epoch + 1 < case["epochs"]:
                cuts.append((epoch + 1) * case["per_epoch"])
    return lrs, cuts


def ours(case: dict[str, Any]) -> tuple[list[list[float]], list[int]]:
    document = {
        "run": {"epochs": case["epochs"], "steps_per_epoch": case["per_epoch"]},
        "optimizer": {"type": "SGD", "groups": [{"lr": lr} for lr in case["lrs"]]},
        "schedules": {
            "a": {
                "type": "ReduceLROnPlateau",
                "monitor": "m",
                "frequency": case["frequency"],
                "metrics": {"m": {"values": case["metric"]}},
                **case["arguments"],
            }
        },
    }
    (curve,) = spec_of(located(document, "drawn"))
    trace = loop.simulate(curve)  # type: ignore[arg-type]
    return trace.lr.tolist(), [event.update for event in trace.events if event.kind == "cut"]


@pytest.mark.parametrize("batch", range(CASES // BATCH))
def test_a_random_plateau_equals_the_bare_object(batch: int) -> None:
    draw = random.Random(batch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = [case_of(draw) for _ in range(BATCH)]
        found = [(ours(case), bare(case)) for case in cases]
    for case, (seen, expected) in zip(cases, found, strict=True):
        assert seen == expected, case
    assert any(cuts for _, (_, cuts) in found)  # the cases are worth something
    assert any(not cuts for _, (_, cuts) in found)
