"""The language as models: the sections of a spec, and one model for each class in the catalog.

``validate`` is the one door: it checks a mapping against a model and notes all that is wrong as Problems at
their places. The same models give the JSON Schema (see spec.schema).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lrviz.catalog import Argument, Entry
from lrviz.errors import nearest, suggestion
from lrviz.spec import fields
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.fields import Boolean, LengthType, PositiveInteger, Text, choices, reading, type_of
from lrviz.spec.sections import Field, ItemsRefused, Kind, Section, section_of
from lrviz.spec.values import (
    Accumulate,
    Dpi,
    Layout,
    Match,
    ModelType,
    Names,
    Scale,
    Show,
    Size,
    StartFactor,
    Theme,
    XAxis,
)


class Run(Section):
    """How long the run is: in epochs, in updates, or from the size of the data."""

    epochs: PositiveInteger = Field(None, description="epochs in the run")
    steps_per_epoch: PositiveInteger = Field(None, description="updates (optimizer steps) per epoch")
    dataset_size: PositiveInteger = Field(
        None, description="samples in the training set; with batch_size it gives steps_per_epoch"
    )
    batch_size: PositiveInteger = Field(None, description="samples per batch and device")
    batches_per_epoch: PositiveInteger = Field(
        None, description="batches per epoch on each device, instead of the size of the data"
    )
    accumulate: Accumulate = Field(
        None,
        description="batches per update (gradient accumulation), 1 where not given; or by epoch: {0: 1, 10: 4}",
    )
    accumulate_across_epochs: Boolean = Field(
        None,
        description="an accumulation goes on into the next epoch; else an epoch's last batch makes an update",
    )
    devices: PositiveInteger = Field(
        None, description="devices that share an epoch's data; 1 where not given"
    )
    drop_last: Boolean = Field(
        None, description="drop the last, incomplete batch of an epoch; false where not given"
    )
    scheduler_calls_per_step: PositiveInteger = Field(
        None,
        description="calls of a scheduler each time it is due: accelerate makes one per process; 1 where not given",
    )
    steps: PositiveInteger = Field(None, description="updates in the run, instead of epochs")
    tokens_per_step: PositiveInteger = Field(
        None, description="tokens per update; gives a token axis and lengths such as 375Mtok"
    )


class Plot(Section):
    """How the figure looks."""

    x: XAxis = Field(None, description="what runs along the x axis")
    y: Scale = Field("linear", description="scale of the learning-rate axis")
    layout: Layout = Field("overlay", description="all curves in one panel, or a panel for each")
    show: Show = Field(
        None, description="quantities, top to bottom; not given: the LR, and whatever else moves"
    )
    size: Size = Field(None, description="[width, height] in inches")
    dpi: Dpi = Field(150, description="pixels per inch")
    theme: Theme = Field("light", description="dark ink on white, or light ink on black")
    title: Text = Field(None, description="a line above the figure")
    normalize: Boolean = Field(
        False, description="draw shapes: each LR over its curve's peak, along the share of the run"
    )


class Warmup(Section):
    """A LinearLR in front of a scheduler."""

    length: LengthType = Field(
        description="how long the warm-up is: 5%, 500st, 5ep, or calls of the scheduler"
    )
    start_factor: StartFactor = Field(0.01, description="the first LR, as a factor of the LR")


class Check(Section):
    """What ``lrviz check`` passes over."""

    ignore: Names = Field(None, description="checks that may fire here, by name or code: [lr-zero-start]")


# What may stand beside the arguments of a scheduler.
STEPPING: dict[str, tuple[Kind, Any]] = {
    "interval": (
        choices("epoch", "step", "batch"),
        Field(None, description="step the scheduler per epoch, per update, or per batch"),
    ),
    "frequency": (PositiveInteger, Field(1, description="step it once every so many intervals")),
    "frequency_of": (
        choices("interval", "batches"),
        Field(
            "interval",
            description="batches: after updates made with the 1st, 2nd, ... frequency-th batch of an epoch (Lightning)",
        ),
    ),
    "calls": (
        PositiveInteger,
        Field(None, description="step it so often at most; then it stays, as accelerate lets a OneCycleLR"),
    ),
    "monitor": (Text, Field(None, description="the metric that ReduceLROnPlateau is given")),
    "where": (
        reading(fields.anything_of(dict, "a mapping of names to numbers; write {n: 10}"), {"type": "object"}),
        Field(None, description="named constants for expressions: numbers, or lengths in calls"),
    ),
}

# What may stand in a parameter group besides its hyperparameters.
GROUPING: dict[str, tuple[Kind, Any]] = {
    "name": (Text, Field(None, description="the group's name")),
    "match": (
        Match,
        Field(None, description="patterns of the names of the model's parameters that it holds: backbone.*"),
    ),
}


@cache
def stepping_model() -> type[Section]:
    """Make the model of what stands beside the arguments of a scheduler that is not torch's."""
    return section_of("stepping", "", STEPPING)


@cache
def grouping_model() -> type[Section]:
    """Make the model of what stands in a group of an optimizer that is not torch's."""
    return section_of("grouping", "", GROUPING)


@cache
def scheduler_model(entry: Entry) -> type[Section]:
    """Make the model of one scheduler class: its arguments, and when it is stepped."""
    return _model(entry, STEPPING, relative=True)


@cache
def optimizer_model(entry: Entry) -> type[Section]:
    """Make the model of one optimizer class: its hyperparameters and its groups."""
    groups = reading(
        fields.anything_of(list, "a list of parameter groups; write [{name: backbone, lr: 1e-4}, ...]"),
        {"type": "array"},
    )
    own = {
        "groups": (groups, Field(None, description="parameter groups")),
        "model": (
            ModelType,
            Field(None, description="whose parameters it steps: ./mine.py:Net, with --trust; else dummies"),
        ),
        "tensor_lr": (
            Boolean,
            Field(
                False, description="make each lr a float32 tensor, as capturable and compiled optimizers need"
            ),
        ),
    }
    return _model(entry, own, relative=False)


@cache
def group_model(entry: Entry) -> type[Section]:
    """Make the model of one parameter group of an optimizer class."""
    initial = Argument("initial_lr", "lr", "the LR that a scheduler with last_epoch takes as its base", None)
    extra = {
        **GROUPING,
        "initial_lr": (type_of(initial, relative=False), Field(None, description=initial.about)),
    }
    return _model(entry, extra, relative=False)


def _model(entry: Entry, extra: dict[str, tuple[Kind, Any]], *, relative: bool) -> type[Section]:
    arguments = {
        argument.name: (
            type_of(argument, relative=relative),
            Field(... if argument.required else argument.default, description=argument.about),
        )
        for argument in entry.arguments
    }
    return section_of(entry.name, entry.about, {**arguments, **extra})


def validate(
    model: type[Section], found: Mapping, owner: str, problems: Problems, also_known: tuple[str, ...] = ()
) -> dict[str, Any] | None:
    """Check a mapping against a model.

    Args:
        model: what it should be.
        found: what was written.
        owner: what the mapping is, for messages: ``StepLR``, ``run``.
        problems: where what is wrong is noted.
        also_known: keys that are understood here besides the model's, for suggestions.

    Returns:
        The values of the keys that were given, or None if something is wrong.
    """
    wrong = len(problems.found)
    values: dict[str, Any] = {}
    unknown = [key for key in found if key not in model.keys]
    meant = {nearest(key, model.keys) for key in unknown}
    for key, known in model.keys.items():
        if key in found:
            _read(key, known.kind, found, values, problems)
        elif known.required and key not in meant:  # a misspelt key is reported once
            problems.add(found.at(key), f"missing; {owner} needs {key} ({known.description})")
    for key in unknown:
        problems.add(found.at(key), _unknown(key, owner, (*model.keys, *also_known)))
    return {key: values[key] for key in found} if len(problems.found) == wrong else None


def _read(key: str, kind: Kind, found: Mapping, values: dict[str, Any], problems: Problems) -> None:
    written, place = found[key], found.at(key)
    try:
        values[key] = kind.read(written)
    except ItemsRefused as error:
        for index, message in error.wrong:
            problems.add(written.at(index) if isinstance(written, Sequence) else place, message)
    except ValueError as error:
        problems.add(place, str(error))


def _unknown(key: str, owner: str, known: tuple[str, ...]) -> str:
    if key == "verbose":
        return "torch has removed verbose; delete it: lrviz shows every learning rate"
    return f"{owner} has no {key}; {suggestion(key, known)}"
