"""Lengths: how they are read, what their units measure, how they are rounded."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lrviz.spec.clock import Clock
from lrviz.spec.durations import Ruler, length_of, whole

CLOCK = Clock(steps=1000, steps_per_epoch=100, tokens_per_step=2048)
PER_UPDATE, PER_EPOCH = Ruler(CLOCK, 1), Ruler(CLOCK, 100)

IN_UPDATES = {
    # as written: updates of a run of 1,000, 100 per epoch
    10: 10,
    "10": 10,
    "3ep": 300,
    "0.5ep": 50,
    "250st": 250,
    "250 st": 250,
    "5%": 50,
    "0.25%": Fraction(5, 2),
    "100%": 1000,
    "rest": 1000,
    "rest - 1ep": 900,
    "100% - 2ep": 800,
    "100%-2ep": 800,
    "100% - (20% + 1ep)": 700,
    "100% - (20% - 1ep)": 900,
    "-(1ep - 2ep)": 100,
    "1e2st": 100,
    "1ep + 5": 105,
    "204800tok": 100,
    "204.8ktok": 100,
    "0.2048Mtok": 100,
    "1Gtok": Fraction(10**9, 2048),
    "1Btok": Fraction(10**9, 2048),
    "1Ttok": Fraction(10**12, 2048),
}

NOT_LENGTHS = (
    "", " ", "ten", "10x", "10epp", "ep", "5%%", "1 2", "1ep 2ep", "+", "1 -", "(1ep", "1ep)", "()", "2(1ep)",
    "10Mep", "5M", "1e999ep", "1,000", "1_000", "rester", "rest2", "$warmup", "٣ep", "1" * 201, "0x10", "nan", "inf",
)  # fmt: skip


@pytest.mark.parametrize(("written", "updates"), IN_UPDATES.items(), ids=str)
def test_a_length_counts_updates_for_a_scheduler_stepped_per_update(written: object, updates: object) -> None:
    assert PER_UPDATE.calls(length_of(written)) == updates


@pytest.mark.parametrize("written", [w for w in IN_UPDATES if not length_of(w).bare and "+ 5" not in str(w)])
def test_a_length_with_a_unit_is_a_hundredth_of_it_for_one_stepped_per_epoch(written: object) -> None:
    assert PER_EPOCH.calls(length_of(written)) * 100 == IN_UPDATES[written]


def test_a_bare_number_is_torchs_own_count_whatever_the_pace() -> None:
    assert PER_EPOCH.calls(length_of(10)) == PER_UPDATE.calls(length_of(10)) == 10


@pytest.mark.parametrize("written", NOT_LENGTHS)
def test_what_is_no_length_is_refused_with_examples(written: str) -> None:
    with pytest.raises(ValueError, match=r"is not a length; write 10, 10ep, 500st or 5%$"):
        length_of(written)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (True, "true is not a length; write 10, 10ep, 500st or 5%"),
        (None, "an empty value is not a length; write 10, 10ep, 500st or 5%"),
        ([3], "a list is not a length; write 10, 10ep, 500st or 5%"),
        (10.0, "10.0 is a float, and torch compares lengths exactly; write 10"),
        (10.5, "10.5 is not a whole number of calls; write 10, 10ep, 500st or 5%"),
        (float("nan"), "nan is not a whole number of calls; write 10, 10ep, 500st or 5%"),
        (float("inf"), "inf is not a whole number of calls; write 10, 10ep, 500st or 5%"),
        (10**16, "10000000000000000 is longer than any run; write 10, 10ep, 500st or 5%"),
        (10**5000, "an integer of more than 60 digits is longer than any run; write 10, 10ep, 500st or 5%"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_value_that_is_no_length_is_told_what_it_is(written: object, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        length_of(written)
    assert str(caught.value) == said


def test_rest_and_points_of_the_run_know_where_the_scheduler_takes_over() -> None:
    later = Ruler(CLOCK, 1, start=300)
    assert later.calls(length_of("rest")) == 700
    assert later.calls(length_of("80%")) == 800
    assert later.calls(length_of("80%"), position=True) == 500
    assert later.calls(length_of(80), position=True) == 80


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("3ep", "the run counts no epochs; give run.epochs or run.steps_per_epoch, or write updates (500st)"),
        ("3Mtok", "the run counts no tokens; give run.tokens_per_step, or write updates (500st)"),
    ],
)
def test_a_unit_without_its_clock_is_refused(written: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        Ruler(Clock(steps=1000), 1).calls(length_of(written))
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("0", 0),
        ("1/100", 1),
        ("1/2", 1),
        ("3/2", 2),
        ("149/100", 1),
        ("5/2", 3),
        ("-1/100", -1),
        ("-5/2", -2),
    ],
)
def test_a_length_is_rounded_to_the_nearest_and_only_nothing_becomes_nothing(
    exact: str, rounded: int
) -> None:
    assert whole(Fraction(exact)) == rounded
