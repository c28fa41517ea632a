"""``lrviz check``: the known mistakes in specs."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lrviz import pipeline
from lrviz.commands import options
from lrviz.commands.options import (
    Epochs,
    Lr,
    NoCache,
    OptimizerName,
    Steps,
    StepsPerEpoch,
    Train,
    Trust,
    complete_curve,
)
from lrviz.commands.running import attempted
from lrviz.commands.settings import Settings, project_choice, settings
from lrviz.errors import LrvizError, OutputError, Problem, SpecError, one_of, suggestion

if TYPE_CHECKING:
    from lrviz.checks.choice import Choice
    from lrviz.checks.finding import Finding
    from lrviz.checks.review import Review
    from lrviz.render.findings import Format
    from lrviz.spec.curve import Spec

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH...",
        help="Specs, folders of specs, presets with changes, saved traces, or - for a spec on standard input.",
        autocompletion=complete_curve,
    ),
]


def check(
    paths: Paths = None,
    format_: Annotated[
        list[str],
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="text, json, github, sarif or junit, on standard output; may be repeated.",
        ),
    ] = [],  # noqa: B006  # Typer reads the default and never hands it out
    output: Annotated[
        list[Path],
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write to a file as well; may be repeated. The suffix picks the format: .txt .json .sarif .xml.",
        ),
    ] = [],  # noqa: B006
    select: Annotated[
        list[str], typer.Option("--select", metavar="CHECK,...", help="Only these checks, by name or code.")
    ] = [],  # noqa: B006
    ignore: Annotated[
        list[str], typer.Option("--ignore", metavar="CHECK,...", help="Not these checks, by name or code.")
    ] = [],  # noqa: B006
    severity: Annotated[
        list[str],
        typer.Option(
            "--severity",
            metavar="LEVEL",
            help="Show from this on: info, warning (the default) or error; or set one check's own: lr-jump=error.",
        ),
    ] = [],  # noqa: B006
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings too.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List every check, and exit.")] = False,
    epochs: Epochs = None,
    steps_per_epoch: StepsPerEpoch = None,
    steps: Steps = None,
    lr: Lr = None,
    optimizer: OptimizerName = None,
    train: Train = None,
    no_cache: NoCache = False,
    trust: Trust = False,
) -> None:
    """Find the known mistakes with learning-rate schedules, before the run is paid for.

    Each curve is stepped as it would be in training, and what it does is held against every rule. What is meant can be
    allowed: `check: {ignore: [lr-zero-start]}` in the spec or a curve, `# lrviz: ignore[horizon-mismatch]` on a line,
    --ignore, or a [tool.lrviz] table in pyproject.toml. lrviz explain NAME tells all about a check.

    \b
    Examples:
      lrviz check configs/
      lrviz check config.yaml --strict --select horizon-mismatch,lr-rebounds
      lrviz check configs/ --format github -o findings.sarif
      lrviz check onecycle:total_steps=900 --epochs 10 --steps-per-epoch 100

    \b
    Exit codes: 0 nothing, 1 an error was found (with --strict, a warning), 2 a spec is wrong.
    """
    if list_:
        _listed()
        return
    if not paths:
        raise LrvizError("nothing to check; name specs or folders, such as lrviz check configs/")
    wanted = settings()
    choice = _choice(wanted, select, ignore, severity)
    formats = _formats(format_)
    _check_outputs(output)
    words, problems = _words(paths)
    run = {"epochs": epochs, "steps_per_epoch": steps_per_epoch, "steps": steps}
    specs, wrong = _specs(words, run | {"lr": lr, "optimizer": optimizer, "train": train, "trust": trust})
    review = _review(specs, [*problems, *wrong], choice, no_cache)
    for path in output:
        from lrviz.render.write import write_pieces

        write_pieces(path, [_by_suffix(path).render(review).encode()])
        print(f"wrote {path}", file=sys.stderr)
    _print(review, formats)
    raise typer.Exit(review.exit_code(strict or wanted.strict))


def _listed() -> None:
    from lrviz.commands.running import shown
    from lrviz.render.as_rule import listing

    shown(listing)


def _choice(wanted: Settings, select: list[str], ignore: list[str], severity: list[str]) -> Choice:
    """Lay the options of the command line over the project's settings: they are added to what it ignores."""
    from lrviz.checks.choice import choice_of

    own = project_choice(wanted)
    given = choice_of(_names(select) or None, _names(ignore), severity)
    least = given.least if any("=" not in word for word in severity) else own.least
    return replace(
        given,
        select=own.select if given.select is None else given.select,
        ignore=given.ignore | own.ignore,
        least=least,
        severities={**own.severities, **given.severities},
    )


def _names(options: list[str]) -> list[str]:
    return [name.strip() for option in options for name in option.split(",") if name.strip()]


def _formats(names: list[str]) -> list[str]:
    from lrviz.render.findings import FORMATS

    known = [row.name for row in FORMATS]
    wrong = [name for name in names if name not in known]
    if wrong:
        raise LrvizError(f"--format: {wrong[0]!r} is no format; {suggestion(wrong[0], known)}")
    return names or ["text"]


def _check_outputs(output: list[Path]) -> None:
    from lrviz.render.findings import FORMATS
    from lrviz.render.write import file_problem

    for path in output:
        if path.suffix.lower() not in [row.suffix for row in FORMATS]:
            known = one_of(row.suffix for row in FORMATS)
            raise OutputError(
                f"{path}: {path.suffix or 'no suffix'} is no format of findings; end it in {known}"
            )
        problem = file_problem(str(path))
        if problem:
            raise OutputError(problem)


def _by_suffix(path: Path) -> Format:
    from lrviz.render.findings import FORMATS

    return next(row for row in FORMATS if row.suffix == path.suffix.lower())


def _words(paths: list[str]) -> tuple[list[str], list[Problem]]:
    """Put the specs in the place of the folders that hold them."""
    from lrviz.errors import Place

    words: list[str] = []
    problems: list[Problem] = []
    for path in paths:
        if not Path(path).is_dir():
            words.append(path)
            continue
        found = pipeline.specs_in(path)
        words += found
        if not found:
            problems.append(
                Problem(Place(path), "a folder without specs; lrviz init cosine writes one to start from")
            )
    return list(dict.fromkeys(words)), problems


def _specs(words: list[str], given: dict[str, Any]) -> tuple[list[Spec], list[Problem]]:
    """Read every spec; one that is wrong does not keep the others from being checked."""
    specs: list[Spec] = []
    problems: list[Problem] = []
    for word in words:
        try:
            specs += options.specs_of([word], **given)
        except SpecError as error:
            problems += error.problems
    return specs, problems


def _review(specs: list[Spec], problems: list[Problem], choice: Choice, no_cache: bool) -> Review:
    from lrviz.checks.review import Checked, review_of

    found: list[Finding] = []
    for spec, traces in attempted(specs, no_cache):
        try:
            own, refused = pipeline.check(spec, traces, choice, cache=not no_cache)
        except SpecError as error:
            problems = [*problems, *error.problems]
            continue
        found += own
        problems = [*problems, *(error.problem for error in refused)]
    checked = [Checked(spec.source, curve.name) for spec in specs for curve in spec]
    return review_of(found, checked, problems, choice)


def _print(review: Review, formats: list[str]) -> None:
    from lrviz.render.findings import FORMATS, as_text
    from lrviz.render.terminal import console, is_plain

    for name in formats:
        if name == "text":
            as_text.printed(review, console(), is_plain(sys.stdout))
        else:
            sys.stdout.write(next(row for row in FORMATS if row.name == name).render(review))
