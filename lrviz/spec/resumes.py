"""The ``resume:`` of a curve → a second Curve: the same run, stopped and gone on from what was saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from lrviz.errors import Place, shown
from lrviz.spec.curve import Curve, Resume
from lrviz.spec.document import Mapping, Problems
from lrviz.spec.durations import Ruler, whole
from lrviz.spec.model import validate
from lrviz.spec.reacting import Resume as ResumeModel

# Reads a curve with a run and an optimizer laid over the spec's: (name, curve, run changes, optimizer changes).
Again = Callable[[str, Mapping, Mapping | None, Any], Curve | None]
PARTS = ("optimizer", "scheduler")


def resumed(before: Curve, curve: Mapping, place: Place, again: Again, problems: Problems) -> Curve | None:
    """Read how a curve is stopped and resumed.

    Args:
        before: the curve as it runs uninterrupted.
        curve: as written.
        place: where it was written.
        again: reads the curve with what ``with`` changes.
        problems: where what is wrong is noted.

    Returns:
        The resumed curve, or None if something is wrong.
    """
    found = curve["resume"]
    if not isinstance(found, Mapping):
        problems.add(curve.at("resume"), f"{shown(found)} is not a mapping; write {{at: 50%}}")
        return None
    given = validate(ResumeModel, found.without("with"), "resume", problems, ("with",))
    changes = found.get("with")
    if changes is not None and not isinstance(changes, Mapping):
        problems.add(
            found.at("with"), f"{shown(changes)} is not a mapping of changes; write {{T_max: 120ep}}"
        )
        return None
    if given is None:
        return None
    at = _point(given["at"], before, found.at("at"), problems)
    if at is None:
        return None
    changes = changes or Mapping((), place)
    rest = curve.without("resume").updated(changes.without("run", "optimizer"))
    after = again(f"{before.name}, resumed", rest, changes.get("run"), changes.get("optimizer"))
    if (
        after is None
        or not _takes_last_epoch(after, given, found, problems)
        or not _fits(before, after, at, found, problems)
    ):
        return None
    if given.get("replay") and "restore" in given:
        problems.add(
            found.at("replay"),
            "replay calls the schedulers anew instead of loading them; delete restore or replay",
        )
        return None
    wanted = () if given.get("replay") else given.get("restore", PARTS)
    parts: Any = tuple(part for part in PARTS if part in wanted)
    resume = Resume(
        at=at,
        before=before,
        order=given.get("order", "build-then-load"),
        restore=parts,
        last_epoch=given.get("last_epoch"),
        replay=given.get("replay", False),
        place=curve.at("resume"),
    )
    return replace(after, resume=resume)


def _takes_last_epoch(after: Curve, given: dict[str, Any], found: Mapping, problems: Problems) -> bool:
    unable = [s.type for s in after.schedulers if s.type in ("ChainedScheduler", "ReduceLROnPlateau")]
    if given.get("last_epoch") is not None and unable:
        problems.add(found.at("last_epoch"), f"torch's {unable[0]} takes no last_epoch; delete it")
        return False
    return True


def _point(length: Any, before: Curve, place: Place, problems: Problems) -> int | None:
    if length.bare:
        problems.add(place, f"{length.text} of what? write {length.text}ep or {length.text}st")
        return None
    try:
        at = whole(Ruler(before.clock, Fraction(1)).calls(length))
    except ValueError as error:
        problems.add(place, f"{shown(length.text)}: {error}")
        return None
    if not 0 < at < before.clock.steps:
        problems.add(
            place,
            f"{length.text} is update {at:,} of a run of {before.clock.steps:,}; write a point within it",
        )
        return None
    return at


def _fits(before: Curve, after: Curve, at: int, found: Mapping, problems: Problems) -> bool:
    message = None
    if len(before.optimizer.groups) != len(after.optimizer.groups):
        message = "the parameter groups differ, and torch loads no state into others; give both runs the same"
    elif before.optimizer.type != after.optimizer.type:
        unlike = f"{after.optimizer.type} cannot load the state of {before.optimizer.type}"
        message = f"{unlike}; delete the optimizer's type"
    elif before.train != after.train:
        message = "the new run trains on something else, and cannot load the model; delete train"
    elif after.clock.steps <= at:
        message = (
            f"the new run ends at update {after.clock.steps:,}, before it goes on at {at:,}; make it longer"
        )
    elif before.clock.steps_per_epoch != after.clock.steps_per_epoch:
        message = "the new run has epochs of another length; change epochs or steps alone"
    if message:
        problems.add(found.at("with"), message)
    return message is None
