"""A change of a spec's text touches what it is about and nothing else, or there is none."""

from __future__ import annotations

import pytest

from lrviz import readers
from lrviz.errors import Place
from lrviz.readers.rewriting import Change, rewritten
from lrviz.spec.curve import Curve, Scheduler

HEAD = "run: {epochs: 90, steps_per_epoch: 100}\noptimizer: {type: SGD, lr: 0.1}\nschedules:\n"


def at(text: str, *wanted: str) -> list[Change]:
    """Find where arguments stand: ``T_max``, or ``schedulers[0].total_iters``, of the first curve that has them."""
    spec = readers.read_text(text, "spec.yaml")
    places = {}
    for curve in spec:
        assert isinstance(curve, Curve)
        for scheduler in reversed(list(every(curve.schedulers))):
            places.update({place.key: place for _, place in scheduler.places})
        places.setdefault(f"{curve.name}.warmup", curve.place)
    found = [
        next(place for key, place in sorted(places.items()) if key.endswith(f".{name}")) for name in wanted
    ]
    return [Change("set", place) for place in found]


def every(schedulers: tuple[Scheduler, ...]) -> list[Scheduler]:
    return [one for s in schedulers for one in (s, *every(s.children))]


def changed(text: str, kind: str, key: str, value: str = "") -> str | None:
    (found,) = at(text, key)
    return rewritten(text, [Change(kind, found.place, value)])


# Set.


@pytest.mark.parametrize(
    ("body", "old", "new"),
    [
        ("{type: CosineAnnealingLR, T_max: @}", "90ep", "100%"),
        ("{  T_max:   @ ,type: CosineAnnealingLR}  # x", "90ep", "100%"),
        (
            "\n    type: CosineAnnealingLR # a\n    # b\n    T_max: @   # 90\tepochs: {#}\n    eta_min: 0 # c",
            "7",
            "100%",
        ),
        ("{type: CosineAnnealingLR, T_max: @}", "'90ep'", "'100%'"),
        ("{type: CosineAnnealingLR, T_max: @}", '"90ep"', '"100%"'),
        ('{"type": "CosineAnnealingLR", "T_max": @}', "7", '"100%"'),
        ("\n    'T_max': @\n    type: CosineAnnealingLR", "7", "100%"),
        ("{type: CosineAnnealingLR, T_max: @, optimizer: {type: SGD, lr: 1}} # 学習率 – ü😀", "7", "100%"),
        ("{type: CosineAnnealingLR,\n      T_max:\n        @\n     }", "7", "100%"),
        ("{type: CosineAnnealingLR, args: {T_max: @}}", "7", "100%"),
        ("{class_path: CosineAnnealingLR, init_args: {T_max: @}}", "7", "100%"),
        ("&c {type: CosineAnnealingLR, T_max: @}", "7", "100%"),
        (f"{{type: CosineAnnealingLR, {' ' * 300}T_max: @}}", "7", "100%"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("last", [True, False], ids=["newline", "no-newline"])
def test_a_value_is_set_and_nothing_else_is_touched(
    body: str, old: str, new: str, end: str, last: bool
) -> None:
    text = f"# größe\n---\n{HEAD}  学習率 – ü😀: {body}" + ("\n# the end\n" if last else "")
    text = text.replace("\n", end)
    assert changed(text.replace("@", old), "set", "T_max", "100%") == text.replace("@", new)


def test_a_number_is_set_without_quotes() -> None:
    body = '  c: {"type": "CosineAnnealingLR", "T_max": 7, "eta_min": 1}\n'
    assert changed(HEAD + body, "set", "eta_min", "1e-05") == HEAD + body.replace(": 1}", ": 1e-05}")


@pytest.mark.parametrize(
    "body",
    [
        "  c: &c {type: CosineAnnealingLR, T_max: 7}\n  d: *c\n",
        "  c: {type: CosineAnnealingLR, T_max: &t 7}\n  d: {type: PolynomialLR, total_iters: *t}\n",
        "  c: {type: CosineAnnealingLR, T_max: &t 7}\n",
        "  c: &c {type: CosineAnnealingLR, T_max: 7}\n  d:\n    <<: *c\n    eta_min: 0.01\n",
        "  c: {<<: {T_max: 7}, type: CosineAnnealingLR}\n",
        "  c: {type: CosineAnnealingLR, T_max: !!int 7}\n",
        "  c: {type: CosineAnnealingLR, T_max: '7e\n      p'}\n".replace("7e\n      p", "7ep\n"),
        "  c:\n    type: CosineAnnealingLR\n    T_max: |-\n      7ep\n",
    ],
    ids=["alias", "value", "anchor", "merge", "merged", "tag", "lines", "literal"],
)
def test_what_is_shared_merged_in_or_written_in_a_way_of_its_own_is_left_alone(body: str) -> None:
    assert changed(HEAD + body, "set", "T_max", "100%") is None


def test_what_a_preset_brings_is_left_alone() -> None:
    assert changed(f"{HEAD}  c: {{preset: cosine, interval: step}}\n", "set", "T_max", "100%") is None
    assert changed(f"{HEAD}  c: cosine\n", "set", "T_max", "100%") is None


def test_several_values_are_set_at_once_and_those_at_odds_are_not() -> None:
    text = HEAD + "  a: {type: CosineAnnealingLR, T_max: 7}\n  b: {type: CosineAnnealingLR, T_max: 8}\n"
    first, second = at(text, "a.T_max", "b.T_max")
    changes = [Change("set", first.place, "100%"), Change("set", second.place, "9")]
    assert rewritten(text, [*changes, changes[0]]) == text.replace("7}", "100%}").replace("8}", "9}")
    assert rewritten(text, [changes[0], Change("set", first.place, "9")]) is None


def test_a_text_that_is_no_yaml_any_more_is_left_alone() -> None:
    (found,) = at(HEAD + "  a: {type: CosineAnnealingLR, T_max: 7}\n", "T_max")
    assert rewritten("a: [", [found]) is None
    assert rewritten("", [found]) is None
    assert rewritten("a: 1\n", [found]) is None


# Sort.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[60, 30]", "[30, 60]"),
        ("[ 60ep ,30ep,  45.5ep ] # drops", "[ 30ep ,45.5ep,  60ep ] # drops"),
        ("[90%,\n      30%]", "[30%,\n      90%]"),
        ("\n    - 60  # second\n    - 30  # first\n", "\n    - 30  # first\n    - 60  # second\n"),
        ("\n    - 60  # second\n    - 30", "\n    - 30\n    - 60  # second"),
        ("\n    -   '60'\n    -  30\n".replace("'", ""), "\n    -   30\n    -  60\n"),
    ],
)
def test_amounts_are_sorted_each_with_its_comment(before: str, after: str) -> None:
    text = f"{HEAD}  c:\n    type: MultiStepLR\n    milestones: "
    assert changed(text + before, "sort", "milestones") == text + after


@pytest.mark.parametrize(
    "milestones",
    [
        "[60ep, 30]",
        "[100% - 2ep, 30ep]",
        "[60, # second\n      30]",
        "\n    - 60\n    # the first\n    - 30\n",
        "[&a 60, 30]",
        "&m [60, 30]\n  d: {type: MultiStepLR, milestones: *m}\n",
    ],
)
def test_amounts_of_several_units_or_with_comments_between_are_not_sorted(milestones: str) -> None:
    text = f"{HEAD}  c:\n    type: MultiStepLR\n    milestones: {milestones}"
    assert changed(text, "sort", "milestones") is None


# Remove.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "  c: {type: SequentialLR, interval: step, milestones: [0], "
            "schedulers: [{type: LinearLR, total_iters: 0}, {type: CosineAnnealingLR, T_max: rest}]}  # c\n",
            "  c: {type: CosineAnnealingLR, interval: step, T_max: rest}  # c\n",
        ),
        (
            "  c: {type: SequentialLR, milestones: [0, 5ep], schedulers: [{type: LinearLR, total_iters: 0}, "
            "{type: ConstantLR}, {type: CosineAnnealingLR, T_max: rest}]}\n",
            "  c: {type: SequentialLR, milestones: [5ep], schedulers: ["
            "{type: ConstantLR}, {type: CosineAnnealingLR, T_max: rest}]}\n",
        ),
        (
            "  c:\n    # phases\n    type: SequentialLR  # three\n    milestones:\n      - 0%  # at once\n      - 5ep\n"
            "    schedulers:\n      - type: LinearLR\n        total_iters: 0\n      # then\n      - type: ConstantLR\n"
            "      - {type: CosineAnnealingLR, T_max: rest}",
            "  c:\n    # phases\n    type: SequentialLR  # three\n    milestones:\n      # at once\n      - 5ep\n"
            "    schedulers:\n      # then\n      - type: ConstantLR\n"
            "      - {type: CosineAnnealingLR, T_max: rest}",
        ),
        (
            "  c:\n    type: SequentialLR\n    milestones: [0]\n    schedulers:\n"
            "      - {type: LinearLR, total_iters: 0}\n"
            "      - {type: CosineAnnealingLR, T_max: rest, eta_min: 0.01}\n    interval: step\n",
            "  c:\n    type: CosineAnnealingLR\n    T_max: rest\n    eta_min: 0.01\n    interval: step\n",
        ),
    ],
    ids=["one line", "of three", "block", "block of two"],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_warm_up_of_no_length_is_removed_with_its_milestone(before: str, after: str, end: str) -> None:
    text = (HEAD + before).replace("\n", end)
    mended = changed(text, "remove", "schedulers[0].total_iters")
    assert mended == (HEAD + after).replace("\n", end)
    (curve,) = readers.read_text(mended, "mended.yaml").curves
    assert isinstance(curve, Curve)
    assert "LinearLR" not in {scheduler.type for scheduler in every(curve.schedulers)}


@pytest.mark.parametrize(
    "body",
    [
        "{type: SequentialLR, milestones: [5], schedulers: [{type: LinearLR, total_iters: 0}, {type: ConstantLR}]}\n",
        "{type: SequentialLR, milestones: [0], schedulers: [{type: LinearLR, total_iters: 0}, {type: ConstantLR}]}\n",
        "{type: SequentialLR, milestones: [0], schedulers: [{type: LinearLR, total_iters: 0}, # warm-up\n"
        "     {type: StepLR, step_size: 3}]}\n",
        "{type: SequentialLR, milestones: &m [0], schedulers: [{type: LinearLR, total_iters: 0}, "
        "{type: StepLR, step_size: 3}]}\n  d: {type: SequentialLR, milestones: *m, "
        "schedulers: [{type: ConstantLR}, {type: StepLR, step_size: 3}]}\n",
        "{type: SequentialLR, warmup: 5ep, milestones: [0], schedulers: [{type: LinearLR, total_iters: 0}, "
        "{type: StepLR, step_size: 3}]}\n",
        "{type: ChainedScheduler, schedulers: [{type: LinearLR, total_iters: 0}, {type: StepLR, step_size: 3}]}\n",
        "{schedulers: [{type: LinearLR, total_iters: 0}, {type: StepLR, step_size: 3}]}\n",
    ],
    ids=["a phase", "nothing beside type", "a comment", "shared", "a warm-up in front", "a chain", "side by side"],
)  # fmt: skip
def test_a_warm_up_is_not_removed_where_it_is_not_certain_what_is_left(body: str) -> None:
    assert changed(f"{HEAD}  c: {body}", "remove", "schedulers[0].total_iters") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{type: StepLR, step_size: 3, warmup: 0}", "{type: StepLR, step_size: 3}"),
        ("{warmup: 0ep, type: StepLR, step_size: 3}", "{type: StepLR, step_size: 3}"),
        ("{warmup: {length: 0%, start_factor: 0.1}, type: StepLR, step_size: 3}", "{type: StepLR, step_size: 3}"),
        ("\n    warmup: 0 # no\n    type: StepLR\n    step_size: 3", "\n    # no\n    type: StepLR\n    step_size: 3"),
        ("\n    type: StepLR\n    step_size: 3\n    warmup: 0", "\n    type: StepLR\n    step_size: 3"),
        ("{type: StepLR, step_size: 3, warmup: 3}", None),
        ("{preset: wsd, warmup: 0}", None),
    ],
)  # fmt: skip
def test_a_warmup_key_of_no_length_is_removed(before: str, after: str | None) -> None:
    text = f"{HEAD}  c: {before}"
    line = text[: text.index("warmup")].count("\n") + 1
    column = text.index("warmup") - text.rfind("\n", 0, text.index("warmup"))
    change = Change("remove", Place("spec.yaml", line, column, "schedules.c.warmup"))
    assert rewritten(text, [change]) == (None if after is None else f"{HEAD}  c: {after}")
