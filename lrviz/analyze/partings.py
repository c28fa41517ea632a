"""Two traces → where they part, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrviz.trace import Array, Trace


@dataclass(frozen=True)
class Parting:
    """Where two runs of the same groups part.

    Args:
        update: the first update with another value.
        group: index of the first group that differs there.
        before, after: its value there, in the one run and the other.
        largest: the largest difference of any group at any update that both have.
        largest_at: the update where it is.
    """

    update: int
    group: int
    before: float
    after: float
    largest: float
    largest_at: int


def parting(one: Trace, other: Trace) -> Parting | None:
    """Find where two traces part; None where they are equal to the last bit as long as both run.

    Raises:
        ValueError: if they have different numbers of groups.
    """
    if one.lr.shape[1] != other.lr.shape[1]:
        raise ValueError(f"{one.lr.shape[1]} groups and {other.lr.shape[1]}")
    return parting_of(one.lr, other.lr)


def parting_of(one: Array, other: Array, rtol: float = 0.0, atol: float = 0.0) -> Parting | None:
    """Find where two arrays of as many groups part; None where they are equal as long as both run.

    Two values are equal if they differ by at most ``atol`` plus ``rtol`` times the larger of them; what is no number
    equals what is no number.

    Args:
        one: shape (updates, groups).
        other: the same; its number of updates may be another.
        rtol: the relative tolerance.
        atol: the absolute tolerance.
    """
    both = min(len(one), len(other))
    one, other = one[:both], other[:both]
    if np.array_equal(one, other):
        return None
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.where(same, 0.0, np.abs(one - other))
        apart[np.isnan(apart)] = np.inf
        allowed = atol + rtol * np.maximum(np.abs(one), np.abs(other))
    differ = apart > np.where(np.isfinite(allowed), allowed, 0.0)
    if not differ.any():
        return None
    apart[~differ] = 0.0
    update = int(np.argmax(differ.any(axis=1)))
    group = int(np.argmax(differ[update]))
    largest_at = int(np.argmax(apart.max(axis=1)))
    return Parting(
        update=update,
        group=group,
        before=float(one[update, group]),
        after=float(other[update, group]),
        largest=float(apart.max()),
        largest_at=largest_at,
    )


def told(before: Trace, after: Trace, at: int) -> str:
    """Say how a resumed run compares with the uninterrupted one.

    Args:
        before: the uninterrupted run.
        after: the resumed one.
        at: updates done when it was stopped.
    """
    apart = parting(before, after)
    where = f"resumed after update {at - 1:,}"
    longer = len(after) - len(before)
    tail = "" if longer <= 0 else f"; it goes on for {longer:,} updates more"
    if apart is None:
        return f"{where}: to the last bit the same as {before.name!r}{tail}"
    first = f"{apart.after:.4g} instead of {apart.before:.4g}"
    return (
        f"{where}: parts from {before.name!r} at update {apart.update:,} ({first}), "
        f"by up to {apart.largest:.4g} at update {apart.largest_at:,}{tail}"
    )
