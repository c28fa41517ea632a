"""Logged: which updates of a run a log knows, and how exactly; rows of those updates ↔ arrays of the whole run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrviz.trace.columns import Array, whole

SINGLE = 1e-6  # of a value: float32 keeps it to 6e-8, and what is made of such values is a little worse


@dataclass(frozen=True, eq=False)
class Logged:
    """What a log knows of a run. In the arrays of its trace what it does not know is NaN.

    Args:
        updates: the updates that it knows, ascending; at least one.
        single: whether its values went through float32.
        ended: whether it says after how many updates the run ended, rather than only how many there were at least.
    """

    updates: NDArray[np.int64]
    single: bool = False
    ended: bool = False

    @property
    def rtol(self) -> float:
        """The share of a value that rounding may have cost."""
        return SINGLE if self.single else 0.0

    @property
    def gap(self) -> int:
        """The longest stretch from one known update to the next."""
        return int(np.diff(self.updates).max()) if len(self.updates) > 1 else 1

    def __str__(self) -> str:
        count = len(self.updates)
        if count == 1:
            return "1 update logged"
        gaps = np.unique(np.diff(self.updates))
        every = f", every {_nth(int(gaps[0]))}" if len(gaps) == 1 and gaps[0] > 1 else ""
        return f"{count:,} updates logged{every}"

    def to_data(self) -> dict[str, Any]:
        """Lay it out as plain JSON values."""
        return {"updates": self.updates.tolist(), "single": self.single, "ended": self.ended}


def logged_of(data: Any, steps: int) -> Logged | None:
    """Read what ``Logged.to_data`` laid out.

    Raises:
        KeyError, TypeError, ValueError: if it is damaged.
    """
    if data is None:
        return None
    known = [whole(update + 1) - 1 for update in data["updates"]]
    updates = np.array(known, dtype=np.int64)
    if not known or known[-1] >= steps or (np.diff(updates) < 1).any():
        raise ValueError("the updates that are logged are none of the run's")
    updates.setflags(write=False)
    return Logged(updates, data["single"] is True, data["ended"] is True)


def rows_known(array: Array | None, logged: Logged | None) -> Array | None:
    """Keep the rows of the updates that are known."""
    return array if array is None or logged is None else array[logged.updates]


def spread_out(array: Array | None, logged: Logged | None, steps: int) -> Array | None:
    """Put rows where their updates are; the others are NaN."""
    if array is None or logged is None:
        return array
    made = np.full((steps, *array.shape[1:]), np.nan)
    made[logged.updates] = array
    return made


def _nth(number: int) -> str:
    last = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{last}"
