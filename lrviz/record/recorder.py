"""Optimizer steps, as torch announces them to its global hooks → numbers, per optimizer, group and update."""

from __future__ import annotations

import itertools
import math
import sys
import weakref
from array import array
from collections.abc import Callable
from time import monotonic
from types import FrameType
from typing import Any

from lrviz.record.names import names_of

Group = dict[str, Any]
Settings = list[Any]  # of each group its momentum or beta1, and its weight decay
PATIENCE = 60.0  # seconds from one time that what was recorded is kept to the next, at the least
SHARE = 100  # times as long as keeping it takes
MOST_UNSURE = 1_024  # steps of which a GradScaler on a GPU has not told yet whether they count
_numbers = itertools.count()


class EnoughRecorded(BaseException):
    """As many updates as were asked for are done: no Exception, which a script may catch."""


class Track:
    """What is recorded of one optimizer.

    Args:
        optimizer: the optimizer; it is not kept alive.
        names: what the script may call it, the likeliest first.
    """

    def __init__(self, optimizer: Any, names: list[str]) -> None:
        self.alive: Callable[[], Any] = weakref.ref(optimizer)
        self.kind, self.names = type(optimizer).__name__, names
        self.updates, self.width, self.list_id = 0, 0, 0
        self.columns: list[array[float]] = []
        self.groups: list[str] = []
        self.settings: list[tuple[int, list[float | None]]] = []
        self.last: Settings | None = None
        self.events: list[tuple[int, str]] = []
        self.unsure: list[tuple[int, Any]] = []
        self.final: list[float] = []

    def look(self, groups: list[Group]) -> None:
        """Take note of groups that were added, or taken away."""
        self.list_id = id(groups)
        if len(groups) == self.width:
            return
        for index in range(len(self.columns), len(groups)):
            self.columns.append(array("d", bytes(8 * self.updates)))
            self.groups.append(str(groups[index].get("name", f"group {index}")))
            if self.updates:
                text = f"{self.groups[index]} was added; until then its LR is shown as 0"
                self.events.append((self.updates, text))
        for index in range(len(groups), self.width):
            text = f"{self.groups[index]} was removed; from here on its LR is shown as 0"
            self.events.append((self.updates, text))
        self.width = len(groups)

    def append_slowly(self, groups: list[Group]) -> None:
        """Record an update of which not every column was written: groups are gone, or have no number as LR."""
        for index, column in enumerate(self.columns):
            del column[self.updates :]
            column.append(_number(groups[index].get("lr")) if index < len(groups) else 0.0)

    def note(self, settings: Settings) -> None:
        """Take note of momentum and weight decay from this update on."""
        self.last = settings
        self.settings.append((self.updates, [None if v is None else _number(v) for v in settings]))

    def settle(self) -> None:
        """Take back the steps that a fused optimizer skipped, as a GradScaler told it to."""
        for row, found_inf in reversed(self.unsure):
            if float(found_inf):
                for column in self.columns:
                    del column[row]
                self.settings = [(at - (at > row), values) for at, values in self.settings]
                self.events = [(at - (at > row), text) for at, text in self.events]
                self.updates -= 1
        self.unsure.clear()


class _Watch:
    """Lives in an optimizer, and reads its last LRs when it dies: a script's ``main()`` may be over by then."""

    def __init__(self, track: Track, groups: list[Group]) -> None:
        self.track, self.groups = track, groups

    def __del__(self) -> None:
        self.track.final = [_number(group.get("lr")) for group in self.groups]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(None), ()  # no part of what is copied or pickled


class Recorder:
    """Records every optimizer that steps.

    Args:
        most: how many updates of one optimizer are let pass; the next one raises ``EnoughRecorded``.
        keep: called about once a minute, so that what ends the process at once does not end what was recorded.
    """

    def __init__(self, most: int | None = None, keep: Callable[[], object] | None = None) -> None:
        self.most = math.inf if most is None else most
        self.keep, self.due = keep, math.inf if keep is None else monotonic() + PATIENCE
        self.tracks: dict[int, Track] = {}
        self.order: list[Track] = []
        self.wrappers: dict[int, Callable[[], Any]] = {}
        self.busy: int | None = None
        self.key = f"_lrviz_{next(_numbers)}"

    def hooks(self) -> tuple[Callable[..., None], Callable[..., None]]:
        """Make what torch is to call before and after each ``optimizer.step()``."""
        tracks, recorder = self.tracks, self

        def before(optimizer: Any, args: Any, kwargs: Any) -> None:
            del args, kwargs
            track = tracks.get(id(optimizer))
            if track is None or recorder.busy is not None or track.alive() is not optimizer:
                track = recorder.track_of(optimizer, sys._getframe(1))
                if track is None:
                    return
            if track.updates >= recorder.most:
                recorder.check(track)
            if monotonic() > recorder.due:
                recorder.keep_so_far()
            groups: list[Group] = optimizer.param_groups
            if len(groups) != track.width or id(groups) != track.list_id:
                recorder.look(track, optimizer)
            try:
                for column, group in zip(track.columns, groups, strict=True):
                    column.append(group["lr"])  # of a tensor, its value
            except (KeyError, TypeError, ValueError, RuntimeError):
                track.append_slowly(groups)
            settings: Settings = []
            for group in groups:
                if "momentum" in group:
                    settings.append(group["momentum"])
                else:
                    betas = group.get("betas")
                    settings.append(betas[0] if betas else None)
                settings.append(group.get("weight_decay"))
            if settings != track.last:
                track.note(settings)
            if "found_inf" in optimizer.__dict__:
                recorder.doubt(track, optimizer.found_inf)
            track.updates += 1
            recorder.busy = id(optimizer)

        def after(optimizer: Any, args: Any, kwargs: Any) -> None:
            del optimizer, args, kwargs
            recorder.busy = None

        return before, after

    def track_of(self, optimizer: Any, frame: FrameType) -> Track | None:
        """Find what an optimizer's step is recorded on; None if that step is no update of its own.

        An optimizer may wrap another, whose step is then the update; and a step may call that of its base class.
        """
        wrapper = self.wrappers.get(id(optimizer))
        if wrapper is not None and wrapper() is optimizer:
            return None
        for outer in _stepping(frame) if self.busy is not None else ():
            if outer is optimizer:
                return None
            if not _parameters(outer).isdisjoint(_parameters(optimizer)):
                self._set_aside(outer)
        track = self.tracks.get(id(optimizer))
        if track is None or track.alive() is not optimizer:
            track = self.tracks[id(optimizer)] = Track(optimizer, names_of(optimizer, frame))
            self.order.append(track)
        return track

    def look(self, track: Track, optimizer: Any) -> None:
        """Look at an optimizer's groups again: there are others than there were."""
        track.look(optimizer.param_groups)
        watch = vars(optimizer).get(self.key)
        if watch is None:
            vars(optimizer)[self.key] = _Watch(track, optimizer.param_groups)
        else:
            watch.groups = optimizer.param_groups

    def doubt(self, track: Track, found_inf: Any) -> None:
        """Keep in mind that the update under way counts only if this is 0, without waiting for the GPU to say so."""
        track.unsure.append((track.updates, found_inf))
        if len(track.unsure) > MOST_UNSURE:
            track.updates += 1  # settled with the others, it is one of them
            track.settle()
            track.updates -= 1

    def check(self, track: Track) -> None:
        """End the run if an optimizer has had all its updates.

        Raises:
            EnoughRecorded: if so.
        """
        track.settle()
        if track.updates >= self.most:
            raise EnoughRecorded

    def keep_so_far(self) -> None:
        """Have what was recorded kept, and see that this takes no time to speak of."""
        start = monotonic()
        if self.keep is not None:
            self.keep()
        self.due = monotonic() + max(PATIENCE, SHARE * (monotonic() - start))

    def so_far(self) -> list[Track]:
        """List what was recorded, in the order of the optimizers' first steps."""
        for track in self.order:
            track.settle()
        return [track for track in self.order if track.updates]

    def close(self) -> list[Track]:
        """Let go of the optimizers, and list what was recorded."""
        for track in self.order:
            optimizer = track.alive()
            if optimizer is not None:
                vars(optimizer).pop(self.key, None)
        return self.so_far()

    def _set_aside(self, outer: Any) -> None:
        """Forget an optimizer that only wraps another."""
        self.wrappers[id(outer)] = weakref.ref(outer)
        track = self.tracks.pop(id(outer), None)
        if track is not None:
            self.order.remove(track)
            vars(outer).pop(self.key, None)


def _stepping(frame: FrameType | None) -> list[Any]:
    """List the optimizers whose step is under way around a step, from the inside."""
    hooked = sys.modules["torch.optim.optimizer"].Optimizer.profile_hook_step(_stepping).__code__
    found: list[Any] = []
    own = True
    while frame is not None:
        if frame.f_code is hooked:
            if not own:
                found.append(frame.f_locals["self"])
            own = False
        frame = frame.f_back
    return found


def _parameters(optimizer: Any) -> set[int]:
    return {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return math.nan
