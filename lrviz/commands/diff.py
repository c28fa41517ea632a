"""``lrviz diff``: what became of curves, between two specs, since a revision, or since a baseline was accepted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz import comparing
from lrviz.commands import differing, publishing
from lrviz.commands.given import taking_given
from lrviz.commands.options import (
    Atol,
    Columns,
    Epochs,
    Logged,
    Lr,
    NoCache,
    OptimizerName,
    Rtol,
    SkipOthers,
    Steps,
    StepsPerEpoch,
    Trust,
    complete_curve,
    specs_among,
)
from lrviz.errors import LrvizError
from lrviz.spec.logs import logs_of

if TYPE_CHECKING:
    from lrviz.spec.curve import Spec

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="BEFORE AFTER | PATH...",
        help="Two curves, specs, saved traces, folders of them, or git:REV:path; "
        "with --git or --baseline any number of specs and folders (. where none is named).",
        autocompletion=complete_curve,
    ),
]


@taking_given
def diff(
    words: Words = None,
    git: Annotated[
        str | None,
        typer.Option(
            "--git", metavar="REV", help="Compare the working tree with a branch, a tag or a commit."
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline", metavar="DIR", help="Compare with the traces that lrviz accept has kept there."
        ),
    ] = None,
    skip_others: SkipOthers = False,
    rtol: Rtol = None,
    atol: Atol = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text, json or md, on standard output.")
    ] = "text",
    output: Annotated[
        list[Path],
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write to a file as well; may be repeated. The suffix picks the format: "
            ".txt .json .md, or a figure of before and after as .png .svg .pdf.",
        ),
    ] = [],  # noqa: B006  # Typer reads the default and never hands it out
    epochs: Epochs = None,
    steps_per_epoch: StepsPerEpoch = None,
    steps: Steps = None,
    lr: Lr = None,
    optimizer: OptimizerName = None,
    no_cache: NoCache = False,
    trust: Trust = False,
    columns: Columns = None,
    logged: Logged = None,
) -> None:
    """Tell what a change does to the curves: where they part, by how much, and what is new or gone.

    A run's folder or log may stand for what a run did; where it did not do as planned, and a known mistake explains it,
    that is told.

    LR, momentum and weight decay of every parameter group are compared, update by update, as long as both runs last;
    a run of another length is told. Values are equal if they differ by at most 1e-12 plus a billionth of the larger;
    between versions of torch, --rtol 1e-6 --atol 1e-8 lets rounding pass.

    \b
    Examples:
      lrviz diff old.yaml new.yaml -o diff.png
      lrviz diff git:main:configs/vit.yaml configs/vit.yaml
      lrviz diff --git main configs/ --format md
      lrviz diff configs/ --baseline baseline/
      lrviz diff steplr cosine --epochs 90
      lrviz diff plan.yaml lightning_logs/version_3

    \b
    Exit codes: 0 equal, 1 something changed, was added or is gone, 2 a spec is wrong.
    """
    form = differing.format_of(format_)
    differing.check_outputs(output)
    tolerance, logs = comparing.tolerance(rtol, atol), logs_of(columns, logged)
    named = words or []
    if git is not None and baseline is not None:
        raise LrvizError("--git and --baseline: there is one thing to compare with; drop one of the two")
    if git is None and baseline is None and len(named) != 2:
        raise LrvizError(
            f"diff: {len(named)} named, and two are compared; write lrviz diff BEFORE AFTER, "
            "lrviz diff --git main, or lrviz diff SPECS --baseline DIR"
        )
    if skip_others:
        if git is None and baseline is None:
            raise LrvizError(
                "--skip-others: for --git and --baseline; of two that are named both are compared"
            )
        named = specs_among(named)
        if words and not named:  # nothing else was named, and nothing of it is ours
            return
    from lrviz import abreast

    pairs = comparing.pairs(named, git, baseline)
    if not pairs:
        raise LrvizError(f"diff: no specs and no saved traces in {', '.join(named or ['.'])}")
    names = (
        (git, "now")
        if git is not None
        else ("baseline", "now")
        if baseline is not None
        else (named[0], named[1])
    )

    def read(word: str) -> Spec:
        return differing.read(word, epochs, steps_per_epoch, steps, lr, optimizer, trust, logs)

    stepper = abreast.Stepper(cache=not no_cache)
    found = comparing.diff(
        pairs, read, differing.simulating(no_cache, stepper), names, tolerance, stepper.prepare
    )
    differing.write(found, output)
    differing.show(found, form)
    publishing.add_to_step_summary(lambda: differing.summary(found))
    raise typer.Exit(found.exit_code)
