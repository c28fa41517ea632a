"""The catalog, held against the signatures of the installed torch."""

from __future__ import annotations

import collections.abc
import importlib
import inspect
import types
import typing
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler, swa_utils

from lrviz import catalog, presets
from lrviz.catalog import KINDS, REQUIRED, Argument, Entry, index

ABSTRACT = {"LRScheduler", "Optimizer"}
GIVEN_BY_LRVIZ = {"optimizer", "params"}

TORCH_SCHEDULERS = {
    **{name: getattr(lr_scheduler, name) for name in lr_scheduler.__all__ if name not in ABSTRACT},
    "SWALR": swa_utils.SWALR,
}
TORCH_OPTIMIZERS = {
    name: found
    for name, found in vars(torch.optim).items()
    if inspect.isclass(found) and issubclass(found, torch.optim.Optimizer) and name not in ABSTRACT
}
TORCH = {**TORCH_SCHEDULERS, **TORCH_OPTIMIZERS}
ENTRIES = {**catalog.schedulers(), **catalog.optimizers()}

KINDS_OF = {
    bool: {"boolean"},
    int: {"integer", "length"},
    float: {"number", "lr"},
    str: {"text"},
}


def each_entry() -> pytest.MarkDecorator:
    assert ENTRIES
    return pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: entry.name)


def parameters_of(entry: Entry) -> dict[str, inspect.Parameter]:
    found = inspect.signature(TORCH[entry.name]).parameters
    return {name: parameter for name, parameter in found.items() if name not in GIVEN_BY_LRVIZ}


def hints_of(entry: Entry) -> dict[str, Any]:
    # torch imports some of the names in its annotations for type checkers only.
    initializer = TORCH[entry.name].__init__
    names = {**vars(typing), **vars(collections.abc), **vars(torch.optim), **initializer.__globals__}
    hints = typing.get_type_hints(initializer, globalns=names)
    return {name: hints[name] for name in parameters_of(entry) if name in hints}


def members(hint: Any) -> tuple[Any, ...]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return typing.get_args(hint)
    return (hint,)


def comparable(value: Any) -> Any:
    # A list in YAML is a tuple in torch, and True is not 1.
    if isinstance(value, (list, tuple)):
        return tuple(comparable(item) for item in value)
    return (isinstance(value, bool), value)


def names_of(entry: Entry) -> set[str]:
    plain = {word.lower().replace("-", "").replace("_", "") for word in (entry.name, *entry.aliases)}
    return plain | {word.removesuffix("lr") for word in plain}


@pytest.mark.parametrize(
    ("entries", "classes"),
    [(catalog.schedulers(), TORCH_SCHEDULERS), (catalog.optimizers(), TORCH_OPTIMIZERS)],
    ids=["schedulers", "optimizers"],
)
def test_every_class_of_torch_is_in_the_catalog_and_nothing_else(entries, classes):
    assert classes
    missing = sorted(set(classes) - set(entries))
    extra = sorted(set(entries) - set(classes))
    assert not missing, f"torch {torch.__version__} has classes that the catalog lacks: {missing}"
    assert not extra, f"the catalog has classes that torch {torch.__version__} lacks: {extra}"


@pytest.mark.parametrize("folder", ["schedulers", "optimizers"])
def test_a_file_is_named_as_its_class(folder):
    files = sorted((Path(catalog.__file__).parent / folder).iterdir())
    entries = getattr(catalog, folder)()
    assert files
    assert [file.name for file in files if file.name != index.NAME] == [
        f"{entry.name}.yaml" for entry in entries.values()
    ]


@each_entry()
def test_a_path_imports_to_its_class(entry):
    module, _, name = entry.path.rpartition(".")
    assert name == entry.name
    assert getattr(importlib.import_module(module), name) is TORCH[entry.name]


@each_entry()
def test_the_arguments_are_those_of_torch_in_its_order(entry):
    known = [argument.name for argument in entry.arguments]
    wanted = list(parameters_of(entry))
    missing = [name for name in wanted if name not in known]
    extra = [name for name in known if name not in wanted]
    assert not missing, f"torch {torch.__version__}: {entry.name} has arguments the catalog lacks: {missing}"
    assert not extra, f"torch {torch.__version__}: {entry.name} lacks arguments of the catalog: {extra}"
    assert known == wanted, f"{entry.name}: the order differs"


@each_entry()
def test_the_defaults_are_those_of_torch(entry):
    parameters = parameters_of(entry)
    assert parameters
    for argument in entry.arguments:
        wanted = parameters[argument.name].default
        name = f"{entry.name}.{argument.name}"
        assert argument.required == (wanted is inspect.Parameter.empty), f"{name}: required or not?"
        if not argument.required:
            assert comparable(argument.default) == comparable(wanted), f"{name}: default"


@each_entry()
def test_the_kinds_agree_with_the_annotations_of_torch(entry):
    hints = hints_of(entry)
    assert hints
    for argument in entry.arguments:
        name = f"{entry.name}.{argument.name}"
        assert argument.kind in KINDS, name
        for member in members(hints.get(argument.name, Any)):
            if member in KINDS_OF:
                assert argument.kind in KINDS_OF[member], f"{name}: torch annotates {member.__name__}"
            if typing.get_origin(member) is typing.Literal:
                assert argument.choices == typing.get_args(member), f"{name}: choices"
            if typing.get_origin(member) in (list, tuple, collections.abc.Iterable, collections.abc.Sequence):
                assert argument.listed or argument.per_group, f"{name}: torch annotates a list"


@each_entry()
def test_the_choices_hold_the_default_and_belong_to_texts_alone(entry):
    for argument in entry.arguments:
        name = f"{entry.name}.{argument.name}"
        assert bool(argument.choices) == (argument.kind == "text"), name
        if argument.choices and not argument.required:
            assert argument.default is None or argument.default in argument.choices, name


@each_entry()
def test_the_lists_have_their_size_and_the_minimum_admits_the_default(entry):
    for argument in entry.arguments:
        name = f"{entry.name}.{argument.name}"
        assert not (argument.listed and argument.per_group), name
        assert not argument.position or (argument.kind == "length" and argument.listed), name
        if argument.size is not None:
            assert argument.listed, name
            assert len(argument.default) == argument.size, name
        if argument.minimum is not None and not argument.required:
            values = argument.default if argument.listed else [argument.default]
            assert all(value is None or value >= argument.minimum for value in values), name


def test_the_lengths_are_the_arguments_that_count_calls():
    lengths = {
        f"{entry.name}.{argument.name}"
        for entry in ENTRIES.values()
        for argument in entry.arguments
        if argument.kind == "length"
    }
    assert lengths == {
        "ConstantLR.total_iters",
        "CosineAnnealingLR.T_max",
        "CosineAnnealingWarmRestarts.T_0",
        "CyclicLR.step_size_down",
        "CyclicLR.step_size_up",
        "LinearLR.total_iters",
        "MultiStepLR.milestones",
        "OneCycleLR.total_steps",
        "PolynomialLR.total_iters",
        "ReduceLROnPlateau.cooldown",
        "ReduceLROnPlateau.patience",
        "SWALR.anneal_epochs",
        "SequentialLR.milestones",
        "StepLR.step_size",
    }


PER_GROUP = {
    "CyclicLR": {
        "base_lr": [0.1, 0.2],
        "max_lr": [0.3, 0.4],
        "base_momentum": [0.7, 0.8],
        "max_momentum": [0.9, 0.95],
    },
    "LambdaLR": {"lr_lambda": [lambda t: 1 / (t + 1), lambda t: 0.5**t]},
    "MultiplicativeLR": {"lr_lambda": [lambda t: 1 / (t + 1), lambda t: 0.5**t]},
    "OneCycleLR": {
        "total_steps": 10,
        "max_lr": [0.3, 0.4],
        "base_momentum": [0.7, 0.8],
        "max_momentum": [0.9, 0.95],
    },
    "ReduceLROnPlateau": {"min_lr": [0.01, 0.02]},
    "SWALR": {"swa_lr": [0.01, 0.02]},
}


def test_the_arguments_with_a_value_per_group_are_known():
    known = {
        entry.name: {argument.name for argument in entry.arguments if argument.per_group}
        for entry in ENTRIES.values()
        if any(argument.per_group for argument in entry.arguments)
    }
    assert known == {name: set(given) - {"total_steps"} for name, given in PER_GROUP.items()}


@pytest.mark.parametrize("name", PER_GROUP)
def test_torch_takes_a_value_per_group_and_refuses_the_wrong_count(name):
    def build(given: dict[str, Any]) -> None:
        groups = [{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(2)]
        TORCH[name](torch.optim.SGD(groups, lr=0.1, momentum=0.9), **given)

    build(PER_GROUP[name])
    listed = [argument for argument in ENTRIES[name].arguments if argument.per_group]
    assert listed
    for argument in listed:
        with pytest.raises(ValueError):
            build({**PER_GROUP[name], argument.name: PER_GROUP[name][argument.name] * 2})


@pytest.mark.parametrize("entry", catalog.optimizers().values(), ids=lambda entry: entry.name)
def test_torch_builds_an_optimizer_from_the_defaults_of_the_catalog(entry):
    given = {
        argument.name: tuple(argument.default) if argument.listed else argument.default
        for argument in entry.arguments
    }
    assert given
    assert REQUIRED not in given.values()
    optimizer = TORCH[entry.name]([torch.nn.Parameter(torch.zeros(2, 2))], **given)
    assert optimizer.param_groups[0]["lr"] == given["lr"]


@pytest.mark.parametrize("entry", catalog.optimizers().values(), ids=lambda entry: entry.name)
def test_the_catalog_knows_which_parameters_and_groups_an_optimizer_takes(entry):
    def build(*groups: torch.nn.Parameter) -> torch.optim.Optimizer:
        return TORCH[entry.name]([{"params": [parameter]} for parameter in groups])

    def accepted(attempt: Any) -> bool:
        try:
            attempt()
        except (ValueError, RuntimeError):
            return False
        return True

    def step(gradient: torch.Tensor) -> None:
        parameter = torch.nn.Parameter(torch.zeros(gradient.shape))
        optimizer = build(parameter)
        parameter.grad = gradient
        optimizer.step(lambda: torch.zeros(()))

    matrix = torch.ones(2, 2)
    assert accepted(lambda: step(matrix)) == (entry.parameter in ("dense", "matrix"))
    assert accepted(lambda: step(torch.ones(2))) == (entry.parameter == "dense")
    assert entry.parameter != "sparse" or accepted(lambda: step(matrix.to_sparse()))
    two = [torch.nn.Parameter(torch.zeros(2, 2)) for _ in range(2)]
    assert accepted(lambda: build(*two)) == entry.takes_groups


def test_one_cycle_needs_its_length_in_one_of_two_ways():
    needing = {entry.name: entry.needs_one_of for entry in ENTRIES.values() if entry.needs_one_of}
    assert needing == {"OneCycleLR": (("total_steps",), ("epochs", "steps_per_epoch"))}


def test_only_the_cycles_are_stepped_per_update_by_default():
    intervals = {entry.name: entry.interval for entry in catalog.schedulers().values()}
    assert {name for name, interval in intervals.items() if interval == "step"} == {"CyclicLR", "OneCycleLR"}
    assert {name for name, interval in intervals.items() if interval is None} == {
        "ChainedScheduler",
        "SequentialLR",
    }
    assert set(intervals.values()) == {"epoch", "step", None}


@pytest.mark.parametrize("entry", catalog.schedulers().values(), ids=lambda entry: entry.name)
def test_the_preset_that_shows_a_scheduler_exists(entry):
    assert presets.find(entry.preset) is not None, f"{entry.name}: no preset is named {entry.preset}"


@each_entry()
def test_every_text_is_there_and_fits_a_line(entry):
    for field in ("about", "formula", "use_when", "strength", "weakness", "source"):
        text = getattr(entry, field)
        assert text.strip(), f"{entry.name}.{field} is empty"
        assert text == text.strip(), f"{entry.name}.{field}"
        assert field == "source" or len(text) <= 110, f"{entry.name}.{field} is long"
    for argument in entry.arguments:
        assert argument.about.strip(), f"{entry.name}.{argument.name} has no about"
    assert f"https://docs.pytorch.org/docs/stable/generated/{entry.path}.html" in entry.source
    assert (entry.preset is not None) == (entry.name in catalog.schedulers())


@pytest.mark.parametrize(
    "entries", [catalog.schedulers(), catalog.optimizers()], ids=["schedulers", "optimizers"]
)
def test_no_name_finds_two_classes(entries):
    assert entries
    owner: dict[str, str] = {}
    for entry in entries.values():
        for word in names_of(entry):
            assert owner.setdefault(word, entry.name) == entry.name, f"{word} names two classes"


@pytest.mark.parametrize(
    "entries", [catalog.schedulers(), catalog.optimizers()], ids=["schedulers", "optimizers"]
)
def test_every_class_is_found_by_its_names(entries):
    assert entries
    for entry in entries.values():
        for word in (entry.name, entry.name.upper(), entry.path, *entry.aliases):
            assert catalog.find(word, entries) is entry, word


@each_entry()
def test_an_alias_is_lower_case_and_says_more_than_the_class_name(entry):
    own = names_of(Entry(name=entry.name, path="", about="", arguments=()))
    for alias in entry.aliases:
        assert alias == alias.lower()
        assert not names_of(Entry(name=alias, path="", about="", arguments=())) & own, (
            f"{alias} is found anyway"
        )


@pytest.mark.parametrize(
    "word",
    ["steplr", "StepLR", "step-lr", "Step_LR", "STEP", "torch.optim.lr_scheduler.StepLR", "step-decay"],
)
def test_a_scheduler_is_found_however_its_name_is_written(word):
    found = catalog.find(word, catalog.schedulers())
    assert found is not None
    assert found.name == "StepLR"


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("cosine", "CosineAnnealingLR"),
        ("SGDR", "CosineAnnealingWarmRestarts"),
        ("1cycle", "OneCycleLR"),
        ("plateau", "ReduceLROnPlateau"),
        ("poly", "PolynomialLR"),
        ("swa", "SWALR"),
        ("torch.optim.swa_utils.SWALR", "SWALR"),
    ],
)
def test_a_scheduler_is_found_by_the_name_people_use(word, name):
    found = catalog.find(word, catalog.schedulers())
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("word", ["adamw", "AdamW", "adam-w", "torch.optim.AdamW", "torch.optim.adamw.AdamW"])
def test_an_optimizer_is_found_however_its_name_is_written(word):
    found = catalog.find(word, catalog.optimizers())
    assert found is not None
    assert found.name == "AdamW"


@pytest.mark.parametrize(
    "word", ["", "lr", "stepp", "somewhere.else.StepLR", "torch.optim.lr_scheduler.NoSuchLR"]
)
def test_a_name_that_is_not_ours_finds_nothing(word):
    assert catalog.find(word, catalog.schedulers()) is None


def test_an_argument_is_found_by_its_name():
    step = catalog.schedulers()["StepLR"]
    assert step.argument("gamma") == Argument("gamma", "number", "factor at each drop", default=0.1)
    assert step.argument("stepsize") is None
