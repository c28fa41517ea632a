"""``with lrviz.recording() as run``: every update as the optimizer did it, once, whatever wraps it."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import ExponentialLR, OneCycleLR
from torch.optim.optimizer import _global_optimizer_post_hooks, _global_optimizer_pre_hooks

import lrviz
from lrviz.errors import LrvizError


@pytest.fixture(autouse=True)
def _no_hook_is_left() -> Iterator[None]:
    before = len(_global_optimizer_pre_hooks), len(_global_optimizer_post_hooks)
    yield
    assert (len(_global_optimizer_pre_hooks), len(_global_optimizer_post_hooks)) == before


def ready(count: int = 1) -> list[nn.Parameter]:
    """Parameters with gradients."""
    made = [nn.Parameter(torch.ones(2)) for _ in range(count)]
    for parameter in made:
        parameter.grad = torch.ones(2)
    return made


def halved(lr: float, updates: int) -> list[float]:
    return [lr * 0.5**update for update in range(updates)]


def test_the_lr_and_the_momentum_of_each_update_are_those_in_force_when_it_ran() -> None:
    optimizer = SGD(ready(), lr=0.1, momentum=0.9)
    scheduler = OneCycleLR(optimizer, max_lr=1.0, total_steps=20)
    lrs, momenta = [], []
    with lrviz.recording() as run:
        for _ in range(19):
            lrs.append(optimizer.param_groups[0]["lr"])
            momenta.append(optimizer.param_groups[0]["momentum"])
            optimizer.step()
            scheduler.step()
    optimizer.step()  # no more part of it
    assert len(set(momenta)) > 10
    assert run.trace.lr[:, 0].tolist() == lrs
    assert run.trace.momentum is not None
    assert run.trace.momentum[:, 0].tolist() == momenta
    assert run.trace.final_lr == (optimizer.param_groups[0]["lr"],)
    assert lrviz.Trace.from_json(run.trace.to_json()).lr.tolist() == run.trace.lr.tolist()


def test_every_group_has_its_column_and_the_name_that_it_was_given() -> None:
    first, second = ready(2)
    groups = [{"params": [first], "name": "body"}, {"params": [second], "lr": 0.4, "weight_decay": 0.1}]
    optimizer = Adam(groups, lr=0.2, betas=(0.8, 0.9))
    with lrviz.recording("two groups") as run:
        optimizer.step()
    assert run.trace.name == "two groups"
    assert run.trace.groups == ("body", "group 1")
    assert run.trace.lr.tolist() == [[0.2, 0.4]]
    assert run.trace.momentum is not None
    assert run.trace.momentum.tolist() == [[0.8, 0.8]]
    assert run.trace.weight_decay is not None
    assert run.trace.weight_decay.tolist() == [[0.0, 0.1]]


def test_what_an_optimizer_does_not_have_is_none() -> None:
    optimizer = torch.optim.Rprop(ready(), lr=0.1)
    with lrviz.recording() as run:
        optimizer.step()
    assert run.trace.momentum is None
    assert run.trace.weight_decay is None


def test_a_group_that_is_added_midway_has_an_lr_of_0_until_then() -> None:
    first, second = ready(2)
    optimizer = SGD([first], lr=0.1, momentum=0.9)
    with lrviz.recording() as run:
        optimizer.step()
        optimizer.step()
        optimizer.add_param_group({"params": [second], "lr": 0.5})
        optimizer.step()
    assert run.trace.groups == ("group 0", "group 1")
    assert run.trace.lr.tolist() == [[0.1, 0.0], [0.1, 0.0], [0.1, 0.5]]
    assert run.trace.momentum is not None
    assert run.trace.momentum.tolist() == [[0.9, 0.0], [0.9, 0.0], [0.9, 0.9]]
    assert run.trace.events == (lrviz.Event(2, "edit", "group 1 was added; until then its LR is shown as 0"),)


def test_a_group_that_is_removed_has_an_lr_of_0_from_then_on() -> None:
    first, second = ready(2)
    optimizer = SGD([{"params": [first]}, {"params": [second]}], lr=0.1)
    with lrviz.recording() as run:
        optimizer.step()
        del optimizer.param_groups[1]
        optimizer.step()
    assert run.trace.lr.tolist() == [[0.1, 0.1], [0.1, 0.0]]
    assert run.trace.final_lr == (0.1, 0.0)
    assert run.trace.events == (
        lrviz.Event(1, "edit", "group 1 was removed; from here on its LR is shown as 0"),
    )


def test_a_checkpoint_that_is_loaded_midway_changes_the_lr_and_nothing_else() -> None:
    optimizer, other = SGD(ready(), lr=0.1), SGD(ready(), lr=0.7)
    with lrviz.recording() as run:
        optimizer.step()
        optimizer.load_state_dict(other.state_dict())
        optimizer.step()
    assert run.trace.lr[:, 0].tolist() == [0.1, 0.7]
    assert run.trace.events == ()


def test_an_lr_that_is_a_tensor_is_recorded_as_its_value_at_the_time() -> None:
    optimizer = Adam(ready(), lr=torch.tensor(0.5), capturable=False, foreach=False)
    with lrviz.recording() as run:
        for _ in range(3):
            optimizer.step()
            optimizer.param_groups[0]["lr"].mul_(0.5)
    assert run.trace.lr[:, 0].tolist() == [0.5, 0.25, 0.125]
    assert run.trace.final_lr == (0.0625,)


class Own(Optimizer):
    """An optimizer of someone's own, without an LR that is a number."""

    def __init__(self, params: Any, **defaults: Any) -> None:
        super().__init__(params, defaults)

    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # as people write it
        """Do nothing."""


@pytest.mark.parametrize("defaults", [{}, {"lr": None}])
def test_an_optimizer_without_an_lr_has_none_that_is_a_number(defaults: dict[str, None]) -> None:
    optimizer = Own(ready(), **defaults)
    with lrviz.recording() as run:
        optimizer.step()
    assert str(run.trace.lr.tolist()) == "[[nan]]"
    assert "nan" in run.trace.to_json()


# GradScaler


@pytest.mark.parametrize("fused", [False, True])
def test_a_step_that_a_grad_scaler_skips_is_no_update(fused: bool) -> None:
    (weight,) = ready()
    optimizer = SGD([weight], lr=0.8, fused=fused)
    scheduler = ExponentialLR(optimizer, 0.5)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    used = []
    with lrviz.recording() as run:
        for batch in range(6):
            optimizer.zero_grad()
            scaler.scale((weight * (float("inf") if batch in (0, 3) else 1.0)).sum()).backward()
            before, lr = weight.tolist(), optimizer.param_groups[0]["lr"]
            scaler.step(optimizer)
            scaler.update()
            if weight.tolist() != before:
                used.append(lr)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("warnings.warn", lambda *_, **__: None)  # the first step was skipped
                scheduler.step()
    assert used == [0.4, 0.2, 0.05, 0.025]
    assert run.trace.lr[:, 0].tolist() == used


def test_skipped_steps_of_a_fused_optimizer_do_not_count_to_the_most_updates() -> None:
    (weight,) = ready()
    optimizer = SGD([weight], lr=1.0, fused=True)
    with lrviz.recording(max_updates=1_500) as run:
        for batch in range(10_000):
            optimizer.found_inf = torch.tensor(float(batch % 2 == 0))
            optimizer.grad_scale = torch.tensor(1.0)
            optimizer.param_groups[0]["lr"] = float(batch)
            optimizer.param_groups[0]["weight_decay"] = float(batch >= 2_000)
            optimizer.step()
    assert run.trace.lr[:, 0].tolist() == list(range(1, 3_000, 2))
    assert run.trace.weight_decay is not None
    assert run.trace.weight_decay[:, 0].tolist() == [0.0] * 1_000 + [1.0] * 500


# Optimizers in optimizers


class Lookahead(Optimizer):
    """Wraps another: its step calls that one's, and is announced by torch as well."""

    def __init__(self, base: Optimizer) -> None:
        super().__init__(base.param_groups, {})
        self.base = base
        self.param_groups = base.param_groups

    def step(self) -> None:  # type: ignore[override]  # as people write it
        """Step what is wrapped."""
        self.base.step()


class MySGD(SGD):
    """Its step calls that of its base class, and torch announces both."""

    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # as people write it
        """Step as SGD does."""
        super().step(closure)


@pytest.mark.parametrize("alone_first", [0, 2])
def test_an_optimizer_and_its_wrapper_do_one_update_not_two(alone_first: int) -> None:
    base = SGD(ready(), lr=0.1)
    wrapper = Lookahead(base)
    scheduler = ExponentialLR(base, 0.5)
    with lrviz.recording() as run:
        for update in range(5):
            (base if update < alone_first else wrapper).step()
            scheduler.step()
    assert run.trace.optimizer == "SGD"
    assert run.trace.lr[:, 0].tolist() == halved(0.1, 5)


def test_a_step_that_calls_that_of_its_base_class_is_one_update() -> None:
    other, optimizer = SGD(ready(), lr=0.3), MySGD(ready(), lr=0.1)
    with lrviz.recording() as run:
        for _ in range(3):
            optimizer.step()
            other.step()
    assert {name: trace.lr[:, 0].tolist() for name, trace in run.traces.items()} == {
        "optimizer": [0.1] * 3,
        "other": [0.3] * 3,
    }


def test_a_wrapper_of_two_is_told_as_the_two() -> None:
    class Both(Optimizer):
        def __init__(self, *inner: Optimizer) -> None:
            self.inner = inner
            super().__init__([group for one in inner for group in one.param_groups], {})

        def step(self) -> None:  # type: ignore[override]  # as people write it
            for one in self.inner:
                one.step()

    both = Both(SGD(ready(), lr=0.1), Adam(ready(), lr=0.2))
    with lrviz.recording(max_updates=4) as run:
        while True:
            both.step()
    assert {name: trace.lr[:, 0].tolist() for name, trace in run.traces.items()} == {
        "SGD": [0.1] * 4,
        "Adam": [0.2] * 4,
    }


def test_an_optimizer_stepped_within_the_closure_of_another_is_another() -> None:
    outer, inner = torch.optim.LBFGS(ready(), lr=0.1, max_iter=1), SGD(ready(), lr=0.2)

    def closure() -> float:
        inner.step()
        return 1.0

    with lrviz.recording() as run:
        outer.step(closure)
        outer.step(closure)
    assert {name: len(trace) for name, trace in run.traces.items()} == {"outer": 2, "inner": 2}


def test_a_step_that_fails_is_followed_by_others() -> None:
    class Fails(SGD):
        def step(self) -> None:  # type: ignore[override]  # as people write it
            raise ValueError

    optimizer, good = Fails(ready(), lr=0.1), SGD(ready(), lr=0.2)
    with lrviz.recording() as run:
        with pytest.raises(ValueError):
            optimizer.step()
        good.step()
        good.step()
    assert run.traces["good"].lr[:, 0].tolist() == [0.2, 0.2]


# Compiled


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("tensor", [False, True])
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_compiled_step_is_recorded(backend: str, tensor: bool) -> None:
    torch._dynamo.reset()
    optimizer = Adam(ready(), lr=torch.tensor(0.5) if tensor else 0.5)
    scheduler = ExponentialLR(optimizer, 0.5)

    @torch.compile(backend=backend)
    def update() -> None:
        optimizer.step()

    with lrviz.recording() as run:
        for _ in range(4):
            update()
            scheduler.step()
    assert run.trace.lr[:, 0].tolist() == halved(0.5, 4)
    torch._dynamo.reset()


# Names


def test_optimizers_without_names_of_their_own_are_named_by_their_classes() -> None:
    listed = [SGD(ready(), lr=0.1), SGD(ready(), lr=0.2), Adam(ready(), lr=0.3)]
    with lrviz.recording() as run:
        for optimizer in listed:
            optimizer.step()
    assert list(run.traces) == ["SGD", "SGD 2", "Adam"]


def test_an_attribute_and_an_argument_name_an_optimizer_too() -> None:
    class Trainer:
        def __init__(self) -> None:
            self.opt_g, self.opt_d = SGD(ready(), lr=0.1), SGD(ready(), lr=0.2)

        def train(self, scaler: Any) -> None:
            scaler.step(self.opt_g)
            self.opt_d.step()

    class Scaler:
        def step(self, optimizer: Optimizer) -> None:
            optimizer.step()

    with lrviz.recording() as run:
        Trainer().train(Scaler())
    assert [(name, trace.lr[0, 0]) for name, trace in run.traces.items()] == [("opt_g", 0.1), ("opt_d", 0.2)]


# The block


def test_a_block_that_has_had_its_updates_ends() -> None:
    optimizer = SGD(ready(), lr=0.1)
    with lrviz.recording(max_updates=3) as run:
        while True:
            optimizer.step()
    assert len(run.trace) == 3


def test_a_block_that_fails_keeps_what_it_did() -> None:
    optimizer = SGD(ready(), lr=0.1)
    run = lrviz.recording()
    with suppress(KeyError), run:
        optimizer.step()
        raise KeyError
    assert len(run.trace) == 1


def test_recordings_within_one_another_both_record() -> None:
    optimizer = SGD(ready(), lr=0.1)
    with lrviz.recording() as outer:
        optimizer.step()
        with lrviz.recording() as inner:
            optimizer.step()
    assert (len(outer.trace), len(inner.trace)) == (2, 1)


def test_an_optimizer_is_left_as_it_was_and_can_be_copied_and_pickled_meanwhile() -> None:
    optimizer = SGD(ready(), lr=0.1)
    before = set(vars(optimizer))
    with lrviz.recording() as run:
        optimizer.step()
        twin = copy.deepcopy(optimizer)
        assert b"lrviz" not in pickle.dumps(optimizer)
        twin.step()
    assert set(vars(optimizer)) == before
    assert not any("lrviz" in name for name in vars(twin))
    assert len(run.traces) == 2


def test_an_optimizer_is_not_kept_alive_and_its_last_lr_is_known() -> None:
    finals = []
    with lrviz.recording() as run:
        for lr in (0.1, 0.2):
            optimizer = SGD(ready(), lr=lr)
            optimizer.step()
            optimizer.param_groups[0]["lr"] = lr / 2
            finals.append((lr / 2,))
            alive = weakref.ref(optimizer)
            del optimizer
            gc.collect()
            assert alive() is None
    assert [trace.final_lr for trace in run.traces.values()] == finals


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (0, "nothing was recorded: no optimizer.step() was called"),
        (2, "2 optimizers were recorded; write .traces['SGD' or 'SGD 2']"),
    ],
)
def test_a_block_with_no_trace_or_several_has_not_the_one(count: int, message: str) -> None:
    with lrviz.recording() as run:
        for optimizer in [SGD(ready(), lr=0.1) for _ in range(count)]:
            optimizer.step()
    with pytest.raises(LrvizError) as told:
        _ = run.trace
    assert str(told.value) == message


def test_a_recording_is_read_after_its_block_and_made_once() -> None:
    optimizer = SGD(ready(), lr=0.1)
    with lrviz.recording() as run:
        optimizer.step()
        with pytest.raises(LrvizError) as told:
            _ = run.traces
    assert str(told.value) == "it is still being recorded; read the traces after the with block"
    with pytest.raises(LrvizError) as told, run:
        pass
    assert str(told.value) == "a recording is made once; call lrviz.recording() again"


@pytest.mark.parametrize("what", ["steps_per_epoch", "max_updates"])
def test_what_is_no_count_is_refused(what: str) -> None:
    with pytest.raises(LrvizError) as told:
        lrviz.recording(**{what: 0})
    assert str(told.value) == f"{what}=0 is no count; write 1 or more"
