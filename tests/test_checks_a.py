"""What the rules about lengths, units and shapes say of repros, of boundaries, and of sound neighbours."""

from __future__ import annotations

import pytest

from lrviz import pipeline, readers
from lrviz.checks import RULES
from lrviz.checks.finding import Finding

EPOCHS = "{epochs: 90, steps_per_epoch: 100}"


def found(run: str, curve: str, optimizer: str = "{type: SGD, lr: 1.0, momentum: 0.9}") -> list[Finding]:
    text = f"run: {run}\noptimizer: {optimizer}\nschedules: {{a: {curve}}}\n"
    spec = readers.read_text(text, "a.yaml")
    return pipeline.check(spec, pipeline.attempt(spec, cache=False), cache=False)[0]


def names(run: str, curve: str) -> list[str]:
    return [finding.name for finding in found(run, curve)]


def test_no_two_rules_yield_to_each_other_by_any_way_round() -> None:
    def behind(name: str, seen: tuple[str, ...] = ()) -> None:
        assert name not in seen, (*seen, name)
        for other in RULES[name].yields_to if name in RULES else ():
            behind(other, (*seen, name))

    for name in RULES:
        behind(name)


@pytest.mark.parametrize(
    ("run", "curve", "name"),
    [
        # Row 1 to 5: lengths and units.
        ("{steps: 10}", "{type: CosineAnnealingLR, T_max: 1000}", "horizon-mismatch"),
        ("{steps: 100}", "{type: CosineAnnealingLR, T_max: 30}", "lr-rebounds"),
        (
            "{epochs: 10, steps_per_epoch: 100}",
            "{type: CosineAnnealingLR, interval: step, T_max: 10}",
            "steps-per-epoch-mixup",
        ),
        (
            "{epochs: 5, steps_per_epoch: 1000}",
            "{type: OneCycleLR, interval: epoch, max_lr: 1, epochs: 5, steps_per_epoch: 1000}",
            "steps-per-epoch-mixup",
        ),
        (EPOCHS, "{type: OneCycleLR, max_lr: 1, total_steps: 90}", "steps-per-epoch-mixup"),
        (EPOCHS, "{type: StepLR, interval: step, step_size: 30}", "steps-per-epoch-mixup"),
        (EPOCHS, "{type: ExponentialLR, interval: step, gamma: 0.95}", "steps-per-epoch-mixup"),
        (EPOCHS, "{type: MultiStepLR, milestones: [3000, 6000]}", "steps-per-epoch-mixup"),
        (
            EPOCHS,
            "{type: CyclicLR, interval: epoch, base_lr: 0.1, max_lr: 1}",
            "steps-per-epoch-mixup",
        ),
        (EPOCHS, "{type: LinearLR, total_iters: 500}", "steps-per-epoch-mixup"),
        (
            EPOCHS,
            "{type: CosineAnnealingLR, interval: step, warmup: 5%, T_max: 85}",
            "steps-per-epoch-mixup",
        ),
        (
            EPOCHS,
            "{type: CosineAnnealingLR, interval: step, warmup: 5, T_max: 85}",
            "steps-per-epoch-mixup",
        ),
        ("{steps: 250, accumulate: 4}", "{type: CosineAnnealingLR, T_max: 1000}", "grad-accum-mixup"),
        (
            "{steps: 250, accumulate: 4}",
            "{type: LambdaLR, lr_lambda: 'max(0, 1 - t / 1000)'}",
            "grad-accum-mixup",
        ),
        ("{steps: 400, accumulate: 4}", "{type: PolynomialLR, total_iters: 100}", "grad-accum-mixup"),
        ("{steps: 250, devices: 4}", "{type: CosineAnnealingLR, T_max: 1000}", "num-processes-mixup"),
        (
            "{steps: 250, devices: 4}",
            "{type: LambdaLR, lr_lambda: 'max(0, 1 - t / 1000)'}",
            "num-processes-mixup",
        ),
        (
            "{steps: 1000, scheduler_calls_per_step: 8}",
            "{type: LambdaLR, lr_lambda: 'max(0, 1 - t / 1000)'}",
            "num-processes-mixup",
        ),
        # Rows 6 to 14.
        ("{steps: 1000}", "{type: LambdaLR, lr_lambda: 'max(0, 1 - t / 900)'}", "lr-zero-tail"),
        ("{epochs: 10, steps_per_epoch: 10}", "{type: CosineAnnealingLR, T_max: 9}", "lr-zero-tail"),
        ("{steps: 100}", "{type: CyclicLR, base_lr: 0.001, max_lr: 1}", "peak-not-reached"),
        (
            "{steps: 100}",
            "{type: ChainedScheduler, schedulers: "
            "[{type: LinearLR, total_iters: 500}, {type: ConstantLR, factor: 1}]}",
            "peak-not-reached",
        ),
        ("{steps: 5}", "{type: LinearLR, start_factor: 0.1, total_iters: 0}", "zero-length-phase"),
        ("{steps: 50}", "{type: ConstantLR, factor: 0.1, total_iters: 0}", "zero-length-phase"),
        ("{steps: 50}", "{type: StepLR, step_size: 10, gamma: -0.1}", "lr-negative"),
        ("{steps: 11}", "{type: OneCycleLR, max_lr: 1, total_steps: 10}", "onecycle-overrun"),
        # Rows 17 to 45.
        ("{steps: 1000}", "{type: LambdaLR, lr_lambda: '(t + 1) / 1000'}", "lr-rising-at-end"),
        ("{steps: 1000}", "{type: MultiStepLR, milestones: [30000]}", "schedule-flat"),
        ("{steps: 1000}", "{type: LambdaLR, lr_lambda: '0.95'}", "schedule-flat"),
        ("{epochs: 1, steps_per_epoch: 100}", "{type: CosineAnnealingLR, T_max: 1}", "schedule-flat"),
        ("{steps: 1000}", "{type: LambdaLR, lr_lambda: '(2.5e-6) ** (t // 300)'}", "lr-vanishes"),
        ("{steps: 100}", "{type: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2}", "cycle-truncated"),
        (
            "{epochs: 10, steps_per_epoch: 10}",
            "{type: LambdaLR, lr_lambda: 'min(1, t / 2)'}",
            "lr-zero-start",
        ),
    ],
)
def test_a_known_mistake_brings_one_finding(run: str, curve: str, name: str) -> None:
    assert names(run, curve) == [name]


@pytest.mark.parametrize(
    ("run", "curve"),
    [
        ("{steps: 100}", "{type: CosineAnnealingLR, T_max: 101}"),  # within one call, or 1%
        ("{steps: 100}", "{type: CosineAnnealingLR, T_max: 99}"),
        (EPOCHS, "{type: CosineAnnealingLR, cyclic: true, interval: step, T_max: 10ep}"),
        (EPOCHS, "{type: CosineAnnealingLR, interval: step, warmup: 5ep, T_max: 85ep}"),
        ("{steps: 1000, accumulate: 4, devices: 4}", "{type: CosineAnnealingLR, T_max: 1000}"),
        ("{steps: 1000, accumulate: 4}", "{type: LambdaLR, lr_lambda: '1 / (1 + t / 100)'}"),
        ("{steps: 1000}", "{type: LambdaLR, lr_lambda: 'max(0, 1 - t / 991)'}"),  # 9 dead updates of 1,000
        ("{steps: 50}", "{type: OneCycleLR, max_lr: 1, total_steps: 50, anneal_strategy: linear}"),
        ("{steps: 50}", "{type: ConstantLR, factor: 1.0, total_iters: 0}"),
        (EPOCHS, "{type: CosineAnnealingLR, T_max: 90, warmup: 0}"),
        ("{steps: 70}", "{type: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2}"),
        ("{steps: 100}", "{type: LambdaLR, lr_lambda: '0.1 ** (t // 30)'}"),  # stairs are no jumps
        (
            "{steps: 100}",
            "{type: LambdaLR, lr_lambda: '512 ** -0.5 * min((t + 1) ** -0.5, (t + 1) * 10 ** -1.5)'}",
        ),
        (
            "{steps: 100}",  # torch's own example: a constant warm-up, released at once
            "{type: SequentialLR, milestones: [20], schedulers: "
            "[{type: ConstantLR, factor: 0.1, total_iters: 20}, {type: ExponentialLR, gamma: 0.97}]}",
        ),
        (
            "{steps: 100}",
            "{type: ChainedScheduler, schedulers: "
            "[{type: LinearLR, start_factor: 1, end_factor: 0.5, total_iters: 20}, "
            "{type: ExponentialLR, gamma: 0.98}]}",
        ),
        (
            "{steps: 100}",
            "{type: SequentialLR, milestones: [70], schedulers: "
            "[{type: CosineAnnealingLR, T_max: 100}, {type: SWALR, swa_lr: 0.5, anneal_epochs: 5}]}",
        ),
    ],
)
def test_a_sound_neighbour_brings_none(run: str, curve: str) -> None:
    assert [str(finding) for finding in found(run, curve)] == []


def test_a_length_with_a_unit_is_no_mixup_of_units() -> None:
    assert names("{epochs: 10, steps_per_epoch: 2}", "{type: CosineAnnealingLR, T_max: 20ep}") == [
        "horizon-mismatch"
    ]
    assert names("{epochs: 10, steps_per_epoch: 2}", "{type: CosineAnnealingLR, T_max: 20}") == [
        "steps-per-epoch-mixup"
    ]


def test_a_last_phase_that_never_begins_is_no_matter_of_its_length() -> None:
    sequence = (
        "{type: SequentialLR, milestones: [200], schedulers: [{type: LinearLR, total_iters: 200}, "
        "{type: CosineAnnealingLR, T_max: 50}]}"
    )
    assert "horizon-mismatch" not in names("{steps: 100}", sequence)


def test_two_groups_are_told_apart() -> None:
    groups = "{type: SGD, lr: 1, groups: [{name: body, lr: 0.1}, {name: head}]}"
    (finding,) = found("{steps: 100}", "{type: CosineAnnealingLR, T_max: 40}", groups)
    assert (
        finding.message == "the LR of head climbs from 0 back to 1 and ends at 0.5392, after update 40 of 100"
    )


def test_a_decay_with_a_unit_that_then_holds_is_only_noted() -> None:
    linear = "{{type: LinearLR, start_factor: 1, end_factor: 0.1, total_iters: {}}}"
    assert [f.severity for f in found("{steps: 100}", linear.format("80%"))] == ["info"]
    assert [f.severity for f in found("{steps: 100}", linear.format("80"))] == ["warning"]


def test_a_onecycle_that_ends_with_a_broken_epoch_trains_once_past_its_end_and_raises_nothing() -> None:
    (finding,) = found(
        "{steps: 950, steps_per_epoch: 100}",
        "{type: OneCycleLR, interval: epoch, max_lr: 1, total_steps: 9, anneal_strategy: linear}",
    )
    assert finding.message == (
        "OneCycleLR is over after 9 calls, and update 900 comes after the last of them: it trains past the end with "
        "an LR of -0.1587"
    )
    assert finding.edit is not None
    assert finding.edit.value == "10ep"


def test_a_onecycle_in_a_sequence_is_held_against_its_own_phase() -> None:
    sequence = (
        "{{type: SequentialLR, milestones: [{}], schedulers: [{{type: OneCycleLR, max_lr: 1, total_steps: 6, "
        "anneal_strategy: linear}}, {{type: ConstantLR, factor: 1}}]}}"
    )

    def overruns(milestone: int) -> list[Finding]:
        every = found("{steps: 12}", sequence.format(milestone))
        return [finding for finding in every if finding.name == "onecycle-overrun"]

    assert "onecycle-overrun" not in names("{steps: 12}", sequence.format(6))
    (finding,) = overruns(7)
    assert finding.message.endswith("it trains past the end with an LR of -0.2381")
    (finding,) = overruns(8)
    assert finding.message.endswith("its phase makes 7: update 6 trains past its end, and call 7 raises")


def test_a_warm_up_without_length_can_be_removed_from_a_chain_but_not_elsewhere() -> None:
    chain = "{type: ChainedScheduler, schedulers: [{type: LinearLR, total_iters: 0}, {type: StepLR, step_size: 9}]}"
    (chained,) = found("{steps: 50}", chain)
    (alone,) = found("{steps: 50}", "{type: LinearLR, total_iters: 0}")
    assert chained.edit is not None
    assert chained.edit.kind == "remove"
    assert alone.edit is None


def test_a_phase_without_updates_does_no_harm_in_torch_2_13() -> None:
    sequence = (
        "{type: SequentialLR, milestones: [0], schedulers: [{type: LinearLR, total_iters: 0}, "
        "{type: CosineAnnealingLR, T_max: 50}]}"
    )
    assert "zero-length-phase" not in names("{steps: 50}", sequence)


def test_an_lr_that_is_negative_only_after_the_run_is_noted() -> None:
    (finding,) = found("{steps: 10}", "{type: LambdaLR, lr_lambda: '1.04 - t / 9.5'}")
    assert (finding.severity, finding.message) == (
        "info",
        "the LR is -0.01263 after the last update, which no update uses",
    )


def test_one_frozen_group_is_no_dead_tail_and_no_dead_start() -> None:
    groups = "{type: SGD, lr: 1, groups: [{name: body, lr: 0}, {name: head}]}"
    assert found("{steps: 50}", "{type: ExponentialLR, gamma: 0.97}", groups) == []
    assert [f.name for f in found("{steps: 50}", "{type: PolynomialLR, total_iters: 40}", groups)] == [
        "lr-zero-tail"
    ]
