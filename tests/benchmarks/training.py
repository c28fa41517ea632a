"""How long a run that trains takes beside the tutorial's loop: python tests/benchmarks/training.py.

Three curves of 3,000 updates each on the 10-5-2 net; allowed is 1.3 times. Both on one thread (lrviz always trains on
one), in turns, the fastest of several rounds, so that other programs on the machine disturb neither.
"""

from __future__ import annotations

import sys
import time

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, StepLR

from lrviz.loop import simulate
from lrviz.readers.yaml_file import document_of
from lrviz.spec.parse import spec_of

UPDATES, PER_EPOCH, ROUNDS, ALLOWED = 3_000, 100, 7, 1.3
SPEC = """
run: {epochs: 30, steps_per_epoch: 100}
optimizer: {type: OPTIMIZER, lr: 0.01}
train: mlp
schedules:
  a: {type: StepLR, step_size: 10, gamma: 0.5}
  b: {type: ExponentialLR, gamma: 0.9}
  c: {type: CosineAnnealingLR, T_max: 30}
"""


class SimpleNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(10, 5), nn.Linear(5, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(torch.relu(self.fc1(x)))


def tutorial(kind: str) -> None:
    """The loop that people write, which keeps the LR and the loss of each update in lists."""
    for make in (
        lambda o: StepLR(o, 10, 0.5),
        lambda o: ExponentialLR(o, 0.9),
        lambda o: CosineAnnealingLR(o, 30),
    ):
        net, criterion = SimpleNet(), nn.MSELoss()
        inputs, targets = torch.randn(32, 32, 10), torch.randn(32, 32, 2)
        optimizer = getattr(torch.optim, kind)(net.parameters(), lr=0.01)
        scheduler, lrs, losses = make(optimizer), [], []
        for update in range(UPDATES):
            lrs.append(optimizer.param_groups[0]["lr"])
            optimizer.zero_grad()
            loss = criterion(net(inputs[update % 32]), targets[update % 32])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if (update + 1) % PER_EPOCH == 0:
                scheduler.step()


def lrviz(kind: str) -> None:
    for curve in spec_of(document_of(SPEC.replace("OPTIMIZER", kind), "spec.yaml")):
        simulate(curve)


def fastest(kind: str) -> tuple[float, float]:
    """Seconds of the fastest round of each."""
    seconds: dict[object, list[float]] = {tutorial: [], lrviz: []}
    for _ in range(ROUNDS):
        for run, taken in seconds.items():
            start = time.perf_counter()
            run(kind)
            taken.append(time.perf_counter() - start)
    return min(seconds[tutorial]), min(seconds[lrviz])


def main() -> int:
    torch.set_num_threads(1)
    over = False
    for kind in ("SGD", "Adam"):
        bare, ours = fastest(kind)
        over |= ours > ALLOWED * bare
        print(
            f"{kind}: tutorial loop {bare:.2f} s, lrviz {ours:.2f} s, ratio {ours / bare:.2f} (allowed {ALLOWED})"
        )
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
