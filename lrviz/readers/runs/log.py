"""What every kind of log is read into: series of (step, value) by name, and what the kind knows of its steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lrviz.frozen import frozen

Points = list[tuple[int, float]]
MOST_STEPS = 20_000_000  # a log that claims more is damaged, or counts something else than updates


@frozen
class Log:
    """A log as it was read.

    Args:
        kind: what it is, for people.
        series: what it holds, by name, in the order of writing.
        lr: the names that hold the LR, a parameter group each.
        momentum, weight_decay: the same, where they are logged.
        groups: the parameter groups' names.
        first: the step that the first update is logged under; None: the log does not tell.
        after: whether the LR is that of after the scheduler's step; None: the kind does not tell.
        epochs: (step, epoch) where the log has them.
        updates: after how many updates the run ended; None: the log does not say.
        optimizer: its class, where the log names it.
        single: whether values went through float32.
        notes: what was assumed, for people.
    """

    kind: str
    series: Mapping[str, Points]
    lr: tuple[str, ...]
    momentum: tuple[str, ...] = ()
    weight_decay: tuple[str, ...] = ()
    groups: tuple[str, ...] = ("0",)
    first: int | None = None
    after: bool | None = None
    epochs: tuple[tuple[int, float], ...] = ()
    updates: int | None = None
    optimizer: str = ""
    single: bool = False
    notes: tuple[str, ...] = ()


def last_written(points: Iterable[tuple[int, float]]) -> tuple[dict[int, float], int | None]:
    """Keep of each step what was written last; where steps go back, what came after that step is of a run given up.

    Returns:
        The values by step, ascending; and the step to which they first went back, if they did.
    """
    kept: list[tuple[int, float]] = []
    back: int | None = None
    for step, value in points:
        if kept and step < kept[-1][0]:
            back = step if back is None else back
            while kept and kept[-1][0] >= step:
                kept.pop()
        elif kept and step == kept[-1][0]:  # several batches of one update
            kept.pop()
        kept.append((step, value))
    return dict(kept), back
