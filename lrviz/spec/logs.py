"""What a person says of a log, ``--columns`` and ``--logged`` → which columns count, which update a value is of."""

from __future__ import annotations

from typing import Literal

from lrviz.errors import LrvizError, one_of, shown, suggestion
from lrviz.frozen import frozen

Wanted = Literal["step", "epoch", "lr", "momentum", "weight_decay"]
COLUMNS: tuple[Wanted, ...] = ("step", "epoch", "lr", "momentum", "weight_decay")
LOGGED = ("used", "next")


@frozen
class Logs:
    """How to read the logs of runs.

    Args:
        columns: the column (or tag) that holds something, by what it holds; what is not there is looked for.
        logged: whether the LR of a step is the one which its update ``used``, or that of the ``next``; None: the reader
            knows, or finds out.
    """

    columns: tuple[tuple[Wanted, str], ...] = ()
    logged: str | None = None

    def column(self, what: Wanted) -> str | None:
        """Find the column that was named for something."""
        return dict(self.columns).get(what)


def logs_of(columns: str | None = None, logged: str | None = None) -> Logs:
    """Read ``step=Step,lr=run - train/lr`` and ``used`` or ``next``.

    Raises:
        LrvizError: if they cannot be understood.
    """
    if logged is not None and logged not in LOGGED:
        raise LrvizError(f"--logged: {shown(logged)} is neither; {suggestion(logged, LOGGED)}")
    found: list[tuple[Wanted, str]] = []
    for pair in _pairs(columns or ""):
        name, equals, column = (part.strip() for part in pair.partition("="))
        if not (equals and column):
            raise LrvizError(
                f"--columns: {shown(pair)} names no column; write --columns step=Step,lr=train/lr"
            )
        what = next((known for known in COLUMNS if known == name), None)
        if what is None:
            raise LrvizError(f"--columns: {shown(name)} is nothing that is read; write {one_of(COLUMNS)}")
        found.append((what, column))
    return Logs(tuple(found), logged)


def _pairs(columns: str) -> list[str]:
    """Part ``lr=a,step=b``; a column's own name may hold a comma."""
    pairs: list[str] = []
    for part in columns.split(",") if columns else []:
        if pairs and part.partition("=")[0].strip() not in COLUMNS and "=" not in part:
            pairs[-1] += f",{part}"
        else:
            pairs.append(part)
    return pairs
