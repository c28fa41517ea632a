"""Report → the lines to show, each with a name that is safe in a terminal, a file or a page."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np

from lrviz.report import Curve, Report
from lrviz.trace import Array

# What a terminal or an editor obeys rather than shows: controls, overrides of direction, lone surrogates.
_OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
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
        """Find the LR, momentum or weight decay of each update; None where the optimizer has none."""
        array: Array | None = getattr(self.curve.trace, name)
        return None if array is None else array[:, self.group]


def lines_of(report: Report) -> tuple[Line, ...]:
    """List the learning rates that differ: one line per curve, or one per set of groups that share theirs."""
    lines: list[Line] = []
    for curve in report.curves:
        shared: dict[bytes, list[int]] = {}
        for group in range(len(curve.trace.groups)):
            shared.setdefault(curve.trace.lr[:, group].tobytes(), []).append(group)
        for members in shared.values():
            names = tuple(curve.trace.groups[group] for group in members) if len(shared) > 1 else ()
            lines.append(Line(curve, members[0], names, len(lines)))
    return tuple(lines)


def moves(values: Array | None) -> bool:
    """Tell whether a quantity exists and changes during the run."""
    return values is not None and bool(np.any(values != values[0]))


def visible(text: str) -> str:
    """Write a name on one line, with everything that a terminal would obey spelled out instead."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_spelled(char) if unicodedata.category(char) in _OBEYED else char for char in text)
    return " ".join(text.split()) or "(no name)"


def _spelled(char: str) -> str:
    return char if char in _JOINERS else char.encode("unicode_escape").decode("ascii")
