"""A document → a Spec: sections told apart, presets put in, everything that is wrong reported at once."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from lrviz.errors import Place, shown, suggestion
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Curve, Interval, Metric, Optimizer, Scheduler, Spec
from lrviz.spec.document import Mapping, Problems, Sequence, located
from lrviz.spec.expansion import expanded
from lrviz.spec.model import Plot, Values, validate
from lrviz.spec.optimizers import DEFAULT, optimizer_of
from lrviz.spec.runs import clock_of
from lrviz.spec.schedulers import SCHEDULER_KEYS, Reader
from lrviz.spec.view import View
from lrviz.spec.warmups import warmed_up

SECTIONS = ("run", "optimizer", "schedules", "plot")
CURVE_KEYS = ("preset", "optimizer", "schedulers", "warmup", "metrics")
LATER = ("adjust", "resume", "train")  # words of the language that this version does not understand yet
MOST_CURVES = 1_000


def spec_of(document: Mapping, defaults: Mapping | None = None) -> Spec:
    """Read a whole spec.

    Args:
        document: the file's top-level mapping.
        defaults: ``run`` and ``optimizer`` sections for a document that has none of its own.

    Raises:
        SpecError: with everything that is wrong.
    """
    problems = Problems()
    _check_sections(document, problems)
    run = _section(document, "run", defaults)
    clocked = None
    if run is None:
        problems.add(
            document.place, "the run's length is missing; write run: {epochs: 90, steps_per_epoch: 100}"
        )
    elif not isinstance(run, Mapping):
        problems.add(
            document.at("run"), f"{shown(run)} is not a run; write {{epochs: 90, steps_per_epoch: 100}}"
        )
    else:
        clocked = clock_of(run, problems)
    optimizer = _shared_optimizer(document, defaults, problems)
    curves = _curves(document, clocked, optimizer, problems)
    view = _view(document, problems)
    problems.raise_if_any()
    return Spec(tuple(curve for curve in curves if curve is not None), view, document.place.file)


def _check_sections(document: Mapping, problems: Problems) -> None:
    for key in document:
        if key not in SECTIONS and not key.startswith("x-"):
            problems.add(document.at(key), f"a spec has no {key}; {suggestion(key, SECTIONS)}")


def _section(document: Mapping, name: str, defaults: Mapping | None) -> Any:
    found = document.get(name)
    return (defaults or {}).get(name) if found is None else found


def _shared_optimizer(document: Mapping, defaults: Mapping | None, problems: Problems) -> Optimizer | None:
    found = _section(document, "optimizer", defaults)
    place = document.at("optimizer")
    return optimizer_of(located(DEFAULT, "default") if found is None else found, place, problems)


def _curves(
    document: Mapping, clocked: tuple[Clock, str] | None, shared: Optimizer | None, problems: Problems
) -> list[Curve | None]:
    schedules = document.get("schedules")
    if not isinstance(schedules, Mapping) or not schedules:
        what = (
            "no schedules" if not schedules else f"{shown(schedules)} is not a mapping of names to schedules"
        )
        place = document.at("schedules") if "schedules" in document else document.place
        problems.add(place, f"{what}; write schedules: {{cosine: {{type: CosineAnnealingLR, T_max: 100%}}}}")
        return []
    if len(schedules) > MOST_CURVES:
        problems.add(
            document.at("schedules"), f"{len(schedules):,} schedules; at most {MOST_CURVES:,} are read"
        )
        return []
    # A broken clock or optimizer is reported once; the schedules are still read, against any, for their own mistakes.
    clock, interval = clocked or (Clock(1000, 10, 1), "epoch")
    optimizer = shared or optimizer_of(located(DEFAULT, "default"), document.place, Problems())
    assert optimizer is not None
    reader = CurveReader(
        clock, "epoch" if interval == "epoch" else "step", optimizer, problems, quiet=clocked is None
    )
    return [reader.curve(name, schedules[name], schedules.at(name)) for name in schedules]


def _view(document: Mapping, problems: Problems) -> View:
    plot = document.get("plot")
    if plot is None:
        return View()
    if not isinstance(plot, Mapping):
        problems.add(document.at("plot"), f"{shown(plot)} is not a mapping; write {{x: epoch, y: log}}")
        return View()
    return View().with_options(**(validate(Plot, plot, "plot", problems) or {}))


class CurveReader:
    """Reads curves that share a run and an optimizer.

    Args:
        clock, interval: the run's clock, and how schedulers are stepped where they do not say.
        optimizer: the shared optimizer.
        problems: where what is wrong is noted.
        quiet: the clock is a stand-in, so what depends on it is not worth reporting.
    """

    def __init__(
        self,
        clock: Clock,
        interval: Interval,
        optimizer: Optimizer,
        problems: Problems,
        *,
        quiet: bool = False,
    ) -> None:
        self.clock, self.interval, self.optimizer = clock, interval, optimizer
        self.problems, self.quiet = problems, quiet

    def curve(self, name: str, found: Any, place: Place) -> Curve | None:
        """Read one named curve; None if something is wrong with it."""
        if found is None:
            found = Mapping((), place)
        if isinstance(found, str):
            word, found = found, Mapping((), place)
            found.put("preset", word, place)
        if not isinstance(found, Mapping):
            message = f"{shown(found)} is not a schedule; write {{type: CosineAnnealingLR, T_max: 100%}}"
            self.problems.add(place, message)
            return None
        before = len(self.problems.found)
        curve = expanded(found, self.problems)
        if curve is None:
            return None
        for key in LATER:
            if key in curve:
                self.problems.add(
                    curve.at(key), f"{key} is not understood by this version of lrviz; delete it"
                )
        optimizer = self._optimizer(curve)
        notes: list[str] = []
        reader = Reader(
            self.clock, self.interval, optimizer or self.optimizer, self.problems, notes, CURVE_KEYS
        )
        schedulers = self._schedulers(curve.without(*LATER), place, reader)
        metrics = self._metrics(curve, schedulers or ())
        if len(self.problems.found) > before or optimizer is None or schedulers is None:
            return None
        noted = (self.clock.note, *notes)
        return Curve(
            name,
            self.clock,
            optimizer,
            schedulers,
            metrics,
            tuple(dict.fromkeys(n for n in noted if n)),
            place,
        )

    def _optimizer(self, curve: Mapping) -> Optimizer | None:
        if curve.get("optimizer") is None:
            return self.optimizer
        return optimizer_of(curve["optimizer"], curve.at("optimizer"), self.problems)

    def _schedulers(self, curve: Mapping, place: Place, reader: Reader) -> tuple[Scheduler, ...] | None:
        own = curve.without("preset", "optimizer", "warmup", "metrics")
        own.place = place
        names_class = any(key in curve for key in ("type", "class_path", "_target_"))
        if "schedulers" in curve and not names_class:
            return self._several(curve, own, reader)
        if not names_class and len(own):
            key = next(iter(own))
            if key in SCHEDULER_KEYS:
                message = "belongs to a scheduler; write its class too, such as type: CosineAnnealingLR"
            else:
                message = f"a schedule has no {key}; {suggestion(key, ('type', *CURVE_KEYS))}"
            self.problems.add(own.at(key), message)
            return None
        if curve.get("warmup") is not None:
            return warmed_up(own if names_class else None, curve["warmup"], curve.at("warmup"), reader)
        if not names_class:
            return ()
        scheduler = reader.scheduler(own, place)
        return None if scheduler is None else (scheduler,)

    def _several(self, curve: Mapping, own: Mapping, reader: Reader) -> tuple[Scheduler, ...] | None:
        place = curve.at("schedulers")
        for key in own.without("schedulers"):
            self.problems.add(own.at(key), f"write {key} in each of the schedulers, not beside them")
        if curve.get("warmup") is not None:
            message = "a warm-up goes in front of one scheduler; with several, write a LinearLR among them"
            self.problems.add(curve.at("warmup"), message)
        written = curve["schedulers"]
        if not isinstance(written, Sequence):
            self.problems.add(place, f"{shown(written)} is not a list; write [{{type: LinearLR, ...}}, ...]")
            return None
        read = [reader.scheduler(item, written.at(index)) for index, item in enumerate(written)]
        return tuple(scheduler for scheduler in read if scheduler is not None)

    def _metrics(self, curve: Mapping, schedulers: tuple[Scheduler, ...]) -> tuple[Metric, ...]:
        written = curve.get("metrics")
        metrics: list[Metric] = []
        if isinstance(written, Mapping):
            read = [self._metric(name, written[name], written.at(name)) for name in written]
            metrics = [metric for metric in read if metric is not None]
        elif written is not None:
            message = f"{shown(written)} is not a mapping; write {{val_loss: {{values: [1.0, 0.9]}}}}"
            self.problems.add(curve.at("metrics"), message)
        for scheduler in schedulers:
            self._check_monitor(scheduler, tuple(written) if isinstance(written, Mapping) else ())
        return tuple(metrics)

    def _check_monitor(self, scheduler: Scheduler, names: tuple[str, ...]) -> None:
        places = dict(scheduler.places)
        if scheduler.type != "ReduceLROnPlateau":
            if scheduler.monitor is not None:
                self.problems.add(places["monitor"], f"{scheduler.type} takes no metric; delete monitor")
            for child in scheduler.children:
                if child.type == "ReduceLROnPlateau":
                    message = f"torch's {scheduler.type} cannot hold a ReduceLROnPlateau; write both under schedulers:, side by side"
                    self.problems.add(child.place, message)
            return
        if scheduler.monitor is None:
            message = "ReduceLROnPlateau needs a metric; write monitor: val_loss and metrics: {val_loss: {values: [1.0, 0.9]}}"
            self.problems.add(scheduler.place, message)
        elif scheduler.monitor not in names:
            hint = (
                suggestion(scheduler.monitor, names)
                if names
                else "write metrics: {%s: {values: [1.0, 0.9]}}" % scheduler.monitor
            )
            self.problems.add(places["monitor"], f"{scheduler.monitor!r} is no metric of this curve; {hint}")
        if scheduler.interval == "step":
            message = "a metric has one value per epoch; write interval: epoch"
            self.problems.add(places.get("interval", scheduler.place), message)

    def _metric(self, name: str, found: Any, place: Place) -> Metric | None:
        if not isinstance(found, Mapping):
            self.problems.add(
                place, f"{shown(found)} is not a metric; write {{values: [1.0, 0.9], then: hold}}"
            )
            return None
        for form in ("expr", "csv", "random", "loss"):
            if form in found:
                message = f"a metric from {form} is not understood by this version of lrviz; write values: [1.0, 0.9]"
                self.problems.add(found.at(form), message)
                return None
        given = validate(Values, found, "a metric", self.problems)
        if given is None:
            return None
        then, values = given.get("then", "error"), tuple(given["values"])
        epochs = self.clock.epochs
        whole_epochs = self.clock.steps if epochs is None else int(epochs)
        if then == "error" and len(values) < whole_epochs and not self.quiet:
            message = f"{len(values)} values for {whole_epochs:,} epochs; write then: hold or then: repeat, or more values"
            self.problems.add(found.at("values"), message)
            return None
        return Metric(name, values, None if then == "error" else then)


def schema_models() -> tuple[type[BaseModel], ...]:
    """Name the models of a spec's own sections, for the JSON Schema."""
    return Plot, Values
