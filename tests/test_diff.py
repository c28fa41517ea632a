"""``lrviz diff``: what became of curves, between two specs, saved traces and folders; in every format."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from commanded import Command

import lrviz as package
from lrviz.analyze.comparison import Comparison, compared
from lrviz.analyze.tolerance import Tolerance
from lrviz.render.diff import FORMATS, as_text
from lrviz.spec.clock import Clock
from lrviz.trace import Stepped, Trace

RUN = "run: {epochs: 10, steps_per_epoch: 2}\noptimizer: {type: SGD, lr: 0.1, momentum: 0.9}\nschedules:\n"
OLD = RUN + (
    "  step: {type: StepLR, step_size: 5, gamma: 0.1}\n"
    "  flat: {type: ConstantLR, factor: 1.0}\n"
    "  old: {type: ConstantLR, factor: 1.0}\n"
)
NEW = RUN + (
    "  step: {type: StepLR, step_size: 4, gamma: 0.1}\n"
    "  flat: {type: ConstantLR, factor: 1.0}\n"
    "  new: {type: ConstantLR, factor: 1.0}\n"
)
# By hand: 10 updates at 0.1 and 10 at 0.01; then 8 at 0.1, 8 at 0.01 and 4 at 0.001.
TEXT = """\
old.yaml -> new.yaml
  changed  step
    lr           parts at update 8 (epoch 4): 0.01 instead of 0.1; by up to 0.09 at update 8 (epoch 4)
    peak         0.1, as before
    end          0.01 -> 0.001 (-90%)
    mean         0.055 -> 0.0442 (-19.6%)
    length       20 updates, as before
  equal    flat
  added    new (20 updates)
  removed  old (20 updates)

4 curves: 1 changed, 1 added, 1 removed, 1 equal
"""
MARKDOWN = """\
**4 curves: 1 changed, 1 added, 1 removed, 1 equal** (before: `old.yaml`, after: `new.yaml`)

|  | spec | curve | parts at | by up to | peak | end | mean | length |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| **changed** | `old.yaml -> new.yaml` | `step` | update 8 (epoch 4) | 0.09 at update 8 (epoch 4) | 0.1, as before \
| 0.01 → 0.001 (-90%) | 0.055 → 0.0442 (-19.6%) | 20 updates, as before |
| **added** | `old.yaml -> new.yaml` | `new` |  |  |  |  |  | 20 updates |
| **removed** | `old.yaml -> new.yaml` | `old` |  |  |  |  |  | 20 updates |

```text
old.yaml -> new.yaml step (log)
  before  ██████████▅▅▅▅▅▅▅▅▅▅
  after   ████████▅▅▅▅▅▅▅▅▁▁▁▁
```
"""


@pytest.fixture
def lrviz(monkeypatch, capsys, tmp_path) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(monkeypatch, capsys)


def write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def both(lrviz) -> Command:
    write("old.yaml", OLD)
    write("new.yaml", NEW)
    return lrviz


def trace(lr, name="a", optimizer="SGD", groups=("all",), momentum=None, weight_decay=None) -> Trace:
    columns = np.array(lr, dtype=np.float64).reshape(-1, len(groups))
    return Trace(
        name=name,
        clock=Clock(len(columns)),
        optimizer=optimizer,
        groups=groups,
        schedulers=(Stepped("StepLR", "step"),),
        lr=columns,
        momentum=None if momentum is None else np.array(momentum, dtype=np.float64).reshape(columns.shape),
        weight_decay=None
        if weight_decay is None
        else np.array(weight_decay, dtype=np.float64).reshape(columns.shape),
        final_lr=tuple(columns[-1].tolist()),
    )


def held(before: Trace, after: Trace, rtol: float = 1e-9, atol: float = 1e-12) -> Comparison:
    return compared("spec.yaml", before, after, Tolerance(rtol, atol))


def partings(found: Comparison) -> list[tuple]:
    return [
        (d.quantity, d.group, d.parting.update, d.parting.before, d.parting.after, d.parting.largest_at)
        for d in found.divergences
    ]


def test_what_became_of_each_curve_is_told(both):
    done = both("diff", "old.yaml", "new.yaml")
    assert (done.code, done.out, done.err) == (1, TEXT, "")


def test_a_spec_is_equal_to_itself(both):
    done = both("diff", "old.yaml", "old.yaml")
    assert (done.code, done.out, done.err) == (
        0,
        "old.yaml -> old.yaml: equal\n\n3 curves: 3 equal\n",
        "",
    )


def test_markdown_is_a_table_of_what_is_not_what_it_was(both):
    done = both("diff", "old.yaml", "new.yaml", "--format", "md")
    assert (done.code, done.out, done.err) == (1, MARKDOWN, "")


def test_json_holds_every_number_in_full(both):
    done = both("diff", "old.yaml", "new.yaml", "--format", "json")
    told = json.loads(done.out)
    assert done.code == 1
    head = {
        key: told[key] for key in ("format", "version", "before", "after", "tolerance", "equal", "counts")
    }
    assert head == {
        "format": "lrviz-diff",
        "version": 1,
        "before": "old.yaml",
        "after": "new.yaml",
        "tolerance": {"rtol": 1e-9, "atol": 1e-12},
        "equal": False,
        "counts": {"changed": 1, "added": 1, "removed": 1, "equal": 1},
    }
    step = told["curves"][0]
    assert (step["source"], step["curve"], step["status"]) == ("old.yaml -> new.yaml", "step", "changed")
    assert step["updates"] == {"before": 20, "after": 20}
    (parts,) = step["parts"]
    assert {key: parts[key] for key in ("quantity", "group", "update", "largest_at")} == {
        "quantity": "lr",
        "group": "all",
        "update": 8,
        "largest_at": 8,
    }
    assert [parts["before"], parts["after"], parts["largest"]] == pytest.approx([0.1, 0.01, 0.09])
    (group,) = step["groups"]
    assert group["end"] == {"before": pytest.approx(0.01), "after": pytest.approx(0.001)}
    assert group["mean"] == {"before": pytest.approx(0.055), "after": pytest.approx(0.0442)}
    assert [(c["curve"], c["status"], c["updates"]) for c in told["curves"][1:]] == [
        ("flat", "equal", {"before": 20, "after": 20}),
        ("new", "added", {"before": None, "after": 20}),
        ("old", "removed", {"before": 20, "after": None}),
    ]


def test_the_suffix_of_a_file_picks_its_format(both):
    names = [f"diff{suffix}" for suffix in (".txt", ".md", ".json", ".png", ".svg", ".pdf")]
    done = both("diff", "old.yaml", "new.yaml", *(word for name in names for word in ("-o", name)))
    assert done.code == 1
    assert done.err == "".join(f"wrote {name}\n" for name in names)
    assert Path("diff.txt").read_text() == TEXT
    assert Path("diff.md").read_text() == MARKDOWN
    assert json.loads(Path("diff.json").read_text())["counts"]["changed"] == 1
    begins = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
    assert {s: Path(f"diff{s}").read_bytes()[: len(head)] for s, head in begins.items()} == begins


def test_the_figure_of_equal_curves_and_of_runs_of_several_lengths_is_drawn(lrviz):
    run = "run: {{steps: {}}}\noptimizer: {{type: SGD, lr: 0.1, groups: [{{name: body}}, {{name: head, lr: 1.0}}]}}\n"
    curve = "schedules: {{a: {{type: StepLR, step_size: {}}}}}\n"
    for folder, size in (("old", 5), ("new", 6)):
        write(f"{folder}/short.yaml", run.format(20) + curve.format(size))
        write(f"{folder}/long.yaml", run.format(2000 if folder == "old" else 1500) + curve.format(size))
    assert lrviz("diff", "old", "new", "-o", "changed.png").code == 1
    assert lrviz("diff", "old", "old", "-o", "equal.png").code == 0
    assert Path("changed.png").read_bytes() != Path("equal.png").read_bytes()


def test_at_a_terminal_no_line_is_wider_than_it(both, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    done = both("diff", "old.yaml", "new.yaml")
    assert "\x1b[" in done.out
    monkeypatch.setenv("NO_COLOR", "1")
    plain = both("diff", "old.yaml", "new.yaml").out
    assert plain == TEXT
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in done.out.splitlines()]
    assert max(map(len, lines)) <= 80
    assert " ".join(" ".join(lines).split()) == " ".join(TEXT.split())


def test_two_lone_curves_are_compared_whatever_their_names(lrviz):
    done = lrviz("diff", "steplr", "cosine", "--epochs", "90")
    assert done.code == 1
    assert done.out.startswith(
        "steplr -> cosine\n  changed  cosine\n    lr           parts at update 1 (epoch 1)"
    )


def test_saved_traces_of_two_folders_are_compared_with_specs_by_their_paths(lrviz):
    write("specs/sub/a.yaml", OLD)
    write("specs/b.yml", OLD)
    write("specs/only.yaml", OLD)
    Path("traces/sub").mkdir(parents=True)
    assert lrviz("plot", "specs/sub/a.yaml", "-o", "traces/sub/a.json").code == 0
    assert lrviz("plot", "specs/b.yml", "-o", "traces/b.yml.json").code == 0
    done = lrviz("diff", "traces", "specs")
    assert (done.code, done.out) == (
        1,
        "only.yaml\n  added    step (20 updates)\n  added    flat (20 updates)\n  added    old (20 updates)\n\n"
        "b.yml: equal\nsub/a.yaml: equal\n\n9 curves: 3 added, 6 equal\n",
    )


def test_a_longer_run_is_told_and_compared_over_what_both_have(lrviz):
    for name, epochs in (("short", 10), ("long", 15)):
        write(f"{name}.yaml", OLD.replace("epochs: 10", f"epochs: {epochs}"))
    done = lrviz("diff", "short.yaml#flat", "long.yaml#flat")
    assert (done.code, done.out) == (
        1,
        "short.yaml#flat -> long.yaml#flat\n  changed  flat\n    peak         0.1, as before\n"
        "    end          0.1, as before\n    mean         0.1, as before\n"
        "    length       20 -> 30 updates (+50%)\n\n1 curve: 1 changed\n",
    )


def test_a_momentum_or_weight_decay_that_changes_counts(lrviz):
    write("old.yaml", OLD)
    write("new.yaml", OLD.replace("momentum: 0.9", "momentum: 0.8, weight_decay: 0.01"))
    done = lrviz("diff", "old.yaml#flat", "new.yaml#flat")
    assert done.code == 1
    assert done.out.splitlines()[2:4] == [
        "    momentum     parts at update 0 (epoch 0): 0.8 instead of 0.9; by up to 0.1 at update 0 (epoch 0)",
        "    weight decay parts at update 0 (epoch 0): 0.01 instead of 0; by up to 0.01 at update 0 (epoch 0)",
    ]


def test_another_optimizer_counts_though_the_lr_is_the_same():
    found = held(trace([0.1, 0.1]), trace([0.1, 0.1], optimizer="AdamW"))
    assert (found.status, found.remarks) == ("changed", ("the optimizer is AdamW, and was SGD",))


def test_a_quantity_that_only_one_has_counts():
    found = held(trace([0.1], momentum=[0.9]), trace([0.1], weight_decay=[0.0]))
    assert found.remarks == ("there is no momentum any more", "there is a weight decay now")


def test_parameter_groups_are_paired_by_name_where_the_names_are_the_same():
    one = trace([[0.1, 1.0], [0.1, 1.0]], groups=("body", "head"))
    other = trace([[1.0, 0.1], [1.0, 0.2]], groups=("head", "body"))
    found = held(one, other)
    assert partings(found) == [("lr", "body", 1, 0.1, 0.2, 1)]
    assert [group.name for group in found.groups] == ["head", "body"]


def test_renamed_groups_are_paired_by_their_place():
    one = trace([[0.1, 1.0]], groups=("a", "b"))
    assert held(one, trace([[0.1, 1.0]], groups=("a", "c"))).status == "equal"
    assert partings(held(one, trace([[0.1, 2.0]], groups=("a", "c")))) == [("lr", "c", 0, 1.0, 2.0, 0)]


def test_groups_that_are_new_or_gone_are_told():
    one, other = trace([[0.1, 1.0]], groups=("a", "b")), trace([[0.1]], groups=("a",))
    assert held(one, other).remarks == ("the parameter group 'b' is gone",)
    assert held(other, one).remarks == ("the parameter group 'b' is new",)
    twins = trace([[0.1, 1.0, 2.0]], groups=("a", "a", "b"))
    assert held(one, twins).remarks == ("there are 3 parameter groups, and were 2",)


def test_groups_that_part_alike_share_a_line(lrviz):
    groups = "groups: [{name: body}, {name: neck}, {name: head, lr: 1.0}]"
    for name, step in (("old", 5), ("new", 4)):
        spec = f"run: {{steps: 10}}\noptimizer: {{type: SGD, lr: 0.1, {groups}}}\n"
        write(f"{name}.yaml", f"{spec}schedules: {{a: {{type: StepLR, step_size: {step}}}}}\n")
    lines = lrviz("diff", "old.yaml", "new.yaml").out.splitlines()
    assert [line.split(":")[0] for line in lines[2:10]] == [
        "    lr           body, neck",
        "    lr           head",
        "    peak         body, neck",
        "    end          body, neck",
        "    mean         body, neck",
        "    peak         head",
        "    end          head",
        "    mean         head",
    ]


@pytest.mark.parametrize(
    ("before", "after", "tolerance", "status"),
    [
        ([0.1], [0.1 * (1 + 0.9e-9)], (1e-9, 0.0), "equal"),
        ([0.1], [0.1 * (1 + 1.1e-9)], (1e-9, 0.0), "changed"),
        ([0.0], [0.9e-12], (0.0, 1e-12), "equal"),
        ([0.0], [1.1e-12], (0.0, 1e-12), "changed"),
        ([0.1], [np.nextafter(0.1, 1)], (0.0, 0.0), "changed"),
        ([np.nan, 0.1], [np.nan, 0.1], (0.0, 0.0), "equal"),
        ([np.nan], [0.1], (1.0, 1.0), "changed"),
        ([np.inf], [np.inf], (0.0, 0.0), "equal"),
        ([np.inf], [0.1], (1.0, 1.0), "changed"),
        ([np.inf], [-np.inf], (1.0, 1.0), "changed"),
        ([0.0], [-0.0], (0.0, 0.0), "equal"),
    ],
)
def test_values_are_equal_up_to_the_tolerance_from_either_side(before, after, tolerance, status):
    one, other = trace(before), trace(after)
    assert held(one, other, *tolerance).status == status
    assert held(other, one, *tolerance).status == status


def test_the_tolerance_is_an_option(lrviz):
    for word, code in (("1e-3", 1), ("0.2", 0)):
        done = lrviz("diff", "steplr:lr=0.1,gamma=1.0", "steplr:lr=0.11,gamma=1.0", "--rtol", word)
        assert done.code == code
    assert lrviz("diff", "steplr:lr=0.1,gamma=1.0", "steplr:lr=0.11,gamma=1.0", "--atol", "0.02").code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["one"],
            "diff: 1 named, and two are compared; write lrviz diff BEFORE AFTER, lrviz diff --git main, "
            "or lrviz diff SPECS --baseline DIR",
        ),
        (["new.yaml", "cosin"], "cosin: 'cosin' is no preset; did you mean cosine?"),
        (["new.yaml", "nowhere.yaml"], "nowhere.yaml: no such file; did you mean new.yaml?"),
        (
            ["folder", "new.yaml"],
            "folder: a folder, and new.yaml is none; name two folders, or a spec in this one",
        ),
        (["folder", "folder"], "diff: no specs and no saved traces in folder, folder"),
        (["new.yaml", "new.yaml", "--format", "xml"], "--format: 'xml' is no format; write text, json or md"),
        (
            ["new.yaml", "new.yaml", "-o", "x.gif"],
            "x.gif: .gif is no format of a diff; end it in .txt, .json, .md, .png, .svg or .pdf",
        ),
        (
            ["new.yaml", "new.yaml", "--rtol", "-1"],
            "rtol: -1.0 is no tolerance; write a number from 0, such as 1e-6",
        ),
        (
            ["new.yaml", "--baseline", "nowhere"],
            "nowhere: no such folder of baselines; lrviz accept SPECS --baseline DIR writes one",
        ),
        (
            ["--git", "main", "--baseline", "b"],
            "--git and --baseline: there is one thing to compare with; drop one of the two",
        ),
    ],
)
def test_what_is_wrong_is_told_and_ends_with_2(both, words, says):
    Path("folder").mkdir()
    done = both("diff", *words)
    assert (done.code, done.out, done.err) == (2, "", f"{says}\n")


def test_a_spec_that_is_wrong_does_not_keep_the_others_from_being_compared(lrviz):
    for folder in ("old", "new"):
        write(f"{folder}/good.yaml", OLD)
        write(f"{folder}/bad.yaml", OLD.replace("step_size: 5", "step_size: five"))
    done = lrviz("diff", "old", "new", "-o", "diff.json")
    wrong = "bad.yaml:4:24: schedules.step.step_size: 'five' is not a length; write 10, 10ep, 500st or 5%\n"
    assert (done.code, done.out) == (2, "good.yaml: equal\n\n3 curves: 3 equal; 2 problems\n")
    assert done.err == f"wrote diff.json\nnew/{wrong}old/{wrong}"
    assert [p["file"] for p in json.loads(Path("diff.json").read_text())["problems"]] == [
        "new/bad.yaml",
        "old/bad.yaml",
    ]


def test_a_damaged_trace_is_told(lrviz):
    write("a.json", '{"format": "lrviz-trace", "version": 1}')
    done = lrviz("diff", "a.json", "a.json", "-o", "diff.png")
    assert done.code == 2
    assert done.out == ""
    assert "a.json: a damaged trace: KeyError: 'clock'" in done.err
    assert "diff.png: not written, as there is nothing to draw" in done.err


HOSTILE = [
    "a b",
    "it's",
    'say "hi"',
    "line\nbreak",
    "🦊 fox",
    "--option",
    "<script>|`x`",
    "n" * 300,
    "\u202eevil",
    "../up",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_curve_of_any_name_is_compared_drawn_and_written_safely(lrviz, name):
    for file, lr in (("old", 0.1), ("new", 0.2)):
        (found,) = package.simulate(f"steplr:lr={lr}", cache=False).values()
        write(f"{file}.json", replace(found, name=name).to_json())
    done = lrviz("diff", "old.json", "new.json", "-o", "d.png", "-o", "d.md", "-o", "d.json", "-o", "d.svg")
    if not name.isprintable():
        assert done.code == 2
        assert "a name with the character" in done.err
        return
    assert done.code == 1
    assert json.loads(Path("d.json").read_text())["curves"][0]["curve"] == name
    rows = [line for line in Path("d.md").read_text().splitlines() if line.startswith("| **changed**")]
    assert len(rows) == 1
    assert rows[0].replace(r"\|", "").count("|") == 10
    assert sorted(path.name for path in Path().iterdir()) == [
        "d.json",
        "d.md",
        "d.png",
        "d.svg",
        "new.json",
        "old.json",
    ]


def test_two_processes_of_other_hash_seeds_and_folders_write_the_same_bytes(tmp_path):
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(NEW)
    words = ["diff", str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")]
    outputs = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        names = ["d.txt", "d.json", "d.md", "d.png", "d.svg", "d.pdf"]
        command = [sys.executable, "-m", "lrviz", *words, *(w for n in names for w in ("-o", n))]
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(package.__file__).parent.parent)}
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
        assert done.returncode == 1, done.stderr
        outputs.append({name: (folder / name).read_bytes() for name in names} | {"stdout": done.stdout})
    assert outputs[0] == outputs[1]


@pytest.mark.usefixtures("both")
def test_diff_in_python_gives_values():
    found = package.diff("old.yaml", "new.yaml")
    assert isinstance(found, package.Diff)
    assert not found.equal
    assert [(c.name, c.status) for c in found.comparisons] == [
        ("step", "changed"),
        ("flat", "equal"),
        ("new", "added"),
        ("old", "removed"),
    ]
    (step,) = found.having("changed")
    assert step.divergences[0].parting.update == 8
    assert package.diff("old.yaml", package.load("old.yaml")).equal
    traces = package.simulate("old.yaml")
    assert package.diff(traces, "old.yaml").equal
    assert not package.diff(traces["step"], package.simulate("new.yaml")["step"]).equal


@pytest.mark.usefixtures("both")
def test_diff_in_python_raises_what_is_wrong():
    with pytest.raises(package.SpecError, match=r"no\.yaml: no such file"):
        package.diff("old.yaml", "no.yaml")
    with pytest.raises(
        package.LrvizError, match="rtol: nan is no tolerance; write a number from 0, such as 1e-6"
    ):
        package.diff("old.yaml", "old.yaml", rtol=float("nan"))


def test_a_test_of_ones_own_fails_with_what_became_of_the_curves(both):
    both("plot", "old.yaml", "-o", "baseline.json")
    package.assert_matches("old.yaml", "baseline.json")
    package.assert_matches(package.load("old.yaml"), "baseline.json")
    package.assert_matches(package.simulate("old.yaml"), Path("baseline.json"), rtol=0, atol=0)
    with pytest.raises(AssertionError) as failed:
        package.assert_matches("new.yaml", "baseline.json")
    head = "not what is saved in baseline.json; if that is meant, save it anew\n"
    assert str(failed.value) == head + TEXT.replace("old.yaml ->", "baseline.json ->").rstrip("\n")


ODD = {
    "no group in common": (trace([[0.1, 0.2]], groups=("a", "b")), trace([[0.1]], groups=("c",))),
    "groups in another order": (
        trace([[0.1, 1.0]] * 3, groups=("a", "b")),
        trace([[1.0, 0.2]] * 3, groups=("b", "a")),
    ),
    "renamed groups": (trace([[0.1, 1.0]], groups=("a", "b")), trace([[0.2, 2.0]], groups=("b", "c"))),
    "200 groups": (
        trace([range(200)] * 2, groups=tuple(f"g{at}" for at in range(200))),
        trace([range(1, 201)] * 2, groups=tuple(f"g{at}" for at in range(200))),
    ),
    "no number": (trace([np.nan, np.inf, 0.1]), trace([0.1, -np.inf, 1e300])),
    "nothing but no number": (trace([np.nan]), trace([np.nan, np.inf])),
    "one update": (trace([0.1]), trace([0.2] * 5)),
    "all zero": (trace([0.0] * 3), trace([0.0] * 4)),
    "momentum alone": (trace([0.1] * 3, momentum=[0.9] * 3), trace([0.1] * 3, momentum=[0.8, np.nan, 0.9])),
    "a momentum that is new": (trace([0.1] * 3), trace([0.1] * 3, momentum=[0.9] * 3)),
    "long names": (trace([0.1], name="n" * 300), trace([0.2], name="m " * 150)),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_pairs_are_told_and_drawn_in_every_format(case):
    before, after = ODD[case]
    found = package.diff(before, after)
    assert not found.equal
    for form in FORMATS:
        assert len(form.render(found)) > 50
    for one, other in ((before, []), ([], after), (before, before)):
        sides = package.diff(one, other)
        assert {c.status for c in sides.comparisons} <= {"removed", "added", "equal"}
        for form in FORMATS:
            assert form.render(sides)


def test_more_sets_of_groups_than_a_person_reads_are_counted():
    text = as_text.render(package.diff(*ODD["200 groups"]))
    assert "    lr           g0: parts at update 0: 1 instead of 0; by up to 1 at update 0\n" in text
    assert "    lr           and 192 more sets of groups\n" in text
    assert "    facts        and 192 more sets of groups\n" in text
    # Two headings, 8 sets and a count of the others twice (a line each, and three), the length, a blank and the sum.
    assert len(text.splitlines()) == 2 + (8 + 1) + (8 * 3 + 1) + 1 + 2


def test_the_summary_of_a_step_is_added_to(both, monkeypatch):
    Path("step.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    assert both("diff", "old.yaml", "new.yaml").code == 1
    assert Path("step.md").read_text() == f"before\n{MARKDOWN}"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "nowhere/step.md")
    done = both("diff", "old.yaml", "new.yaml")
    assert (done.code, done.out) == (1, TEXT)
    assert done.err == (
        "warning: $GITHUB_STEP_SUMMARY: nowhere/step.md: cannot be written: No such file or directory\n"
    )


def test_files_that_are_no_specs_are_passed_over_where_that_is_asked_for(both):
    write("workflow.yaml", "on: push\n")
    both("accept", "old.yaml", "--baseline", "kept")
    done = both("diff", "workflow.yaml", "old.yaml", "--baseline", "kept", "--skip-others")
    assert (done.code, done.out, done.err) == (0, "old.yaml: equal\n\n3 curves: 3 equal\n", "")
    done = both("diff", "workflow.yaml", "--baseline", "kept", "--skip-others")
    assert (done.code, done.out, done.err) == (0, "", "")
    done = both("diff", "old.yaml", "new.yaml", "--skip-others")
    assert (done.code, done.err) == (
        2,
        "--skip-others: for --git and --baseline; of two that are named both are compared\n",
    )
