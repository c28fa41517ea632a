"""Random specs as a careful person writes them: every length follows the run. Checks must leave them alone."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Spec = dict[str, Any]


@st.composite
def runs(draw: st.DrawFn) -> dict[str, int]:
    """A clock of 40 to some hundred updates; epochs divide it where it counts them."""
    if draw(st.booleans()):
        run = {
            "epochs": draw(st.integers(10, 40)),
            "steps_per_epoch": draw(st.sampled_from([1, 4, 7, 10, 16])),
        }
        if run["epochs"] * run["steps_per_epoch"] < 40:
            run["steps_per_epoch"] = 10
    else:
        run = {"steps": draw(st.integers(40, 600))}
    if draw(st.integers(0, 3)) == 0:
        run["accumulate"] = draw(st.sampled_from([2, 4, 8]))
    if draw(st.integers(0, 3)) == 0:
        run["devices"] = draw(st.sampled_from([2, 3, 8]))
    return run


@st.composite
def optimizers(draw: st.DrawFn) -> dict[str, Any]:
    """SGD or one of the Adams; sometimes two groups, the first at a fraction of the LR."""
    lr = draw(st.sampled_from([1.0, 0.5, 0.1, 0.03, 1e-3, 3e-4, 1e-5]))
    optimizer: dict[str, Any] = {"type": draw(st.sampled_from(["SGD", "AdamW", "Adam"])), "lr": lr}
    if optimizer["type"] == "SGD":
        optimizer["momentum"] = 0.9
    if draw(st.integers(0, 3)) == 0:
        optimizer["groups"] = [
            {"name": "backbone", "lr": lr * draw(st.sampled_from([0.1, 0.01]))},
            {"name": "head"},
        ]
    return optimizer


def _calls(run: dict[str, int], interval: str) -> int:
    if interval == "step":
        return run.get("steps") or run["epochs"] * run["steps_per_epoch"]
    return run["epochs"]


@st.composite
def decays(draw: st.DrawFn, lr: float, calls: int, length: str) -> dict[str, Any]:
    """A schedule that comes down over a length, whatever precedes it."""
    kind = draw(
        st.sampled_from(["cosine", "polynomial", "linear", "exponential", "step", "multistep", "lambda"])
    )
    if kind == "cosine":
        return {
            "type": "CosineAnnealingLR",
            "T_max": length,
            "eta_min": lr * draw(st.sampled_from([0, 1e-3, 1e-4])),
        }
    if kind == "polynomial":
        return {
            "type": "PolynomialLR",
            "total_iters": length,
            "power": draw(st.sampled_from([0.9, 1.0, 2.0])),
        }
    if kind == "linear":
        return {
            "type": "LinearLR",
            "start_factor": 1.0,
            "end_factor": draw(st.sampled_from([0.0, 0.1, 0.01])),
            "total_iters": length,
        }
    if kind == "exponential":
        return {"type": "ExponentialLR", "gamma": draw(st.sampled_from([0.5, 0.1, 0.01])) ** (1 / calls)}
    if kind == "step":
        return {
            "type": "StepLR",
            "step_size": max(1, calls // draw(st.integers(2, 4))),
            "gamma": draw(st.sampled_from([0.1, 0.3, 0.5])),
        }
    if kind == "multistep":
        milestones = sorted(
            draw(
                st.sets(
                    st.integers(calls // 5 + 1, max(calls * 9 // 10, calls // 5 + 2)), min_size=1, max_size=3
                )
            )
        )
        return {
            "type": "MultiStepLR",
            "milestones": milestones,
            "gamma": draw(st.sampled_from([0.1, 0.2, 0.5])),
        }
    return {"type": "LambdaLR", "lr_lambda": "1 - t / n", "where": {"n": length}}


@st.composite
def curves(draw: st.DrawFn, run: dict[str, int], optimizer: dict[str, Any]) -> dict[str, Any]:
    """One schedule, alone, warmed up, in phases, cyclic, or waiting for a metric."""
    lr = optimizer["lr"] * (
        min(group.get("lr", 9e9) / optimizer["lr"] for group in optimizer["groups"])
        if "groups" in optimizer
        else 1
    )
    interval = draw(st.sampled_from(["step", "epoch"])) if "epochs" in run else "step"
    calls = _calls(run, interval)
    shape = draw(
        st.sampled_from(["plain", "warm", "phases", "onecycle", "restarts", "cyclic", "plateau", "constant"])
    )
    if shape == "plain":
        return {**draw(decays(lr, calls, "100%")), "interval": interval}
    if shape == "warm":
        warm = draw(st.sampled_from(["5%", "10%", {"length": "10%", "start_factor": 0.1}]))
        return {**draw(decays(lr, int(calls * 0.9), "rest")), "interval": interval, "warmup": warm}
    if shape == "phases":
        down = {"type": "LinearLR", "start_factor": 1.0, "end_factor": 0.01, "total_iters": "rest"}
        up = {"type": "LinearLR", "start_factor": 0.01, "total_iters": "10%"}
        flat = {"type": "ConstantLR", "factor": 1.0, "total_iters": "70%"}
        return {
            "type": "SequentialLR",
            "interval": interval,
            "schedulers": [up, flat, down],
            "milestones": ["10%", "80%"],
        }
    if shape == "onecycle" and "groups" not in optimizer:
        return {"type": "OneCycleLR", "max_lr": "lr", "total_steps": "100%", "interval": "step"}
    if shape == "restarts":
        cycles = draw(st.sampled_from([1, 2, 4]))
        whole = _calls(run, "step") // cycles * cycles == _calls(run, "step")
        return {
            "type": "CosineAnnealingWarmRestarts",
            "T_0": f"{100 / cycles if whole else 100:g}%",
            "interval": "step",
        }
    if shape == "cyclic" and "groups" not in optimizer:
        steps = _calls(run, "step")
        return {
            "type": "CyclicLR",
            "base_lr": "lr / 10",
            "max_lr": "lr",
            "step_size_up": max(1, steps // 4),
            "cycle_momentum": False,
            "interval": "step",
        }
    if shape == "plateau" and "epochs" in run:
        metric = {"expr": "1 / (epoch + 1)", "better": "lower"}
        return {
            "type": "ReduceLROnPlateau",
            "monitor": "val_loss",
            "patience": 3,
            "metrics": {"val_loss": metric},
        }
    return {}


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """A spec of one curve."""
    run, optimizer = draw(runs()), draw(optimizers())
    return {"run": run, "optimizer": optimizer, "schedules": {"curve": draw(curves(run, optimizer))}}
