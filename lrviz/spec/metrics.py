"""The ``metrics:`` of a curve → Metrics, and whether each scheduler that needs one has it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from lrviz.catalog.families import member_of
from lrviz.errors import Place, one_of, shown, suggestion
from lrviz.frozen import frozen
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Scheduler
from lrviz.spec.document import Mapping, Problems
from lrviz.spec.durations import Length, Ruler, whole
from lrviz.spec.expressions import expression_of
from lrviz.spec.model import validate
from lrviz.spec.optimizers import plain
from lrviz.spec.reacting import FORMS, Decay, Normal, Uniform
from lrviz.spec.reacting import Metric as MetricModel
from lrviz.spec.reactions import Formula, Given, Loss, Metric, Noise
from lrviz.spec.sections import Section

Open = Callable[[str], str]  # a file's name, as the spec gives it → its text; raises ValueError
VARIABLES = ("epoch", "step", "t", "lr")
_RANDOM: dict[str, type[Section]] = {"uniform": Uniform, "normal": Normal, "decay": Decay}
_MOST = 1_000_000  # rows of a CSV file


@frozen
class MetricReader:
    """Reads the metrics of one curve.

    Args:
        clock: the run's clock; None if it is broken, and what depends on it is not known.
        problems: where what is wrong is noted.
        open_file: opens a file that a spec names.
        trains: whether the run trains, and has a loss.
    """

    clock: Clock | None
    problems: Problems
    open_file: Open
    trains: bool = False

    def metrics(self, curve: Mapping) -> tuple[Metric, ...]:
        """Read a curve's metrics; those that are wrong are noted and left out."""
        written = curve.get("metrics")
        if written is None:
            return ()
        if not isinstance(written, Mapping):
            message = f"{shown(written)} is not a mapping; write {{val_loss: {{values: [1.0, 0.9]}}}}"
            self.problems.add(curve.at("metrics"), message)
            return ()
        read = [self._metric(name, written[name], written.at(name)) for name in written]
        return tuple(metric for metric in read if metric is not None)

    def _metric(self, name: str, found: Any, place: Place) -> Metric | None:
        if not isinstance(found, Mapping):
            message = f"{shown(found)} is not a metric; write {{values: [1.0, 0.9], then: hold}}"
            self.problems.add(place, message)
            return None
        given = validate(MetricModel, found, "a metric", self.problems)
        if given is None:
            return None
        forms = [form for form in FORMS if form in given]
        if len(forms) != 1:
            what = "says not where its values come from" if not forms else f"has {' and '.join(forms)}"
            self.problems.add(place, f"{what}; write one of {one_of(FORMS)}")
            return None
        before = len(self.problems.found)
        every = self._every(given.get("every"), found)
        read = self._source(forms[0], name, given, found, every)
        if read is None or len(self.problems.found) > before:
            return None
        return Metric(name, read, every, given.get("better"))

    def _source(
        self, form: str, name: str, given: dict[str, Any], found: Mapping, every: int | None
    ) -> Given | Formula | Noise | Loss | None:
        then = given.get("then", "error")
        if form == "values":
            return self._long_enough(tuple(given["values"]), then, (), found.at("values"), every)
        if form == "expr":
            return self._formula(given["expr"], found.at("expr"))
        if form == "random":
            return self._noise(given["random"])
        if form == "loss":
            return self._loss(found.at("loss"))
        return self._file({"column": name, **given}, found, every)

    def _every(self, length: Length | None, found: Mapping) -> int | None:
        if length is None or self.clock is None:
            return None
        try:
            updates = whole(Ruler(self.clock, Fraction(1)).calls(length))
        except ValueError as error:
            self.problems.add(found.at("every"), f"{shown(length.text)}: {error}")
            return None
        if updates < 1:
            self.problems.add(
                found.at("every"), f"{length.text} is no time between two values; write 100st or 1ep"
            )
            return None
        return updates

    def _evaluations(self, every: int | None) -> int | None:
        clock = self.clock
        if clock is None:
            return None
        period = every or clock.steps_per_epoch or clock.steps
        return clock.steps // period

    def _long_enough(
        self, values: tuple[float, ...], then: str, steps: tuple[int, ...], place: Place, every: int | None
    ) -> Given | None:
        wanted = self._evaluations(every)
        if then == "error" and not steps and wanted is not None and len(values) < wanted:
            times = "epochs" if every is None else "evaluations"
            some = f"{len(values)} value{'s' * (len(values) > 1)} for {wanted:,} {times}"
            self.problems.add(place, f"{some}; write then: hold or then: repeat, or more values")
            return None
        return Given(values, None if then == "error" else then, steps)  # type: ignore[arg-type]

    def _formula(self, text: Any, place: Place) -> Formula | None:
        try:
            constants = {} if self.clock is None else self.clock.constants()
            guessed = ("steps", "epochs", "steps_per_epoch") if self.clock is None else ()
            return Formula(expression_of(text, (*VARIABLES, *guessed), constants))
        except ValueError as error:
            self.problems.add(place, str(error))
            return None

    def _noise(self, written: Mapping) -> Noise | None:
        kind = written.get("kind", "uniform")
        model = _RANDOM.get(kind, Uniform) if isinstance(kind, str) else Uniform
        settings = validate(model, written, f"random {model.__name__.lower()}", self.problems)
        if settings is None:
            return None
        settings.pop("kind", None)
        return Noise(kind, settings.pop("seed", 0), plain(settings))

    def _loss(self, place: Place) -> Loss | None:
        if not self.trains:
            self.problems.add(place, "the run does not train and has no loss; write train: mlp in the curve")
            return None
        return Loss()

    def _file(self, given: dict[str, Any], found: Mapping, every: int | None) -> Given | None:
        place, shown_name = found.at("csv"), shown(given["csv"])
        try:
            rows = list(csv.DictReader(io.StringIO(self.open_file(given["csv"]))))
        except (ValueError, csv.Error) as error:
            self.problems.add(place, f"{shown_name}: {error}")
            return None
        if not rows or len(rows) > _MOST:
            self.problems.add(
                place, f"{shown_name}: {len(rows):,} rows under its header; write 1 to {_MOST:,}"
            )
            return None
        values = self._column(rows, given["column"], found, "column", float)
        steps: tuple[Any, ...] | None = ()
        if "step_column" in given:
            steps = self._column(
                rows, given["step_column"], found, "step_column", lambda cell: int(float(cell))
            )
        if values is None or steps is None:
            return None
        if list(steps) != sorted(steps):
            self.problems.add(found.at("step_column"), "its steps do not ascend")
            return None
        return self._long_enough(values, given.get("then", "error"), steps, place, every)

    def _column(
        self, rows: list[dict[str, str]], column: str, found: Mapping, key: str, read: Callable[[str], Any]
    ) -> tuple[Any, ...] | None:
        place = found.at(key if key in found else "csv")
        names = [name for name in rows[0] if name]
        if column not in names:
            self.problems.add(place, f"the file has no column {shown(column)}; {suggestion(column, names)}")
            return None
        values = []
        for line, row in enumerate(rows, 2):
            cell = (row[column] or "").strip()
            if not cell:  # loggers leave a cell empty where a metric was not logged
                continue
            try:
                values.append(read(cell))
            except ValueError:
                self.problems.add(place, f"line {line:,} of the file: {shown(cell)} is not a number")
                return None
        if not values:
            self.problems.add(place, f"column {shown(column)} of the file holds no number")
            return None
        return tuple(values)


def check_monitors(
    curve: Mapping, schedulers: Iterable[Scheduler], metrics: Iterable[Metric], problems: Problems
) -> None:
    """Note every scheduler that reacts to a metric and has none, and every other that asks for one."""
    written = curve.get("metrics")
    if written is not None and not isinstance(written, Mapping):
        return  # and has been reported
    paces = {metric.name: metric.every for metric in metrics}
    for scheduler in schedulers:
        if _reacts(scheduler):
            _check_plateau(scheduler, tuple(written or ()), paces, problems)
        else:
            _check_other(scheduler, problems)


def _reacts(scheduler: Scheduler) -> bool:
    """Whether a scheduler is given a metric: as its class says, or, of someone's own code, where that is asked for."""
    if scheduler.code is None:
        return scheduler.type == "ReduceLROnPlateau"
    member = member_of(scheduler.type) if scheduler.code.family else None
    if member is None or member.metric is None:
        return scheduler.monitor is not None
    return member.metric


def _check_plateau(
    plateau: Scheduler, names: tuple[str, ...], paces: dict[str, int | None], problems: Problems
) -> None:
    places = dict(plateau.places)
    if plateau.monitor is None:
        example = "monitor: val_loss and metrics: {val_loss: {values: [1.0, 0.9]}}"
        problems.add(plateau.place, f"{plateau.type} needs a metric; write {example}")
    elif plateau.monitor not in names:
        wanted = shown(plateau.monitor)
        hint = suggestion(plateau.monitor, names)
        hint = hint if names else f"write metrics: {{{wanted[1:-1]}: {{values: [1.0, 0.9]}}}}"
        problems.add(places["monitor"], f"{wanted} is no metric of this curve; {hint}")
    elif (
        plateau.interval == "step"
        and plateau.monitor in paces
        and (paces[plateau.monitor] or 0) != plateau.frequency
    ):
        every = paces[plateau.monitor]
        if every is None:
            message = "its metric has one value per epoch; write interval: epoch, or every: in the metric"
        else:
            message = f"its metric has a value every {every:,} updates; write frequency: {every}"
        problems.add(places.get("interval", plateau.place), message)


def _check_other(scheduler: Scheduler, problems: Problems) -> None:
    if scheduler.monitor is not None:
        place = dict(scheduler.places)["monitor"]
        problems.add(place, f"{scheduler.type} takes no metric; delete monitor")
    for child in scheduler.children:
        if _reacts(child):
            message = f"{scheduler.type} cannot hold a {child.type}"
            problems.add(child.place, f"{message}; write schedulers: with both, side by side")
        else:
            _check_other(child, problems)
