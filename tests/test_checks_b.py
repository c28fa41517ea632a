"""Rules about chains, phases, groups, milestones and OneCycleLR: where they begin to fire, and what stays silent."""

from __future__ import annotations

import pytest

from lrviz import pipeline, readers
from lrviz.checks.finding import Edit, Finding

SGD = "{type: SGD, lr: 1, momentum: 0.9}"


def found(schedule: str, run: str = "{steps: 10}", optimizer: str = SGD) -> list[Finding]:
    text = f"run: {run}\noptimizer: {optimizer}\nschedules:\n  a: {schedule}\n"
    spec = readers.read_text(text, "a.yaml")
    return pipeline.check(spec, pipeline.attempt(spec), cache=False)[0]


def told(schedule: str, run: str = "{steps: 10}", optimizer: str = SGD) -> list[str]:
    return [f"{f.name} [{f.severity}] {f.message}" for f in found(schedule, run, optimizer)]


def names(schedule: str, run: str = "{steps: 10}", optimizer: str = SGD) -> list[str]:
    return [finding.name for finding in found(schedule, run, optimizer)]


def chain(*children: str) -> str:
    return f"{{type: ChainedScheduler, schedulers: [{', '.join(children)}]}}"


def sequence(milestones: str, *children: str) -> str:
    return f"{{type: SequentialLR, milestones: {milestones}, schedulers: [{', '.join(children)}]}}"


WARM = "{type: LinearLR, start_factor: 0.1, total_iters: 3}"
DECAY = '{type: LambdaLR, lr_lambda: "0.9 ** t"}'
HOLD = "{type: ConstantLR, factor: 1.0, total_iters: 100}"
EXPONENTIAL = "{type: ExponentialLR, gamma: 0.9}"


# Schedulers that share an LR.


def test_a_linear_warm_up_behind_a_lambda_blows_up() -> None:
    assert told(chain(DECAY, WARM)) == [
        "chained-closed-form [error] LambdaLR sets the LR anew from its base at every call, and LinearLR "
        "multiplies it by "
        "ratios that do not fit: it peaks at 3.6, where 1 is written"
    ]


def test_a_warm_up_before_warm_restarts_is_lost_and_behind_them_it_blows_up() -> None:
    restarts = "{type: CosineAnnealingWarmRestarts, T_0: 5}"
    assert names(chain(WARM, restarts)) == ["chained-closed-form"]
    finding = found(chain(restarts, WARM), run="{steps: 10}")[0]
    assert finding.message.endswith("it peaks at 3.618, where 1 is written")


def test_schedulers_side_by_side_are_a_chain_too() -> None:
    assert names(f"{{schedulers: [{WARM}, {DECAY}]}}") == ["chained-closed-form"]


@pytest.mark.parametrize(
    "children", [(WARM, EXPONENTIAL), (EXPONENTIAL, "{type: StepLR, step_size: 5}"), (DECAY,)]
)
def test_schedulers_that_multiply_and_one_that_stands_alone_chain_well(children: tuple[str, ...]) -> None:
    assert names(chain(*children)) == []


def test_a_plateau_beside_a_warm_up_is_no_chain_of_closed_forms() -> None:
    plateau = "{type: ReduceLROnPlateau, monitor: v}"
    beside = f"{{schedulers: [{WARM}, {plateau}], metrics: {{v: {{values: [1.0, 0.9], then: hold}}}}}}"
    assert names(beside, "{epochs: 10, steps_per_epoch: 5}") == []


# Phases.


def test_a_sequence_in_a_sequence_crashes_at_the_milestone() -> None:
    assert told(sequence("[3]", WARM, sequence("[2]", HOLD, EXPONENTIAL))) == [
        "sequential-nested [error] SequentialLR cannot hand over to a SequentialLR: torch raises "
        "NotImplementedError after "
        "3 updates of 10"
    ]


def test_a_sequence_in_a_sequence_crashes_even_at_the_last_call_of_the_run() -> None:
    inner = sequence("[2]", HOLD, EXPONENTIAL)
    assert names(sequence("[10]", WARM, inner)) == ["sequential-nested"]


def test_a_sequence_first_in_a_sequence_skips_a_step() -> None:
    nested = found(sequence("[6]", sequence("[3]", WARM, HOLD), EXPONENTIAL))
    assert [finding.message for finding in nested] == [
        "as the first phase of a SequentialLR, SequentialLR is out of step: the LR is 1 at update 2, where it "
        "has 0.7 "
        "by itself"
    ]
    assert nested[0].advice == (
        "put its phases among those of the outer SequentialLR, with milestones: [3st, 6st]"
    )


def test_a_chain_first_in_a_sequence_is_told_only_where_its_curve_differs() -> None:
    assert names(sequence("[6]", chain(WARM, EXPONENTIAL), HOLD)) == ["sequential-nested"]
    assert names(sequence("[6]", chain(WARM, HOLD), HOLD)) == []


@pytest.mark.parametrize(
    ("milestones", "never"),
    [
        ("[6, 3]", "phase 2 of 3, ConstantLR, never runs: milestones are [6, 3]; the LR ends at 0.5314"),
        ("[3, 3]", "phase 2 of 3, ConstantLR, never runs: milestones are [3, 3]; the LR ends at 0.5314"),
        ("[0, 3]", "phase 1 of 3, LinearLR, never runs: milestones are [0, 3]; the LR ends at 0.5314"),
        (
            "[3, 10]",
            "phase 3 of 3, ExponentialLR, never runs: its milestone is 10, and the run makes 10 calls; "
            "the LR ends at 1",
        ),
    ],
)
def test_a_phase_that_never_runs_is_named(milestones: str, never: str) -> None:
    phases = sequence(milestones, WARM, HOLD, EXPONENTIAL)
    assert told(phases) == [f"sequential-milestones [error] {never}"]


def test_a_phase_of_one_update_runs() -> None:
    assert names(sequence("[3, 9]", WARM, HOLD, EXPONENTIAL)) == []


def test_a_phase_that_starts_with_a_part_of_an_epoch_runs() -> None:
    phases = sequence("[3, 10]", WARM, HOLD, EXPONENTIAL).replace("type", "interval: epoch, type", 1)
    assert names(phases, "{steps: 105, steps_per_epoch: 10}") == []


def test_milestones_are_sorted_only_where_every_phase_then_runs() -> None:
    (unsorted,) = found(sequence("[6, 3]", WARM, HOLD, EXPONENTIAL))
    assert unsorted.edit == Edit("sort", unsorted.place)
    assert unsorted.advice == "write milestones: [3, 6]"
    for milestones in ("[3, 3]", "[0, 3]", "[12, 3]", "[3, 0]"):
        assert found(sequence(milestones, WARM, HOLD, EXPONENTIAL))[0].edit is None


def test_bare_milestones_behind_a_warm_up_come_late() -> None:
    run = "{epochs: 60, steps_per_epoch: 10}"
    late = "{type: MultiStepLR, warmup: 3ep, milestones: [20, 40]}"
    assert told(late, run) == [
        "sequential-relative-milestones [info] MultiStepLR counts from call 3, where its phase starts: it "
        "drops at calls "
        "23 and 43"
    ]
    assert (
        found(late, run)[0].advice == "write milestones: [20ep, 40ep] to drop at calls 20 and 40 of the run"
    )
    assert names(late.replace("[20, 40]", "[20ep, 40ep]"), run) == []


@pytest.mark.parametrize(("last", "severity"), [(56, "info"), (57, "error")])
def test_a_bare_milestone_past_the_end_of_its_phase_is_an_error(last: int, severity: str) -> None:
    late = f"{{type: MultiStepLR, warmup: 3ep, milestones: [20, {last}]}}"
    assert [f.severity for f in found(late, "{epochs: 60, steps_per_epoch: 10}")] == [severity]


def test_a_step_size_behind_a_warm_up_counts_from_there() -> None:
    run = "{epochs: 60, steps_per_epoch: 10}"
    assert told("{type: StepLR, warmup: 3ep, step_size: 20}", run) == [
        "sequential-relative-milestones [info] StepLR counts from call 3, where its phase starts: its first "
        "drops come at "
        "calls 23 and 43"
    ]
    assert names("{type: StepLR, warmup: 3ep, step_size: 20ep}", run) == []
    assert names("{type: StepLR, step_size: 20}", run) == []


def test_a_multiplicative_phase_goes_on_from_a_short_warm_up() -> None:
    short = sequence("[3]", WARM, '{type: MultiplicativeLR, lr_lambda: "0.5"}')
    assert told(short) == [
        "sequential-multiplicative [warning] MultiplicativeLR goes on from 0.7 to 0.35, not from the lr of 1: it "
        "multiplies the LR that it finds"
    ]


def test_a_multiplicative_phase_behind_a_long_warm_up_is_near_enough_and_behind_a_decay_may_be_meant() -> (
    None
):
    factor = '{type: MultiplicativeLR, lr_lambda: "0.95"}'
    long = "{type: LinearLR, start_factor: 0.1, total_iters: 30}"
    assert names(sequence("[30]", long, factor), "{steps: 60}") == []
    behind = told(sequence("[30]", EXPONENTIAL, factor), "{steps: 60}")
    assert behind == [
        "sequential-multiplicative [info] MultiplicativeLR goes on from 0.0471 to 0.04475, not from the lr of 1: it "
        "multiplies the LR that it finds"
    ]


# What the optimizer is given.


def test_a_warm_up_before_onecycle_runs_at_its_first_lr() -> None:
    assert told(sequence("[3]", WARM, "{type: OneCycleLR, max_lr: 1, total_steps: 7}")) == [
        "stale-initial-lr [error] LinearLR runs from 0.004 to 0.028, not from lr 1: OneCycleLR has replaced "
        "initial_lr with "
        "max_lr / div_factor"
    ]


def test_a_lambda_before_onecycle_knows_its_base() -> None:
    assert names(sequence("[3]", DECAY, "{type: OneCycleLR, max_lr: 1, total_steps: 7}")) == []


def test_a_cosine_behind_onecycle_starts_from_its_first_lr() -> None:
    cosine = "{type: CosineAnnealingLR, T_max: rest}"
    assert told(sequence("[5]", "{type: OneCycleLR, max_lr: 1, total_steps: 5}", cosine)) == [
        "stale-initial-lr [error] CosineAnnealingLR runs from 0.04 to 0.00382, not from lr 1: OneCycleLR has "
        "replaced "
        "initial_lr with max_lr / div_factor"
    ]


def test_an_edit_by_hand_that_lasts_or_is_repeated_is_not_told() -> None:
    run = "{epochs: 20, steps_per_epoch: 10}"
    once = 'adjust: [{when: "epoch == 9", lr: "lr * 0.1", once: true}]'
    assert names(f"{{type: ExponentialLR, gamma: 0.95, {once}}}", run) == []
    assert names(f"{{type: StepLR, step_size: 5, {once}}}", run) == []
    last = once.replace("epoch == 9", "epoch == 18")  # for the last epoch of the run
    assert names(f'{{type: LambdaLR, lr_lambda: "0.95 ** t", {last}}}', run) == []


@pytest.mark.parametrize(
    ("max_lr", "severities"),
    [("1", []), ("10", ["info"]), ("25", []), ("26", ["warning"]), ("0.9", ["warning"])],
)
def test_an_lr_outside_onecycles_range_is_ignored(max_lr: str, severities: list[str]) -> None:
    cycle = found(f"{{type: OneCycleLR, max_lr: {max_lr}, total_steps: 100%}}")
    assert [finding.severity for finding in cycle] == severities
    assert {finding.name for finding in cycle} <= {"optimizer-lr-ignored"}


def test_an_lr_that_nobody_wrote_is_not_ignored() -> None:
    cycle = "{type: OneCycleLR, max_lr: 10, total_steps: 100%}"
    assert names(cycle, optimizer="{type: SGD, momentum: 0.9}") == []


def test_an_lr_within_the_range_of_cyclic_is_not_told() -> None:
    cyclic = "{type: CyclicLR, base_lr: 0.1, max_lr: 10, step_size_up: 5}"
    assert names(cyclic) == []
    assert told(cyclic.replace("0.1", "2")) == [
        "optimizer-lr-ignored [warning] CyclicLR sets the optimizer's lr of 1 aside: the LR starts from 2, "
        "and its highest "
        "is 10"
    ]


def test_a_list_of_max_lr_is_meant_even_where_its_values_are_equal() -> None:
    groups = "{type: AdamW, groups: [{name: a, lr: 0.1}, {name: b, lr: 1}]}"
    listed = "{type: OneCycleLR, max_lr: [1, 1], total_steps: 100%}"
    assert "group-lrs-flattened" not in names(listed, optimizer=groups)
    assert names(listed.replace("[1, 1]", "lr"), optimizer=groups) == []
    (flat,) = found(listed.replace("[1, 1]", "2"), optimizer=groups)
    assert flat.name == "group-lrs-flattened"
    assert flat.advice == "write max_lr: [0.2, 2], in the proportion of the groups' lrs"


@pytest.mark.parametrize(("eta_min", "fires"), [("0.99", False), ("1.01", True), ("5", True)])
def test_a_floor_above_the_lr_raises_it(eta_min: str, fires: bool) -> None:
    cosine = f"{{type: CosineAnnealingLR, T_max: 100%, eta_min: {eta_min}}}"
    assert ("floor-above-lr" in names(cosine)) == fires


def test_a_floor_that_is_one_groups_lr_is_told_and_a_frozen_group_is_not() -> None:
    cosine = "{type: CosineAnnealingLR, T_max: 100%, eta_min: 0.1}"
    groups = "{type: SGD, lr: 1, groups: [{name: a}, {name: b, lr: 0.1}]}"
    assert told(cosine, optimizer=groups) == [
        "floor-above-lr [error] the LR of b stays at 0.1: eta_min, 0.1, is its lr"
    ]
    frozen = groups.replace("lr: 0.1", "lr: 0")
    assert names(cosine.replace(", eta_min: 0.1", ""), optimizer=frozen) == []


def test_a_floor_that_its_phase_is_too_short_to_reach_is_not_told() -> None:
    cosine = "{type: CosineAnnealingLR, T_max: 1000, eta_min: 1.1}"
    assert "floor-above-lr" not in names(sequence("[2]", cosine, EXPONENTIAL))


# Milestones and factors.


@pytest.mark.parametrize(
    ("milestones", "message"),
    [
        (
            "[30, 30]",
            "milestone 30 is named twice: the LR goes from 1 to 0.01 at once, by gamma to the power of 2",
        ),
        ("[0, 30]", "a milestone of 0 drops the LR before the first update, which trains with 0.1"),
        ("[30, 60]", "milestone 60 never comes: MultiStepLR ends after 60 calls, and the LR ends at 0.1"),
    ],
)
def test_milestones_that_do_something_else(milestones: str, message: str) -> None:
    steps = f"{{type: MultiStepLR, milestones: {milestones}}}"
    assert told(steps, "{steps: 60}") == [f"multistep-milestones [warning] {message}"]


def test_unsorted_milestones_are_no_mistake() -> None:
    assert names("{type: MultiStepLR, milestones: [40, 20]}", "{steps: 60}") == []
    assert names("{type: MultiStepLR, milestones: [20, 59]}", "{steps: 60}") == []


def test_a_milestone_with_a_unit_is_told_from_the_start_of_the_run() -> None:
    steps = "{type: MultiStepLR, warmup: 3ep, milestones: [20ep, 70ep]}"
    assert told(steps, "{epochs: 60, steps_per_epoch: 10}") == [
        "multistep-milestones [warning] milestone 70 never comes: MultiStepLR ends after 60 calls, and the LR "
        "ends at 0.1"
    ]


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (
            "{type: StepLR, step_size: 3, gamma: 0}",
            "StepLR with gamma: 0 sets the LR to 0, for 7 of 10 updates",
        ),
        (
            "{type: ExponentialLR, gamma: 0}",
            "ExponentialLR with gamma: 0 sets the LR to 0, for 9 of 10 updates",
        ),
        (
            "{type: ConstantLR, factor: 0, total_iters: 3}",
            "ConstantLR with factor: 0 cannot bring the LR back: torch divides by it and raises "
            "ZeroDivisionError after 3 "
            "updates",
        ),
        (
            "{type: PolynomialLR, total_iters: 0}",
            "PolynomialLR with total_iters: 0 never decays: the LR stays as it is",
        ),
        (
            "{type: OneCycleLR, max_lr: 1, total_steps: 10, div_factor: 0}",
            "OneCycleLR with div_factor: 0 divides by it: torch raises ZeroDivisionError",
        ),
    ],
)
def test_a_factor_of_nothing(schedule: str, message: str) -> None:
    assert told(schedule) == [f"invalid-period [error] {message}"]


def test_a_plateau_that_cuts_to_its_floor_at_once_is_no_mistake() -> None:
    metrics = "metrics: {v: {values: [1], then: hold, every: 1st}}"
    plateau = f"{{type: ReduceLROnPlateau, factor: 0, patience: 2, interval: step, monitor: v, {metrics}}}"
    assert names(plateau) == ["invalid-period"]
    assert names(plateau.replace("factor: 0", "factor: 0, min_lr: 0.1")) == []


# OneCycleLR.


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        (
            "0.1",
            "pct_start 0.1 of 10 calls leaves the rise no length: torch divides by it and raises ZeroDivisionError",
        ),
        (
            "1.0",
            "pct_start 1 of 10 calls leaves the last fall no length: torch divides by it and raises "
            "ZeroDivisionError at "
            "the last call of the run",
        ),
        (
            "0.55, three_phase: true",
            "pct_start 0.55 of 10 calls leaves the last fall no length: torch divides by it and raises "
            "ZeroDivisionError "
            "at the last call of the run",
        ),
    ],
)
def test_a_phase_of_onecycle_without_a_length_crashes(shares: str, message: str) -> None:
    cycle = f"{{type: OneCycleLR, max_lr: 1, total_steps: 10, pct_start: {shares}}}"
    assert told(cycle) == [f"onecycle-degenerate [error] {message}"]


def test_a_rise_of_less_than_a_call_is_left_out_and_one_of_nothing_is_meant() -> None:
    cycle = "{type: OneCycleLR, max_lr: 1, total_steps: 10, pct_start: 0.05}"
    assert told(cycle) == [
        "onecycle-degenerate [warning] pct_start 0.05 of 10 calls is less than one call of rise, so that "
        "there is none: "
        "the first LR is 0.9932"
    ]
    assert names(cycle.replace("0.05", "0.0")) == []
    assert names(cycle.replace("0.05", "0.11")) == []


def test_three_phases_need_room_for_the_third() -> None:
    cycle = "{type: OneCycleLR, max_lr: 1, total_steps: 10, pct_start: 0.6, three_phase: true}"
    assert told(cycle) == [
        "onecycle-three-phase [warning] rise and fall fill all of its 10 calls, and the final phase never "
        "runs: the LR "
        "ends at 0.1317, 0.1317 of its peak"
    ]
    assert names(cycle.replace("0.6", "0.5")) == []


def test_onecycles_last_lr_is_told_where_its_factor_is_written() -> None:
    cycle = "{type: OneCycleLR, max_lr: 1, total_steps: 10, final_div_factor: 100}"
    assert told(cycle) == [
        "onecycle-final-lr [info] the LR ends at 0.0004, max_lr / 2500: final_div_factor divides the first "
        "LR, not max_lr"
    ]
    assert found(cycle)[0].advice == "write final_div_factor: 4 to end at max_lr / 100"
    assert names(cycle.replace("}", ", div_factor: 1}")) == []
    assert names("{type: OneCycleLR, max_lr: 1, total_steps: 10}") == []


# Momentum.


@pytest.mark.parametrize(
    ("optimizer", "severities"),
    [
        ("{type: Adam, lr: 1, betas: [0.5, 0.999]}", ["warning"]),
        ("{type: Adam, lr: 1, betas: [0.9, 0.95]}", []),
        ("{type: Adam, lr: 1}", []),
        ("{type: SGD, lr: 1, momentum: 0.99}", ["warning"]),
        ("{type: SGD, lr: 1, momentum: 0.95}", []),
        ("{type: SGD, lr: 1, momentum: 0}", ["warning"]),
        ("{type: SGD, lr: 1}", ["info"]),
    ],
)
def test_a_momentum_that_is_written_is_hijacked_and_one_that_nobody_wrote_is_noted(
    optimizer: str, severities: list[str]
) -> None:
    hijacked = found("{type: OneCycleLR, max_lr: lr, total_steps: 20}", "{steps: 20}", optimizer)
    assert [finding.severity for finding in hijacked] == severities
    assert {finding.name for finding in hijacked} <= {"momentum-hijacked"}


def test_a_momentum_that_was_asked_for_is_not_hijacked() -> None:
    cycle = "{type: OneCycleLR, max_lr: lr, total_steps: 10, cycle_momentum: true}"
    assert names(cycle, optimizer="{type: SGD, lr: 1, momentum: 0}") == []


# Factors that are multiplied up.


@pytest.mark.parametrize(
    ("factor", "fires"),
    [
        ("1 / (1 + 0.1 * t)", True),
        ("(1 + cos(pi * t / 60)) / 2", True),
        ("0.8", False),
        ("0.1 if t % 15 == 0 else 1", False),
        ("exp(-2 * log(100) * t / 60 ** 2)", False),
    ],
)
def test_a_factor_of_the_first_lr_is_told_from_one_of_the_current(factor: str, fires: bool) -> None:
    multiplied = f'{{type: MultiplicativeLR, lr_lambda: "{factor}"}}'
    assert names(multiplied, "{steps: 60}") == (["multiplicative-as-lambda"] if fires else [])


def test_a_cosine_in_a_chain_is_the_product_without_a_floor() -> None:
    chained = chain(WARM, "{type: CosineAnnealingLR, T_max: 6, eta_min: 0.1}")
    assert told(chained, "{steps: 6}") == [
        "chained-eta-min [info] the LR is 0.554 at update 2, where LinearLR and CosineAnnealingLR, each "
        "alone, multiply to "
        "0.5425"
    ]
    assert names(chained.replace(", eta_min: 0.1", ""), "{steps: 6}") == []
    assert names(chain(HOLD, "{type: CosineAnnealingLR, T_max: 6, eta_min: 0.1}"), "{steps: 6}") == []
