"""One entry of ``schedules:`` → a Curve: preset put in, optimizer, schedulers, warm-up and metrics read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lrviz import catalog, presets
from lrviz.errors import Place, shown, suggestion
from lrviz.frozen import frozen
from lrviz.spec.arguments import Setting
from lrviz.spec.checking import ignores_of
from lrviz.spec.clock import Clock
from lrviz.spec.courses import courses_of
from lrviz.spec.curve import Curve, Optimizer, Scheduler, Train
from lrviz.spec.document import Mapping, Problems, Sequence, located
from lrviz.spec.expansion import expanded
from lrviz.spec.foreign import CLASS_KEYS, Trust
from lrviz.spec.metrics import MetricReader, Open, check_monitors
from lrviz.spec.modules import module_of, optimizer_in
from lrviz.spec.optimizers import optimizer_of
from lrviz.spec.reactions import Interval
from lrviz.spec.resumes import resumed
from lrviz.spec.rules import rules_of
from lrviz.spec.runs import clock_of
from lrviz.spec.scaling import note_of, own_clock
from lrviz.spec.schedulers import SCHEDULER_KEYS, Reader
from lrviz.spec.training import can_train, told_of, train_of
from lrviz.spec.warmups import warmed_up

CURVE_KEYS = (
    "preset",
    "optimizer",
    "schedulers",
    "warmup",
    "metrics",
    "adjust",
    "set",
    "train",
    "resume",
    "cyclic",
    "check",
    "module",
)


@frozen
class CurveReader:
    """Reads curves that share a run and an optimizer.

    Args:
        clock, interval: the run's clock, and how schedulers are stepped where they do not say.
        optimizer: the shared optimizer.
        problems: where what is wrong is noted.
        open_file: opens a file that the spec names.
        run, written: the run and the shared optimizer as written, for what a resumed run changes in them.
        train: what all curves train on.
        preset: what the curve is made from, if anything.
        trust: whether code that they name may run.
        optimizer_written: whether someone wrote the shared optimizer; else a published schedule brings its own.
        clock_guessed, optimizer_guessed: it is a stand-in for a broken one, so what depends on it is no news.
    """

    clock: Clock
    interval: Interval
    optimizer: Optimizer
    problems: Problems
    open_file: Open
    run: Mapping
    written: Any
    trust: Trust
    train: Train | None = None
    clock_guessed: bool = False
    optimizer_guessed: bool = False
    optimizer_written: bool = False
    preset: presets.Preset | None = None

    def curves(self, name: str, found: Any, place: Place) -> tuple[Curve, ...]:
        """Read one named curve, and with it the same run resumed, if it is; () if something is wrong."""
        if not name.strip():
            self.problems.add(place, "a schedule without a name; write one before the colon")
        reader = replace(self, preset=_preset(found))
        if reader.preset is not None and reader.preset.run is not None and not self.run:
            reader = reader._on_own_run(reader.preset.run)
        written = reader._expanded(found, place)
        if written is None:
            return ()
        curve = reader.curve(name, written.without("resume"), place)
        if written.get("resume") is None or curve is None:
            return () if curve is None else (curve,)
        again = resumed(curve, written, place, reader._again(place), self.problems)
        return () if again is None else (curve, again)

    def _on_own_run(self, run: dict[str, Any]) -> CurveReader:
        """Read a published schedule on the run that it was published with, where the spec has none."""
        clocked = clock_of(located(run, "run"), self.problems)
        assert clocked is not None  # the presets' test reads every one
        return replace(self, clock=clocked[0], interval=clocked[1], run=located(run, "run"))

    def _again(self, place: Place) -> Any:
        def read(name: str, curve: Mapping, run: Mapping | None, optimizer: Any) -> Curve | None:
            clock, pace = self.clock, self.interval
            if run is not None:
                base = self.run.without("steps") if "epochs" in run else self.run
                base = base.without("epochs") if "steps" in run else base
                clocked = clock_of(base.updated(run), self.problems)
                if clocked is None:
                    return None
                clock, pace = clocked
            shared: Any = curve.get("optimizer") or self.written
            if isinstance(optimizer, Mapping) and isinstance(shared, Mapping):
                optimizer = shared.updated(optimizer)
            if optimizer is not None:
                curve = curve.without("optimizer")
                curve.put("optimizer", optimizer, place)
            return replace(self, clock=clock, interval=pace).curve(name, curve, place)

        return read

    def curve(self, name: str, curve: Mapping, place: Place) -> Curve | None:
        """Read one curve whose preset has been put in; None if something is wrong with it."""
        before = len(self.problems.found)
        optimizer, own = self._optimizer(curve)
        module = module_of(curve, self.trust, self.problems)
        if module is not None:
            optimizer, own = optimizer_in(module), True
        notes = self._scaled()
        guessed = self.clock_guessed or optimizer is None or (self.optimizer_guessed and not own)
        setting = Setting(self.clock, optimizer or self.optimizer, self.problems, notes, self.trust, guessed)
        beside = (parameter.name for parameter in self.preset.parameters) if self.preset else ()
        reader = Reader(setting, self.interval, (*CURVE_KEYS, *beside))
        schedulers = self._schedulers(curve, place, reader)
        clock = None if self.clock_guessed else self.clock
        train = self._train(curve)
        trains = train is not None or curve.get("train") is not None
        metrics = MetricReader(clock, self.problems, self.open_file, trains).metrics(curve)
        check_monitors(curve, schedulers or (), metrics, self.problems)
        rules = rules_of(
            curve, self.clock, self.interval, optimizer or self.optimizer, metrics, trains, self.problems
        )
        if train is not None and optimizer is not None and can_train(train, optimizer, self.problems):
            notes += told_of(train, optimizer)
        courses = courses_of(curve, self.clock, optimizer or self.optimizer, self.problems)
        cyclic = self._flag(curve, "cyclic")
        ignores = ignores_of(curve, self.problems, self.preset.allows if self.preset else ())
        if len(self.problems.found) > before or optimizer is None or schedulers is None:
            return None
        noted = dict.fromkeys(note for note in (self.clock.note, *notes) if note)
        return Curve(
            name,
            self.clock,
            optimizer,
            schedulers,
            metrics,
            rules,
            train,
            notes=tuple(noted),
            place=place,
            courses=courses,
            cyclic=cyclic,
            ignores=ignores,
            module=module,
        )

    def _scaled(self) -> list[str]:
        own = own_clock(self.preset) if self.preset else None
        if own is None or self.clock_guessed or own.steps == self.clock.steps or self.preset is None:
            return []
        return [note_of(self.preset, own, self.clock)]

    def _flag(self, curve: Mapping, key: str) -> bool:
        found = curve.get(key)
        if found is not None and not isinstance(found, bool):
            self.problems.add(curve.at(key), f"{shown(found)} is neither true nor false; write true or false")
        return found is True

    def _expanded(self, found: Any, place: Place) -> Mapping | None:
        if found is None:
            return Mapping((), place)
        if isinstance(found, str):
            found = Mapping.of("preset", found, place)
        if not isinstance(found, Mapping):
            message = f"{shown(found)} is not a schedule; write {{type: CosineAnnealingLR, T_max: 100%}}"
            self.problems.add(place, message)
            return None
        return expanded(found, self.problems, None if self.clock_guessed else self.clock)

    def _optimizer(self, curve: Mapping) -> tuple[Optimizer | None, bool]:
        """Find the curve's optimizer, and whether it is its own."""
        if curve.get("optimizer") is None:
            if self.optimizer_written or self.preset is None or self.preset.optimizer is None:
                return self.optimizer, False
            own = located(self.preset.optimizer, curve.place.file, f"{curve.place.key}.optimizer")
            return optimizer_of(own, curve.place, self.problems, self.trust), True
        return optimizer_of(curve["optimizer"], curve.at("optimizer"), self.problems, self.trust), True

    def _train(self, curve: Mapping) -> Train | None:
        if curve.get("train") is None:
            return self.train
        return train_of(curve["train"], curve.at("train"), self.problems)

    def _schedulers(self, curve: Mapping, place: Place, reader: Reader) -> tuple[Scheduler, ...] | None:
        own = curve.without(
            "preset", "optimizer", "warmup", "metrics", "adjust", "set", "train", "cyclic", "check", "module"
        )
        own.place = place
        names_class = any(key in curve for key in (*CLASS_KEYS, "points"))
        if "schedulers" in curve and not names_class:
            return self._several(curve, own, reader)
        if not names_class and own:
            self._refuse_without_class(own, reader)
            return None
        if curve.get("warmup") is not None:
            return warmed_up(own if names_class else None, curve["warmup"], curve.at("warmup"), reader)
        if not names_class:
            return ()
        scheduler = reader.scheduler(own, place)
        return None if scheduler is None else (scheduler,)

    def _refuse_without_class(self, own: Mapping, reader: Reader) -> None:
        entries = catalog.schedulers().values()
        usual = catalog.schedulers()["CosineAnnealingLR"]
        closest = max(
            (usual, *entries), key=lambda entry: sum(entry.argument(key) is not None for key in own)
        )
        known = ("type", *reader.also_known)
        for key in own:
            if key in SCHEDULER_KEYS or closest.argument(key) is not None:
                message = f"belongs to a scheduler; write its class too, such as type: {closest.name}"
                self.problems.add(own.at(key), message)
                return
            self.problems.add(own.at(key), f"a schedule has no {key}; {suggestion(key, known)}")

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
        if not written:
            self.problems.add(place, "an empty list; write [{type: LinearLR, ...}, ...], or leave it out")
        read = [
            replace(reader, also_known=()).scheduler(item, written.at(index))
            for index, item in enumerate(written)
        ]
        return tuple(scheduler for scheduler in read if scheduler is not None)


def published_run(found: Any) -> dict[str, Any] | None:
    """Find the run that a curve was published with, if it names such a schedule."""
    preset = _preset(found)
    return None if preset is None else preset.run


def _preset(found: Any) -> presets.Preset | None:
    """Find the preset that a curve names, if it does."""
    word = found.get("preset") if isinstance(found, Mapping) else found
    return presets.find(word) if isinstance(word, str) else None
