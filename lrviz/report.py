"""The one value that every output format reads: traces, their facts, and how they are to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lrviz.analyze.facts import Facts
from lrviz.spec.view import View
from lrviz.trace import Trace


@dataclass(frozen=True)
class Curve:
    """One curve: what happened, and what is worth saying of it.

    Args:
        trace: what happened.
        facts: one Facts for each parameter group, in the trace's order.
        notes: what lrviz assumed or rounded to get this curve, for people.
    """

    trace: Trace
    facts: tuple[Facts, ...]
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The curve's name."""
        return self.trace.name


@dataclass(frozen=True)
class Report:
    """Curves side by side, and the view they are to be shown in.

    Args:
        curves: in the order in which they are shown.
        view: how figures look.
        rows: the updates that tables show; None leaves the choice to the format.
    """

    curves: tuple[Curve, ...]
    view: View = field(default_factory=View)
    rows: Sequence[int] | None = None
