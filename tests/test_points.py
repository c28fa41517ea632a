"""``points:``: a schedule that goes through points, equal to NumPy's interpolation and to a torch loop over it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lrviz import SpecError, readers, simulate
from lrviz.trace import Array

RUN = "run: {epochs: 24, steps_per_epoch: 97}\noptimizer: {type: SGD, lr: 0.4}\nschedules:\n  a: "


def lr_of(curve: str, head: str = RUN) -> Array:
    return simulate(readers.read_text(head + curve, "a.yaml"), cache=False)["a"].lr


def test_lines_go_through_the_points_as_numpy_interpolates() -> None:
    lr = lr_of("{points: [[0, 0], [5ep, 0.4], [24ep, lr / 100]], interval: step}")
    wanted = np.interp(np.arange(24 * 97), [0, 5 * 97, 24 * 97], [0, 0.4, 0.004])
    np.testing.assert_allclose(lr[:, 0], wanted, rtol=1e-14, atol=1e-18)


def test_stairs_hold_each_value_until_the_next_point() -> None:
    lr = lr_of("{points: [[0, 0.4], [10ep, 0.04], [20ep, 0.004]], between: hold}")
    assert lr[:, 0] == pytest.approx(np.repeat([0.4, 0.04, 0.004], [10 * 97, 10 * 97, 4 * 97]), rel=1e-15)


def test_it_is_stepped_as_a_lambda_lr_of_torch() -> None:
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.4)
    heights = [0.0 / 0.4, 0.3 / 0.4, 0.1 / 0.4]

    def factor(t: int) -> float:
        if t < 10:
            return heights[0] + (heights[1] - heights[0]) * ((t - 0.0) / 10.0)
        return heights[1] + (heights[2] - heights[1]) * ((t - 10.0) / 10.0) if t < 20 else heights[2]

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    wanted = []
    for _ in range(24):
        wanted.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    lr = lr_of("{points: [[0, 0], [10, 0.3], [20, 0.1]]}")
    assert lr[::97, 0].tolist() == wanted


def test_a_group_keeps_its_ratio() -> None:
    head = RUN.replace("lr: 0.4}", "lr: 0.4, groups: [{name: a}, {name: b, lr: 0.04}]}")
    lr = lr_of("{points: [[0, 0.1], [24ep, 0.4]], interval: step}", head)
    np.testing.assert_allclose(lr[:, 1], lr[:, 0] / 10, rtol=1e-14)


@pytest.mark.parametrize(
    ("curve", "told"),
    [
        ("{points: 3}", "a.yaml:4:7: schedules.a.points: 3 is not a list of points; "
         "write [[0, 0], [5ep, 0.4], [100%, 0]]"),
        ("{points: [[0, 1]]}", "a.yaml:4:7: schedules.a.points: fewer than two points; "
         "write [[0, 0], [5ep, 0.4], [100%, 0]]"),
        ("{points: [[0, 1], 5]}", "a.yaml:4:24: schedules.a.points[1]: 5 is not a point; "
         "write [5ep, 0.4]: where, and the LR there"),
        ("{points: [[0, 1], [5, z]]}", "a.yaml:4:28: schedules.a.points[1][1]: 'z' is no name here; write lr"),
        ("{points: [[0, 1], [x, 2]]}", "a.yaml:4:25: schedules.a.points[1][0]: 'x' is not a length; "
         "write 10, 10ep, 500st or 5%"),
        ("{points: [[0, 1], [5, 2]], between: cosine}",
         "a.yaml:4:33: schedules.a.between: 'cosine'; write linear or hold"),
        ("{points: [[0, 1], [5, 2]], type: StepLR}",
         "a.yaml:4:33: schedules.a.type: points make a schedule of their own; "
         "delete type or points"),
    ],
)  # fmt: skip
def test_points_that_are_none_are_told(curve: str, told: str) -> None:
    with pytest.raises(SpecError) as caught:
        readers.read_text(RUN + curve, "a.yaml")
    assert str(caught.value) == told
