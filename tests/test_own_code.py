"""Code of one's own, trusted: it is stepped like torch's own, and what goes wrong in it is told by its own line."""

from __future__ import annotations

import math
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import Parameter
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import ChainedScheduler, LambdaLR, LinearLR, LRScheduler, SequentialLR
from typer.testing import CliRunner

import lrviz
from lrviz import cache, pipeline
from lrviz.cli import app
from lrviz.errors import CodeError

MINE = """
import math

import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau, _LRScheduler


class MyExponentialLR(LRScheduler):
    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self.last_epoch == 0:
            return [group["lr"] for group in self.optimizer.param_groups]
        return [group["lr"] * self.gamma for group in self.optimizer.param_groups]


class WarmupCosineLR(LRScheduler):
    def __init__(self, optimizer, ramp, total, floor=0.0, last_epoch=-1):
        self.ramp, self.total, self.floor = ramp, total, floor
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t = self.last_epoch
        if t < self.ramp:
            return [base * (t + 1) / self.ramp for base in self.base_lrs]
        x = (t - self.ramp) / (self.total - self.ramp)
        return [self.floor + (base - self.floor) * 0.5 * (1 + math.cos(math.pi * x)) for base in self.base_lrs]


class Demon(LRScheduler):
    def get_lr(self):
        for group in self.optimizer.param_groups:
            group["momentum"] = 0.9 / (1 + self.last_epoch)
            group["weight_decay"] = 0.01 * (1 + self.last_epoch)
        return self.base_lrs


class OldButFine(_LRScheduler):
    def __init__(self, optimizer, last_epoch=-1, verbose=False):
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [base * 0.5 ** self.last_epoch for base in self.base_lrs]


class OldLR(_LRScheduler):
    def __init__(self, optimizer, last_epoch=-1, verbose=False):
        super().__init__(optimizer, last_epoch, verbose)


class OldByNameLR(_LRScheduler):
    def __init__(self, optimizer, last_epoch=-1, verbose=False):
        super().__init__(optimizer, last_epoch, verbose=verbose)


class RaisesAtSeven(LRScheduler):
    def get_lr(self):
        if self.last_epoch == 7:
            raise ArithmeticError("seven is no number for me")
        return self.base_lrs


class OneNumber(LRScheduler):
    def get_lr(self):
        return 0.1


class TooMany(LRScheduler):
    def get_lr(self):
        return [0.1, 0.2]


class Grows(LRScheduler):
    def get_lr(self):
        if self.last_epoch == 2:
            self.optimizer.add_param_group({"params": [nn.Parameter(torch.zeros(1))], "initial_lr": 1.0})
        return [0.1 for _ in self.optimizer.param_groups]


class Halver(ReduceLROnPlateau):
    def __init__(self, optimizer, patience=0):
        super().__init__(optimizer, factor=0.5, patience=patience)


class Quits(LRScheduler):
    def get_lr(self):
        raise SystemExit("enough")


class Silent(Exception):
    def __str__(self):
        raise RuntimeError("not even this")


class Mute(LRScheduler):
    def get_lr(self):
        raise Silent


class Talks(LRScheduler):
    def get_lr(self):
        print("LR,is,set")
        return self.base_lrs


class Plain:
    pass


def invsqrt(optimizer, warm):
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: min((t + 1) / warm, math.sqrt(warm / (t + 1))))


def nothing(optimizer):
    return None


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))
        self.stepped = 0

    def step(self, closure=None):
        self.stepped += 1


class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(4, width), nn.LayerNorm(width))
        self.head = nn.Linear(width, 2)


def halves(t):
    return 0.5 ** (t // 3)


def broken(t):
    return 1 / (t - 4)


number = 3
"""
RUN = "run: {epochs: 3, steps_per_epoch: 4}\noptimizer: {type: SGD, lr: 0.1, momentum: 0.9}\n"


def line(text: str, within: str = "") -> int:
    """Find the number of a line of mine.py, after another."""
    lines = MINE.splitlines()
    start = next((i for i, found in enumerate(lines) if within in found), 0)
    return next(i for i, found in enumerate(lines, 1) if text in found and i > start)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(MINE)


def traced(schedule: str, head: str = RUN) -> lrviz.Trace:
    Path("c.yaml").write_text(f"{head}schedules:\n  a: {schedule}\n")
    return lrviz.simulate("c.yaml", trust=True)["a"]


def said(schedule: str, head: str = RUN) -> str:
    with pytest.raises(CodeError) as caught:
        traced(schedule, head)
    return str(caught.value)


def stepped(make: Any, updates: int = 12, every: int = 1, **options: Any) -> list[float]:
    optimizer = SGD([Parameter(torch.zeros(1))], **{"lr": 0.1, "momentum": 0.9, **options})
    scheduler, lr = make(optimizer), []
    for update in range(updates):
        lr.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if (update + 1) % every == 0:
            scheduler.step()
    return lr


def warm_up_then_cosine(ramp: int, total: int, t: int) -> float:
    return (t + 1) / ramp if t < ramp else 0.5 * (1 + math.cos(math.pi * (t - ramp) / (total - ramp)))


# What works.


def test_an_exponential_scheduler_of_one_s_own_equals_torch_s() -> None:
    trace = traced("{type: ./mine.py:MyExponentialLR, interval: step, gamma: 0.9}")
    assert trace.lr[:, 0].tolist() == stepped(lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9))
    assert [str(one) for one in trace.schedulers] == ["mine.py:MyExponentialLR per step"]


@pytest.mark.parametrize(
    "schedule",
    [
        "{type: ./mine.py:WarmupCosineLR, interval: step, ramp: 1ep, total: rest}",
        "{type: mine:WarmupCosineLR, interval: step, ramp: 4, total: 100%}",
        "{class_path: mine.WarmupCosineLR, interval: step, init_args: {ramp: 4, total: 12}}",
        "{_target_: mine.WarmupCosineLR, _partial_: true, interval: step, ramp: 4st, total: 3ep}",
        "{type: ./mine.py:WarmupCosineLR, interval: step, ramp: 4, args: {total: 12, floor: 0.0}}",
    ],
)
def test_a_warm_up_then_cosine_takes_lengths_as_calls(schedule: str) -> None:
    expected = [0.1 * warm_up_then_cosine(4, 12, t) for t in range(12)]
    assert traced(schedule).lr[:, 0].tolist() == pytest.approx(expected, rel=1e-12)


def test_per_epoch_it_is_stepped_per_epoch() -> None:
    trace = traced("{type: ./mine.py:MyExponentialLR, gamma: 0.5}")
    assert trace.lr[:, 0].tolist() == [0.1] * 4 + [0.05] * 4 + [0.025] * 4


def test_what_stands_under_args_is_passed_untouched() -> None:
    Path("keeps.py").write_text(
        "from torch.optim.lr_scheduler import LambdaLR\n"
        "def keep(optimizer, **given):\n"
        "    assert given == {'a': 12, 'e': None, 'f': 'on', 'g': [2], "
        "'b': '30ep', 'c': [1, {'d': '5%'}], 'interval': 'x'}\n"
        "    return LambdaLR(optimizer, lambda t: 1.0)\n"
    )
    arguments = "{b: 30ep, c: [1, {d: 5%}], interval: x}"
    trace = traced(
        f"{{type: ./keeps.py:keep, interval: step, a: 12st, e: null, f: 'on', g: [2st], args: {arguments}}}"
    )
    assert (trace.lr == 0.1).all()


def test_it_stands_inside_torch_s_own() -> None:
    inside = "{type: ./mine.py:MyExponentialLR, gamma: 0.5}"
    both = f"schedulers: [{{type: LinearLR, total_iters: 4}}, {inside}]"
    sequence = traced(f"{{type: SequentialLR, interval: step, milestones: [4], {both}}}")
    chain = traced(f"{{type: ChainedScheduler, interval: step, {both}}}")
    exponential = runpy.run_path("mine.py")["MyExponentialLR"]
    assert sequence.lr[:, 0].tolist() == stepped(
        lambda o: SequentialLR(o, [LinearLR(o, total_iters=4), exponential(o, 0.5)], [4])
    )
    assert chain.lr[:, 0].tolist() == stepped(
        lambda o: ChainedScheduler([LinearLR(o, total_iters=4), exponential(o, 0.5)])
    )


def test_it_takes_a_warm_up_and_a_resume() -> None:
    trace = traced("{type: ./mine.py:MyExponentialLR, interval: step, gamma: 0.5, warmup: 4}")
    exponential = runpy.run_path("mine.py")["MyExponentialLR"]
    assert trace.lr[:, 0].tolist() == stepped(
        lambda o: SequentialLR(o, [LinearLR(o, start_factor=0.01, total_iters=4), exponential(o, 0.5)], [4])
    )
    traced("{type: ./mine.py:MyExponentialLR, gamma: 0.5, resume: {at: 2ep}}")
    straight, resumed = lrviz.simulate("c.yaml", trust=True).values()
    assert straight.lr.tolist() == resumed.lr.tolist()
    assert [event.kind for event in resumed.events] == ["resume"]


@pytest.mark.parametrize(
    ("first", "then"), [("1 / (1 + t)", "./mine.py:halves"), ("./mine.py:halves", "1 / (1 + t)")]
)
def test_a_run_goes_on_with_code_where_it_had_none_and_without_where_it_had(first: str, then: str) -> None:
    resume = f"resume: {{at: 5st, with: {{lr_lambda: '{then}'}}}}"
    traced(f"{{type: LambdaLR, interval: step, lr_lambda: '{first}', {resume}}}")
    straight, resumed = lrviz.simulate("c.yaml", trust=True).values()
    harmonic, halved = [0.1 * (1 / (1 + t)) for t in range(12)], [0.1 * 0.5 ** (t // 3) for t in range(12)]
    before, after = (halved, harmonic) if "mine" in first else (harmonic, halved)
    assert straight.lr[:, 0].tolist() == before
    # The LR of update 5 is in the checkpoint; the new function gives those that follow.
    assert resumed.lr[:, 0].tolist() == before[:6] + after[6:]


def test_momentum_and_weight_decay_that_it_moves_are_recorded_at_every_update() -> None:
    trace = traced("{type: ./mine.py:Demon, interval: step}")
    assert trace.momentum is not None
    assert trace.weight_decay is not None
    assert trace.momentum[:, 0].tolist() == [0.9 / (1 + t) for t in range(12)]
    assert trace.weight_decay[:, 0].tolist() == [0.01 * (1 + t) for t in range(12)]


def test_functions_stand_where_expressions_can() -> None:
    expected = [0.1 * 0.5 ** (t // 3) for t in range(12)]
    for target in ("./mine.py:halves", "mine:halves", "[./mine.py:halves]"):
        assert (
            traced(f"{{type: LambdaLR, interval: step, lr_lambda: {target}}}").lr[:, 0].tolist() == expected
        )
    head = "run: {steps: 6}\noptimizer: {type: SGD, lr: 0.1, groups: [{lr: 1.0}, {lr: 2.0}]}\n"
    trace = traced("{type: LambdaLR, lr_lambda: ['./mine.py:halves', '0.9 ** t']}", head)
    assert trace.lr[:, 0].tolist() == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5]
    assert trace.lr[:, 1].tolist() == [2.0 * 0.9**t for t in range(6)]
    cyclic = traced(
        "{type: CyclicLR, base_lr: 0.1, max_lr: 1, step_size_up: 2, cycle_momentum: false, scale_fn: ./mine.py:halves}"
    )
    assert cyclic.lr[:, 0].tolist() == stepped(
        lambda o: torch.optim.lr_scheduler.CyclicLR(
            o, 0.1, 1, 2, cycle_momentum=False, scale_fn=lambda x: 0.5 ** (x // 3)
        )
    )


def test_a_function_may_make_the_scheduler() -> None:
    trace = traced("{type: ./mine.py:invsqrt, interval: step, warm: 1ep}")
    expected = [0.1 * min((t + 1) / 4, math.sqrt(4 / (t + 1))) for t in range(12)]
    assert trace.lr[:, 0].tolist() == pytest.approx(expected, rel=1e-12)


def test_a_plateau_of_one_s_own_is_given_its_metric() -> None:
    trace = traced(
        "{type: ./mine.py:Halver, monitor: val_loss, metrics: {val_loss: {values: [1, 1, 0.5]}}}",
        RUN.replace("epochs: 3", "epochs: 3, steps_per_epoch: 2").replace(", steps_per_epoch: 4", ""),
    )
    assert trace.lr[:, 0].tolist() == [0.1, 0.1, 0.1, 0.1, 0.05, 0.05]
    assert [(event.update, event.kind) for event in trace.events] == [(4, "cut")]


def test_an_optimizer_of_one_s_own_is_stepped_at_every_update() -> None:
    head = "run: {steps: 9}\noptimizer: {type: ./mine.py:Lion, lr: 1e-3, weight_decay: 0.5}\n"
    trace = traced("{type: StepLR, step_size: 3}", head)
    assert trace.optimizer == "mine.py:Lion"
    assert trace.momentum is not None
    assert (trace.momentum == 0.9).all()
    assert trace.weight_decay is not None
    assert (trace.weight_decay == 0.5).all()
    assert trace.lr[:, 0].tolist() == stepped(lambda o: torch.optim.lr_scheduler.StepLR(o, 3), 9, lr=1e-3)


def test_a_model_s_parameters_are_split_by_their_names() -> None:
    groups = "[{name: norms, match: ['*.1.*', '*.bias'], lr: 1e-4}, {name: body, match: 'backbone.*'}, {name: rest}]"
    head = (
        f"run: {{steps: 3}}\noptimizer: {{type: AdamW, lr: 1e-3, model: ./mine.py:Net, groups: {groups}}}\n"
    )
    trace = traced("{type: StepLR, step_size: 1}", head)
    assert trace.groups == ("norms", "body", "rest")
    assert trace.lr[0].tolist() == [1e-4, 1e-3, 1e-3]
    from lrviz.build import build

    (curve,) = lrviz.load("c.yaml", trust=True)
    rig = build(curve)  # type: ignore[arg-type]
    shapes = [[tuple(p.shape) for p in group["params"]] for group in rig.optimizer.param_groups]
    assert shapes == [[(4,), (4,), (4,), (2,)], [(4, 4)], [(2, 4)]]
    assert isinstance(rig.optimizer, AdamW)


def test_a_model_takes_arguments_and_moves_no_random_numbers() -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    head = "run: {steps: 3}\noptimizer: {type: Muon, lr: 1e-3, model: {type: ./mine.py:Net, width: 8}}\n"
    message = said("{type: StepLR, step_size: 1}", head.replace("width", "wide"))
    assert "Net takes no wide; did you mean width?" in message
    assert traced("{type: StepLR, step_size: 1}", head.replace("Muon", "SGD")).groups == ("all",)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_nothing_of_it_is_kept_and_an_edit_is_seen() -> None:
    schedule = "{type: ./mine.py:MyExponentialLR, interval: step, gamma: 0.9}"
    first = traced(schedule)
    (curve,) = lrviz.load("c.yaml", trust=True)
    assert cache.find(curve) is None  # type: ignore[arg-type]
    Path("mine.py").write_text(MINE.replace("* self.gamma for", "* self.gamma * 0.5 for"))
    assert traced(schedule).lr[1, 0] == first.lr[1, 0] * 0.5
    assert not Path("__pycache__").exists()


def test_what_it_prints_stays_out_of_the_results() -> None:
    result = CliRunner().invoke(app, ["table", "./mine.py:Talks:epochs=2", "--trust", "--format", "csv"])
    assert result.exit_code == 0
    assert "LR,is,set" not in result.stdout
    assert "LR,is,set" in result.stderr


@pytest.mark.parametrize("command", ["plot", "compare"])
def test_a_word_of_the_command_line_starts_from_the_current_folder(command: str) -> None:
    words = [command, "./mine.py:MyExponentialLR:gamma=0.9,epochs=5,interval=step", "--trust", "-o", "a.json"]
    assert CliRunner().invoke(app, words).exit_code == 0
    (trace,) = lrviz.simulate("a.json").values()
    assert trace.lr[:, 0].tolist() == stepped(lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9), 5)


def test_an_optimizer_of_the_command_line_starts_from_there_too() -> None:
    Path("sub").mkdir()
    Path("sub/c.yaml").write_text("run: {epochs: 3}\nschedules: {a: {type: StepLR, step_size: 1}}\n")
    words = ["plot", "sub/c.yaml", "--optimizer", "./mine.py:Lion", "--lr", "1e-3", "--trust", "-o", "a.json"]
    assert CliRunner().invoke(app, words).exit_code == 0


def test_a_path_starts_at_the_spec_s_folder_and_its_neighbours_are_found() -> None:
    Path("sub").mkdir()
    Path("sub/near.py").write_text("half = 0.5\n")
    Path("sub/own.py").write_text("from near import half\ndef f(t):\n    return half\n")
    Path("sub/c.yaml").write_text(RUN + "schedules: {a: {type: LambdaLR, lr_lambda: ./own.py:f}}\n")
    before = list(sys.path)
    assert (lrviz.simulate("sub/c.yaml", trust=True)["a"].lr == 0.05).all()
    assert sys.path == before
    sys.modules.pop("near")


def test_long_curves_run_it_in_processes_of_their_own() -> None:
    Path("c.yaml").write_text(
        "run: {steps: 200000}\nschedules:\n"
        "  a: {type: ./mine.py:MyExponentialLR, gamma: 0.9}\n  b: {type: ./mine.py:RaisesAtSeven}\n"
    )
    with pytest.raises(
        lrviz.RefusedByTorch, match=r"b: mine.py:\d+, in get_lr: ArithmeticError: seven is no number"
    ):
        pipeline.simulate(lrviz.load("c.yaml", trust=True))


# What goes wrong.

AT = "c.yaml:4:7: schedules.a.type: a: "


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("{type: ./mine.py:OldButFine}", None),
        (
            "{type: ./mine.py:OldLR}",
            f"mine.py:{line('last_epoch, verbose)', 'class OldLR')}, in __init__: TypeError: LRScheduler.__init__() "
            "takes from 2 to 3 positional arguments but 4 were given; torch has removed verbose; "
            "write super().__init__(optimizer, last_epoch)",
        ),
        (
            "{type: ./mine.py:OldByNameLR}",
            f"mine.py:{line('verbose=verbose)')}, in __init__: TypeError: LRScheduler.__init__() got an unexpected "
            "keyword argument 'verbose'; torch has removed verbose; delete it from this line",
        ),
        (
            "{type: ./mine.py:RaisesAtSeven, interval: step}",
            f"mine.py:{line('seven is no number')}, in get_lr: ArithmeticError: seven is no number for me "
            "(after update 6)",
        ),
        (
            "{type: ./mine.py:OneNumber}",
            "mine.py:OneNumber: TypeError: 'float' object is not iterable; "
            "get_lr must return a list with one LR for each parameter group",
        ),
        (
            "{type: ./mine.py:TooMany}",
            "mine.py:TooMany: ValueError: zip() argument 2 is longer than argument 1; "
            "get_lr must return a list with one LR for each parameter group",
        ),
        (
            "{type: ./mine.py:Grows, interval: step}",
            "mine.py:Grows: RuntimeError: the parameter groups were replaced while it ran, "
            "and lrviz sees only the first (after update 11)",
        ),
        ("{type: ./mine.py:Quits}", f"mine.py:{line('enough')}, in get_lr: SystemExit: enough"),
        ("{type: ./mine.py:Mute}", f"mine.py:{line('raise Silent')}, in get_lr: Silent"),
        ("{type: ./mine.py:WarmupCosinLR}", "mine.py has no WarmupCosinLR; did you mean WarmupCosineLR?"),
        (
            "{type: ./mine.py:Plain}",
            f"mine.py:{line('class Plain')}: Plain is no scheduler: it must be a torch.optim.lr_scheduler.LRScheduler, "
            "or return one, and it does not derive from it",
        ),
        (
            "{type: ./mine.py:nothing}",
            f"mine.py:{line('def nothing')}: nothing is no scheduler: it must be a "
            "torch.optim.lr_scheduler.LRScheduler, or return one, and it gives a NoneType",
        ),
        (
            "{type: ./mine.py:number}",
            "mine.py:number: number is no scheduler: it must be a torch.optim.lr_scheduler.LRScheduler, "
            "or return one, and it is of type int",
        ),
        (
            "{type: ./mine.py:WarmupCosineLR, ramp: 1}",
            f"mine.py:{line('class WarmupCosineLR')}: WarmupCosineLR needs total; write total: ...",
        ),
        ("{type: ./mime.py:MyLR}", "mime.py: no such file; did you mean mine.py?"),
        ("{type: nowhere.at_all:MyLR}", "no module is named nowhere; install it, or write ./file.py:MyLR"),
        ("{type: ./wrong.py:MyLR}", "wrong.py:2: SyntaxError: '(' was never closed"),
        ("{type: wrong:MyLR}", "wrong.py:2: SyntaxError: '(' was never closed"),
        ("{type: ./needs.py:MyLR}", "needs.py:1: ModuleNotFoundError: No module named 'nowhere'"),
        ("{type: ./leaves.py:MyLR}", "leaves.py:2: SystemExit: 3"),
        (
            "{type: ./six.py:MyLR}",
            "six.py:1: ModuleNotFoundError: No module named 'torch._six'; torch has removed it; "
            "write from math import inf",
        ),
        (
            "{type: ./mine.py:Halver}",
            "mine.py:Halver is a ReduceLROnPlateau, which needs a metric; write monitor: val_loss",
        ),
    ],
)
def test_what_goes_wrong_is_told_by_its_own_line(schedule: str, message: str | None) -> None:
    Path("wrong.py").write_text("import math\nx = (1\n")
    Path("needs.py").write_text("import nowhere\n")
    Path("leaves.py").write_text("import sys\nsys.exit(3)\n")
    Path("six.py").write_text("from torch._six import inf\n")
    if message is None:
        assert traced(schedule).lr[:, 0].tolist() == [0.1] * 4 + [0.05] * 4 + [0.025] * 4
        return
    assert said(schedule) == AT + message
    for name in ("wrong", "needs", "leaves", "six"):
        sys.modules.pop(name, None)


def test_an_argument_is_named_where_it_is_written() -> None:
    where = f"a: mine.py:{line('class WarmupCosineLR')}: WarmupCosineLR takes no totl; did you mean total?"
    assert (
        said("{type: ./mine.py:WarmupCosineLR, ramp: 1, totl: 3}")
        == f"c.yaml:4:48: schedules.a.totl: {where}"
    )


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (
            "{type: ./mine.py:Lino, lr: 1}",
            "c.yaml:2:13: optimizer.type: a: mine.py has no Lino; did you mean Lion?",
        ),
        (
            "{type: ./mine.py:Plain, lr: 1}",
            f"c.yaml:2:13: optimizer.type: a: mine.py:{line('class Plain')}: Plain is no optimizer: "
            "it must be a torch.optim.optimizer.Optimizer, or return one, and it does not derive from it",
        ),
        (
            "{type: SGD, model: ./mine.py:Plain}",
            "c.yaml:2:24: optimizer.model: a: mine.py:Plain: Plain is no model: it must be a torch.nn.Module, "
            "or return one, and it gives a Plain",
        ),
        (
            "{type: SGD, model: ./mine.py:Net, groups: [{match: 'head.*'}]}",
            "c.yaml:2:13: optimizer.type: a: 4 parameters of mine.py:Net in no group (backbone.0.weight, "
            "backbone.0.bias, backbone.1.weight and backbone.1.bias); add a group without match for the rest",
        ),
        (
            "{type: SGD, model: ./mine.py:Net, groups: [{match: 'haed.*'}, {name: rest}]}",
            "c.yaml:2:13: optimizer.type: a: no parameter of mine.py:Net is in group group 0; it has "
            "backbone.0.weight, backbone.0.bias, backbone.1.weight and 3 more",
        ),
    ],
)
def test_an_optimizer_and_a_model_are_what_they_should_be(optimizer: str, message: str) -> None:
    head = f"run: {{epochs: 3}}\noptimizer: {optimizer}\n"
    assert said("{type: StepLR, step_size: 1}", head) == message


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        ("{type: ./mine.py:Lion}", "c.yaml:2:13: optimizer.type: its lr is missing; write lr: beside type"),
        (
            "{type: SGD, groups: [{match: 'a.*'}]}",
            "c.yaml:2:34: optimizer.groups[0].match: match picks parameters of a model; "
            "write model: ./mine.py:Net beside groups",
        ),
        (
            "{type: SGD, model: ./mine.py:Net, groups: [{}, {}]}",
            "c.yaml:2:59: optimizer.groups[1]: the rest of the model's parameters is in group 0; "
            "write match: backbone.* here",
        ),
        (
            "{type: SGD, model: 3}",
            "c.yaml:2:24: optimizer.model: 3 is no model; write ./mine.py:Name or package.module:Name",
        ),
    ],
)
def test_what_can_be_seen_without_running_it_is_refused_before(optimizer: str, message: str) -> None:
    Path("c.yaml").write_text(f"run: {{epochs: 3}}\noptimizer: {optimizer}\nschedules: {{a: cosine}}\n")
    with pytest.raises(lrviz.SpecError) as caught:
        lrviz.load("c.yaml", trust=True)
    assert str(caught.value) == message


def test_a_function_s_error_is_told_by_its_line() -> None:
    where = f"mine.py:{line('1 / (t - 4)')}, in broken: ZeroDivisionError: division by zero (after update 3)"
    assert said("{type: LambdaLR, interval: step, lr_lambda: ./mine.py:broken}").endswith(f"a: {where}")
    assert said("{type: LambdaLR, lr_lambda: ./mine.py:number}").endswith(
        "a: mine.py:number is of type int, which cannot be called; write a function"
    )


def test_the_base_class_alone_is_no_schedule() -> None:
    assert issubclass(LambdaLR, LRScheduler)
    assert "NotImplementedError" in said("{type: 'torch.optim.lr_scheduler:LRScheduler'}")


def test_a_number_that_is_no_lr_is_found() -> None:
    Path("nan.py").write_text("def f(t):\n    return float('nan')\n")
    with pytest.raises(lrviz.RefusedByTorch, match="the LR of update 0 is nan"):
        traced("{type: LambdaLR, lr_lambda: ./nan.py:f}")


def test_an_argument_named_like_a_word_of_the_language_is_asked_for_under_args(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from torch.optim.lr_scheduler import LRScheduler\n"
        "class Mine(LRScheduler):\n"
        "    def __init__(self, optimizer, warmup):\n"
        "        super().__init__(optimizer)\n"
    )
    spec = tmp_path / "c.yaml"
    spec.write_text("run: {epochs: 9}\nschedules:\n  a: {type: './mine.py:Mine', warmup: 3ep}\n")
    with pytest.raises(lrviz.LrvizError) as caught:
        lrviz.simulate(lrviz.load(spec, trust=True))
    assert str(caught.value).endswith("Mine needs warmup; write args: {warmup: ...}")
