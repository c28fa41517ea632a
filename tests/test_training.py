"""A run that trains is the tutorial's loop: same data, same model, same numbers, bit for bit."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

import lrviz
from lrviz import parallel
from lrviz.build.problems import live_problem
from lrviz.errors import SpecError
from lrviz.readers.yaml_file import document_of
from lrviz.spec.curve import Train
from lrviz.spec.parse import spec_of
from lrviz.spec.problems import PROBLEMS
from lrviz.trace import Trace

RUN = "run: {epochs: 4, steps_per_epoch: 40}\n"


def simulated(text: str) -> dict[str, Trace]:
    text = text.replace("mlp32", "{problem: mlp, batches: 32}")  # other data at each update: the order shows
    return lrviz.simulate(spec_of(document_of(RUN + text, "spec.yaml")))


def curve(text: str) -> Trace:
    (trace,) = simulated(f"schedules: {{a: {{{text}}}}}").values()
    return trace


def falls(losses: np.ndarray) -> bool:
    return losses[-32:].mean() < losses[:32].mean()  # a pass through the data each


def problems_of(text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        spec_of(document_of(RUN + text, "s.yaml"))
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # for the tutorial's loop: several threads get in each other's way
    yield
    torch.set_num_threads(threads)


class SimpleNet(nn.Module):
    """The net of the tutorial, with the weights and on the data that lrviz documents."""

    def __init__(self, seed: int = 0):
        super().__init__()
        numbers = torch.Generator().manual_seed(seed)
        self.inputs = torch.randn(32, 32, 10, generator=numbers)
        plane = torch.randn(10, 2, generator=numbers)
        self.targets = torch.tanh(self.inputs @ plane) + 0.2 * torch.randn(32, 32, 2, generator=numbers)
        self.fc1, self.fc2 = nn.Linear(10, 5), nn.Linear(5, 2)
        for layer in (self.fc1, self.fc2):
            bound = layer.in_features**-0.5
            for parameter in (layer.weight, layer.bias):
                parameter.data.uniform_(-bound, bound, generator=numbers)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


def tutorial(net, optimizer, updates, scheduler=None, per_epoch=40):
    losses, criterion = [], nn.MSELoss()
    for update in range(updates):
        optimizer.zero_grad()
        loss = criterion(net(net.inputs[update % 32]), net.targets[update % 32])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if scheduler is not None and (update + 1) % per_epoch == 0:
            scheduler.step()
    return losses


def test_every_loss_is_that_of_the_tutorials_loop_bit_for_bit():
    net = SimpleNet()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    losses = tutorial(net, optimizer, 160, torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.1))
    trace = curve(
        "type: StepLR, step_size: 2, gamma: 0.1, train: mlp32, optimizer: {type: SGD, lr: 0.05, momentum: 0.9}"
    )
    assert trace.loss.tolist() == losses
    assert trace.loss.dtype == np.float64
    assert trace.loss.shape == (160,)


def test_a_schedule_is_the_same_whether_the_run_trains_or_not():
    schedule = "type: OneCycleLR, max_lr: 0.1, total_steps: 100%"
    still, trained = curve(schedule), curve(f"{schedule}, train: mlp")
    np.testing.assert_array_equal(still.lr, trained.lr)
    np.testing.assert_array_equal(still.momentum, trained.momentum)
    assert still.loss is still.step_size is still.effective_lr is None


def test_another_seed_is_another_problem():
    one, same, other = (
        curve(f"train: {{problem: mlp, batches: 32, seed: {seed}}}").loss for seed in (0, 0, 7)
    )
    net = SimpleNet(7)
    assert one.tolist() == same.tolist()
    assert other.tolist() == tutorial(net, torch.optim.SGD(net.parameters(), lr=0.1), 160)


def test_one_batch_again_and_again_has_a_loss_that_falls_at_every_update():
    trace = curve("train: mlp, optimizer: {type: SGD, lr: 0.01}")
    assert np.all(np.diff(trace.loss) < 0)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_curves_train_alike_alone_and_beside_others_and_leave_torchs_random_numbers_alone(problem):
    state = torch.random.get_rng_state()
    threads = torch.get_num_threads()
    adam = "{optimizer: {type: Adam, lr: 0.02}}"
    both = simulated(f"train: {problem}\nschedules: {{x: {{optimizer: {{type: SGD, lr: 1e-3}}}}, a: {adam}}}")
    alone = simulated(f"train: {problem}\nschedules: {{a: {adam}}}")["a"]
    for quantity in ("loss", "step_size", "effective_lr"):
        np.testing.assert_array_equal(getattr(alone, quantity), getattr(both["a"], quantity))
    assert both["x"].loss[0] == alone.loss[0]
    assert falls(both["x"].loss)
    assert falls(alone.loss)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_two_processes_train_alike():
    text = f"{RUN}schedules: {{a: {{train: classification, optimizer: Adam}}}}"
    code = (
        "import sys\n"
        "from lrviz.loop import simulate\n"
        "from lrviz.readers.yaml_file import document_of\n"
        "from lrviz.spec.parse import spec_of\n"
        "print(simulate(spec_of(document_of(sys.argv[1], 'spec')).curves[0]).to_json())\n"
    )
    other = subprocess.run([sys.executable, "-c", code, text], capture_output=True, text=True, check=True)
    (ours,) = simulated(text.removeprefix(RUN)).values()
    assert other.stdout.strip() == ours.to_json()


def test_curves_that_train_are_never_forked(monkeypatch):
    monkeypatch.setattr(parallel, "WORTH_A_FORK", 0)
    monkeypatch.setattr(parallel, "WORTH_A_SPAWN", 0)
    monkeypatch.setattr(parallel, "_in_processes", None)
    spec = spec_of(document_of(f"{RUN}train: mlp\nschedules: {{a: , b: {{optimizer: Adam}}}}", "s"))
    assert [trace.name for trace in parallel.simulate_all(spec.curves)] == ["a", "b"]


def test_each_problem_has_the_tensors_that_the_language_counts_on():
    assert len(PROBLEMS) == 5
    for problem in PROBLEMS.values():
        for kind in ("dense", "matrix", "sparse"):
            if problem.tensors_for(kind):
                live = live_problem(Train(problem.name, 0, problem.settings), kind)
                assert len(live.parameters) == problem.tensors_for(kind)
                if kind == "matrix":
                    assert all(parameter.ndim == 2 for parameter in live.parameters)
                live.loss(0).backward()
                assert all(parameter.grad.is_sparse == (kind == "sparse") for parameter in live.parameters)


@pytest.mark.parametrize("condition", [1, 100, 1e4])
def test_a_quadratic_converges_as_its_condition_says(condition):
    trace = curve(f"train: {{problem: quadratic, condition: {condition}}}, optimizer: {{type: SGD, lr: 0.5}}")
    curvatures = condition ** -np.linspace(0, 1, 10)
    expected = [0.5 * np.sum(curvatures * (1 - 0.5 * curvatures) ** (2 * update)) for update in range(160)]
    np.testing.assert_allclose(trace.loss, expected, rtol=1e-9)


def test_rosenbrock_starts_where_everyone_starts():
    assert curve("train: rosenbrock, optimizer: {type: Adam, lr: 0.01}").loss[0] == pytest.approx(24.2)


# Groups, closures, kinds of gradients.


def test_groups_share_the_layers_out_and_each_learns_at_its_own_rate():
    net = SimpleNet()
    parameters = [
        {"params": [net.fc1.weight, net.fc1.bias], "lr": 0.01},
        {"params": [net.fc2.weight, net.fc2.bias], "lr": 0.1},
    ]
    losses = tutorial(net, torch.optim.SGD(parameters), 160)
    groups = "[{name: body, lr: 0.01}, {name: head, lr: 0.1}]"
    trace = curve(f"train: mlp32, optimizer: {{type: SGD, groups: {groups}}}")
    assert trace.loss.tolist() == losses
    np.testing.assert_allclose(trace.effective_lr, np.tile([0.01, 0.1], (160, 1)), rtol=1e-3)


def test_three_groups_of_four_tensors_are_the_first_two_and_each_of_the_others():
    groups = "[{name: a, lr: 0.5}, {name: b, lr: 0}, {name: c, lr: 0}]"
    trace = curve(f"train: mlp32, optimizer: {{type: SGD, groups: {groups}}}")
    assert np.all(trace.step_size[:, 0] > 0)
    assert not trace.step_size[:, 1:].any()


def test_lbfgs_is_given_a_closure_and_its_loss_is_that_of_the_first_pass():
    net = SimpleNet()
    optimizer = torch.optim.LBFGS(net.parameters(), lr=0.1, max_iter=4)
    losses = []
    for update in range(160):

        def closure(batch: int = update % 32):
            optimizer.zero_grad()
            loss = nn.MSELoss()(net(net.inputs[batch]), net.targets[batch])
            loss.backward()
            return loss

        losses.append(optimizer.step(closure).item())
    trace = curve("train: mlp32, optimizer: {type: LBFGS, lr: 0.1, max_iter: 4}")
    assert trace.loss[:100].tolist() == losses[:100]
    assert np.isfinite(losses[:100]).all()  # it fails on mini-batches before long, as its catalog entry says


def test_every_optimizer_trains_something():
    from lrviz import catalog

    kinds = {"dense": "mlp", "matrix": "mlp", "sparse": "embedding"}
    assert len(catalog.optimizers()) == 15
    for name, entry in catalog.optimizers().items():
        problem = "quadratic" if name == "LBFGS" else kinds[entry.parameter]
        trace = curve(f"train: {problem}, optimizer: {{type: {name}, lr: 0.01}}")
        assert falls(trace.loss), name
        assert np.isfinite(trace.step_size).all(), name


def test_a_model_without_biases_is_said_to_be_one():
    spec = spec_of(document_of(RUN + "schedules: {a: {train: mlp, optimizer: Muon}}", "s.yaml"))
    assert spec.curves[0].notes == ("Muon steps matrices alone: the model of mlp has no biases for it",)


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (
            "schedules: {a: {train: mlp, optimizer: SparseAdam}}",
            "s.yaml:2:17: schedules.a.train: SparseAdam steps sparse gradients alone, and mlp has none; "
            "write train: embedding",
        ),
        (
            "schedules: {a: {train: rosenbrock, optimizer: Muon}}",
            "s.yaml:2:17: schedules.a.train: Muon steps matrices alone, and rosenbrock has none; "
            "write train: mlp, classification or embedding",
        ),
        (
            "schedules: {a: {train: quadratic, optimizer: {type: SGD, groups: [{name: x}, {name: y}]}}}",
            "s.yaml:2:17: schedules.a.train: 2 parameter groups share 1 tensor of quadratic; write fewer groups, "
            "or train: mlp, which has 4",
        ),
        (
            "schedules: {a: {train: mpl}}",
            "s.yaml:2:17: schedules.a.train: 'mpl' is not a choice here; did you mean mlp?",
        ),
        (
            "train: {problem: mlp, condition: 10}\nschedules: {a: }",
            "s.yaml:2:23: train.condition: mlp has no condition; delete it",
        ),
        (
            "schedules: {a: {train: {seed: 1}}}",
            "s.yaml:2:24: schedules.a.train.problem: missing; train needs problem "
            "(what is trained: data, a model and a loss)",
        ),
        (
            "schedules: {a: {train: [mlp]}}",
            "s.yaml:2:17: schedules.a.train: a list is not a problem to train on; write {problem: mlp}",
        ),
        (
            "schedules: {a: {train: {problem: quadratic, condition: 0.5}}}",
            "s.yaml:2:45: schedules.a.train.condition: 0.5 is no condition number; write 1 or more",
        ),
        (
            "schedules: {a: {type: ReduceLROnPlateau, monitor: l, metrics: {l: {loss: true}}}}",
            "s.yaml:2:68: schedules.a.metrics.l.loss: the run does not train and has no loss; "
            "write train: mlp in the curve",
        ),
        (
            "schedules: {a: {train: mlp, resume: {at: 2ep, with: {train: quadratic}}}}",
            "s.yaml:2:47: schedules.a.resume.with: the new run trains on something else, and cannot load the model; "
            "delete train",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused_with_what_can(spec, problem):
    assert problems_of(spec) == [problem]


def test_a_run_that_would_train_for_hours_is_refused():
    found = problems_of("train: mlp\nschedules: {a: {resume: {at: 50%, with: {run: {epochs: 30000}}}}}")
    assert found == [
        "s.yaml:3:1: schedules: 1,200,160 updates of all curves that train; at most 1,000,000 are trained"
    ]


# What reacts to the loss.


def epochs(losses: np.ndarray) -> np.ndarray:
    return losses.reshape(-1, 40).mean(axis=1)


def test_a_metric_is_the_mean_loss_of_the_epoch_just_ended():
    trace = curve("train: mlp32, metrics: {train_loss: {loss: true}, often: {loss: true, every: 10st}}")
    np.testing.assert_array_equal(trace.metrics["train_loss"].values, epochs(trace.loss))
    np.testing.assert_array_equal(trace.metrics["train_loss"].updates, [39, 79, 119, 159])
    np.testing.assert_array_equal(trace.metrics["often"].values, trace.loss.reshape(-1, 10).mean(axis=1))


def test_a_plateau_on_the_models_own_loss_cuts_as_in_a_bare_loop():
    net = SimpleNet()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.6)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, threshold=0.3, factor=0.1)
    losses, lrs = [], []
    for update in range(160):
        lrs.append(optimizer.param_groups[0]["lr"])
        optimizer.zero_grad()
        loss = nn.MSELoss()(net(net.inputs[update % 32]), net.targets[update % 32])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if update % 40 == 39:
            plateau.step(float(np.mean(losses[-40:])))
    trace = curve(
        "train: mlp32, optimizer: {type: SGD, lr: 0.6}, type: ReduceLROnPlateau, patience: 0, threshold: 0.3, "
        "factor: 0.1, monitor: train_loss, metrics: {train_loss: {loss: true}}"
    )
    assert trace.lr[:, 0].tolist() == lrs
    assert len(set(lrs)) > 1
    assert trace.loss.tolist() == losses
    assert any(event.kind == "cut" for event in trace.events)


def test_a_rule_sees_the_mean_loss_of_its_epoch_or_the_loss_of_its_update():
    per_epoch = curve("train: mlp32, adjust: {when: 'loss < 0.2', lr: 'lr / 2', once: true}")
    first = int(np.argmax(epochs(per_epoch.loss) < 0.2))
    assert 0 < first < 3
    np.testing.assert_array_equal(per_epoch.lr[:, 0], np.where(np.arange(160) < 40 * (first + 1), 0.1, 0.05))
    per_update = curve("train: mlp32, adjust: {when: 'loss < 0.2', lr: 'lr / 2', once: true, interval: step}")
    first = int(np.argmax(per_update.loss < 0.2))
    np.testing.assert_array_equal(per_update.lr[:, 0], np.where(np.arange(160) <= first, 0.1, 0.05))


@pytest.mark.parametrize(
    "optimizer", ["{type: SGD, lr: 0.1, momentum: 0.9}", "AdamW", "Adagrad", "{type: LBFGS, max_iter: 2}"]
)
def test_a_resumed_run_goes_on_bit_for_bit_its_data_too(optimizer):
    found = simulated(
        f"schedules: {{a: {{train: mlp32, optimizer: {optimizer}, type: CosineAnnealingLR, T_max: 100%, "
        "metrics: {l: {loss: true}}, resume: {at: 50st}}}"
    )
    through, resumed = found["a"], found["a, resumed"]
    for quantity in ("lr", "loss", "step_size", "effective_lr"):
        np.testing.assert_array_equal(getattr(through, quantity), getattr(resumed, quantity))
    np.testing.assert_array_equal(through.metrics["l"].values, resumed.metrics["l"].values)


def test_without_the_optimizers_state_a_resumed_run_goes_on_from_the_same_weights_alone():
    found = simulated(
        "schedules: {a: {train: mlp32, optimizer: {type: SGD, lr: 0.1, momentum: 0.9}, "
        "resume: {at: 50st, restore: [scheduler]}}}"
    )
    through, resumed = found["a"].loss, found["a, resumed"].loss
    assert through[:51].tolist() == resumed[:51].tolist()
    assert through[52] != resumed[52]


# What is kept of it.


def test_what_training_adds_comes_back_from_json_and_from_the_cache():
    text = "train: mlp32, optimizer: {type: Adam, groups: [{name: x}, {name: y}]}"
    first, cached = curve(text), curve(text)
    again = Trace.from_json(first.to_json())
    for quantity in ("loss", "step_size", "effective_lr"):
        for other in (cached, again):
            np.testing.assert_array_equal(getattr(first, quantity), getattr(other, quantity))
            assert not getattr(other, quantity).flags.writeable
    assert again.to_json() == first.to_json()
    assert first.step_size.shape == first.effective_lr.shape == (160, 2)


def test_a_trace_of_before_training_existed_is_read():
    data = curve("").to_data()
    assert not {"loss", "step_size", "effective_lr"} & set(data)
    assert Trace.from_data(data).loss is None


def test_a_training_that_diverges_is_told_and_drawn(tmp_path):
    trace = curve("train: quadratic, optimizer: {type: SGD, lr: 1e5}")
    update = int(np.argmin(np.isfinite(trace.loss)))
    told = [event for event in trace.events if event.kind == "diverged"]
    assert [(event.update, event.text) for event in told] == [
        (update, "the training diverges: the loss is inf")
    ]
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()
    lrviz.draw(trace, tmp_path / "diverged.png")
