"""A document → a Spec: sections told apart, each read, everything that is wrong reported at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lrviz.errors import nearest, shown, suggestion
from lrviz.spec.checking import ignores_of
from lrviz.spec.clock import Clock
from lrviz.spec.curve import Curve, Ignore, Optimizer, Spec, Train
from lrviz.spec.curves import CurveReader, published_run
from lrviz.spec.document import Mapping, Problems, located
from lrviz.spec.foreign import UNTRUSTED, Trust
from lrviz.spec.metrics import Open
from lrviz.spec.model import Plot, validate
from lrviz.spec.optimizers import DEFAULT, optimizer_of
from lrviz.spec.reactions import Interval
from lrviz.spec.runs import clock_of
from lrviz.spec.training import train_of
from lrviz.spec.view import View

SECTIONS = ("run", "optimizer", "train", "schedules", "check", "plot")
EXAMPLES = {
    "run": "{epochs: 90, steps_per_epoch: 100}",
    "schedules": "{cosine: {type: CosineAnnealingLR, T_max: 100%}}",
    "plot": "{x: epoch, y: log}",
}
MOST_CURVES = 1_000
MOST_VALUES = (
    40_000_000  # learning rates of all curves together: what memory can hold, with momentum beside them
)


MOST_TRAINED = 1_000_000  # updates of all curves that train: some minutes


def no_files(name: str) -> str:
    """Refuse to open a file."""
    raise ValueError(f"a spec that is no file itself cannot read {shown(name)}")


def spec_of(
    document: Mapping,
    defaults: Mapping | None = None,
    open_file: Open = no_files,
    trust: Trust = UNTRUSTED,
    remarks: tuple[Ignore, ...] = (),
) -> Spec:
    """Read a whole spec.

    Args:
        document: the file's top-level mapping.
        defaults: ``run``, ``optimizer`` and ``train`` sections for a document that has none of its own.
        open_file: opens a file that the spec names, and refuses those it may not.
        trust: whether code that the spec names may run.
        remarks: checks that its comments allow.

    Raises:
        SpecError: with everything that is wrong.
    """
    problems = Problems()
    misspelt = _check_sections(document, problems)
    clocked = _clocked(document, defaults, misspelt, problems)
    optimizer = _shared_optimizer(document, defaults, problems, trust)
    sections = (_section(document, "run", defaults), _section(document, "optimizer", defaults))
    train = _shared_train(document, defaults, problems)
    curves = _curves(document, clocked, optimizer, train, misspelt, problems, open_file, sections, trust)
    shared = (*ignores_of(document, problems), *remarks)
    curves = [replace(curve, ignores=(*curve.ignores, *shared)) for curve in curves]
    view = _view(document, problems)
    problems.raise_if_any()
    return Spec(tuple(curves), view, document.place.file)


def _check_sections(document: Mapping, problems: Problems) -> set[str | None]:
    """Note keys that are no sections; return the sections that some of them were probably meant to be."""
    unknown = [key for key in document if key not in SECTIONS and not key.startswith("x-")]
    meant = {nearest(key, SECTIONS) for key in unknown}
    if unknown and len(unknown) == len(document) and not meant & {"run", "optimizer", "schedules"}:
        example = "write run:, optimizer: and schedules:, or see lrviz init cosine"
        problems.add(document.place, f"not a spec: it has no schedules; {example}")
        problems.raise_if_any()
    for key in unknown:
        problems.add(document.at(key), f"a spec has no {key}; {suggestion(key, SECTIONS)}")
    return meant


def _section(document: Mapping, name: str, defaults: Mapping | None) -> Any:
    found = document.get(name)
    return defaults.get(name) if found is None and defaults is not None else found


def _clocked(
    document: Mapping, defaults: Mapping | None, misspelt: set[str | None], problems: Problems
) -> tuple[Clock, Interval] | None:
    run = _section(document, "run", defaults)
    if isinstance(run, Mapping):
        return clock_of(run, problems)
    if run is not None:
        problems.add(document.at("run"), f"{shown(run)} is not a run; write {EXAMPLES['run']}")
    elif "run" not in misspelt and not _bring_runs(document):
        place = document.at("run") if "run" in document else document.place
        problems.add(place, f"the run's length is missing; write run: {EXAMPLES['run']}")
    return None


def _bring_runs(document: Mapping) -> bool:
    """Whether every curve names a published schedule, which brings the run that it was published with."""
    schedules = document.get("schedules")
    if "run" in document or not isinstance(schedules, Mapping) or not schedules:
        return False
    return all(published_run(found) is not None for found in schedules.values())


def _shared_optimizer(
    document: Mapping, defaults: Mapping | None, problems: Problems, trust: Trust
) -> Optimizer | None:
    found = _section(document, "optimizer", defaults)
    if document.get("optimizer") is None:  # what is typed is looked for from where it is typed
        trust = replace(trust, folder=".")
    place = document.at("optimizer")
    return optimizer_of(located(DEFAULT, "default") if found is None else found, place, problems, trust)


def _shared_train(document: Mapping, defaults: Mapping | None, problems: Problems) -> Train | None:
    found = _section(document, "train", defaults)
    own = document.get("train") is not None or defaults is None
    place = document.at("train") if own or defaults is None else defaults.at("train")
    if found is None:
        return None
    return train_of(found, place, problems) or Train("mlp")  # a broken one is reported once


def _curves(
    document: Mapping,
    clocked: tuple[Clock, Interval] | None,
    shared: Optimizer | None,
    train: Train | None,
    misspelt: set[str | None],
    problems: Problems,
    open_file: Open,
    sections: tuple[Any, Any],
    trust: Trust,
) -> list[Curve]:
    schedules = document.get("schedules")
    place = document.at("schedules") if "schedules" in document else document.place
    if not isinstance(schedules, Mapping) or not schedules:
        empty = schedules is None or isinstance(schedules, Mapping)
        what = "no schedules" if empty else f"{shown(schedules)} is not a mapping of names to schedules"
        if "schedules" in document or "schedules" not in misspelt:
            problems.add(place, f"{what}; write schedules: {EXAMPLES['schedules']}")
        return []
    if len(schedules) > MOST_CURVES:
        problems.add(place, f"{len(schedules):,} schedules; at most {MOST_CURVES:,} are read")
        return []
    # A broken clock or optimizer is reported once; the schedules are still read, for their own mistakes.
    clock, pace = clocked or (Clock(1000, 10, 1), "epoch")
    optimizer = shared or optimizer_of(located(DEFAULT, "default"), document.place, Problems())
    assert optimizer is not None
    run, written = sections
    run = run if isinstance(run, Mapping) else Mapping()
    written = located(DEFAULT, "default") if written is None else written
    guessed = (clocked is None and not _bring_runs(document), shared is None, sections[1] is not None)
    reader = CurveReader(clock, pace, optimizer, problems, open_file, run, written, trust, train, *guessed)
    curves = [
        curve for name in schedules for curve in reader.curves(name, schedules[name], schedules.at(name))
    ]
    total = sum(curve.clock.steps * len(curve.optimizer.groups) for curve in curves)
    if total > MOST_VALUES:
        message = f"{total:,} learning rates, of every curve, group and update"
        problems.add(place, f"{message}; at most {MOST_VALUES:,} are simulated")
    trained = sum(curve.clock.steps for curve in curves if curve.train)
    if trained > MOST_TRAINED:
        problems.add(
            place, f"{trained:,} updates of all curves that train; at most {MOST_TRAINED:,} are trained"
        )
    return curves


def _view(document: Mapping, problems: Problems) -> View:
    plot = document.get("plot")
    if plot is None:
        return View()
    if not isinstance(plot, Mapping):
        problems.add(document.at("plot"), f"{shown(plot)} is not a mapping; write {EXAMPLES['plot']}")
        return View()
    return View().with_options(**(validate(Plot, plot, "plot", problems) or {}))
