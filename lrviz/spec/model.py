"""The language as pydantic models: the sections of a spec, and one model for each class in the catalog.

``validate`` is the one door: it checks a mapping against a model and turns whatever pydantic finds into
Problems at their places. The same models give the JSON Schema (see spec.schema).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from lrviz.catalog import Argument, Entry
from lrviz.errors import Place, nearest, shown, suggestion
from lrviz.spec import fields
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.fields import Boolean, LengthType, PositiveInteger, Text, choices, reading, type_of
from lrviz.spec.values import (
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


class Section(BaseModel):
    """A part of a spec; an unknown key in it is an error."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class Run(Section):
    """How long the run is: in epochs, in updates, or from the size of the data."""

    epochs: PositiveInteger = Field(None, description="epochs in the run")
    steps_per_epoch: PositiveInteger = Field(None, description="updates (optimizer steps) per epoch")
    dataset_size: PositiveInteger = Field(
        None, description="samples in the training set; with batch_size it gives steps_per_epoch"
    )
    batch_size: PositiveInteger = Field(None, description="samples per batch and device")
    accumulate: PositiveInteger = Field(
        None, description="batches per update (gradient accumulation); 1 where not given"
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
STEPPING: dict[str, Any] = {
    "interval": (
        choices("epoch", "step"),
        Field(None, description="step the scheduler per epoch, or per update"),
    ),
    "frequency": (PositiveInteger, Field(1, description="step it once every so many intervals")),
    "monitor": (Text, Field(None, description="the metric that ReduceLROnPlateau is given")),
    "where": (
        reading(fields.anything_of(dict, "a mapping of names to numbers; write {n: 10}"), {"type": "object"}),
        Field(None, description="named constants for expressions: numbers, or lengths in calls"),
    ),
}

# What may stand in a parameter group besides its hyperparameters.
GROUPING: dict[str, Any] = {
    "name": (Text, Field(None, description="the group's name")),
    "match": (
        Match,
        Field(None, description="patterns of the names of the model's parameters that it holds: backbone.*"),
    ),
}


@cache
def stepping_model() -> type[BaseModel]:
    """Make the model of what stands beside the arguments of a scheduler that is not torch's."""
    return create_model("stepping", __base__=Section, **STEPPING)


@cache
def grouping_model() -> type[BaseModel]:
    """Make the model of what stands in a group of an optimizer that is not torch's."""
    return create_model("grouping", __base__=Section, **GROUPING)


@cache
def scheduler_model(entry: Entry) -> type[BaseModel]:
    """Make the model of one scheduler class: its arguments, and when it is stepped."""
    return _model(entry, STEPPING, relative=True)


@cache
def optimizer_model(entry: Entry) -> type[BaseModel]:
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
def group_model(entry: Entry) -> type[BaseModel]:
    """Make the model of one parameter group of an optimizer class."""
    initial = Argument("initial_lr", "lr", "the LR that a scheduler with last_epoch takes as its base", None)
    extra = {
        **GROUPING,
        "initial_lr": (type_of(initial, relative=False), Field(None, description=initial.about)),
    }
    return _model(entry, extra, relative=False)


def _model(entry: Entry, extra: dict[str, Any], *, relative: bool) -> type[BaseModel]:
    arguments: dict[str, Any] = {
        argument.name: (
            type_of(argument, relative=relative),
            Field(... if argument.required else argument.default, description=argument.about),
        )
        for argument in entry.arguments
    }
    return create_model(entry.name, __base__=Section, __doc__=entry.about, **arguments, **extra)


def validate(
    model: type[BaseModel], found: Mapping, owner: str, problems: Problems, also_known: tuple[str, ...] = ()
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
    try:
        valid = model.model_validate(dict(found))
    except ValidationError as error:
        for wrong in _without_echoes(error, model):
            problems.add(place_of(found, wrong["loc"]), _message(wrong, model, owner, found, also_known))
        return None
    return {name: getattr(valid, name) for name in found if name in valid.model_fields_set}


def _without_echoes(error: ValidationError, model: type[BaseModel]) -> list[Any]:
    """List what is wrong, without the required keys that are missing only because they are misspelt."""
    found: list[Any] = list(error.errors(include_url=False, include_input=False))
    unknown = [str(wrong["loc"][0]) for wrong in found if wrong["type"] == "extra_forbidden"]
    meant = {nearest(key, model.model_fields) for key in unknown}
    return [wrong for wrong in found if wrong["type"] != "missing" or wrong["loc"][0] not in meant]


def place_of(found: Mapping | Sequence, path: tuple[int | str, ...]) -> Place:
    """Find where a path leads; steps that pydantic adds of its own are passed over."""
    node: Any = found
    place = found.place
    for index, step in enumerate(path):
        if isinstance(node, Mapping) and isinstance(step, str):
            if step in node or index == 0:
                place, node = node.at(step), node.get(step)
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node):
            place, node = node.at(step), node[step]
    return place


def _message(
    wrong: Any, model: type[BaseModel], owner: str, found: Mapping, also_known: tuple[str, ...]
) -> str:
    key = str(wrong["loc"][0])
    if wrong["type"] == "missing":
        about = model.model_fields[key].description
        return f"missing; {owner} needs {key} ({about})"
    if wrong["type"] == "extra_forbidden":
        if key == "verbose":
            return "torch has removed verbose; delete it: lrviz shows every learning rate"
        return f"{owner} has no {key}; {suggestion(key, (*model.model_fields, *also_known))}"
    if wrong["type"] == "too_short":
        return "an empty list; write at least one value"
    if wrong["type"] == "list_type":
        return f"{shown(found.get(key))} is not a list; write [...]"
    return str(wrong["msg"])
