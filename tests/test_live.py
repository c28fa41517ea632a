"""Objects that someone has built: checked on copies, with what the same schedule in YAML brings, and never touched."""

from __future__ import annotations

import copy
import math
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from bare_loop import quiet
from scheduler_cases import CASES, OPTIMIZERS, Case
from test_random_schedules import drawn
from torch.nn import Parameter
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    CosineAnnealingLR,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

import lrviz
from lrviz import catalog, live, pipeline, readers
from lrviz.checks.case import given, onecycle_steps
from lrviz.checks.choice import Choice
from lrviz.spec.curve import Scheduler

RUN = "{epochs: 11, steps_per_epoch: 3}"
FRESH = [
    (case, optimizer)
    for case in CASES
    for optimizer in case.optimizers
    if "resumed" not in optimizer and "last_epoch" not in case.yaml
]


def weights() -> list[Parameter]:
    return [Parameter(torch.ones(4, 4))]


# Where OneCycleLR or CyclicLR has written over the momentum of a group, or the LRs of several, torch keeps nowhere what
# they were: what is wrong with that cannot be told of live objects.
LOST = ("LR107", "LR118", "LR119", "LR134")


def told(findings: list[lrviz.Finding], groups: int = 1) -> list[tuple[Any, ...]]:
    kept = [finding for finding in findings if finding.code not in ("LR133", *(LOST if groups > 1 else ()))]
    return sorted((f.code, f.severity, f.message, f.advice, f.update or -1) for f in kept)


def written(case: Case, optimizer: str, per: str) -> str:
    own = "" if case.metric is not None else f"interval: {per}, "
    return f"run: {RUN}\noptimizer: {OPTIMIZERS[optimizer][0]}\nschedules:\n  a: {{{own}{case.yaml}}}\n"


def built(case: Case, optimizer: str, per: str) -> live.Built:
    with quiet():
        mine = OPTIMIZERS[optimizer][1]()
        scheduler = case.build(mine)
    metric = None if case.metric is None else {"m": list(case.metric)}
    return live.Built(mine, ((scheduler, per),), live.clock_of(33, 3), metric)


@pytest.mark.parametrize(("case", "optimizer"), FRESH, ids=lambda value: getattr(value, "yaml", value))
def test_a_live_scheduler_brings_what_its_yaml_brings(case: Case, optimizer: str) -> None:
    for per in ("epoch",) if case.metric is not None else ("step", "epoch"):
        spec = readers.read_text(written(case, optimizer, per), "spec.yaml")
        expected, _ = pipeline.check(spec, pipeline.attempt(spec), cache=False)
        mine = built(case, optimizer, per)
        found = live.findings_of_live(mine, Choice(least="info"))
        name = mine.schedulers[0][0].__class__.__name__
        groups = len(mine.optimizer.param_groups)
        assert told(found, groups) == told(expected, groups), per
        assert {finding.curve for finding in found} <= {name}
        described = live._case(mine)[0].written
        assert described is not None, "what torch keeps did not give the same LR again"
        assert told_of(described.schedulers[0]) == told_of(spec.curves[0].schedulers[0])  # type: ignore[union-attr]


def told_of(scheduler: Scheduler) -> dict[str, Any]:
    """Lay out what a scheduler was given, defaults and all, in one form for both."""
    known: dict[str, Any] = {"type": scheduler.type, "interval": scheduler.interval, "start": scheduler.start}
    unlike = ("schedulers", "lr_lambda", "scale_fn", "last_epoch", "epochs", "steps_per_epoch", "total_steps")
    for argument in catalog.schedulers()[scheduler.type].arguments:
        if argument.name not in unlike:
            value = given(scheduler, argument.name)
            value = sorted(value) if argument.name == "milestones" else value
            known[argument.name] = rounded(value)
    if scheduler.type == "OneCycleLR":
        known["total_steps"] = onecycle_steps(scheduler)
    if scheduler.type == "CyclicLR":
        known["step_size_down"] = given(scheduler, "step_size_down") or given(scheduler, "step_size_up")
    if scheduler.type in ("OneCycleLR", "CyclicLR") and not given(scheduler, "cycle_momentum"):
        del known["base_momentum"], known["max_momentum"]
    known["schedulers"] = [told_of(child) for child in scheduler.children]
    return known


def rounded(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    return float(f"{value:.8g}") if isinstance(value, float) else value


@pytest.mark.parametrize("seed", range(20))
def test_schedules_drawn_from_a_seed_are_described_and_bring_what_their_yaml_brings(seed: int) -> None:
    draw = random.Random(10_000 + seed)
    epochs, steps_per_epoch = draw.randint(2, 12), draw.randint(1, 6)
    lr, other = draw.uniform(1e-4, 1), draw.uniform(1e-5, 0.1)
    for optimizer, make in (("SGD", SGD), ("AdamW", AdamW)):
        per, (yaml, build) = draw.choice(["step", "epoch"]), drawn(draw, epochs * steps_per_epoch)
        if yaml.count("OneCycleLR") > 1:  # the second wrote over what the first had told the optimizer
            continue
        text = (
            f"run: {{epochs: {epochs}, steps_per_epoch: {steps_per_epoch}}}\n"
            f"optimizer: {{type: {optimizer}, lr: {lr!r}, groups: [{{name: body, lr: {other!r}}}, {{name: head}}]}}\n"
            f"schedules: {{a: {{interval: {per}, {yaml}}}}}\n"
        )
        spec = readers.read_text(text, "spec.yaml")
        expected, _ = pipeline.check(spec, pipeline.attempt(spec), cache=False)
        groups = [{"params": weights(), "name": "body", "lr": other}, {"params": weights(), "name": "head"}]
        mine = make(groups, lr=lr)
        with quiet():
            scheduler = build(mine)
        clock = live.clock_of(epochs * steps_per_epoch, steps_per_epoch)
        mine_built = live.Built(mine, ((scheduler, per),), clock)
        assert live._case(mine_built)[0].written is not None
        assert told(live.findings_of_live(mine_built, Choice(least="info")), 2) == told(expected, 2)


def test_what_is_written_over_is_checked_by_what_it_does() -> None:
    mine = SGD(weights(), lr=0.1, momentum=0.9)
    three = [OneCycleLR(mine, 0.1, 30), CosineAnnealingLR(mine, 5), OneCycleLR(mine, 0.4, 30, div_factor=9)]
    scheduler = SequentialLR(mine, three, [5, 20])
    case = live._case(live.Built(mine, ((scheduler, "step"),), live.clock_of(40, None)))[0]
    assert case.written is None
    assert len(case.trace) == 40


def names(findings: list[lrviz.Finding]) -> list[str]:
    return [finding.name for finding in findings]


def test_a_finding_says_what_it_is_about_and_has_no_file_to_edit() -> None:
    mine = SGD(weights(), lr=0.1)
    (finding,) = lrviz.check_scheduler(mine, CosineAnnealingLR(mine, 90), steps=180)
    assert str(finding) == (
        "<scheduler> LR102 lr-rebounds [error] CosineAnnealingLR: the LR climbs from 0 back to 0.09997 after "
        "update 90 of 180"
    )
    assert finding.advice == "write T_max: 100%"
    assert finding.edit is None


def test_nothing_of_theirs_is_touched() -> None:
    parameters = weights()
    mine = AdamW([{"params": parameters, "lr": 0.1}, {"params": weights(), "lr": 0.2}])
    parameters[0].grad = torch.ones(4, 4)
    mine.step()
    scheduler = SequentialLR(mine, [LinearLR(mine, 0.1, total_iters=3), CosineAnnealingLR(mine, 5)], [3])
    data, state = parameters[0].detach().clone(), copy.deepcopy(scheduler.state_dict())
    groups = [{k: v for k, v in group.items() if k != "params"} for group in mine.param_groups]
    kept = {name: value.clone() for name, value in mine.state[parameters[0]].items()}
    numbers = torch.random.get_rng_state()
    assert "lr-rebounds" in names(lrviz.check_scheduler(mine, scheduler, steps=20))
    assert [{k: v for k, v in group.items() if k != "params"} for group in mine.param_groups] == groups
    assert mine.param_groups[0]["params"] == parameters
    assert parameters[0].grad is not None
    assert torch.equal(parameters[0], data)
    assert all(torch.equal(mine.state[parameters[0]][name], value) for name, value in kept.items())
    after = scheduler.state_dict()
    assert {k: v for k, v in after.items() if k != "_schedulers"} == {
        k: v for k, v in state.items() if k != "_schedulers"
    }
    assert [child["last_epoch"] for child in after["_schedulers"]] == [0, -1]
    assert torch.equal(torch.random.get_rng_state(), numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # torch still sees that the optimizer was stepped before the scheduler
        mine.step()
        scheduler.step()
    assert scheduler.last_epoch == 1


def test_parameters_are_not_copied_however_large() -> None:
    huge = Parameter(torch.empty(10**12, device="meta"))  # 4 TB, if it were there
    mine = SGD([huge], lr=0.1)
    assert names(lrviz.check_scheduler(mine, CosineAnnealingLR(mine, 10), steps=20)) == ["lr-rebounds"]


def test_schedulers_side_by_side_each_have_their_interval() -> None:
    mine = SGD(weights(), lr=0.1)
    both = [(LinearLR(mine, 0.1, total_iters=5), "step"), (CosineAnnealingLR(mine, 3), "epoch")]
    found = lrviz.check_scheduler(mine, both, steps=60, steps_per_epoch=10)
    assert [(f.name, f.curve) for f in found] == [("lr-rebounds", "LinearLR and CosineAnnealingLR")]
    mine = SGD(weights(), lr=0.1)
    both = [(LinearLR(mine, 0.1, total_iters=5), "step"), (CosineAnnealingLR(mine, 6), "epoch")]
    assert lrviz.check_scheduler(mine, both, steps=60, steps_per_epoch=10) == []


def test_a_plateau_is_given_the_metric_by_its_name() -> None:
    mine = SGD(weights(), lr=0.1)
    plateau = ReduceLROnPlateau(mine, patience=2)
    rising = {"val_acc": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]}
    found = lrviz.check_scheduler(
        mine, plateau, steps=70, steps_per_epoch=10, interval="epoch", metric=rising
    )
    assert names(found) == ["plateau-wrong-mode"]
    falling = [0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    calm = lrviz.check_scheduler(
        mine, plateau, steps=70, steps_per_epoch=10, interval="epoch", metric=falling
    )
    assert "plateau-wrong-mode" not in names(calm)


class Mine(LRScheduler):
    """A scheduler of someone's own, which holds a model."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.model = torch.nn.Linear(2, 2)
        super().__init__(optimizer)

    def get_lr(self) -> list[Any]:
        return [base * (1 + math.cos(self.last_epoch / 10)) / 2 for base in self.base_lrs]


def test_a_scheduler_of_someones_own_is_checked_by_what_it_does() -> None:
    mine = SGD(weights(), lr=0.1)
    own = Mine(mine)
    assert names(lrviz.check_scheduler(mine, own, steps=50)) == ["lr-rebounds"]
    assert own.last_epoch == 0


def test_an_optimizer_of_someones_own_is_never_stepped() -> None:
    class Own(SGD):
        def step(self, closure: Any = None) -> Any:
            raise AssertionError(closure)

    mine = Own(weights(), lr=0.1)
    assert names(lrviz.check_scheduler(mine, CosineAnnealingLR(mine, 10), steps=20)) == ["lr-rebounds"]


def test_functions_and_objects_that_count_are_left_as_they_are() -> None:
    class Counting:
        calls = 0

        def __call__(self, epoch: int) -> float:
            self.calls += 1
            return 0.9**epoch

    counting, mine = Counting(), SGD(weights(), lr=0.1)
    scheduler = LambdaLR(mine, counting)
    before = counting.calls
    lrviz.check_scheduler(mine, scheduler, steps=20)
    assert counting.calls == before


def test_an_lr_that_groups_share_as_a_tensor_is_shared_by_the_copies() -> None:
    mine = SGD([{"params": weights()}, {"params": weights()}], lr=torch.tensor(0.1))
    assert mine.param_groups[0]["lr"] is mine.param_groups[1]["lr"]
    scheduler = LambdaLR(mine, [lambda t: 0.9**t, lambda t: 0.5**t])
    case = live._case(live.Built(mine, ((scheduler, "step"),), live.clock_of(5, None)))[0]
    assert np.array_equal(case.lr[:, 0], case.lr[:, 1])
    assert case.lr[3, 0] == pytest.approx(0.1 * 0.5**3)
    assert float(mine.param_groups[0]["lr"]) == pytest.approx(0.1)
    assert names(lrviz.check_scheduler(mine, scheduler, steps=5)) == ["tensor-lr-aliased"]


def test_an_lr_tensor_for_each_group_is_shared_by_none() -> None:
    each = [{"params": weights(), "lr": torch.tensor(0.1)} for _ in range(2)]
    mine = SGD(each)
    scheduler = LambdaLR(mine, [lambda t: 0.9**t, lambda t: 0.5**t])
    case = live._case(live.Built(mine, ((scheduler, "step"),), live.clock_of(5, None)))[0]
    assert case.curve.optimizer.tensor_lr
    assert case.lr[3].tolist() == pytest.approx([0.1 * 0.9**3, 0.1 * 0.5**3])
    assert lrviz.check_scheduler(mine, scheduler, steps=5) == []


def test_an_initial_lr_of_an_earlier_scheduler_is_told() -> None:
    mine = SGD(weights(), lr=1.0)
    CosineAnnealingLR(mine, 10)
    mine.param_groups[0]["lr"] = 0.01
    case = live._case(live.Built(mine, ((CosineAnnealingLR(mine, 10), "step"),), live.clock_of(10, None)))[0]
    assert case.lr[0, 0] == 0.01
    (group,) = case.curve.optimizer.groups
    assert dict(group.settings) == {"lr": pytest.approx(0.01), "initial_lr": 1.0}


def test_the_lr_that_a_one_cycle_overwrote_is_told_by_the_optimizer() -> None:
    mine = SGD(weights(), lr=0.5)
    scheduler = OneCycleLR(mine, max_lr=0.1, total_steps=10)
    case = live._case(live.Built(mine, ((scheduler, "step"),), live.clock_of(10, None)))[0]
    assert case.lrs == (0.5,)
    assert case.bases == (0.1,)


# Schedulers that have been stepped.


def stepped(scheduler: Any, times: int) -> Any:
    for _ in range(times):
        scheduler.optimizer.step()
        scheduler.step()
    return scheduler


@pytest.mark.parametrize(
    "build",
    [
        lambda o: CosineAnnealingLR(o, 10),
        lambda o: SequentialLR(o, [LinearLR(o, 0.1, total_iters=3), CosineAnnealingLR(o, 10)], [3]),
        lambda o: ChainedScheduler([LinearLR(o, 0.1, total_iters=3), CosineAnnealingLR(o, 12)]),
    ],
)
def test_a_scheduler_under_way_is_checked_over_the_whole_run(build: Callable[[Optimizer], Any]) -> None:
    mine = SGD(weights(), lr=0.1)
    scheduler = stepped(build(mine), 7)
    lr = mine.param_groups[0]["lr"]
    assert names(lrviz.check_scheduler(mine, scheduler, steps=20)) == ["lr-rebounds"]
    assert mine.param_groups[0]["lr"] == lr


def test_a_one_cycle_under_way_runs_out() -> None:
    mine = SGD(weights(), lr=0.1, momentum=0.9)
    scheduler = stepped(OneCycleLR(mine, max_lr=0.1, total_steps=20), 5)
    assert lrviz.check_scheduler(mine, scheduler, steps=20) == []


# What cannot be checked.


def refusal(work: Callable[[], Any]) -> str:
    with pytest.raises(lrviz.LrvizError) as caught:
        work()
    return str(caught.value)


def test_a_scheduler_of_another_optimizer_is_refused() -> None:
    old, new = SGD(weights(), lr=0.1), SGD(weights(), lr=0.1)
    assert refusal(lambda: lrviz.check_scheduler(new, StepLR(old, 5), steps=10)) == (
        "StepLR steps another SGD than the one given: the optimizer that trains would keep its LR; build the "
        "scheduler on that one"
    )


class Wrapper(SGD):
    """An optimizer around another, as launchers make them."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        super().__init__(optimizer.param_groups)


def test_a_scheduler_of_a_wrapped_optimizer_is_to_be_checked_with_that() -> None:
    inner = SGD(weights(), lr=0.1)
    step = StepLR(inner, 5)
    assert refusal(lambda: lrviz.check_scheduler(Wrapper(inner), step, steps=10)) == (
        "StepLR steps what the Wrapper wraps; pass its .optimizer"
    )


def test_what_cannot_be_checked_is_refused_in_words() -> None:
    mine = SGD(weights(), lr=0.1)
    step = StepLR(mine, 5)
    assert refusal(lambda: lrviz.check_scheduler("SGD", step, steps=10)) == (
        "a str is no optimizer of torch; pass the optimizer"
    )
    assert refusal(lambda: lrviz.check_scheduler(mine, "StepLR", steps=10)) == (
        "a str is no scheduler of torch; pass the scheduler, or a list of (scheduler, interval)"
    )
    assert refusal(lambda: lrviz.check_scheduler(mine, [], steps=10)) == (
        "no scheduler; pass one, or a list of (scheduler, interval)"
    )
    assert refusal(lambda: lrviz.check_scheduler(mine, step, steps=0)) == (
        "steps=0 is no count; write 1 or more"
    )
    assert refusal(lambda: lrviz.check_scheduler(mine, step, steps=10, interval="fortnight")) == (
        "'fortnight' is no interval; write epoch, step or batch"
    )
    assert refusal(lambda: lrviz.check_scheduler(mine, step, steps=10, interval="epoch")) == (
        "StepLR is stepped per epoch, and the run counts none; pass steps_per_epoch"
    )
    assert refusal(lambda: lrviz.check_scheduler(mine, ReduceLROnPlateau(mine), steps=10)) == (
        "ReduceLROnPlateau needs a metric; pass metric={'val_loss': [1.0, 0.9]}"
    )
    assert refusal(lambda: lrviz.check_scheduler(mine, step, steps=10, ignore=["lr-rebound"])) == (
        "check_scheduler: 'lr-rebound' is no check; did you mean lr-rebounds?"
    )


def test_a_past_that_is_not_known_is_refused() -> None:
    mine = SGD(weights(), lr=0.1)
    assert refusal(lambda: lrviz.check_scheduler(mine, stepped(Mine(mine), 3), steps=10)) == (
        "Mine has been stepped 3 times, and its past is not known; check it before it is stepped"
    )
    mine = SGD(weights(), lr=0.1)
    moved = stepped(ExponentialLR(mine, 0.9), 3)
    mine.param_groups[0]["lr"] = 0.5
    assert refusal(lambda: lrviz.check_scheduler(mine, moved, steps=10)) == (
        "ExponentialLR has been stepped 3 times, and the LR is 0.5, which is not what its arguments give there; "
        "check it before it is stepped"
    )


def test_a_scheduler_that_cannot_be_copied_is_refused() -> None:
    mine = SGD(weights(), lr=0.1)
    scheduler = StepLR(mine, 5)
    scheduler.stream = (i for i in range(3))  # type: ignore[attr-defined]  # as people hang things on objects
    assert refusal(lambda: lrviz.check_scheduler(mine, scheduler, steps=10)) == (
        "StepLR cannot be copied: TypeError: cannot pickle 'generator' object"
    )


def test_a_group_added_after_the_scheduler_is_refused() -> None:
    mine = SGD(weights(), lr=0.1)
    scheduler = CosineAnnealingLR(mine, 10)
    mine.add_param_group({"params": weights()})
    assert refusal(lambda: lrviz.check_scheduler(mine, scheduler, steps=10)) == (
        "CosineAnnealingLR was built before a parameter group was added; build it after add_param_group"
    )


def test_a_run_that_torch_stops_is_told() -> None:
    mine = SGD(weights(), lr=0.1, momentum=0.9)
    one = OneCycleLR(mine, max_lr=0.1, total_steps=10)
    assert names(lrviz.check_scheduler(mine, one, steps=20)) == ["onecycle-overrun"]
    odd = LambdaLR(mine, lambda t: 1 / (t - 5))
    told = refusal(lambda: lrviz.check_scheduler(mine, odd, steps=20))
    assert "division by zero (after update 4)" in told


# The same of a spec, and in a test.

BAD = "run: {steps: 180}\nschedules: {cosine: {type: CosineAnnealingLR, T_max: 90}}\n"


def test_check_takes_a_spec_or_a_word(tmp_path: Any) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(BAD, encoding="utf-8")
    for spec in (file, str(file), lrviz.load(file)):
        assert names(lrviz.check(spec)) == ["lr-rebounds"]
    assert lrviz.check(file, ignore=["LR102"], select=["lr-rebounds"]) == []
    assert [f.severity for f in lrviz.check(file, severity="lr-rebounds=warning")] == ["warning"]
    assert lrviz.check(file, severity=["lr-rebounds=warning", "error"]) == []
    assert lrviz.check("cosine") == []


def test_a_schedule_that_is_not_ok_fails_a_test(tmp_path: Any) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(BAD, encoding="utf-8")
    with pytest.raises(AssertionError) as caught:
        lrviz.assert_schedule_ok(file)
    assert str(caught.value) == (
        "1 finding of lrviz check\n"
        f"{file}:2:47 LR102 lr-rebounds [error] cosine: the LR climbs from 0 back to 0.09997 after update 90 of 180\n"
        "  why: A rising LR late in the run undoes what the decay was for.\n"
        "  do: write T_max: 100%"
    )
    lrviz.assert_schedule_ok("cosine")
    mine = Adam(weights(), lr=0.1)
    with pytest.raises(AssertionError, match="lr-rebounds"):
        lrviz.assert_schedule_ok(mine, CosineAnnealingLR(mine, 10), steps=20)
    mine = Adam(weights(), lr=0.1)
    lrviz.assert_schedule_ok(mine, CosineAnnealingLR(mine, 20), steps=20)


def test_a_cycle_is_allowed_where_it_is_meant() -> None:
    mine = SGD(weights(), lr=0.1, momentum=0.9)
    cyclic = CyclicLR(mine, 0.01, 0.1, step_size_up=5)
    assert "lr-rebounds" not in names(lrviz.check_scheduler(mine, cyclic, steps=18))
    mine = SGD(weights(), lr=0.1)
    waves = LambdaLR(mine, lambda t: 1.01 + math.cos(t / 3))
    assert names(lrviz.check_scheduler(mine, waves, steps=50)) == ["lr-rebounds"]
    assert lrviz.check_scheduler(mine, waves, steps=50, cyclic=True) == []
