"""Every rule of the language, broken once: the whole message, with file, line, column, key and what to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lrviz import pipeline, readers
from lrviz.errors import RefusedByTorch, SpecError

DATA = Path(__file__).parent / "data"


def table(name: str) -> list[tuple[str, str, str]]:
    """Read a table of specs: ``### what is wrong``, the spec, then what is said, each line after ``>>> ``."""
    rows = []
    for block in (DATA / name).read_text(encoding="utf-8").split("### ")[1:]:
        title, _, rest = block.partition("\n")
        said = re.findall(r"^>>> (.*)$", rest, re.MULTILINE)
        rows.append((title, rest[: rest.index(">>> ")], "\n".join(said)))
    return rows


BAD, REFUSED = table("bad_specs.txt"), table("refused_by_torch.txt")

WORDS = {
    # what was typed: what is said
    "": "a curve: nothing is named; write a preset or a file, such as cosine",
    "cosin": "cosin: 'cosin' is no preset; did you mean cosine?",
    "gradient:lr=1": "gradient:lr=1: 'gradient' is no preset; lrviz list presets shows them",
    "step:step_sizes=3": "step:step_sizes=3: step_sizes: StepLR has no step_sizes; did you mean step_size?",
    "steplr:gamma=": "steplr:gamma=: 'gamma=' is no change; write name=value, such as steplr:lr=0.1",
    "step:gamma": "step:gamma: 'gamma' is no change; write name=value, such as step:lr=0.1",
    "step:=3": "step:=3: '=3' is no change; write name=value, such as step:lr=0.1",
    "step:gamma=1,gamma=2": "step:gamma=1,gamma=2: gamma is given twice; delete one",
    "step:gamma=0.5,,gamma,=2": (
        "step:gamma=0.5,,gamma,=2: 'gamma' is no change; write name=value, such as step:lr=0.1\n"
        "step:gamma=0.5,,gamma,=2: '=2' is no change; write name=value, such as step:lr=0.1"
    ),
    "cosine:lr=-1": "cosine:lr=-1: optimizer.lr: -1 is negative; write a learning rate of 0 or more",
    "cosine:lr=x": "cosine:lr=x: optimizer.lr: 'x' is not a number; write for example 0.1 or 1e-3",
    "cosine:epochs=0": "cosine:epochs=0: run.epochs: 0 is below 1; write 1 or more",
    "cosine:epochs=5,steps=5": (
        "cosine:epochs=5,steps=5: run.steps: a run has epochs or steps, not both; delete one"
    ),
    "cosine:optimizer=SDG": (
        "cosine:optimizer=SDG: optimizer.type: 'SDG' is no optimizer of torch; did you mean SGD?"
    ),
    "cosine:T_max=ten": "cosine:T_max=ten: T_max: 'ten' is not a length; write 10, 10ep, 500st or 5%",
    "multistep:milestones=30": "multistep:milestones=30: milestones: 30 is not a list; write [30]",
    "multistep:milestones=[3,x]": (
        "multistep:milestones=[3,x]: milestones[1]: 'x' is not a length; write 10, 10ep, 500st or 5%"
    ),
    "plateau:steps=30": (
        "plateau:steps=30: interval: ReduceLROnPlateau is stepped per epoch, and the run counts none; "
        "write interval: step, and every: in its metric, or give run.epochs or run.steps_per_epoch"
    ),
    "wsd:decay=150%": (
        "wsd:decay=150%: decay: 100% - 150% lies before update 5, where SequentialLR takes over; "
        "write a later point"
    ),
    "constant:gamma=3,power=2,total_iters=5": (
        "constant:gamma=3,power=2,total_iters=5: gamma: a schedule has no gamma; "
        "write type, preset, optimizer, schedulers, warmup, metrics, adjust, set, train, resume, cyclic, "
        "check or module\n"
        "constant:gamma=3,power=2,total_iters=5: power: belongs to a scheduler; "
        "write its class too, such as type: PolynomialLR"
    ),
    "spec.yml": "spec.yml: no such file; did you mean spec.yaml?",
    "specs/spec.yaml": "specs/spec.yaml: no such file; there is no folder specs",
    "other.txt/": "other.txt/: no such file",
    "folder/": "folder/: a folder; name the specs in it, such as folder/*.yaml",
    "plain": "plain: 'plain' is no preset; to name the file, write ./plain",
    "#cosine": "#cosine: '#cosine' is no preset; did you mean cosine?",
    "spec.yaml#cosin": "spec.yaml: no schedule is named 'cosin'; did you mean cosine?",
    "broken.json": (
        'broken.json: not a saved trace: it has no "format": "lrviz-trace"; '
        "lrviz plot SPEC -o trace.json writes one"
    ),
}


def said_of(word: str) -> str:
    with pytest.raises(SpecError) as caught:
        readers.read(word)
    return str(caught.value)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_tables_cover_the_language() -> None:
    assert len(BAD) >= 80
    assert len(REFUSED) >= 10
    titles = [title for title, _, _ in (*BAD, *REFUSED)]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize(("spec", "said"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_spec_is_told_what_is_wrong_where_and_what_to_write(spec: str, said: str) -> None:
    Path("c.yaml").write_text(spec, encoding="utf-8")
    assert said_of("c.yaml") == said


@pytest.mark.parametrize(("spec", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_torch_refuses_comes_back_with_the_curve_the_argument_and_the_line(spec: str, said: str) -> None:
    Path("c.yaml").write_text(spec, encoding="utf-8")
    read = readers.read("c.yaml")
    with pytest.raises(RefusedByTorch) as caught:
        pipeline.simulate(read)
    message = str(caught.value)
    assert message.startswith(said)
    if said.endswith("refuses this"):
        told = message.removeprefix(f"{said}: ")
        cause = caught.value.__cause__
        assert cause is not None
        assert re.sub(r" \(after update [\d,]+\)$", "", told) in " ".join(str(cause.args[0]).split())
    else:
        assert message == said


@pytest.mark.parametrize(("word", "said"), WORDS.items(), ids=[word or "nothing" for word in WORDS])
def test_a_bad_word_on_the_command_line_is_told_what_is_wrong_with_it(word: str, said: str) -> None:
    Path("spec.yaml").write_text("run: {epochs: 3}\nschedules: {cosine: cosine}\n")
    Path("plain").write_text("")
    Path("folder").mkdir()
    Path("broken.json").write_text('{"lrviz-trace": 1}')
    assert said_of(word) == said


def test_a_file_that_is_not_utf8_is_told_its_first_bad_byte() -> None:
    Path("c.yaml").write_bytes(b"run: {epochs: 3}\nschedules: {caf\xe9: cosine}\n")
    assert said_of("c.yaml") == "c.yaml:2:16: the byte 0xe9 is not UTF-8; save the file as UTF-8"


def test_a_control_character_is_told_by_its_number() -> None:
    Path("c.yaml").write_bytes(b"run: {epochs: 3}\nschedules: {a\x07: cosine}\n")
    assert said_of("c.yaml") == "c.yaml:2:14: the character U+0007 is not allowed in YAML; delete it"


def test_a_key_that_goes_on_and_on_is_refused() -> None:
    Path("c.yaml").write_text(f"run: {{epochs: 3, {'k' * 300}: 1}}\n")
    assert said_of("c.yaml") == "c.yaml:1:18: run: a key of 300 characters; write at most 200"


def test_a_file_larger_than_any_spec_is_refused_unread() -> None:
    Path("c.yaml").write_text("# " + "x" * 1_000_000)
    assert said_of("c.yaml") == "c.yaml: more than 1,000,000 characters; no spec has as many"


def test_more_values_than_any_spec_has_are_refused_while_reading() -> None:
    Path("c.yaml").write_text("x-a: [" + "0, " * 60_000 + "0]")
    assert said_of("c.yaml") == "c.yaml:1:149998: more than 50,000 values; no spec has as many"


def test_a_thousand_problems_are_counted_after_the_first_hundred() -> None:
    values = ", ".join(["x"] * 1000)
    Path("c.yaml").write_text(
        f"run: {{epochs: 3}}\nschedules: {{a: {{type: MultiStepLR, milestones: [{values}]}}}}\n"
    )
    lines = said_of("c.yaml").splitlines()
    assert len(lines) == 101
    assert lines[-1] == "and 900 more"


def test_too_many_schedules_and_groups_are_refused() -> None:
    many = ", ".join(f"s{i}: cosine" for i in range(1001))
    groups = ", ".join("{lr: 1}" for _ in range(1001))
    Path("c.yaml").write_text(
        f"run: {{epochs: 3}}\noptimizer: {{type: SGD, groups: [{groups}]}}\nschedules: {{{many}}}\n"
    )
    assert said_of("c.yaml") == (
        "c.yaml:2:24: optimizer.groups: 1,001 parameter groups; write 1 to 1,000\n"
        "c.yaml:3:1: schedules: 1,001 schedules; at most 1,000 are read"
    )


def test_a_broken_run_or_optimizer_does_not_make_good_schedules_wrong() -> None:
    Path("c.yaml").write_text(
        "run: {epochs: none}\n"
        "optimizer: {type: SGD, lr: x, groups: [{lr: 1}, {lr: 2}]}\n"
        "schedules:\n"
        "  a: {type: OneCycleLR, max_lr: [1, 2], total_steps: 100%}\n"
        "  b: {type: StepLR, step_size: 100% - 5000st}\n"
        "  c: {type: StepLR, step_size: 3, warmup: 9Mtok}\n"
        "  d: {preset: plateau, metrics: {val_loss: {values: [1, 2]}}}\n"
    )
    assert said_of("c.yaml") == (
        "c.yaml:1:7: run.epochs: 'none' is not a whole number; write for example 10\n"
        "c.yaml:2:24: optimizer.lr: 'x' is not a number; write for example 0.1 or 1e-3"
    )
