"""``lrviz watch``: curves drawn again whenever their spec is saved."""

from __future__ import annotations

import html
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz import pipeline
from lrviz.commands import options
from lrviz.commands.given import taking_given
from lrviz.commands.options import (
    Curves,
    Epochs,
    Lr,
    NoCheck,
    OptimizerName,
    Steps,
    StepsPerEpoch,
    Train,
    Trust,
    X,
    Y,
)
from lrviz.commands.running import errors_in, told
from lrviz.commands.showing import show_beside
from lrviz.errors import LrvizError

if TYPE_CHECKING:
    from lrviz.report import Report
    from lrviz.trace import Trace

Made = tuple["Report", dict[str, "Trace"]]


@taking_given
def watch(
    curves: Curves,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show a page in the browser too, on this machine alone.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", min=0, max=65535, help="Where the page is served; else 8765 or a free one."
        ),
    ] = None,
    epochs: Epochs = None,
    steps_per_epoch: StepsPerEpoch = None,
    steps: Steps = None,
    lr: Lr = None,
    optimizer: OptimizerName = None,
    train: Train = None,
    x: X = None,
    y: Y = None,
    no_check: NoCheck = False,
    trust: Trust = False,
) -> None:
    """Draw curves in the terminal, and again whenever their spec, or a file that it names, is saved.

    What is wrong with a spec is told in the drawing's place, and it goes on with the next save. Ctrl-C ends it.

    \b
    Examples:
      lrviz watch config.yaml
      lrviz watch config.yaml --serve          and a page that reloads by itself
      lrviz watch config.yaml cosine --y log
    """
    from lrviz.watching import Watch
    from lrviz.watching.files import code_files, files_of
    from lrviz.watching.server import RELOADING, Page, serving

    if port is not None and not serve:
        raise LrvizError(f"--port {port} says where a page is served; add --serve, which serves one")
    view = options.view_options(x=x, y=y)
    files = Watch(file for word in curves for file in files_of(word, ()))
    if not files.names:
        raise LrvizError(f"{' '.join(curves)}: no file to watch; name a spec, such as config.yaml")

    def made() -> Made:
        specs = []
        for word in curves:
            opened: dict[str, str] = {}
            own = [word]
            try:
                specs += options.specs_of(
                    own, epochs, steps_per_epoch, steps, lr, optimizer, train, trust, opened=opened
                )
            finally:
                files.add(files_of(word, opened))
        spec = pipeline.merge(specs)
        files.add(code_files(spec))
        traces = pipeline.simulate(spec)
        found = errors_in(spec, traces, no_check, False)
        return pipeline.report(spec, traces, spec.view.with_options(**view), findings=found), traces

    with ExitStack() as stack:
        page = Page() if serve else None
        if page is not None:
            from lrviz.render.write import missing_for

            if missing := missing_for(".html"):
                raise LrvizError(f"--serve: the page {missing}")
            page.show(_waiting("drawing ..."))
            address = stack.enter_context(serving(page, port))
            print(f"serving {address}", file=sys.stderr, flush=True)
        for _ in files.changes():
            problem, result = _attempt(made)
            _show(problem, result, files.names, address if page else None)
            if page is not None and result is not None:
                from lrviz.render.as_html import page as page_of

                page.show(page_of(result[0], RELOADING))
            elif page is not None:
                page.show(_waiting(problem or ""))


def _attempt(made: Callable[[], Made]) -> tuple[str | None, Made | None]:
    try:
        return None, made()
    except LrvizError as error:
        return str(error), None


def _show(problem: str | None, result: Made | None, files: list[str], address: str | None) -> None:
    from lrviz.render import terminal

    plain = terminal.is_plain(sys.stdout)
    if not plain:
        terminal.console().clear()
    if result is not None:
        report, traces = result
        show_beside(report, traces, in_one_screen=True)
        told(report, sys.stdout)
    else:
        print(problem)
    also = f"; {address}" if address else ""
    print(f"watching {', '.join(files)}{also}; Ctrl-C ends" if not plain else "", flush=True)


def _waiting(text: str) -> str:
    """Write the page that stands where there is no drawing."""
    from lrviz.watching.server import RELOADING

    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>lrviz watch</title>'
    return f"{head}<pre>{html.escape(text)}</pre><script>{RELOADING}</script></html>\n"
