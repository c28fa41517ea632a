"""The columns of a trace, and the innermost loops that fill them: record, step, call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, NamedTuple, TypeVar

from lrviz.build.plan import Plan
from lrviz.build.quantities import Group
from lrviz.trace import Array

Loop = TypeVar("Loop", bound=Callable[..., None])
ROOM = 2_100  # slots of 8 bytes: more than the 16 KB that Python puts aside for frames at a time


def with_room(loop: Loop) -> Loop:
    """Let a loop's frame begin a new piece of Python's stack, with room after it for all that the loop calls.

    Python takes its stack in pieces of 16 KB, and frees a piece as soon as nothing is on it. A loop that happens to
    stand at the end of one has a piece taken and freed at every call: at some depths an update took 3 to 19 times as
    long. A frame that fits into no such piece gets one of 32 KB, wherever it is called from.
    """
    assert isinstance(loop, FunctionType)
    loop.__code__ = loop.__code__.replace(co_stacksize=ROOM)
    return loop


class Column(NamedTuple):
    """Where a quantity of one group is written, and the key (and the place in its value) it is read from."""

    cells: memoryview
    key: str
    place: int | None
    group: Group


def columns_of(
    groups: list[Group], plan: Plan, lr: Array, momentum: Array | None, weight_decay: Array | None
) -> list[Column]:
    """Choose what is written at every update: the LR of each group, and whatever else may move."""
    columns = [Column(memoryview(cells), "lr", None, group) for cells, group in zip(lr, groups, strict=True)]
    for quantity, array in (("momentum", momentum), ("weight_decay", weight_decay)):
        if array is None or not plan.moves[quantity]:
            continue
        for cells, group in zip(array, groups, strict=True):
            beta = quantity == "momentum" and "momentum" not in group
            key, place = ("betas", 0) if beta else (quantity, None)
            columns.append(Column(memoryview(cells), key, place, group))
    return columns


@with_room
def one_column(
    ticks: Iterator[int],
    column: memoryview,
    group: Group,
    step: Callable[[], Any],
    call: Callable[[], Any],
) -> None:
    """Do a stretch of updates of which only one LR is recorded."""
    # The tightest form of the loop, for what most runs are: every look-up here is paid a million times.
    for update in ticks:
        column[update] = group["lr"]
        step()
        call()


@with_room
def two_columns(
    ticks: Iterator[int], lr: Column, other: Column, step: Callable[[], Any], call: Callable[[], Any]
) -> None:
    """Do a stretch of updates of which one LR, and the momentum that moves against it, are recorded."""
    group, cells, others, key, place = lr.group, lr.cells, other.cells, other.key, other.place
    for update in ticks:
        cells[update] = group["lr"]
        others[update] = group[key] if place is None else group[key][place]
        step()
        call()


@with_room
def all_columns(
    ticks: Iterator[int],
    columns: list[Column],
    step: Callable[[], Any],
    call: Callable[[], Any],
) -> None:
    """Do a stretch of updates of which several columns are recorded."""
    plain = [(column, key, group) for column, key, index, group in columns if index is None]
    nested = [(column, key, index, group) for column, key, index, group in columns if index is not None]
    for update in ticks:
        for column, key, group in plain:
            column[update] = group[key]
        for column, key, index, group in nested:
            column[update] = group[key][index]
        step()
        call()
