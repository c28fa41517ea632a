"""Report → the lines to show, each with a name that is safe in a terminal, a file or a page."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lrviz.report import Curve, Report
from lrviz.spec.view import Quantity
from lrviz.trace import Array

# What a terminal or an editor obeys rather than shows: controls, overrides of direction, lone surrogates.
_OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
SPANS = 15  # largest over smallest value, above which an axis is logarithmic
WORSE = 5  # times the largest first loss: no drawing shows worse ones
_JOINERS = "\u200c\u200d"  # these make letters of several scripts, and emoji


@dataclass(frozen=True)
class Line:
    """One learning rate to show: a curve's, or one of its parameter groups' where they differ.

    Args:
        curve: the curve.
        group: index of the first parameter group that has this learning rate.
        groups: the names of all groups that have it, when the curve has another line beside it; else empty.
        index: the line's place among all lines, which chooses its colour and its letter.
    """

    curve: Curve
    group: int
    groups: tuple[str, ...]
    index: int

    @property
    def label(self) -> str:
        """The curve's name, and the groups' where the curve has several lines."""
        name = visible(self.curve.name)
        if not self.groups:
            return name
        names = [visible(group) for group in self.groups]
        listed = ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} more"
        return f"{name} · {listed}"

    @property
    def lr(self) -> Array:
        """The learning rate of each update."""
        return self.curve.trace.lr[:, self.group]

    def quantity(self, name: str) -> Array | None:
        """Find a quantity of each update; None where the curve has none."""
        array = self.curve.trace.by_group(name)
        return None if array is None else array[:, self.group]


def lines_of(report: Report) -> tuple[Line, ...]:
    """List the learning rates that differ: one line per curve, or one per set of groups that share theirs.

    Groups share a line only if what else moves is the same, and, of a run that trains, what the optimizer made of it.
    """
    lines: list[Line] = []
    for curve in report.curves:
        shared: dict[bytes, list[int]] = {}
        lr, effective = curve.trace.lr, curve.trace.effective_lr
        moving = [values for values in (curve.trace.momentum, curve.trace.weight_decay) if moves(values)]
        for group in range(len(curve.trace.groups)):
            made = [lr, *moving, effective]
            alike = b"".join(values[:, group].tobytes() for values in made if values is not None)
            shared.setdefault(alike, []).append(group)
        for members in shared.values():
            names = tuple(curve.trace.groups[group] for group in members) if len(shared) > 1 else ()
            lines.append(Line(curve, members[0], names, len(lines)))
    return tuple(lines)


def moves(values: Array | None) -> bool:
    """Tell whether a quantity exists and changes during the run."""
    if values is None:
        return False
    if np.isnan(values[0]).any() or np.isnan(values[-1]).any():  # what a log does not know moves nothing
        values = values[~np.isnan(values.reshape(len(values), -1)).all(axis=1)]
    return bool(np.any(values != values[:1]))


def made_of_lr(report: Report) -> tuple[Quantity, ...]:
    """Choose what is shown beside the LR of runs that train: their losses, and what the optimizer made of the LR."""
    return ("loss", "effective_lr") if any(curve.trace.loss is not None for curve in report.curves) else ()


def on_log_scale(columns: Iterable[Array]) -> bool:
    """Tell whether the values, zeros aside, span more than a linear axis can show."""
    found = np.concatenate([np.zeros(0), *columns])
    positive = found[np.isfinite(found) & (found > 0)]
    return len(positive) > 0 and not np.any(found < 0) and bool(positive.max() > SPANS * positive.min())


def bounded(columns: Sequence[Array], quantity: str) -> Sequence[Array]:
    """Cut the losses of runs that diverge, which would press all others to the bottom, where they leave a drawing."""
    if quantity != "loss":
        return columns
    first = [float(values[0]) for values in columns if np.isfinite(values[:1]).all() and len(values)]
    return [np.minimum(values, WORSE * max(first)) for values in columns] if first else columns


def visible(text: str) -> str:
    """Write a name on one line, with everything that a terminal would obey spelled out instead."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_spelled(char) if unicodedata.category(char) in _OBEYED else char for char in text)
    return " ".join(text.split()) or "(no name)"


def _spelled(char: str) -> str:
    return char if char in _JOINERS else char.encode("unicode_escape").decode("ascii")
