"""A scheduler as written → when it is stepped: per epoch, per update or per batch, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lrviz import catalog
from lrviz.catalog import Entry
from lrviz.spec.arguments import Setting
from lrviz.spec.curve import Scheduler
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.optimizers import places_of
from lrviz.spec.reactions import Interval
from lrviz.spec.spelling import spelled


def stepping(
    entry: Entry,
    given: dict[str, Any],
    found: Mapping,
    inside: Scheduler | None,
    setting: Setting,
    pace: Interval,
) -> Scheduler | None:
    """Read when a scheduler is stepped.

    Args:
        entry: its class.
        given: what stands beside its arguments, read.
        found: as it was written.
        inside: the SequentialLR or ChainedScheduler that steps it.
        setting: the run that it is stepped in, and where what is wrong is noted.
        pace: how schedulers are stepped where they do not say.

    Returns:
        The scheduler, still without arguments, or None if something is wrong.
    """
    place, places = found.at("type"), places_of(found)
    if inside is not None:
        for key in ("interval", "frequency", "frequency_of", "calls"):
            if key in given:
                message = f"{inside.type} steps the schedulers inside it; write {key} beside {inside.type}"
                setting.problems.add(found.at(key), message)
        return Scheduler(
            entry.name,
            (),
            inside.interval,
            inside.frequency,
            place=place,
            places=places,
            frequency_of=inside.frequency_of,
        )
    # What is given a metric is stepped when that comes: mostly once per epoch.
    plateau = entry.name == "ReduceLROnPlateau" or "monitor" in given
    usual = "epoch" if plateau else _documented(entry, found) or pace
    interval: Interval = given.get("interval") or usual
    clock, of_batches = setting.clock, given.get("frequency_of") == "batches"
    if of_batches and (interval != "step" or clock.batches is None):
        message = (
            "counts the batches of an epoch, after updates; write interval: step, and run.batches_per_epoch"
        )
        setting.problems.add(found.at("frequency_of"), message)
        return None
    uneven = clock.steps_per_epoch is None and plateau
    if interval == "epoch" and (uneven or not clock.counts_epochs):
        step = "interval: step, and every: in its metric" if plateau else "interval: step"
        ways = f"write {step}, or give run.epochs or run.steps_per_epoch"
        place = found.at("interval") if "interval" in found else place
        setting.problems.add(place, f"{entry.name} is stepped per epoch, and the run counts none; {ways}")
        return None
    return Scheduler(
        entry.name,
        (),
        interval,
        given.get("frequency", 1),
        place=place,
        places=places,
        frequency_of=given.get("frequency_of", "interval"),
        calls=given.get("calls"),
    )


def _documented(entry: Entry, found: Mapping) -> Interval | None:
    # A chain or sequence goes at the pace of the one child that torch documents as stepped per batch.
    inside = (catalog.find(name, catalog.schedulers()) for name in _names_inside(found))
    known = (entry, *(child for child in inside if child is not None))
    return "step" if any(one.interval == "step" for one in known) else None


def _names_inside(found: Mapping) -> Iterator[str]:
    children = found.get("schedulers")
    for child in children if isinstance(children, Sequence) else ():
        spelt = spelled(child, Problems()) if isinstance(child, Mapping) else None
        named = None if spelt is None else spelt.get("type")
        if isinstance(named, str):
            yield named
