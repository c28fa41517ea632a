"""What commands that simulate share: the progress bar, and what a person should be told beside the result."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import IO, TYPE_CHECKING

from lrviz import pipeline

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress

    from lrviz.checks.finding import Finding
    from lrviz.errors import RefusedByTorch
    from lrviz.report import Report
    from lrviz.spec.curve import Spec
    from lrviz.trace import Trace

PATIENCE = 1.0  # seconds before a bar is worth showing


def simulated(spec: Spec, no_cache: bool = False) -> dict[str, Trace]:
    """Simulate every curve, with a progress bar for anything past a second, where a person watches standard error."""
    if not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        return pipeline.simulate(spec, cache=not no_cache)
    bar = _Bar(pipeline.updates_in(spec, cache=not no_cache))
    try:
        return pipeline.simulate(spec, bar, cache=not no_cache)
    finally:
        bar.close()


def attempted(
    specs: Sequence[Spec], no_cache: bool = False
) -> Iterator[tuple[Spec, dict[str, Trace | RefusedByTorch]]]:
    """Simulate spec after spec, with one progress bar, and tell what torch refuses instead of stopping at it."""
    bar = _Bar(sum(map(pipeline.updates_in, specs))) if sys.stderr.isatty() else None
    try:
        for spec in specs:
            yield spec, pipeline.attempt(spec, bar, cache=not no_cache)
    finally:
        if bar is not None:
            bar.close()


def errors_in(spec: Spec, traces: dict[str, Trace], no_check: bool, no_cache: bool) -> list[Finding]:
    """Find the errors in curves that have been simulated, by the project's own settings."""
    if no_check:
        return []
    from lrviz.commands.settings import project_choice

    found, _ = pipeline.check(spec, traces, project_choice(), cache=not no_cache)
    return [finding for finding in found if finding.severity == "error"]


def shown(make: Callable[[bool], RenderableType]) -> None:
    """Print what a function makes for the terminal, plain where the terminal wants that."""
    from lrviz.render import terminal

    terminal.show(make(terminal.is_plain(sys.stdout)))


def told(report: Report, stream: IO[str]) -> None:
    """Tell what was found wrong, what was assumed or rounded, and what torch warned of."""
    from lrviz.render.findings.as_text import briefly

    for curve in report.curves:
        for finding in curve.findings:
            print(briefly(finding), file=stream)
    several = len(report.curves) > 1
    lines: dict[str, list[str]] = {}
    for curve in report.curves:
        events = curve.trace.events
        warned = [f"torch warns: {event.text}" for event in events if event.kind == "warning"]
        failed = [f"{e.text} (update {e.update:,})" for e in events if e.kind == "diverged"]
        for line in (*curve.notes, *warned, *failed):
            lines.setdefault(line, []).append(curve.name)
    for line, names in lines.items():
        whose = f"{', '.join(names)}: " if several and len(names) < len(report.curves) else ""
        print(f"note: {whose}{line}", file=stream)


class _Bar:
    """A progress bar that appears only once the work has taken a while."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.begun = total, 0, time.monotonic()
        self.bar: Progress | None = None
        self.first: tuple[int, float] | None = None

    def __call__(self, updates: int) -> None:
        self.done += updates
        if self.first is None:  # from here on nothing but stepping is timed
            self.first = (self.done, time.monotonic())
        if self.bar is None and time.monotonic() - self.begun > PATIENCE:
            self._open()
        if self.bar is not None:
            self.bar.update(self.task, completed=self.done, pace=self._pace())

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        self.bar = Progress(
            TextColumn("stepping"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[pace]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self.task = self.bar.add_task("stepping", total=self.total, completed=self.done, pace="")
        self.bar.start()

    def _pace(self) -> str:
        """Tell how fast it goes and how long that still takes."""
        before, since = self.first or (0, self.begun)
        if self.done == before:
            return ""
        rate = (self.done - before) / max(time.monotonic() - since, 1e-9)
        left = round(max(0, self.total - self.done) / rate)
        return f"{rate:,.0f} updates/s, {left // 60}:{left % 60:02} left"

    def close(self) -> None:
        if self.bar is not None:
            self.bar.stop()
