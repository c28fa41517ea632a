"""``lrviz check``: the known mistakes in specs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz.commands import options, publishing, reviewing
from lrviz.commands.given import taking_given
from lrviz.commands.options import (
    Epochs,
    Lr,
    NoCache,
    OptimizerName,
    SkipOthers,
    Steps,
    StepsPerEpoch,
    Train,
    Trust,
    complete_curve,
)
from lrviz.commands.settings import Settings, project_choice, settings
from lrviz.errors import LrvizError

if TYPE_CHECKING:
    from lrviz.checks.choice import Choice
    from lrviz.checks.review import Review
    from lrviz.commands.mending import Mender
    from lrviz.commands.reviewing import Reader
    from lrviz.spec.curve import Spec

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH...",
        help="Specs, folders of specs, presets with changes, saved traces, or - for a spec on standard input.",
        autocompletion=complete_curve,
    ),
]


@taking_given
def check(
    paths: Paths = None,
    format_: Annotated[
        list[str],
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="text, json, github, sarif, junit, md or gitlab, on standard output; may be repeated.",
        ),
    ] = [],  # noqa: B006  # Typer reads the default and never hands it out
    output: Annotated[
        list[Path],
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write to a file as well; may be repeated. The suffix picks the format: "
            ".txt .json .github .sarif .xml .md; code-quality.json is for GitLab.",
        ),
    ] = [],  # noqa: B006  # as above
    select: Annotated[
        list[str], typer.Option("--select", metavar="CHECK,...", help="Only these checks, by name or code.")
    ] = [],  # noqa: B006  # as above
    ignore: Annotated[
        list[str], typer.Option("--ignore", metavar="CHECK,...", help="Not these checks, by name or code.")
    ] = [],  # noqa: B006  # as above
    severity: Annotated[
        list[str],
        typer.Option(
            "--severity",
            metavar="LEVEL",
            help="Show from this on: info, warning (the default) or error; or set one check's own: lr-jump=error.",
        ),
    ] = [],  # noqa: B006  # as above
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Rewrite the YAML where the remedy is certain, and show what changes."),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what --fix would change, and change nothing.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings too.")] = False,
    skip_others: SkipOthers = False,
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
      lrviz check config.yaml --fix
      lrviz check onecycle:total_steps=900 --epochs 10 --steps-per-epoch 100

    \b
    Exit codes: 0 nothing, 1 an error was found (with --strict, a warning),
    2 a spec is wrong. After --fix they tell of what is left; --diff exits 1
    where something would change, too.
    """
    if list_:
        _listed()
        return
    if not paths:
        raise LrvizError("nothing to check; name specs or folders, such as lrviz check configs/")
    wanted = settings()
    choice = _choice(wanted, select, ignore, severity)
    formats = publishing.formats_of(format_)
    publishing.check_outputs(output)

    def read(word: str, text: str | None) -> Spec:
        run = (epochs, steps_per_epoch, steps, lr, optimizer, train, trust)
        return options.specs_of([word], *run, text=text)[0]

    mender = _mender(read, choice, no_cache) if fix or diff else None
    named = options.specs_among(paths) if skip_others else paths
    review = reviewing.review(named, read, choice, no_cache, mender)
    if mender is not None:
        if not diff:
            mender.write()
        publishing.show_changes(mender.files(), formats)
        mender.tell("would mend" if diff else "mended")
    publishing.write(review, output)
    publishing.show(review, formats)
    publishing.add_to_step_summary(lambda: _summary(review))
    code = review.exit_code(strict or wanted.strict)
    raise typer.Exit(max(code, 1) if diff and mender and mender.count else code)


def _summary(review: Review) -> str:
    from lrviz.render.findings import as_markdown

    return as_markdown.render(review)


def _mender(read: Reader, choice: Choice, no_cache: bool) -> Mender:
    from lrviz.commands.mending import Mender

    return Mender(read, choice, cache=not no_cache)


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
