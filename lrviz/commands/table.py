"""``lrviz table``: the learning rates of a run, update by update."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz import pipeline
from lrviz.commands.given import taking_given
from lrviz.commands.options import Columns, Logged, NoCache, One, Train, Trust
from lrviz.commands.running import simulated, told
from lrviz.errors import LrvizError
from lrviz.spec.logs import logs_of

if TYPE_CHECKING:
    from lrviz.trace import Trace


MANY = 100  # rows that change, beyond which there are better ways to read them


class Format(StrEnum):
    """What a table can be written as."""

    text = "text"
    csv = "csv"
    json = "json"
    md = "md"


@taking_given
def table(
    curve: One,
    every: Annotated[
        int | None, typer.Option("--every", metavar="N", min=1, help="Every N-th update.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every update.")] = False,
    epochs: Annotated[bool, typer.Option("--epochs", help="The first update of each epoch.")] = False,
    changes: Annotated[
        bool, typer.Option("--changes", help="Only rows that differ from the row before, and the last.")
    ] = False,
    last_lr: Annotated[
        bool, typer.Option("--last-lr", help="Also what get_last_lr() says after each update.")
    ] = False,
    format_: Annotated[
        Format, typer.Option("--format", help="text for people; csv, json and md for programs and reports.")
    ] = Format.text,
    train: Train = None,
    no_cache: NoCache = False,
    trust: Trust = False,
    columns: Columns = None,
    logged: Logged = None,
) -> None:
    """Print a run's learning rates: epoch, update, the LR of each group, momentum where it moves.

    The LR is the one that the update used. As text and Markdown, about a dozen updates are shown unless you say
    which; as CSV and JSON, all of them. With --changes rows of text differ as they are written, those of CSV and
    JSON in any digit.

    \b
    Examples:
      lrviz table config.yaml --epochs
      lrviz table steplr --changes
      lrviz table onecycle:epochs=30,steps_per_epoch=100 --every 50
      lrviz table config.yaml#cosine --format csv > lr.csv
    """
    if sum((every is not None, all_, epochs, changes)) > 1:
        raise LrvizError("--every, --all, --epochs and --changes each say which updates to show; give one")
    spec = pipeline.read(curve, train=train, trust=trust, logs=logs_of(columns, logged))
    traces = simulated(spec, no_cache)
    rows = _rows(curve, list(traces.values()), every, all_, epochs, changes, last_lr, format_)
    report = pipeline.report(spec, traces, rows=rows)
    if format_ is Format.text:
        from lrviz.render import terminal
        from lrviz.render.as_table import curve_table

        console = terminal.console()
        grid = curve_table(report, rows, terminal.is_plain(sys.stdout), last_lr)
        for part in grid.parts(console, console.width):
            console.print(part)
        told(report, sys.stderr)
        if changes and len(rows) > MANY:
            total = max(map(len, traces.values()))
            print(
                f"note: {len(rows):,} of {total:,} rows differ from the row before; --every N shows fewer",
                file=sys.stderr,
            )
    else:
        for piece in pipeline.table(report, format_.value):
            sys.stdout.buffer.write(piece)


def _rows(
    word: str,
    traces: list[Trace],
    every: int | None,
    all_: bool,
    epochs: bool,
    changes: bool,
    last_lr: bool,
    format_: Format,
) -> Sequence[int]:
    """Choose the updates to show."""
    from lrviz.analyze import samples
    from lrviz.analyze.changes import changed_updates
    from lrviz.render.number import lr_text

    if every is not None:
        return samples.every(traces, every)
    if epochs:
        try:
            return samples.epochs(traces)
        except ValueError:
            raise LrvizError(
                f"{word}: the run counts no epochs; write --every N instead of --epochs"
            ) from None
    if changes and format_ is Format.text:
        return changed_updates(traces, written=lr_text, metrics=True, after=last_lr)
    if changes and format_ is Format.md:
        return changed_updates(traces, ("lr",), written=lr_text)
    if changes:
        return changed_updates(traces)
    if all_ or format_ in (Format.csv, Format.json):
        return samples.all_updates(traces)
    return samples.sampled_updates(traces)
