"""A report → the terminal: a drawing, the facts, and learning rates along the run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

TALL = 45  # lines of a terminal that hold a drawing and both tables of a run or two

if TYPE_CHECKING:
    from lrviz.report import Report
    from lrviz.trace import Trace


def show_beside(report: Report, traces: dict[str, Trace], *, in_one_screen: bool = False) -> None:
    """Print curves side by side; plain, without the drawing, where the terminal wants that.

    Args:
        report: what is shown.
        traces: its curves.
        in_one_screen: whether a drawing is to stand alone where a terminal has no room for more.
    """
    from lrviz.analyze.samples import sampled_updates
    from lrviz.render import as_plot, as_table, terminal

    console = terminal.console()
    plain = terminal.is_plain(sys.stdout)
    if not plain:
        unicode = terminal.can_draw(sys.stdout)
        console.print(as_plot.drawing(report, width=console.width, unicode=unicode))
        console.print()
        if in_one_screen and console.height < TALL:
            return
    console.print(as_table.facts_table(report.drawn(), plain))
    console.print()
    if report.view.normalize:
        console.print(as_table.shares_table(report.drawn(), range(0, 101, 10), plain))
    else:
        console.print(as_table.samples_table(report, sampled_updates(list(traces.values())), plain))
