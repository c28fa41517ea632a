"""Random specs with one mistake each: a sound run, optimizer and schedule, of which one thing is then made wrong."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

Spec = dict[str, Any]
Maker = Callable[[Random], Spec]


def _run(rng: Random, *, epochs: bool | None = None, most: int = 40) -> dict[str, int]:
    if epochs or (epochs is None and rng.random() < 0.5):
        return {"epochs": rng.randint(12, most), "steps_per_epoch": rng.choice([4, 7, 10, 16])}
    return {"steps": rng.randint(60, 500)}


def _steps(run: dict[str, int]) -> int:
    return run.get("steps") or run["epochs"] * run["steps_per_epoch"]


def _lr(rng: Random) -> float:
    return rng.choice([1.0, 0.3, 0.1, 0.03, 1e-3, 3e-4])


def _sgd(rng: Random) -> dict[str, Any]:
    return {"type": "SGD", "lr": _lr(rng), "momentum": 0.9}


def _groups(rng: Random) -> dict[str, Any]:
    lr = _lr(rng)
    return {
        **_sgd(rng),
        "lr": lr,
        "groups": [{"name": "backbone", "lr": lr * rng.choice([0.1, 0.01])}, {"name": "head"}],
    }


def _spec(run: dict[str, int], optimizer: dict[str, Any], curve: dict[str, Any]) -> Spec:
    return {"run": run, "optimizer": optimizer, "schedules": {"curve": curve}}


def _stepped(rng: Random, run: dict[str, int]) -> tuple[str, int]:
    """An interval, and the calls that the run makes at it."""
    interval = rng.choice(["step", "epoch"]) if "epochs" in run else "step"
    return interval, _steps(run) if interval == "step" else run["epochs"]


def too_long(rng: Random) -> Spec:
    run = _run(rng, most=60)
    interval, calls = _stepped(rng, run)
    length = round(calls * rng.uniform(1.15, 1.9)) + 2
    decay = rng.choice(
        [
            {"type": "CosineAnnealingLR", "T_max": length},
            {"type": "PolynomialLR", "total_iters": length, "power": rng.choice([0.9, 2.0])},
            {"type": "LinearLR", "start_factor": 1.0, "end_factor": 0.01, "total_iters": length},
        ]
    )
    return _spec(run, _sgd(rng), {**decay, "interval": interval})


def too_short(rng: Random) -> Spec:
    run = _run(rng)
    interval, calls = _stepped(rng, run)
    length = max(2, round(calls * rng.uniform(0.3, 0.75)))
    return _spec(
        run,
        _sgd(rng),
        {
            "type": "LinearLR",
            "start_factor": 1.0,
            "end_factor": rng.choice([0.1, 0.3]),
            "total_iters": length,
            "interval": interval,
        },
    )


def cosine_too_short(rng: Random) -> Spec:
    run = _run(rng)
    interval, calls = _stepped(rng, run)
    length = max(2, round(calls * rng.uniform(0.4, 0.8)))
    return _spec(run, _sgd(rng), {"type": "CosineAnnealingLR", "T_max": length, "interval": interval})


def epochs_as_steps(rng: Random) -> Spec:
    run = _run(rng, epochs=True)
    kind = rng.randrange(3)
    if kind == 0:
        curve = {"type": "CosineAnnealingLR", "T_max": run["epochs"], "interval": "step"}
    elif kind == 1:
        curve = {"type": "CosineAnnealingLR", "T_max": _steps(run), "interval": "epoch"}
    else:
        curve = {
            "type": "OneCycleLR",
            "max_lr": "lr",
            "epochs": run["epochs"],
            "steps_per_epoch": run["steps_per_epoch"],
            "interval": "epoch",
        }
    return _spec(run, _sgd(rng), curve)


def batches_as_updates(rng: Random) -> Spec:
    run = _run(rng, epochs=False)
    run["accumulate"] = rng.choice([2, 4, 8, 16])
    length = run["steps"] * run["accumulate"]
    decay = rng.choice(
        [
            {"type": "CosineAnnealingLR", "T_max": length},
            {"type": "LambdaLR", "lr_lambda": "max(0, 1 - t / n)", "where": {"n": length}},
        ]
    )
    return _spec(run, _sgd(rng), {**decay, "interval": "step"})


def once_per_process(rng: Random) -> Spec:
    run = _run(rng, epochs=False)
    run["scheduler_calls_per_step"] = rng.choice([2, 4, 8])
    decay = rng.choice(
        [
            {"type": "CosineAnnealingLR", "T_max": run["steps"]},
            {"type": "LambdaLR", "lr_lambda": "max(0, 1 - t / n)", "where": {"n": run["steps"]}},
            {"type": "PolynomialLR", "total_iters": run["steps"]},
        ]
    )
    return _spec(run, _sgd(rng), {**decay, "interval": "step"})


def dead_tail(rng: Random) -> Spec:
    run = _run(rng)
    end = rng.choice([f"{rng.randint(50, 95)}%"])
    return _spec(
        run,
        _sgd(rng),
        {"type": "LambdaLR", "interval": "step", "lr_lambda": "max(0, 1 - t / n)", "where": {"n": end}},
    )


def endless_warmup(rng: Random) -> Spec:
    run = _run(rng)
    interval, calls = _stepped(rng, run)
    length = round(calls * rng.uniform(1.3, 4))
    return _spec(
        run,
        _sgd(rng),
        {"type": "LinearLR", "start_factor": 0.01, "total_iters": length, "interval": interval},
    )


def no_warmup(rng: Random) -> Spec:
    run = _run(rng)
    kind = rng.choice(
        [
            {"type": "LinearLR", "start_factor": 0.1, "total_iters": 0},
            {"type": "ConstantLR", "factor": 0.1, "total_iters": 0},
        ]
    )
    if rng.random() < 0.5:
        return _spec(run, _sgd(rng), {**kind, "interval": "step"})
    chain = {
        "type": "ChainedScheduler",
        "interval": "step",
        "schedulers": [kind, {"type": "ExponentialLR", "gamma": 0.999}],
    }
    return _spec(run, _sgd(rng), chain)


def below_zero(rng: Random) -> Spec:
    run = _run(rng)
    steep = rng.uniform(1.1, 2)
    curve = rng.choice(
        [
            {"type": "LambdaLR", "lr_lambda": f"1 - {steep:.3f} * t / n", "where": {"n": "100%"}},
            {"type": "StepLR", "step_size": "40%", "gamma": -0.1},
            {"type": "CosineAnnealingLR", "T_max": "100%", "eta_min": "-lr / 10"},
        ]
    )
    return _spec(run, _sgd(rng), {**curve, "interval": "step"})


def cycle_too_short(rng: Random) -> Spec:
    run = _run(rng, epochs=False)
    length = rng.choice([run["steps"] - 1, round(run["steps"] * rng.uniform(0.3, 0.98))])
    anneal = rng.choice(["cos", "linear"])
    return _spec(
        run,
        _sgd(rng),
        {
            "type": "OneCycleLR",
            "max_lr": "lr",
            "total_steps": length,
            "anneal_strategy": anneal,
            "interval": "step",
        },
    )


def overwritten_chain(rng: Random) -> Spec:
    run = _run(rng)
    warm = {"type": "LinearLR", "start_factor": 0.1, "total_iters": "10%"}
    closed = rng.choice(
        [
            {"type": "LambdaLR", "lr_lambda": "0.99 ** t"},
            {"type": "CosineAnnealingWarmRestarts", "T_0": "100%"},
        ]
    )
    pair = [warm, closed]
    rng.shuffle(pair)
    if rng.random() < 0.5:
        return _spec(run, _sgd(rng), {"type": "ChainedScheduler", "interval": "step", "schedulers": pair})
    return _spec(run, _sgd(rng), {"schedulers": [{**one, "interval": "step"} for one in pair]})


def nested_sequence(rng: Random) -> Spec:
    run = _run(rng)
    inner = {
        "type": "SequentialLR",
        "schedulers": [
            {"type": "ConstantLR", "factor": 0.5, "total_iters": 3},
            {"type": "ExponentialLR", "gamma": 0.99},
        ],
        "milestones": [5],
    }
    plain = {"type": "LinearLR", "start_factor": 0.1, "total_iters": 10}
    pair = [inner, plain] if rng.random() < 0.5 else [plain, inner]
    return _spec(
        run,
        _sgd(rng),
        {"type": "SequentialLR", "interval": "step", "schedulers": pair, "milestones": [rng.randint(11, 30)]},
    )


def rising(rng: Random) -> Spec:
    run = _run(rng)
    rule = rng.choice(["t / n", "(t / n) ** 2", "0.1 + 0.9 * t / n"])
    return _spec(
        run, _sgd(rng), {"type": "LambdaLR", "interval": "step", "lr_lambda": rule, "where": {"n": "100%"}}
    )


def lr_for_nothing(rng: Random) -> Spec:
    run, optimizer = _run(rng), _sgd(rng)
    peak = optimizer["lr"] * rng.choice([0.2, 0.3, 5, 7])
    return _spec(
        run, optimizer, {"type": "OneCycleLR", "max_lr": peak, "total_steps": "100%", "interval": "step"}
    )


def one_peak_for_all(rng: Random) -> Spec:
    run, optimizer = _run(rng), _groups(rng)
    return _spec(
        run,
        optimizer,
        {"type": "OneCycleLR", "max_lr": optimizer["lr"], "total_steps": "100%", "interval": "step"},
    )


def high_floor(rng: Random) -> Spec:
    run = _run(rng)
    if rng.random() < 0.5:
        optimizer = _sgd(rng)
        return _spec(
            run,
            optimizer,
            {
                "type": "CosineAnnealingLR",
                "interval": "step",
                "T_max": "100%",
                "eta_min": optimizer["lr"] * rng.choice([1.5, 5]),
            },
        )
    optimizer = _groups(rng)
    return _spec(
        run,
        optimizer,
        {"type": "CosineAnnealingLR", "interval": "step", "T_max": "100%", "eta_min": optimizer["lr"] * 0.2},
    )


def _plateau(rng: Random, metric: dict[str, Any], lr: float | None = None, **arguments: Any) -> Spec:
    run = {"epochs": rng.randint(20, 40), "steps_per_epoch": rng.choice([4, 10])}
    optimizer = {**_sgd(rng), **({} if lr is None else {"lr": lr})}
    curve = {
        "type": "ReduceLROnPlateau",
        "monitor": "val",
        "patience": rng.randint(1, 4),
        "metrics": {"val": metric},
        **arguments,
    }
    return _spec(run, optimizer, curve)


def deaf_plateau(rng: Random) -> Spec:
    kind = rng.randrange(3)
    if kind == 0:
        return _plateau(rng, {"expr": "-1 - 0.001 * epoch", "better": "lower"})
    if kind == 1:
        return _plateau(rng, {"expr": "1 / (epoch + 1)", "better": "lower"}, lr=1e-8)
    return _plateau(rng, {"expr": "1 / (epoch + 1)", "better": "lower"}, lr=1e-3, min_lr=1e-3)


def mistaken_plateau(rng: Random) -> Spec:
    if rng.random() < 0.5:
        return _plateau(rng, {"expr": "1 - 1 / (epoch + 2)", "better": "higher"}, mode="min")
    return _plateau(rng, {"expr": "1 / (epoch + 1)", "better": "lower"}, mode="max")


def hasty_plateau(rng: Random) -> Spec:
    spec = _plateau(rng, {"expr": "1 / (step + 1)", "better": "lower", "every": "1st"}, interval="step")
    spec["run"]["steps_per_epoch"] = rng.choice([10, 16, 20])
    return spec


def useless_plateau(rng: Random) -> Spec:
    run = {"epochs": rng.randint(20, 40), "steps_per_epoch": rng.choice([4, 10])}
    closed = {"type": "LambdaLR", "lr_lambda": "0.99 ** t", "interval": rng.choice(["step", "epoch"])}
    plateau = {"type": "ReduceLROnPlateau", "monitor": "val_loss", "patience": rng.randint(1, 4)}
    return _spec(run, _sgd(rng), {"schedulers": [closed, plateau], "metrics": {"val_loss": {"expr": "0.5"}}})


def cut_warmup(rng: Random) -> Spec:
    run = _run(rng, epochs=False)
    warm = rng.randint(20, 30)
    children = [
        {"type": "LinearLR", "start_factor": 0.01, "total_iters": warm},
        {"type": "CosineAnnealingLR", "T_max": "rest"},
    ]
    return _spec(
        run,
        _sgd(rng),
        {
            "type": "SequentialLR",
            "interval": "step",
            "schedulers": children,
            "milestones": [round(warm * rng.uniform(0.3, 0.7))],
        },
    )


def disordered_phases(rng: Random) -> Spec:
    run = _run(rng, epochs=False)
    late = rng.randint(30, 50)
    milestones = rng.choice([[late, late - 10], [late, late], [late, run["steps"] + 50]])
    children = [
        {"type": "LinearLR", "start_factor": 0.1, "total_iters": 10},
        {"type": "ConstantLR", "factor": 0.5, "total_iters": 5},
        {"type": "ExponentialLR", "gamma": 0.99},
    ]
    return _spec(
        run,
        _sgd(rng),
        {"type": "SequentialLR", "interval": "step", "schedulers": children, "milestones": milestones},
    )


def idle(rng: Random) -> Spec:
    run, optimizer = _run(rng), _sgd(rng)
    curve = rng.choice(
        [
            {"type": "MultiStepLR", "milestones": [_steps(run) * rng.randint(2, 9)]},
            {"type": "StepLR", "step_size": _steps(run) + rng.randint(1, 99)},
            {"type": "LambdaLR", "lr_lambda": "0.95"},
            {"type": "CosineAnnealingLR", "T_max": "100%", "eta_min": "lr"},
        ]
    )
    return _spec(run, optimizer, {**curve, "interval": "step"})


def odd_milestones(rng: Random) -> Spec:
    run = _run(rng)
    at = rng.randint(10, 30)
    milestones = rng.choice([[at, at], [0, at], [at, _steps(run) + 10]])
    return _spec(run, _sgd(rng), {"type": "MultiStepLR", "interval": "step", "milestones": milestones})


def vanishing(rng: Random) -> Spec:
    run = {"steps": rng.randint(300, 600)}
    curve = rng.choice(
        [
            {"type": "ExponentialLR", "gamma": rng.choice([0.9, 0.95])},
            {"type": "StepLR", "step_size": 10, "gamma": 0.1},
        ]
    )
    return _spec(run, _sgd(rng), {**curve, "interval": "step"})


def restless(rng: Random) -> Spec:
    run = _run(rng, epochs=False)
    return _spec(
        run, _sgd(rng), {"type": "LambdaLR", "lr_lambda": f"0.55 + 0.45 * cos(t / {rng.uniform(2, 6):.2f})"}
    )


def hijacked(rng: Random) -> Spec:
    run = _run(rng)
    optimizer = rng.choice(
        [{"type": "SGD", "lr": 0.1, "momentum": 0.0}, {"type": "AdamW", "lr": 0.1, "betas": [0.8, 0.999]}]
    )
    return _spec(
        run, optimizer, {"type": "OneCycleLR", "max_lr": "lr", "total_steps": "100%", "interval": "step"}
    )


def stale_base(rng: Random) -> Spec:
    run, optimizer = _run(rng, epochs=False), _sgd(rng)
    half = run["steps"] // 2
    pair = [
        {"type": "OneCycleLR", "max_lr": "lr", "total_steps": "100%", "interval": "step"},
        {"type": "CosineAnnealingLR", "T_max": "100%", "interval": "step"},
    ]
    del half
    return _spec(run, optimizer, {"schedulers": pair})


def nothing_times(rng: Random) -> Spec:
    run = _run(rng)
    curve = rng.choice(
        [
            {"type": "StepLR", "step_size": "30%", "gamma": 0.0},
            {"type": "ExponentialLR", "gamma": 0.0},
            {"type": "PolynomialLR", "total_iters": 0},
            {"type": "ConstantLR", "factor": 0.0, "total_iters": "30%"},
        ]
    )
    return _spec(run, _sgd(rng), {**curve, "interval": "step"})


def flat_phase(rng: Random) -> Spec:
    steps = rng.choice([50, 100, 200])
    pct = rng.choice([1 / steps, 1.0])
    return _spec(
        {"steps": steps},
        _sgd(rng),
        {"type": "OneCycleLR", "max_lr": "lr", "total_steps": "100%", "pct_start": pct},
    )


def two_phases_of_three(rng: Random) -> Spec:
    steps = rng.randint(100, 300)
    return _spec(
        {"steps": steps},
        _sgd(rng),
        {
            "type": "OneCycleLR",
            "max_lr": "lr",
            "total_steps": "100%",
            "three_phase": True,
            "pct_start": rng.uniform(0.52, 0.8),
        },
    )


def high_end(rng: Random) -> Spec:
    return _spec(
        _run(rng),
        _sgd(rng),
        {
            "type": "OneCycleLR",
            "max_lr": "lr",
            "total_steps": "100%",
            "interval": "step",
            "final_div_factor": rng.choice([0.01, 0.02]),
        },
    )


def compounding(rng: Random) -> Spec:
    rule = rng.choice(["1 / (1 + 0.1 * t)", "1 - t / n", "0.5 * (1 + cos(pi * t / n))"])
    return _spec(
        _run(rng),
        _sgd(rng),
        {"type": "MultiplicativeLR", "interval": "step", "lr_lambda": rule, "where": {"n": "110%"}},
    )


def half_a_cycle(rng: Random) -> Spec:
    steps = rng.randint(100, 400)
    period = round(steps / (rng.choice([1, 2]) + rng.uniform(0.05, 0.3)))
    return _spec({"steps": steps}, _sgd(rng), {"type": "CosineAnnealingWarmRestarts", "T_0": period})


def _resumed(rng: Random, curve: dict[str, Any], **resume: Any) -> Spec:
    run = {"epochs": 40, "steps_per_epoch": rng.choice([1, 5])}
    return _spec(run, _sgd(rng), {**curve, "resume": {"at": f"{rng.randint(10, 14)}ep", **resume}})


def overruled(rng: Random) -> Spec:
    if rng.random() < 0.5:
        return _resumed(
            rng, {"type": "CosineAnnealingLR", "T_max": 40}, **{"with": {"T_max": 80, "run": {"epochs": 80}}}
        )
    return _resumed(
        rng,
        {"type": "StepLR", "step_size": rng.randint(15, 20)},
        **{"with": {"step_size": rng.randint(25, 35)}},
    )


def loaded_first(rng: Random) -> Spec:
    curve = rng.choice(
        [
            {"type": "LinearLR", "start_factor": 0.1, "total_iters": 35},
            {"type": "LambdaLR", "lr_lambda": "0.95 ** t"},
            {"type": "OneCycleLR", "max_lr": "lr", "total_steps": "100%"},
        ]
    )
    return _resumed(rng, curve, order="load-then-build")


def by_last_epoch(rng: Random) -> Spec:
    warm = {
        "type": "SequentialLR",
        "schedulers": [
            {"type": "LinearLR", "start_factor": 0.1, "total_iters": 5},
            {"type": "CosineAnnealingLR", "T_max": "rest"},
        ],
        "milestones": [5],
    }
    spec = _resumed(rng, warm, restore=["optimizer"])
    resume = spec["schedules"]["curve"]["resume"]
    resume["last_epoch"] = int(resume["at"].removesuffix("ep")) - 1
    return spec


# A rule, and the mistakes that it, or one of the others named, must find.
MISTAKES: dict[str, tuple[Maker, set[str]]] = {
    "a decay longer than the run": (too_long, {"horizon-mismatch"}),
    "a decay shorter than the run": (too_short, {"horizon-mismatch"}),
    "a cosine past its end": (cosine_too_short, {"lr-rebounds"}),
    "epochs taken for updates": (epochs_as_steps, {"steps-per-epoch-mixup"}),
    "batches taken for updates": (batches_as_updates, {"grad-accum-mixup"}),
    "one call per process": (once_per_process, {"num-processes-mixup"}),
    "an end at 0": (dead_tail, {"lr-zero-tail"}),
    "a warm-up longer than the run": (endless_warmup, {"peak-not-reached", "steps-per-epoch-mixup"}),
    "a warm-up of no length": (no_warmup, {"zero-length-phase"}),
    "an LR below 0": (below_zero, {"lr-negative"}),
    "a cycle shorter than the run": (cycle_too_short, {"onecycle-overrun"}),
    "a closed form in a chain": (overwritten_chain, {"chained-closed-form"}),
    "a sequence in a sequence": (nested_sequence, {"sequential-nested"}),
    "a rise to the end": (rising, {"lr-rising-at-end"}),
    "an LR for nothing": (lr_for_nothing, {"optimizer-lr-ignored"}),
    "one peak for all groups": (one_peak_for_all, {"group-lrs-flattened"}),
    "a floor above the LR": (high_floor, {"floor-above-lr"}),
    "a plateau that never cuts": (deaf_plateau, {"plateau-inert"}),
    "a plateau that mistakes better for worse": (mistaken_plateau, {"plateau-wrong-mode"}),
    "a plateau per batch": (hasty_plateau, {"plateau-per-batch"}),
    "a plateau that is overwritten": (useless_plateau, {"plateau-overwritten"}),
    "a warm-up cut short": (cut_warmup, {"lr-jump", "peak-not-reached"}),
    "phases out of order": (disordered_phases, {"sequential-milestones"}),
    "a schedule that does nothing": (idle, {"schedule-flat", "floor-above-lr", "multistep-milestones"}),
    "milestones twice, at 0, too late": (odd_milestones, {"multistep-milestones"}),
    "a vanishing LR": (vanishing, {"lr-vanishes"}),
    "rises again and again": (restless, {"lr-oscillates", "lr-rebounds"}),
    "a momentum replaced": (hijacked, {"momentum-hijacked"}),
    "a base from another scheduler": (stale_base, {"stale-initial-lr", "chained-closed-form"}),
    "a factor of 0": (nothing_times, {"invalid-period"}),
    "a phase of no width": (flat_phase, {"onecycle-degenerate"}),
    "two phases of three": (two_phases_of_three, {"onecycle-three-phase"}),
    "an end above the peak": (high_end, {"onecycle-final-lr"}),
    "a factor that compounds": (compounding, {"multiplicative-as-lambda"}),
    "half a cycle at the end": (half_a_cycle, {"cycle-truncated"}),
    "a length overruled on resume": (overruled, {"resume-config-ignored"}),
    "a state loaded too early": (loaded_first, {"resume-load-order"}),
    "last_epoch alone": (by_last_epoch, {"resume-via-last-epoch"}),
}
