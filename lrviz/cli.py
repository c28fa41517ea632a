"""The command line: arguments → a command → an exit code. The only place that catches an LrvizError."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from lrviz import __version__
from lrviz.commands import COMMANDS, SETTINGS, command
from lrviz.commands.typed import Command, Group
from lrviz.errors import LrvizError


def app_of(names: Iterable[str]) -> typer.Typer:
    """Make the app of some commands."""
    # Plain help: Rich's panels cost more time than all the rest of --help together.
    made = typer.Typer(
        name="lrviz",
        cls=Group,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    made.callback()(about)
    for name in names:
        found = command(name)
        if isinstance(found, typer.Typer):
            made.add_typer(found, name=name)
        else:
            made.command(name, cls=Command, context_settings=SETTINGS.get(name))(found)
    return made


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module 'lrviz.cli' has no attribute {name!r}")
    return app_of(COMMANDS)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"lrviz {__version__}")
        raise typer.Exit


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
      lrviz watch config.yaml                 the same, drawn again with every save
      lrviz check config.yaml                 the known mistakes, if it makes one
      lrviz import training_args.yaml         what a trainer's config really does; every command reads it
      lrviz diff --git main                   what a change does to the curves
      lrviz code config.yaml                  the Python that builds it, ready to paste
      lrviz fit run.json                      which schedule made this curve
      lrviz render configs/ -o artifacts/     figures, numbers and pages of all specs, for CI
      lrviz record -o run.json -- train.py    what a training run really uses, to hold against its plan
      lrviz list                              every scheduler, optimizer and preset
      lrviz explain onecycle                  what one is for, with its formula and arguments

    \b
    Exit codes: 0 fine, 1 a check fired or curves differ, 2 the input is wrong, 130 interrupted.
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
    # Typer reads the parameters of every command it has; the one that is named is enough.
    named = [name for name in sys.argv[1:2] if name in COMMANDS]
    try:
        app_of(named or COMMANDS)()
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
