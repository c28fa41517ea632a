"""The facts of curves written out by hand, with the numbers they must give."""

from __future__ import annotations

import numpy as np
import pytest

from lrviz.analyze.facts import Facts, facts_of
from lrviz.spec.clock import Clock
from lrviz.trace import Trace


def facts(*columns):
    lr = np.array(columns, dtype=np.float64).T
    groups = tuple(f"g{index}" for index in range(len(columns)))
    return facts_of(Trace("c", Clock(len(lr)), "SGD", groups, (), lr, None, None, tuple(lr[-1])))


def test_a_warm_up_and_a_decay():
    assert facts([1.0, 2.0, 4.0, 4.0, 2.0, 2.0, 0.0]) == (
        Facts("g0", start=1.0, peak=4.0, peak_at=2, end=0.0, warmup=2, mean=15 / 7, rises=1, drops=2),
    )


def test_each_group_has_facts_of_its_own():
    head, backbone = facts([1.0, 1.0, 1.0, 1.0], [0.0, 1.0, 2.0, 1.0])
    assert head == Facts("g0", start=1.0, peak=1.0, peak_at=0, end=1.0, warmup=0, mean=1.0, rises=0, drops=0)
    assert backbone == Facts(
        "g1", start=0.0, peak=2.0, peak_at=2, end=1.0, warmup=2, mean=1.0, rises=1, drops=1
    )


@pytest.mark.parametrize(
    ("lr", "warmup", "rises", "drops"),
    [
        ([3.0], 0, 0, 0),
        ([3.0, 2.0, 1.0], 0, 0, 1),
        ([3.0, 3.0, 1.0, 1.0, 0.5], 0, 0, 2),
        ([1.0, 2.0, 1.0, 2.0, 1.0], 1, 2, 2),
        ([1.0, 0.5, 2.0, 1.0], 0, 1, 2),
        ([0.0, 0.0, 0.0], 0, 0, 0),
    ],
)
def test_climbs_and_falls_are_counted(lr, warmup, rises, drops):
    (found,) = facts(lr)
    assert (found.warmup, found.rises, found.drops) == (warmup, rises, drops)


def test_a_wobble_of_the_last_bit_is_no_rise_and_no_drop():
    above = float(np.nextafter(0.1, 1))
    (found,) = facts([0.1, above, 0.1, above, 0.1])
    assert (found.rises, found.drops) == (0, 0)
