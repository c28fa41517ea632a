"""``lrviz table``: the learning rates of a run, update by update."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from lrviz import pipeline
from lrviz.commands.options import NoCache, One, Train, Trust
from lrviz.commands.running import simulated, told
from lrviz.errors import LrvizError


class Format(StrEnum):
    """What a table can be written as."""

    text = "text"
    csv = "csv"
    json = "json"
    md = "md"


def table(
    curve: One,
    every: Annotated[
        int | None, typer.Option("--every", metavar="N", min=1, help="Every N-th update.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every update.")] = False,
    epochs: Annotated[bool, typer.Option("--epochs", help="The first update of each epoch.")] = False,
    last_lr: Annotated[
        bool, typer.Option("--last-lr", help="Also what get_last_lr() says after each update.")
    ] = False,
    format_: Annotated[
        Format, typer.Option("--format", help="text for people; csv, json and md for programs and reports.")
    ] = Format.text,
    train: Train = None,
    no_cache: NoCache = False,
    trust: Trust = False,
) -> None:
    """Print a run's learning rates: epoch, update, the LR of each group, momentum where it moves.

    The LR is the one that the update used. As text and Markdown, about a dozen updates are shown unless you say
    which; as CSV and JSON, all of them.

    \b
    Examples:
      lrviz table config.yaml --epochs
      lrviz table onecycle:epochs=30,steps_per_epoch=100 --every 50
      lrviz table config.yaml#cosine --format csv > lr.csv
    """
    if sum((every is not None, all_, epochs)) > 1:
        raise LrvizError("--every, --all and --epochs each say which updates to show; give one")
    spec = pipeline.read(curve, train=train, trust=trust)
    traces = simulated(spec, no_cache)

    from lrviz.analyze import samples

    found = list(traces.values())
    if every is not None:
        rows = samples.every(found, every)
    elif epochs:
        try:
            rows = samples.epochs(found)
        except ValueError:
            raise LrvizError(
                f"{curve}: the run counts no epochs; write --every N instead of --epochs"
            ) from None
    elif all_ or format_ in (Format.csv, Format.json):
        rows = samples.all_updates(found)
    else:
        rows = samples.sampled_updates(found)
    report = pipeline.report(spec, traces, rows=rows)
    if format_ is Format.text:
        from lrviz.render import terminal
        from lrviz.render.as_table import curve_table

        console = terminal.console()
        grid = curve_table(report, rows, terminal.is_plain(sys.stdout), last_lr)
        for part in grid.parts(console, console.width):
            console.print(part)
        told(report, sys.stderr)
    else:
        for piece in pipeline.table(report, format_.value):
            sys.stdout.buffer.write(piece)
