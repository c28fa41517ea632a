"""``lrviz render``: specs → a folder of artifacts: figures, numbers, pages, a manifest."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz import pipeline
from lrviz.commands import options, publishing
from lrviz.commands.given import taking_given
from lrviz.commands.options import (
    Atol,
    Epochs,
    Lr,
    NoCache,
    NoCheck,
    OptimizerName,
    Rtol,
    Steps,
    StepsPerEpoch,
    Train,
    Trust,
    complete_curve,
)
from lrviz.errors import LrvizError, SpecError, one_of, suggestion

if TYPE_CHECKING:
    from lrviz.artifacts import Rendered
    from lrviz.spec.curve import Spec

FIGURES = ("png", "svg", "pdf", "html")
_FILES = (".png", ".svg", ".pdf", ".csv", ".json", ".md")  # what people do not call a folder
_URL = re.compile(r"https?://[^\s<>()\[\]\"'`\\]+")
Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...",
        help="Specs, folders of specs, presets with changes, saved traces.",
        autocompletion=complete_curve,
    ),
]


@taking_given
def render(
    paths: Paths,
    outputs: Annotated[
        list[Path],
        typer.Option(
            "-o",
            "--output",
            metavar="DIR|PAGE.html",
            help="The folder to write, made if it is not there; or one page.",
        ),
    ],
    figures: Annotated[
        str, typer.Option("--figures", metavar="png,svg,pdf,html", help="The formats of the figures.")
    ] = "png,svg",
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going", help="Render what is right where a spec is wrong; tell the problems at the end."
        ),
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when a check finds an error.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j", "--jobs", metavar="N", min=1, help="Specs at a time (as many as there are cores)."
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="DIR",
            help="Compare with the traces in this folder, of lrviz accept or an earlier lrviz render.",
        ),
    ] = None,
    rtol: Rtol = None,
    atol: Atol = None,
    image_base: Annotated[
        str,
        typer.Option(
            "--image-base", metavar="URL", help="Where the folder will be seen: changes.md shows its figures."
        ),
    ] = "",
    epochs: Epochs = None,
    steps_per_epoch: StepsPerEpoch = None,
    steps: Steps = None,
    lr: Lr = None,
    optimizer: OptimizerName = None,
    train: Train = None,
    no_check: NoCheck = False,
    no_cache: NoCache = False,
    trust: Trust = False,
) -> None:
    """Render every spec into a folder: figures, CSV and trace; index.html and summary.md; manifest.json.

    The same specs give the same bytes, wherever and whenever. Run again, only specs that changed, or whose files did,
    are stepped and drawn; files of specs that are gone are removed, unless someone has changed them. Where a spec is
    wrong nothing is written; with --keep-going the others are. With --baseline what changed is told and drawn, before
    and after, and changes.md is ready for a comment. Under GitHub Actions the tables are added to the step's summary.

    \b
    Examples:
      lrviz render configs/ -o artifacts/
      lrviz render configs/ cosine wsd:decay=10% -o artifacts/ --keep-going
      lrviz render configs/ -o artifacts/ --figures svg --strict
      lrviz render configs/ -o artifacts/ --baseline baseline/
      lrviz render configs/ -o report.html                one page to hover over, of all specs

    \b
    Exit codes: 0 rendered, 1 with --baseline: a curve changed, was added or is
    gone; with --strict: a check found an error; 2 a spec is wrong or the folder
    cannot be written to.
    """
    output = _one(outputs)
    run: dict[str, object] = {
        "epochs": epochs,
        "steps_per_epoch": steps_per_epoch,
        "steps": steps,
        "lr": lr,
        "optimizer": optimizer,
        "train": train,
        "trust": trust,
    }
    if output.suffix.lower() == ".html" and not output.is_dir():
        if baseline is not None or image_base:
            raise LrvizError(
                f"--baseline compares a folder's artifacts, and {output} is one page; write -o DIR"
            )
        raise typer.Exit(_book(paths, output, run, keep_going, strict, no_check, no_cache))
    suffixes = _suffixes(figures)
    if baseline is None and (rtol is not None or atol is not None or image_base):
        raise LrvizError("--rtol, --atol and --image-base are for a comparison; add --baseline DIR")
    from lrviz import artifacts, comparing
    from lrviz.commands.settings import project_choice

    request = artifacts.Request(
        paths,
        str(output),
        partial(_read, run),
        run,
        suffixes,
        None if no_check else project_choice(),
        keep_going,
        cache=not no_cache,
        jobs=jobs,
        baseline=baseline,
        tolerance=comparing.tolerance(rtol, atol),
        image_base=_base(image_base),
    )
    rendered = artifacts.render(request)
    _tell(rendered, output)
    _add_to_step_summary(rendered, request.image_base)
    changed = rendered.changes is not None and not rendered.changes.are_none
    errors = [told for one in rendered.shown for told in one.exhibit.findings if told.severity == "error"]
    raise typer.Exit(2 if rendered.problems else 1 if changed or (strict and errors) else 0)


def _one(outputs: list[Path]) -> Path:
    """Take the folder, or the page, that is to be written; a file of any other kind is none of them."""
    if len(outputs) != 1:
        raise LrvizError(
            f"-o is given {len(outputs)} times; render writes one folder, or one page, at a time"
        )
    (output,) = outputs
    if output.suffix.lower() in _FILES and not output.is_dir():
        raise LrvizError(
            f"{output}: render writes a folder, or a page (.html); write -o DIR, or lrviz plot SPEC -o {output}"
        )
    return output


def _book(
    paths: list[str],
    output: Path,
    run: dict[str, object],
    keep_going: bool,
    strict: bool,
    no_check: bool,
    no_cache: bool,
) -> int:
    """Write one page of all specs, and tell the exit code."""
    from lrviz.commands.booking import book_of, write_book
    from lrviz.commands.settings import project_choice

    pipeline.check_outputs([output])
    choice = None if no_check else project_choice()
    book = book_of(paths, lambda word: _read(run, word, None, {}), choice, no_cache)
    if book.problems and not (keep_going and book.reports):
        raise SpecError(book.problems)
    write_book(book, output)
    for problem in book.problems:
        print(problem, file=sys.stderr)
    print(f"wrote {output}")
    return 2 if book.problems else 1 if strict and book.errors else 0


def _read(run: dict[str, object], word: str, text: str | None, opened: dict[str, str]) -> Spec:
    return options.specs_of([word], **run, text=text, opened=opened)[0]  # type: ignore[arg-type]  # as typed above


def _suffixes(figures: str) -> tuple[str, ...]:
    named = [name.strip().lower() for name in figures.split(",") if name.strip()]
    wrong = [name for name in named if name not in FIGURES]
    if wrong:
        raise LrvizError(f"--figures: {wrong[0]!r} is no format of figures; {suggestion(wrong[0], FIGURES)}")
    if not named:
        raise LrvizError(f"--figures: names no format; write {one_of(FIGURES)}, or several with commas")
    suffixes = tuple(f".{name}" for name in FIGURES if name in named)
    from lrviz.render.write import missing_for

    for suffix in suffixes:
        if missing := missing_for(suffix):
            raise LrvizError(f"--figures: {suffix.removeprefix('.')} {missing}")
    return suffixes


def _base(url: str) -> str:
    """Read a URL that names of figures are put behind; it ends with a slash."""
    if url and not _URL.fullmatch(url):
        raise LrvizError(
            f"--image-base: {url!r} is no URL of a folder; write one such as https://example.org/artifacts/"
        )
    return url if url.endswith("/") or not url else f"{url}/"


def _tell(rendered: Rendered, output: Path) -> None:
    from lrviz.errors import visible
    from lrviz.render.pages.as_changes import as_text
    from lrviz.render.pages.as_summary import summed_up

    for one in rendered.shown:
        for told in one.exhibit.findings:
            if told.severity == "error":
                line = f"{told.where} {told.code} {told.name} [error] {told.curve}: {told.message}"
                print(visible(line), file=sys.stderr)
    for problem in rendered.problems:
        print(problem, file=sys.stderr)
    if rendered.changes is not None:
        print(f"{as_text(rendered.changes)}\n")
    count = len(rendered.removed)
    gone = f", {count} old file{'s' * (count != 1)} removed" if count else ""
    print(f"{summed_up(rendered.shown)}; {rendered.made} rendered anew{gone}; see {output / 'index.html'}")


def _add_to_step_summary(rendered: Rendered, image_base: str) -> None:
    from lrviz.render.pages.as_summary import for_step

    publishing.add_to_step_summary(lambda: for_step(rendered.shown, rendered.changes, image_base))
