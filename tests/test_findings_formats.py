"""Findings in every format: valid by its standard, read back by other people's libraries, whatever names are like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from junitparser import JUnitXml
from rich.console import Console
from sarif_pydantic import Sarif

from lrviz.checks import RULES
from lrviz.checks.finding import Edit, Finding
from lrviz.checks.review import Checked, Review
from lrviz.errors import Place, Problem
from lrviz.render.findings import (
    FORMATS,
    as_diff,
    as_github,
    as_gitlab,
    as_json,
    as_junit,
    as_markdown,
    as_sarif,
    as_text,
    format_of,
)

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-used.json").read_text(encoding="utf-8"))
NASTY = "a \"b\" 'c' <d> & ]]> 100% [red]x[/] :smile: 😀 学習率\n::error::x\r\t,y \x1b[31m\u202e\x00\ufffe"
FILE = "configs/größe 50%, a:b#c.yaml"


def finding(**changes: Any) -> Finding:
    given: dict[str, Any] = {
        "code": "LR102",
        "name": "lr-rebounds",
        "severity": "error",
        "curve": "cosine",
        "message": "the LR climbs from 0 back to 0.1",
        "why": "It undoes the decay.",
        "advice": "write T_max: 100%",
        "place": Place("configs/a.yaml", 4, 53, "schedules.cosine.T_max"),
        "update": 9000,
        "line": "  cosine: {type: CosineAnnealingLR, interval: step, T_max: 90ep}",
    }
    return Finding(**{**given, **changes})


def review(*findings: Finding, problems: tuple[Problem, ...] = ()) -> Review:
    checked = dict.fromkeys(Checked(f.place.file, f.curve) for f in findings)
    return Review(findings, tuple(checked), problems)


SEVERAL = review(
    finding(),
    finding(severity="warning", code="LR101", name="horizon-mismatch", edit=None),
    finding(severity="info", curve="two"),
    finding(
        curve=NASTY, message=NASTY, advice=NASTY, why=NASTY, line=NASTY, place=Place(FILE, 4, 9, f"k.{NASTY}")
    ),
    finding(curve="preset", place=Place("cosine:T_max=30"), line=None, update=None),
    finding(curve="stdin", place=Place("<stdin>", 4, 1)),
    finding(curve="saved", place=Place("runs/trace.json"), line=None),
    problems=(
        Problem(Place("configs/b.yaml", 2, 7, "schedules.x.type"), "'Cosin' is no scheduler of torch"),
        Problem(Place(FILE), NASTY),
        Problem(Place("nope"), "'nope' is no preset"),
    ),
)
EMPTY = Review((), (Checked("a.yaml", "fine"),))
BOTH = pytest.mark.parametrize("of", [SEVERAL, EMPTY], ids=["several", "none"])


# SARIF.


@BOTH
def test_sarif_is_valid(of):
    data = json.loads(as_sarif.render(of))
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.Draft7Validator(SCHEMA).validate(data)


@BOTH
def test_sarif_is_read_by_another_library(of):
    (run,) = Sarif.model_validate_json(as_sarif.render(of)).runs
    assert run.tool.driver.name == "lrviz"
    assert len(run.results) == len(of.findings) + len(of.problems)
    assert [rule.id for rule in run.tool.driver.rules] == ["LR000", *(rule.code for rule in RULES.values())]
    for result in run.results:
        assert run.tool.driver.rules[result.rule_index].id == result.rule_id


def test_the_schema_of_sarif_is_closed_and_notices_what_is_wrong():
    data = json.loads(as_sarif.render(SEVERAL))
    wrong = [
        lambda log: log.update(version="2.0.0"),
        lambda log: log["runs"][0].update(colour="red"),
        lambda log: log["runs"][0]["results"][0].pop("message"),
        lambda log: log["runs"][0]["results"][0].update(level="info"),
        lambda log: log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"].update(
            startLine=0
        ),
    ]
    for spoil in wrong:
        spoiled = json.loads(json.dumps(data))
        spoil(spoiled)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(spoiled, SCHEMA)


def test_sarif_says_what_code_scanning_needs():
    (run,) = json.loads(as_sarif.render(SEVERAL))["runs"]
    places = [result["locations"][0].get("physicalLocation") for result in run["results"]]
    nasty = "configs/gr%C3%B6%C3%9Fe%2050%25%2C%20a%3Ab%23c.yaml"
    assert [place and (place["artifactLocation"]["uri"], *place["region"].values()) for place in places] == [
        ("configs/b.yaml", 2, 7),
        (nasty, 1, 1),
        None,
        ("configs/a.yaml", 4, 53),
        ("configs/a.yaml", 4, 53),
        ("configs/a.yaml", 4, 53),
        (nasty, 4, 9),
        None,
        None,
        ("runs/trace.json", 1, 1),
    ]
    assert [result["level"] for result in run["results"][3:6]] == ["error", "warning", "note"]
    assert run["results"][3]["message"]["text"] == (
        "cosine: the LR climbs from 0 back to 0.1. Instead: write T_max: 100%."
    )
    rule = run["tool"]["driver"]["rules"][1 + list(RULES).index("lr-rebounds")]
    assert (rule["id"], rule["name"], rule["defaultConfiguration"]) == (
        "LR102",
        "lr-rebounds",
        {"level": "error"},
    )
    assert rule["properties"] == {"tags": ["learning-rate"], "precision": "high", "problem.severity": "error"}
    assert "## Why it matters\n\n" in rule["help"]["markdown"]
    assert "## Example\n\n```yaml\nrun: " in rule["help"]["markdown"]


def test_a_finding_keeps_its_fingerprint_when_its_line_moves():
    prints = [
        json.loads(as_sarif.render(review(one)))["runs"][0]["results"][0]["partialFingerprints"]
        for one in (
            finding(),
            finding(place=Place("configs/a.yaml", 9, 5, "schedules.cosine.T_max"), message="other numbers"),
            finding(curve="two"),
        )
    ]
    assert prints[0] == prints[1] != prints[2]


def test_files_are_named_from_the_folder_where_lrviz_runs(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    found = [
        finding(place=Place(file, 4, 1))
        for file in (str(tmp_path / "here" / "a.yaml"), "./b/a.yaml", "../a.yaml", str(tmp_path / "ü.yaml"))
    ]
    results = json.loads(as_sarif.render(review(*found)))["runs"][0]["results"]
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results]
    assert uris == ["a.yaml", "b/a.yaml", "../a.yaml", (tmp_path / "ü.yaml").as_uri()]
    assert as_github.render(review(found[0])).startswith("::error file=a.yaml,line=4,col=1,title=")


# JUnit.


def test_junit_is_read_back_with_a_case_per_curve():
    suites = JUnitXml.fromstring(as_junit.render(SEVERAL).encode())
    assert (suites.tests, suites.failures, suites.errors) == (9, 5, 3)
    told = {
        (suite.name, case.name): [type(one).__name__ for one in case.result]
        for suite in suites
        for case in suite
    }
    assert told["configs/a.yaml", "cosine"] == ["Failure"]
    assert told["configs/a.yaml", "two"] == []
    assert told["cosine:T_max=30", "preset"] == ["Failure"]
    assert [case.name for suite in suites for case in suite if suite.name == "invalid specs"] == [
        "schedules.x.type", "spec", "spec",
    ]  # fmt: skip
    (failure,) = next(case for suite in suites for case in suite if case.name == "cosine").result
    assert (failure.type, failure.message) == ("lr-rebounds", "the LR climbs from 0 back to 0.1")
    assert failure.text == (
        "configs/a.yaml:4:53 LR102 lr-rebounds [error] cosine: the LR climbs from 0 back to 0.1\n"
        "why: It undoes the decay.\ninstead: write T_max: 100%"
    )


def test_junit_counts_what_it_holds():
    root = ElementTree.fromstring(as_junit.render(SEVERAL))
    for suite in root:
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors", "")) == len(suite.findall("testcase/error"))
    passed = ElementTree.fromstring(as_junit.render(EMPTY))
    assert (passed.get("tests"), passed.get("failures"), passed.get("errors")) == ("1", "0", "0")


def test_names_of_any_kind_come_back_from_junit():
    root = ElementTree.fromstring(as_junit.render(SEVERAL))
    names = [case.get("name", "") for case in root.iter("testcase")]
    wanted = NASTY.replace("\x1b", "\ufffd").replace("\x00", "\ufffd").replace("\ufffe", "\ufffd")
    assert wanted in names


# GitHub.


def test_annotations_of_github_are_a_line_each_whatever_names_are_like():
    lines = as_github.render(SEVERAL).split("\n")
    assert lines.pop() == ""
    assert len(lines) == 10
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)
    assert lines[0] == (
        "::error file=configs/a.yaml,line=4,col=53,title=LR102 lr-rebounds::cosine: the LR climbs from 0 back to 0.1"
        "%0AIt undoes the decay.%0AInstead: write T_max: 100%25"
    )
    assert lines[3].startswith(
        "::error file=configs/größe 50%25%2C a%3Ab#c.yaml,line=4,col=9,title=LR102 lr-rebounds::"
    )
    assert "100%25 [red]x[/] :smile: 😀 学習率%0A::error::x%0D\t,y" in lines[3]
    assert lines[4].startswith("::error title=LR102 lr-rebounds::preset: ")
    assert lines[7] == (
        "::error file=configs/b.yaml,line=2,col=7,title=invalid spec::schedules.x.type: "
        "'Cosin' is no scheduler of torch"
    )
    assert lines[9] == "::error title=invalid spec::'nope' is no preset"
    assert as_github.render(EMPTY) == ""


# JSON.


def test_json_has_every_part_of_a_finding():
    edit = Edit("set", finding().place, "100%")
    data = json.loads(as_json.render(review(finding(edit=edit), finding(curve=NASTY, message=NASTY))))
    assert data["findings"][0] == {
        "code": "LR102",
        "name": "lr-rebounds",
        "severity": "error",
        "curve": "cosine",
        "file": "configs/a.yaml",
        "line": 4,
        "column": 53,
        "key": "schedules.cosine.T_max",
        "update": 9000,
        "message": "the LR climbs from 0 back to 0.1",
        "why": "It undoes the decay.",
        "advice": "write T_max: 100%",
        "fixable": True,
    }
    assert (data["findings"][1]["curve"], data["findings"][1]["message"]) == (NASTY, NASTY)
    assert data["counts"] == {"error": 2, "warning": 0, "info": 0}


# Text.


def in_terminal(of: Review, width: int, colour: bool = False) -> str:
    console = Console(
        width=width, force_terminal=colour, color_system="standard" if colour else None, markup=False
    )
    with console.capture() as captured:
        console.print(as_text.shown(of, width))
    return captured.get()


def test_a_terminal_of_80_columns_shows_the_caret_under_the_key_and_hangs_what_it_wraps():
    name = "学習率 cosine with a rather long name that goes on"
    line = f"  {name}: {{optimizer: {{type: AdamW, lr: 0.001}}, type: CosineAnnealingLR, T_max: 90ep, eta_min: 1e-05}}"
    place = Place("configs/a.yaml", 4, line.index("T_max") + 1, f"schedules.{name}.T_max")
    why = (
        "The cosine is periodic: past T_max the LR climbs back to its peak and undoes what the decay was for."
    )
    shown = in_terminal(review(finding(curve=name, line=line, place=place, why=why)), 80)
    assert [line.rstrip() for line in shown.splitlines()] == [
        "configs/a.yaml:4:115 LR102 lr-rebounds [error] 学習率 cosine with a rather long",
        "    name that goes on: the LR climbs from 0 back to 0.1",
        "  4 | … AdamW, lr: 0.001}, type: CosineAnnealingLR, T_max: 90ep, eta_min: 1e-05}",
        "    |                                               ^^^^^",
        "  why: The cosine is periodic: past T_max the LR climbs back to its peak and",
        "       undoes what the decay was for.",
        "  instead: write T_max: 100%",
        "",
        "1 error in 1 curve",
    ]


@pytest.mark.parametrize(
    ("line", "column", "key", "carets"),
    [
        ("  a: {T_max: 9}", 7, "schedules.a.T_max", "      ^^^^^"),
        ('  a: {"T_max": 9}', 7, "schedules.a.T_max", "      ^^^^^^^"),
        ("  学習率: {T_max: 9}", 9, "schedules.学習率.T_max", " " * 11 + "^^^^^"),
        ("\ta: 9  # x\ty", 2, "schedules.b", " ^"),
        ("  a: [1, 2]", 9, "schedules.a[1]", " " * 8 + "^"),
        ("", 1, "schedules.a", "^"),
        ("  a", 9, "schedules.a", "   ^"),
    ],
)
def test_carets_stand_under_what_the_place_names(line, column, key, carets):
    shown = as_text.render(review(finding(line=line, place=Place("a.yaml", 4, column, key)))).splitlines()
    assert shown[1] == f"  4 | {line.replace(chr(9), ' ')}"
    assert shown[2] == f"    | {carets}"


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("column", [1, 50, 500, 990])
def test_a_long_line_is_cut_around_what_it_is_about(width, column):
    line = "".join(f"{index:09d} " for index in range(100))
    one = finding(line=line, place=Place("a.yaml", 4, column, "k"))
    rows = in_terminal(review(one), width).splitlines()
    at = next(index for index, row in enumerate(rows) if row.startswith("  4 | "))
    assert len(rows[at].rstrip()) <= max(width, 26)
    assert rows[at][rows[at + 1].index("^")] == line[column - 1]


def test_a_file_of_one_line_is_cut_without_a_terminal_too():
    line = "{" + "x" * 100_000
    shown = as_text.render(review(finding(line=line, place=Place("a.json", 1, 50_000, "k"))))
    assert len(shown) < 1000


def test_nothing_in_a_name_is_obeyed_by_the_terminal():
    for text in (as_text.render(SEVERAL), in_terminal(SEVERAL, 80, colour=True).replace("\x1b[", "")):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "[red]x[/] :smile: 😀" in text


def test_severities_have_colours_in_a_terminal():
    shown = in_terminal(SEVERAL, 80, colour=True)
    assert "\x1b[1;31m [error]" in shown
    assert "\x1b[1;33m [warning]" in shown
    assert "\x1b[1;34m [info]" in shown
    assert "\x1b[32mno findings in 1 curve" in in_terminal(EMPTY, 80, colour=True)


@pytest.mark.parametrize(
    ("of", "summary"),
    [
        (EMPTY, "no findings in 1 curve"),
        (Review((), ()), "nothing was checked"),
        (review(finding(), finding(curve="b")), "2 errors in 2 curves"),
        (review(finding(edit=Edit("sort", Place("a")))), "1 error in 1 curve; 1 can be mended with --fix"),
        (SEVERAL, "5 errors, 1 warning and 1 note in 6 curves of 5 files; 3 problems in specs"),
        (
            Review((), (Checked("a", "b"),), hidden=2),
            "no findings in 1 curve; 2 slighter ones not shown (--severity info)",
        ),
    ],
)  # fmt: skip
def test_the_last_line_sums_up(of, summary):
    assert of.summary() == summary
    assert as_text.render(of).splitlines()[-1] == summary


@BOTH
def test_every_format_is_text_that_can_be_encoded(of):
    assert [row.name for row in FORMATS] == ["text", "json", "github", "sarif", "junit", "md", "gitlab"]
    for row in FORMATS:
        assert row.render(of).encode() == row.render(of).encode()


# Changes.


def test_a_change_is_a_diff_that_keeps_line_ends_and_says_where_there_is_none():
    assert as_diff.render("a.yaml", "a\r\nb\r\n", "a\r\nc\r\n") == (
        "--- a.yaml\n+++ a.yaml\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n"
    )
    assert as_diff.render("a.yaml", "a", "b") == (
        "--- a.yaml\n+++ a.yaml\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"
    )
    assert as_diff.render("a\nb", "a\n", "b\n").startswith("--- a\\nb\n+++ a\\nb\n")
    assert as_diff.render("a.yaml", "same\n", "same\n") == ""


# GitLab.

# As https://docs.gitlab.com/ci/testing/code_quality/ describes what a report must hold.
CODE_QUALITY = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "additionalProperties": False,
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./).+"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "additionalProperties": False,
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


@BOTH
def test_gitlab_is_valid(of):
    jsonschema.Draft7Validator.check_schema(CODE_QUALITY)
    jsonschema.Draft7Validator(CODE_QUALITY).validate(json.loads(as_gitlab.render(of)))


def test_gitlab_is_told_of_every_finding():
    data = json.loads(as_gitlab.render(SEVERAL))
    assert [issue["severity"] for issue in data] == [
        *("major", "minor", "info", "major", "major", "major", "major"),
        *("critical", "critical", "critical"),
    ]
    assert data[0]["description"] == "cosine: the LR climbs from 0 back to 0.1. Instead: write T_max: 100%."
    assert data[0]["check_name"] == "lr-rebounds"
    assert data[0]["location"] == {"path": "configs/a.yaml", "lines": {"begin": 4}}
    assert data[7]["check_name"] == "invalid-spec"
    assert data[7]["description"] == "schedules.x.type: 'Cosin' is no scheduler of torch"


def test_a_fingerprint_stays_where_a_line_moves_and_is_nobody_elses():
    def known(*findings):
        return [issue["fingerprint"] for issue in json.loads(as_gitlab.render(review(*findings)))]

    moved = finding(place=Place("configs/a.yaml", 40, 2, "schedules.cosine.T_max"))
    assert known(finding()) == known(moved)
    assert len(set(known(finding(), moved, finding(curve="other"), finding(update=3)))) == 4
    assert len(set(known(*SEVERAL.findings))) == len(SEVERAL.findings)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("findings.json", "json"),
        ("gl-code-quality.json", "gitlab"),
        ("ci/GL-Code-Quality-Report.JSON", "gitlab"),
        ("codequality.json", "gitlab"),
        ("codequality/findings.json", "json"),
        ("code-quality.md", "md"),
    ],
)
def test_the_name_of_a_json_file_tells_whose_it_is(name, form):
    assert format_of(name).name == form


# Markdown.


def test_markdown_is_a_line_per_finding():
    assert as_markdown.render(
        review(finding(), problems=(Problem(Place("b.yaml", 2, 7, "x"), "'Cosin' is <b>"),))
    ) == (
        "**lrviz check: 1 error in 1 curve; 1 problem in specs**\n\n"
        "- ❌ b.yaml:2:7: x: 'Cosin' is &lt;b&gt;\n"
        "- ❌ **error** `lr-rebounds` `cosine` (configs/a.yaml:4:53): the LR climbs from 0 back to 0.1. "
        "It undoes the decay. Instead: write T\\_max: 100%\n"
    )
    assert as_markdown.render(EMPTY) == "**lrviz check: no findings in 1 curve**\n"


def test_markdown_of_more_than_is_shown_counts_the_rest():
    several = review(*(finding(curve=f"c{index}") for index in range(203)))
    assert as_markdown.render(several).endswith("\n- And 3 more.\n")
