"""Each optimizer's update rule, as its catalog entry states it, in numpy beside torch's own step."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch

from lrviz import catalog
from lrviz.build.problems import Live
from lrviz.build.training import Training

STEPS = 9
LR, WD = 0.1, 0.05


def gradient(x: np.ndarray) -> np.ndarray:
    """Of the bowl x² / 2 + 5·y², bent a little, so that gradients change from step to step, and turn."""
    return np.array([x[0] + 0.3 * np.sin(3 * x[1]), 10 * x[1]])


def loss(x: torch.Tensor) -> torch.Tensor:
    # Its gradient by autograd is the one above: the sine is taken as a constant.
    return 0.5 * x[0] ** 2 + x[0] * 0.3 * torch.sin(3 * x[1]).detach() + 5 * x[1] ** 2


Rule = Callable[[np.ndarray, np.ndarray, dict, int], np.ndarray]


def sgd(x, g, _, __):
    return x - LR * g


def momentum(x, g, s, t):
    s["v"] = g if t == 1 else 0.9 * s["v"] + g
    return x - LR * s["v"]


def dampened(x, g, s, t):
    s["v"] = g if t == 1 else 0.9 * s["v"] + 0.5 * g  # the first gradient is taken whole
    return x - LR * s["v"]


def nesterov(x, g, s, t):
    s["v"] = g if t == 1 else 0.9 * s["v"] + g
    return x - LR * (g + 0.9 * s["v"])


def adagrad(x, g, s, t):
    s["s"] = s.get("s", 0) + g**2
    return x - LR / (1 + (t - 1) * 0.01) * g / (np.sqrt(s["s"]) + 1e-3)


def rmsprop(x, g, s, _):
    s["v"] = 0.99 * s.get("v", 0) + 0.01 * g**2
    s["b"] = 0.9 * s.get("b", 0) + g / (np.sqrt(s["v"]) + 1e-3)
    return x - LR * s["b"]


def moments(g, s, b1=0.9, b2=0.999):
    s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
    s["v"] = b2 * s.get("v", 0) + (1 - b2) * g**2
    return s["m"], s["v"]


def adam(x, g, s, t):
    m, v = moments(g, s)
    return x - LR * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-3)


def adam_l2(x, g, s, t):
    return adam(x, g + WD * x, s, t)


def adamw(x, g, s, t):
    return adam(x * (1 - LR * WD), g, s, t)


def amsgrad(x, g, s, t):
    m, v = moments(g, s, b2=0.5)
    s["largest"] = np.maximum(s.get("largest", 0), v)  # of v before its correction
    return x - LR * m / (1 - 0.9**t) / (np.sqrt(s["largest"] / (1 - 0.5**t)) + 1e-3)


def adadelta(x, g, s, _):
    s["v"] = 0.9 * s.get("v", 0) + 0.1 * g**2
    delta = g * np.sqrt(s.get("u", 0) + 1e-3) / np.sqrt(s["v"] + 1e-3)
    s["u"] = 0.9 * s.get("u", 0) + 0.1 * delta**2
    return x - LR * delta


def nadam(x, g, s, t):
    m, v = moments(g, s)
    now, then = (0.9 * (1 - 0.5 * 0.96 ** (at * 0.004)) for at in (t, t + 1))
    s["product"] = s.get("product", 1.0) * now
    ahead = (1 - now) * g / (1 - s["product"]) + then * m / (1 - s["product"] * then)
    return x - LR * ahead / (np.sqrt(v / (1 - 0.999**t)) + 1e-3)


def radam(x, g, s, t):
    m, v = moments(g, s)
    longest = 2 / (1 - 0.999) - 1
    rho = longest - 2 * t * 0.999**t / (1 - 0.999**t)
    m = m / (1 - 0.9**t)
    if rho <= 5:
        return x - LR * m
    r = np.sqrt((rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho))
    return x - LR * r * m * np.sqrt(1 - 0.999**t) / (np.sqrt(v) + 1e-3)


def adamax(x, g, s, t):
    s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
    s["u"] = np.maximum(0.999 * s.get("u", 0), np.abs(g) + 1e-3)
    return x - LR * s["m"] / (1 - 0.9**t) / s["u"]


def asgd(x, g, s, t):
    eta = s.get("eta", LR)
    s["eta"] = LR / (1 + 0.01 * LR * t) ** 0.75
    return x * (1 - 0.01 * eta) - eta * g


def rprop(x, g, s, _):
    size, before = s.get("size", np.full(2, LR)), s.get("g", np.zeros(2))
    s["size"] = np.clip(size * np.where(g * before > 0, 1.2, np.where(g * before < 0, 0.5, 1)), 1e-6, 50)
    s["g"] = np.where(g * before < 0, 0, g)
    return x - s["size"] * np.sign(s["g"])


RULES: dict[str, tuple[str, dict, Rule]] = {
    "SGD": ("SGD", {}, sgd),
    "SGD with momentum": ("SGD", {"momentum": 0.9}, momentum),
    "SGD with dampening": ("SGD", {"momentum": 0.9, "dampening": 0.5}, dampened),
    "Nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}, nesterov),
    "Adagrad": ("Adagrad", {"lr_decay": 0.01, "eps": 1e-3}, adagrad),
    "RMSprop": ("RMSprop", {"momentum": 0.9, "eps": 1e-3}, rmsprop),
    "Adam": ("Adam", {"eps": 1e-3}, adam),
    "Adam with an L2 penalty": ("Adam", {"eps": 1e-3, "weight_decay": WD}, adam_l2),
    "AdamW": ("AdamW", {"eps": 1e-3, "weight_decay": WD}, adamw),
    "AMSGrad": ("Adam", {"eps": 1e-3, "amsgrad": True, "betas": (0.9, 0.5)}, amsgrad),
    "Adadelta": ("Adadelta", {"eps": 1e-3}, adadelta),
    "NAdam": ("NAdam", {"eps": 1e-3}, nadam),
    "RAdam": ("RAdam", {"eps": 1e-3}, radam),
    "Adamax": ("Adamax", {"eps": 1e-3}, adamax),
    "ASGD": ("ASGD", {"lambd": 0.01}, asgd),
    "Rprop": ("Rprop", {}, rprop),
}
# The part of the catalog's formula that says where epsilon stands.
EPSILON = {
    "Adagrad": "(√s + ε)",
    "RMSprop": "(√v + ε)",
    "Adam": "(√v̂ + ε)",
    "AdamW": "(√v̂ + ε)",
    "Adadelta": "√(u+ε) / √(v+ε)",
    "NAdam": "(√v̂ + ε)",
    "RAdam": "·√(1−β₂ᵗ) / (√v + ε)",
    "Adamax": "|g| + ε",
}


def trained(kind: str, settings: dict, start: tuple[float, ...] = (1.0, -0.5)) -> tuple[Training, np.ndarray]:
    """Train the bowl through lrviz's own update; also each update's parameters, before it and at the end."""
    point = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    optimizer = getattr(torch.optim, kind)([point], lr=LR, **settings)
    training = Training(Live((point,), lambda _: loss(point)), optimizer, STEPS, whole=False)
    path = [point.detach().numpy().copy()]
    for _ in range(STEPS):
        training.step()
        path.append(point.detach().numpy().copy())
    return training, np.array(path)


@pytest.mark.parametrize("name", RULES)
def test_the_update_by_hand_is_torchs(name):
    kind, settings, rule = RULES[name]
    _, path = trained(kind, settings)
    x, state = path[0], {}
    for t in range(1, STEPS + 1):
        x = rule(x, gradient(x), state, t)
        np.testing.assert_allclose(path[t], x, rtol=0, atol=1e-6 * np.abs(path).max())


@pytest.mark.parametrize("kind", EPSILON)
def test_epsilon_stands_in_the_catalog_where_it_stands_in_the_rule_that_is_torchs(kind):
    assert EPSILON[kind] in catalog.optimizers()[kind].formula


@pytest.mark.parametrize("name", RULES)
def test_step_size_and_effective_lr_are_root_mean_squares_of_what_happened(name):
    kind, settings, _ = RULES[name]
    training, path = trained(kind, settings)
    size = np.sqrt(np.mean(np.diff(path, axis=0) ** 2, axis=1))
    slope = np.sqrt(np.mean(np.array([gradient(x) for x in path[:-1]]) ** 2, axis=1))
    np.testing.assert_allclose(training.step_size[0], size, rtol=1e-12)
    np.testing.assert_allclose(training.effective_lr[0], size / slope, rtol=1e-12)


def test_the_effective_lr_of_plain_sgd_is_its_lr():
    training, _ = trained("SGD", {})
    np.testing.assert_allclose(training.effective_lr[0], LR, rtol=1e-12)


def test_the_first_step_of_each_adaptive_optimizer_is_as_its_catalog_entry_tells():
    first = {
        "Adagrad": 1.0,
        "RMSprop": 10.0,
        "Adam": 1.0,
        "AdamW": 1.0,
        "Adamax": 1.0,
        "NAdam": 1.0564,
        "Rprop": 1.0,
        "Adadelta": np.sqrt(1e-6 / (1 - 0.9)),
    }
    for kind, times in first.items():
        settings = {"weight_decay": 0} if kind == "AdamW" else {}
        training, _ = trained(kind, settings)
        assert training.step_size[0, 0] == pytest.approx(LR * times, rel=1e-4), kind
    radam, _ = trained("RAdam", {})
    # Five updates as SGD with momentum, then r: what its entry tells.
    assert radam.effective_lr[0, 0] == pytest.approx(LR)
    assert radam.step_size[0, 5] < 0.1 * radam.step_size[0, 4]


def test_every_optimizer_tells_its_effective_lr():
    entries = catalog.optimizers().values()
    assert len(entries) == 15
    for entry in entries:
        assert re.fullmatch(r"\S.{40,240}\.", entry.effective_lr), entry.name
