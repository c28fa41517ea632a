"""The rules about resumed runs and about ReduceLROnPlateau: where they begin to fire, and where they stay silent."""

from __future__ import annotations

import pytest

from lrviz import pipeline, readers
from lrviz.checks.finding import Finding
from lrviz.checks.rules.plateau_wrong_mode import direction
from lrviz.spec.reactions import Given, Metric


def found_in(
    curve: str, run: str = "{epochs: 60, steps_per_epoch: 10}", optimizer: str = "{type: SGD, lr: 0.1}"
) -> list[Finding]:
    text = f"run: {run}\noptimizer: {optimizer}\nschedules:\n  a: {{{curve}}}\n"
    spec = readers.read_text(text, "spec.yaml")
    return pipeline.check(spec, pipeline.attempt(spec), cache=False)[0]


def named(curve: str, prefix: str, **where: str) -> list[str]:
    return [f"{f.name} [{f.severity}]" for f in found_in(curve, **where) if f.name.startswith(prefix)]


def message(curve: str, name: str, **where: str) -> str:
    (finding,) = [finding for finding in found_in(curve, **where) if finding.name == name]
    return finding.message


# Resuming with other arguments.


def test_a_new_step_size_is_taken_back_by_the_old_state() -> None:
    curve = "type: StepLR, step_size: 20, resume: {at: 15ep, with: {step_size: 35}}"
    assert message(curve, "resume-config-ignored") == (
        "step_size is 35 in the new run, but load_state_dict brings back 20: the LR ends at 0.001 instead of 0.01"
    )


def test_a_new_lr_is_taken_back_by_the_old_state_of_the_optimizer() -> None:
    curve = "type: ExponentialLR, gamma: 1.0, resume: {at: 15ep, with: {optimizer: {lr: 0.01}}}"
    assert message(curve, "resume-config-ignored") == (
        "lr is 0.01 in the new run, but load_state_dict brings back 0.1: the LR ends at 0.1 instead of 0.01"
    )


def test_a_one_cycle_made_longer_is_stopped_by_torch_and_the_finding_says_why() -> None:
    curve = "type: OneCycleLR, max_lr: 0.1, total_steps: 100%, resume: {at: 15ep, with: {run: {epochs: 80}}}"
    assert message(curve, "resume-config-ignored") == (
        "total_steps is 800 in the new run, but load_state_dict brings back 600: torch stops the run, "
        "which would end at 4e-07"
    )


def test_a_phase_made_longer_inside_a_sequence_is_found_where_it_is_written() -> None:
    curve = "type: CosineAnnealingLR, T_max: rest, warmup: 5ep, resume: {at: 15ep, with: {run: {epochs: 80}}}"
    assert message(curve, "resume-config-ignored").startswith(
        "T_max is 75 in the new run, but load_state_dict brings back 55: the LR ends at "
    )


def test_several_ignored_arguments_are_one_finding() -> None:
    curve = "type: StepLR, step_size: 20, resume: {at: 15ep, with: {step_size: 35, gamma: 0.5}}"
    assert message(curve, "resume-config-ignored") == (
        "step_size, gamma of the new run are ignored, since load_state_dict brings back the old ones: "
        "the LR ends at 0.001 instead of 0.05"
    )


@pytest.mark.parametrize(
    "curve",
    [
        'type: LambdaLR, lr_lambda: "0.9 ** t", resume: {at: 15ep, with: {lr_lambda: "0.95 ** t"}}',
        "type: StepLR, step_size: 20, resume: {at: 15ep, replay: true, with: {step_size: 35}}",
        "type: StepLR, step_size: 20, resume: {at: 15ep, restore: [optimizer], with: {step_size: 35}}",
        "type: StepLR, step_size: 20, resume: {at: 15ep, with: {step_size: 20}}",
        "type: StepLR, step_size: 20, resume: {at: 15ep}",
        "type: MultiStepLR, milestones: [10, 90], resume: {at: 15ep, with: {milestones: [10, 80]}}",
    ],
)
def test_a_change_that_counts_or_that_changes_nothing_is_no_finding(curve: str) -> None:
    assert named(curve, "resume") == []


# Resuming in the wrong order.


@pytest.mark.parametrize(
    ("curve", "after"),
    [
        ("type: LinearLR, start_factor: 0.1, total_iters: 60", "wrong from there to the end of the run"),
        ('type: LambdaLR, lr_lambda: "0.97 ** t"', "10 updates at a wrong LR"),
    ],
)
def test_the_wrong_order_costs_one_call_or_the_rest_of_the_run(curve: str, after: str) -> None:
    text = message(f"{curve}, resume: {{at: 15ep, order: load-then-build}}", "resume-load-order")
    assert after in text


@pytest.mark.parametrize(
    "curve",
    [
        "type: StepLR, step_size: 20",
        "type: CosineAnnealingLR, T_max: 60",
        "type: ExponentialLR, gamma: 0.95",
        "type: PolynomialLR, total_iters: 60",
    ],
)
def test_the_order_does_not_matter_to_schedulers_that_go_on_from_the_lr_they_find(curve: str) -> None:
    assert named(f"{curve}, resume: {{at: 15ep, order: load-then-build}}", "resume") == []


# Resuming with last_epoch.

D = "order: load-then-build, restore: [optimizer]"


@pytest.mark.parametrize(
    ("curve", "found"),
    [
        ("type: CosineAnnealingLR, T_max: 60, resume: {at: 15ep, last_epoch: 14", []),
        ("type: CosineAnnealingLR, T_max: 60, resume: {at: 15ep, last_epoch: 15", ["warning"]),
        ("type: StepLR, step_size: 20, resume: {at: 19ep, last_epoch: 18", []),
        ("type: StepLR, step_size: 20, resume: {at: 20ep, last_epoch: 19", ["warning"]),
        ("type: CosineAnnealingWarmRestarts, T_0: 10, resume: {at: 5ep, last_epoch: 4", []),
        (
            "type: CosineAnnealingWarmRestarts, T_0: 4, T_mult: 2, resume: {at: 31ep, last_epoch: 30",
            ["error"],
        ),
        ("type: CosineAnnealingLR, T_max: rest, warmup: 5ep, resume: {at: 15ep, last_epoch: 14", ["error"]),
    ],
)
def test_last_epoch_is_right_for_some_and_never_for_a_sequence(curve: str, found: list[str]) -> None:
    expected = [f"resume-via-last-epoch [{severity}]" for severity in found]
    assert named(f"{curve}, {D}}}", "resume") == expected


def test_one_too_many_is_said_to_be_one_too_many() -> None:
    curve = f"type: CosineAnnealingLR, T_max: 60, resume: {{at: 15ep, last_epoch: 15, {D}}}"
    assert message(curve, "resume-via-last-epoch") == (
        "resumed with last_epoch=15, the LR is 0.08332 instead of 0.08346 at update 160: 15 calls were made, "
        "of which the last count is 14"
    )


# ReduceLROnPlateau.

STEADY = "type: ReduceLROnPlateau, monitor: m, patience: 3"


@pytest.mark.parametrize(
    ("settings", "value", "fires"),
    [
        ("", "1.0", False),
        ("", "-1.0", True),
        (", mode: max", "-1.0", True),
        (", mode: max", "1.0", False),
        (", threshold_mode: abs", "-1.0", False),
        ("", "0.0", False),
        (", min_lr: 0.2", "1.0", True),
        (", eps: 0.2", "1.0", True),
    ],
)
def test_a_plateau_that_a_flat_metric_cannot_move_is_inert(settings: str, value: str, fires: bool) -> None:
    # It falls for most of the run, so that nothing is cut there either way.
    ramp = [f"{float(value) + (60 - i) * (-1 if 'max' in settings else 1) / 10:g}" for i in range(1, 61)]
    metrics = f"metrics: {{m: {{values: [{', '.join(ramp)}]}}}}"
    expected = ["plateau-inert [error]"] if fires else []
    assert named(f"{STEADY}{settings}, {metrics}", "plateau-inert") == expected


def test_a_plateau_that_did_cut_is_not_inert() -> None:
    metrics = "metrics: {m: {values: [1.0, 1.0, 1.0, 1.0, 1.0, -1.0], then: hold}}"
    assert named(f"{STEADY}, {metrics}", "plateau") == []


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("val_acc", "higher"),
        ("valAcc", "higher"),
        ("val/mIoU", "higher"),
        ("accuracy@5", "higher"),
        ("bleu4", "higher"),
        ("Loss", "lower"),
        ("val_perplexity", "lower"),
        ("WER", "lower"),
        ("top1_error", None),
        ("metric", None),
        ("score", None),
        ("maple", None),
    ],
)
def test_a_name_tells_what_is_better_only_where_it_leaves_no_doubt(name: str, known: str | None) -> None:
    assert direction(Metric(name, Given((1.0,)))) == known


@pytest.mark.parametrize(
    ("settings", "fires"),
    [
        ("monitor: val_acc, metrics: {val_acc: {expr: 't / 100'}}", True),
        ("monitor: val_acc, mode: max, metrics: {val_acc: {expr: 't / 100'}}", False),
        ("monitor: val_acc, metrics: {val_acc: {expr: '1 - t / 100', better: lower}}", False),
        ("monitor: m, metrics: {m: {expr: 't / 100', better: higher}}", True),
        ("monitor: m, metrics: {m: {expr: 't / 100'}}", False),
        ("monitor: loss, metrics: {loss: {expr: '1 - t / 100'}}", False),
        ("monitor: loss, mode: max, metrics: {loss: {expr: '1 - t / 100'}}", True),
    ],
)
def test_a_mode_against_the_metric_is_found(settings: str, fires: bool) -> None:
    expected = ["plateau-wrong-mode [error]"] if fires else []
    assert named(f"type: ReduceLROnPlateau, patience: 3, {settings}", "plateau") == expected


def test_a_mode_is_set_unasked_only_where_the_metric_says_what_is_better() -> None:
    for better, edits in ((", better: higher", ["max"]), ("", [])):
        metrics = f"metrics: {{acc: {{expr: 't / 100'{better}}}}}"
        found = found_in(f"type: ReduceLROnPlateau, mode: min, monitor: acc, {metrics}")
        values = [f.edit.value for f in found if f.name == "plateau-wrong-mode" and f.edit]
        assert values == edits


@pytest.mark.parametrize(
    ("patience", "every", "found"),
    [
        (98, 1, ["plateau-per-batch [warning]"]),
        (99, 1, []),
        (20, 2, ["plateau-per-batch [warning]"]),
        (20, 25, []),
        (2, 25, []),
    ],
)
def test_patience_that_an_epoch_outlasts_is_found_where_a_value_comes_per_batch(
    patience: int, every: int, found: list[str]
) -> None:
    curve = (
        f"type: ReduceLROnPlateau, interval: step, frequency: {every}, patience: {patience}, monitor: m, "
        f"metrics: {{m: {{expr: '0.5 ** t', every: {every}st}}}}"
    )
    assert named(curve, "plateau", run="{epochs: 3, steps_per_epoch: 100}") == found


METRICS = "metrics: {m: {values: [1.0], then: hold}}"


@pytest.mark.parametrize(
    ("other", "fires"),
    [
        ('{type: LambdaLR, lr_lambda: "0.99 ** t"}', True),
        ('{type: LambdaLR, interval: step, lr_lambda: "0.999 ** t"}', True),
        ("{type: OneCycleLR, max_lr: 0.1, total_steps: 100%}", True),
        ("{type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 50, cycle_momentum: false}", True),
        ("{type: CosineAnnealingWarmRestarts, T_0: 10}", True),
        ("{type: CosineAnnealingLR, T_max: 60}", False),
        ("{type: LinearLR, start_factor: 0.1, total_iters: 5}", False),
        ("{type: StepLR, step_size: 20}", False),
        ('{type: MultiplicativeLR, lr_lambda: "0.99"}', False),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_plateau_is_overwritten_by_what_computes_the_lr_anew(other: str, fires: bool, first: bool) -> None:
    both = ["{type: ReduceLROnPlateau, monitor: m, patience: 5}", other]
    curve = f"schedulers: [{', '.join(both if first else both[::-1])}], {METRICS}"
    expected = ["plateau-overwritten [error]"] if fires else []
    assert named(curve, "plateau-overwritten") == expected


def test_the_state_of_a_cyclic_lr_can_be_loaded_once() -> None:
    cyclic = "type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 50, cycle_momentum: false"
    assert named(f"{cyclic}, resume: {{at: 15ep}}", "state") == ["state-dict-consumed [info]"]
    assert named(f"{cyclic}, resume: {{at: 15ep, restore: [optimizer]}}", "state") == []
    assert named("type: StepLR, step_size: 20, resume: {at: 15ep}", "state") == []
