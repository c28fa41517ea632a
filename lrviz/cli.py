"""The command line: arguments → a command → an exit code. The only place that catches an LrvizError."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Annotated

import typer

from lrviz import __version__
from lrviz.commands import cache, compare, explain, init, list_, plot, schema, table
from lrviz.errors import LrvizError

# Plain help: Rich's panels cost more time than all the rest of --help together.
app = typer.Typer(
    name="lrviz",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

COMMANDS: dict[str, Callable[..., None]] = {
    "compare": compare.compare,
    "plot": plot.plot,
    "table": table.table,
    "list": list_.list_,
    "explain": explain.explain,
    "init": init.init,
    "schema": schema.schema,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
app.add_typer(cache.cache, name="cache")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"lrviz {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """See the learning rate that a PyTorch training run will really use, before paying for it.

    Every number comes from stepping real torch optimizers and schedulers, built fresh for each curve.

    \b
    Start here:
      lrviz compare steplr cosine onecycle    three schedules side by side, in the terminal
      lrviz init cosine > config.yaml         a commented spec to start from
      lrviz plot config.yaml                  its curves as a figure
      lrviz table config.yaml                 its learning rates, update by update
      lrviz list                              every scheduler, optimizer and preset
      lrviz explain onecycle                  what one is for, with its formula and arguments

    \b
    Exit codes: 0 fine, 2 the input is wrong, 130 interrupted.
    """
    del version


class Stopped(BaseException):
    """Ctrl-C: no KeyboardInterrupt, for which Typer exits without a word."""


class _Stop:
    """What Ctrl-C does; pressed again at once, nothing, lest it cut short the cleaning up after the first time."""

    at = -math.inf

    def __call__(self, *_: object) -> None:
        now = time.monotonic()
        if now - self.at > 1:
            self.at = now
            raise Stopped


def main() -> None:
    """Run the command line and exit."""
    signal.signal(signal.SIGINT, _Stop())
    try:
        app()
    except LrvizError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except Stopped:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # while Python ends
        print("stopped: no file was left half-written", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader (head, less) has gone; there is no one left to tell, and nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
