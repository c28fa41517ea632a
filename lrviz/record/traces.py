"""What a recorder has recorded → Traces."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from lrviz import __version__
from lrviz.record.names import distinct
from lrviz.record.recorder import Track
from lrviz.spec.clock import Clock
from lrviz.trace import Array, Event, Trace


def traces_of(tracks: Sequence[Track], name: str, steps_per_epoch: int | None = None) -> dict[str, Trace]:
    """Freeze what was recorded.

    Args:
        tracks: what was recorded of each optimizer; none of them is empty.
        name: the name of the run, and of its trace where it has one alone; several are named by their optimizers.
        steps_per_epoch: updates per epoch, where known.
    """
    names = [name] if len(tracks) == 1 else distinct([t.names for t in tracks], [t.kind for t in tracks])
    return {each: _trace(track, each, steps_per_epoch) for each, track in zip(names, tracks, strict=True)}


def _trace(track: Track, name: str, steps_per_epoch: int | None) -> Trace:
    lr = np.array([column[: track.updates] for column in track.columns], dtype=np.float64)
    last: list[float] = lr[:, -1].tolist()
    final = track.final or last
    return Trace(
        name=name,
        clock=Clock(track.updates, steps_per_epoch),
        optimizer=track.kind,
        groups=_unique(track.groups),
        schedulers=(),
        lr=lr.T,
        momentum=_setting(track, 0),
        weight_decay=_setting(track, 1),
        final_lr=(*final, *last[len(final) :]),
        events=tuple(Event(at, "edit", text) for at, text in track.events if at < track.updates),
        versions={
            "lrviz": __version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
            "torch": str(sys.modules["torch"].__version__),
        },
    )


def _setting(track: Track, place: int) -> Array | None:
    """Lay out momentum or weight decay; None where a group has none, and 0 where a group was not there."""
    array = np.zeros((len(track.groups), track.updates))
    ends = [*(at for at, _ in track.settings), track.updates]
    for (_, values), (first, end) in zip(track.settings, pairwise(ends), strict=True):
        own = values[place::2]
        if first < end and any(value is None for value in own):
            return None
        array[: len(own), first:end] = np.array(own, dtype=np.float64)[:, None]
    return array.T


def _unique(groups: list[str]) -> tuple[str, ...]:
    return tuple(
        name if groups.count(name) == 1 else f"{name} ({index})" for index, name in enumerate(groups)
    )
