"""The ``metrics:`` of a curve → Metrics, and whether each scheduler that needs one has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lrviz.errors import Place, shown, suggestion
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Metric, Scheduler
from lrviz.spec.document import Mapping, Problems
from lrviz.spec.model import Values, validate

LATER = ("expr", "csv", "random", "loss")  # forms of a metric that this version does not understand yet


def metrics_of(curve: Mapping, clock: Clock | None, problems: Problems) -> tuple[Metric, ...]:
    """Read a curve's metrics.

    Args:
        curve: the curve as written.
        clock: the run's clock; None if it is broken, and how many values are wanted is not known.
        problems: where what is wrong is noted.
    """
    written = curve.get("metrics")
    if written is None:
        return ()
    if not isinstance(written, Mapping):
        message = f"{shown(written)} is not a mapping; write {{val_loss: {{values: [1.0, 0.9]}}}}"
        problems.add(curve.at("metrics"), message)
        return ()
    read = [_metric(name, written[name], written.at(name), clock, problems) for name in written]
    return tuple(metric for metric in read if metric is not None)


def check_monitors(curve: Mapping, schedulers: Iterable[Scheduler], problems: Problems) -> None:
    """Note every ReduceLROnPlateau without a metric, and every other scheduler that asks for one."""
    written = curve.get("metrics")
    if written is not None and not isinstance(written, Mapping):
        return  # and has been reported
    names = tuple(written or ())
    for scheduler in schedulers:
        if scheduler.type == "ReduceLROnPlateau":
            _check_plateau(scheduler, names, problems)
        else:
            _check_other(scheduler, problems)


def _check_plateau(plateau: Scheduler, names: tuple[str, ...], problems: Problems) -> None:
    places = dict(plateau.places)
    if plateau.monitor is None:
        example = "monitor: val_loss and metrics: {val_loss: {values: [1.0, 0.9]}}"
        problems.add(plateau.place, f"ReduceLROnPlateau needs a metric; write {example}")
    elif plateau.monitor not in names:
        wanted = shown(plateau.monitor)
        hint = suggestion(plateau.monitor, names)
        hint = hint if names else f"write metrics: {{{wanted[1:-1]}: {{values: [1.0, 0.9]}}}}"
        problems.add(places["monitor"], f"{wanted} is no metric of this curve; {hint}")
    if plateau.interval == "step":
        message = "a metric has one value per epoch; write interval: epoch"
        problems.add(places.get("interval", plateau.place), message)


def _check_other(scheduler: Scheduler, problems: Problems) -> None:
    if scheduler.monitor is not None:
        place = dict(scheduler.places)["monitor"]
        problems.add(place, f"{scheduler.type} takes no metric; delete monitor")
    for child in scheduler.children:
        if child.type == "ReduceLROnPlateau":
            message = f"{scheduler.type} cannot hold a ReduceLROnPlateau"
            problems.add(child.place, f"{message}; write schedulers: with both, side by side")
        else:
            _check_other(child, problems)


def _metric(name: str, found: Any, place: Place, clock: Clock | None, problems: Problems) -> Metric | None:
    if not isinstance(found, Mapping):
        message = f"{shown(found)} is not a metric; write {{values: [1.0, 0.9], then: hold}}"
        problems.add(place, message)
        return None
    later = [form for form in LATER if form in found]
    for form in later:
        message = f"a metric from {form} is not understood by this version of lrviz; write values: [1.0, 0.9]"
        problems.add(found.at(form), message)
    given = None if later else validate(Values, found, "a metric", problems)
    if given is None:
        return None
    then, values = given.get("then", "error"), tuple(given["values"])
    epochs = len(values) if clock is None or clock.epochs is None else int(clock.epochs)
    if then == "error" and len(values) < epochs:
        some = f"{len(values)} value{'s' * (len(values) > 1)} for {epochs:,} epochs"
        problems.add(found.at("values"), f"{some}; write then: hold or then: repeat, or more values")
        return None
    return Metric(name, values, None if then == "error" else then)
