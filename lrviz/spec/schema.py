"""The language's models → one JSON Schema (draft 7), for completion and checks in editors."""

from __future__ import annotations

from typing import Any

from lrviz import catalog, presets
from lrviz.catalog import Entry
from lrviz.spec.model import Check, Plot, Run, Warmup, group_model, optimizer_model, scheduler_model
from lrviz.spec.problems import PROBLEMS
from lrviz.spec.reacting import FORMS, Metric, Resume, Rule, Train
from lrviz.spec.sections import Section, schema_of

_REF = "#/definitions/"
_COURSE = {
    "anyOf": [{"type": ["string", "number"]}, {"type": "array", "items": {"type": ["string", "number"]}}],
    "description": "an expression, or one for each parameter group",
}
POINTS = {
    "points": {
        "type": "array",
        "minItems": 2,
        "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": ["number", "string"]}},
        "description": "instead of a class: [where, LR] points that the LR goes through",
    },
    "between": {"enum": ["linear", "hold"], "description": "how it goes from one of the points to the next"},
}


def json_schema() -> dict[str, Any]:
    """Write the schema of a spec: every section, class and argument, with its description and default."""
    schedulers = {f"scheduler {name}": _scheduler(entry) for name, entry in catalog.schedulers().items()}
    optimizers = {f"optimizer {name}": _optimizer(entry) for name, entry in catalog.optimizers().items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "lrviz spec",
        "description": "A training run, its optimizer, and the learning-rate schedules to compare on it.",
        "type": "object",
        "required": ["schedules"],
        "additionalProperties": False,
        "patternProperties": {"^x-": {"description": "anything: a place for anchors"}},
        "properties": {
            "run": schema_of(Run),
            "optimizer": {"$ref": _REF + "optimizer"},
            "train": _train(),
            "schedules": {
                "description": "the curves, by name",
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {"$ref": _REF + "curve"},
            },
            "check": schema_of(Check),
            "plot": schema_of(Plot),
        },
        "definitions": {
            "curve": _curve(),
            "scheduler": _by_type("scheduler", catalog.schedulers(), "A scheduler class and its arguments."),
            "optimizer": _by_type(
                "optimizer", catalog.optimizers(), "An optimizer class and its hyperparameters."
            ),
            **schedulers,
            **optimizers,
        },
    }


def _curve() -> dict[str, Any]:
    """A curve is a scheduler with a curve's own keys beside it, a preset, several schedulers, or nothing."""
    keys = _curve_keys()
    beside: dict[str, Any] = dict.fromkeys(keys, True)

    def only(entry: Entry) -> dict[str, Any]:
        properties = {**beside, **_properties(scheduler_model(entry))}
        return {"properties": properties, "additionalProperties": False}

    entries = catalog.schedulers().values()
    return {
        "description": "One curve: a scheduler and its arguments, a preset with changes, or several.",
        "type": ["object", "string", "null"],
        "properties": keys,
        # A preset may have parameters of its own; what names a class alone has that class's arguments.
        "allOf": [
            {"if": {"allOf": [_names(entry), {"not": {"required": ["preset"]}}]}, "then": only(entry)}
            for entry in entries
        ],
    }


def _curve_keys() -> dict[str, Any]:
    known = [name for preset in presets.presets().values() for name in (preset.name, *preset.aliases)]
    metric = {
        "type": "object",
        "additionalProperties": {**schema_of(Metric), "oneOf": [{"required": [form]} for form in FORMS]},
        "description": "metrics that schedulers are given, by name",
    }
    return {
        "type": _type_of(catalog.schedulers(), "the scheduler's class"),
        "args": {
            "type": "object",
            "description": "arguments, where a name clashes with one of the language's",
        },
        "class_path": {"type": "string", "description": "the class, as LightningCLI spells it"},
        "init_args": {"type": "object", "description": "its arguments, as LightningCLI spells them"},
        "_target_": {"type": "string", "description": "the class, as Hydra spells it"},
        **POINTS,
        "preset": {
            "anyOf": [{"enum": known}, {"type": "string"}],
            "description": "a schedule by name; other keys change it",
        },
        "optimizer": {"$ref": _REF + "optimizer"},
        "schedulers": {
            "type": "array",
            "items": {"$ref": _REF + "scheduler"},
            "description": "several schedulers on one optimizer",
        },
        "warmup": {
            "anyOf": [schema_of(Warmup)["properties"]["length"], schema_of(Warmup)],
            "description": "a LinearLR in front of the scheduler",
        },
        "metrics": metric,
        "adjust": {
            "anyOf": [schema_of(Rule), {"type": "array", "items": schema_of(Rule)}],
            "description": "edits of param_groups by hand",
        },
        "set": {
            "type": "object",
            "properties": dict.fromkeys(("momentum", "weight_decay"), _COURSE)
            | {"where": {"type": "object", "description": "named numbers, or lengths in updates"}},
            "additionalProperties": False,
            "description": "hyperparameters that are set before every update, by expression over step and epoch",
        },
        "train": _train(),
        "module": {
            "type": ["string", "object"],
            "description": "a LightningModule that makes optimizer and schedulers: ./lit.py:LitModel, with --trust",
        },
        "cyclic": {"type": "boolean", "description": "it is meant to rise again and again, for lrviz check"},
        "check": schema_of(Check),
        "resume": {
            **schema_of(Resume),
            "properties": {
                **_properties(Resume),
                "with": {
                    "type": "object",
                    "description": "what is changed in the new run: keys of the curve, run, optimizer",
                },
            },
        },
    }


def _train() -> dict[str, Any]:
    about = "a small problem that the run really trains on, for losses and effective steps"
    return {"anyOf": [{"enum": list(PROBLEMS)}, schema_of(Train)], "description": about}


def _by_type(kind: str, entries: dict[str, Entry], about: str) -> dict[str, Any]:
    branches = [
        {"if": _names(entry), "then": {"$ref": f"{_REF}{kind} {name}"}} for name, entry in entries.items()
    ]
    return {
        "description": about,
        "type": ["object", "string"] if kind == "optimizer" else "object",
        "properties": {"type": _type_of(entries, f"the {kind}'s class")},
        "allOf": branches,
    }


def _names(entry: Entry) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": [entry.name, *entry.aliases, entry.path]}},
    }


def _type_of(entries: dict[str, Entry], about: str) -> dict[str, Any]:
    # Any case is understood, with or without LR; the names as torch writes them are what an editor offers.
    return {"anyOf": [{"enum": list(entries)}, {"type": "string"}], "description": about}


def _scheduler(entry: Entry) -> dict[str, Any]:
    properties = {
        "type": {"type": "string"},
        "args": {"type": "object"},
        **_properties(scheduler_model(entry)),
    }
    return {"description": entry.about, "properties": properties, "additionalProperties": False}


def _optimizer(entry: Entry) -> dict[str, Any]:
    properties = _properties(optimizer_model(entry))
    group = {"type": "object", "properties": _properties(group_model(entry)), "additionalProperties": False}
    properties["groups"] = {"type": "array", "minItems": 1, "items": group, "description": "parameter groups"}
    return {
        "description": entry.about,
        "properties": {"type": {"type": "string"}, "args": {"type": "object"}, **properties},
        "additionalProperties": False,
    }


def _properties(model: type[Section]) -> dict[str, Any]:
    properties: dict[str, Any] = schema_of(model)["properties"]
    return properties
