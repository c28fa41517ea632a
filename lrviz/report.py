"""The one value that every output format reads: traces, their facts, and how they are to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lrviz.analyze.facts import Facts, facts_of
from lrviz.checks.finding import Finding
from lrviz.errors import LrvizError
from lrviz.spec.view import View
from lrviz.trace import Trace


@dataclass(frozen=True)
class Curve:
    """One curve: what happened, and what is worth saying of it.

    Args:
        trace: what happened.
        facts: one Facts for each parameter group, in the trace's order.
        notes: what lrviz assumed or rounded to get this curve, for people.
        findings: the errors that checks find on it.
    """

    trace: Trace
    facts: tuple[Facts, ...]
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        """The curve's name."""
        return self.trace.name

    def normalized(self) -> Curve:
        """Put the LR in shares of the curve's own peak: its shape, whatever its size."""
        peak = float(np.abs(self.trace.lr[self.trace.known]).max()) or 1.0
        trace = replace(
            self.trace,
            lr=self.trace.lr / peak,
            final_lr=tuple(value / peak for value in self.trace.final_lr),
        )
        return replace(self, trace=trace, facts=facts_of(trace))


@dataclass(frozen=True)
class Report:
    """Curves side by side, and the view they are to be shown in.

    Args:
        curves: in the order in which they are shown.
        view: how figures look.
        rows: the updates that tables show; None leaves the choice to the format.
        texts: the texts of the specs that the curves are from, each with the name of its file.

    Raises:
        LrvizError: if the view's x axis is one that a run does not count.
    """

    curves: tuple[Curve, ...]
    view: View = field(default_factory=View)
    rows: Sequence[int] | None = None
    texts: tuple[tuple[str, str], ...] = ()

    def drawn(self) -> Report:
        """Tell what is to be drawn: the curves, or their shapes where the view asks for these."""
        if not self.view.normalize:
            return self
        shapes = tuple(curve.normalized() for curve in self.curves)
        return replace(self, curves=shapes, view=replace(self.view, x=self.view.x or "run"))

    def __post_init__(self) -> None:
        needs = {"epoch": ("steps_per_epoch", "epochs"), "tokens": ("tokens_per_step", "tokens")}
        if self.view.x not in needs:
            return
        counts, what = needs[self.view.x]
        without = [curve.name for curve in self.curves if getattr(curve.trace.clock, counts) is None]
        if without:
            raise LrvizError(
                f"x: {self.view.x}: the run of {without[0]!r} counts no {what}; give run.{counts}, or write x: step"
            )
