"""A preset → a commented spec to start from, as YAML text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from lrviz import catalog
from lrviz.errors import Place, Problem, SpecError, nearest
from lrviz.presets import Preset, find, names, published_names, substituted

_COLUMN = 34  # where comments begin


def starter(name: str) -> str:
    """Write the spec.

    Raises:
        SpecError: if there is no such preset.
    """
    preset = find(name)
    if preset is None:
        close = nearest(name, [*names(), *published_names()])
        message = f"{name!r} is no preset; " + (
            f"did you mean {close}?" if close else "lrviz list presets shows them"
        )
        raise SpecError([Problem(Place("lrviz init"), message)])
    return "\n".join(line.rstrip() for line in _lines(preset)) + "\n"


def _lines(preset: Preset) -> Iterator[str]:
    yield f"# {preset.name}: {preset.about}"
    if preset.use_when:
        yield f"# Use it when: {preset.use_when}"
    else:
        yield f"# Published in: {preset.source}"
    yield "#"
    yield "# See it:    lrviz plot config.yaml"
    yield "# Numbers:   lrviz table config.yaml"
    yield f"# Reference: lrviz explain {preset.name}"
    yield ""
    yield "run:"
    if preset.run is None:
        yield _beside("  epochs: 30", "or steps: 30000, for a run counted in updates")
        yield _beside(
            "  steps_per_epoch: 100", "updates; or dataset_size and batch_size, accumulate, devices"
        )
    else:
        yield from _entries(preset.run, 2)
    yield ""
    schedule = _filled(preset.schedule, {p.name: p.default for p in preset.parameters})
    if preset.optimizer is not None:
        yield "optimizer:"
        yield from _entries(preset.optimizer, 2)
        yield ""
    elif "optimizer" not in schedule:
        yield "optimizer:"
        yield _beside("  type: SGD", "any class of torch.optim")
        yield _beside("  lr: 0.1", "the peak: schedules scale it")
        yield _beside("  momentum: 0.9", "hyperparameters stand beside type, under torch's names")
        yield ""
    if preset.run is not None and preset.allows:
        schedule["check"] = {"ignore": list(preset.allows)}
    yield "# Lengths: 10 (calls of the scheduler), 10ep, 500st, 5% (of the run), rest (of the run)."
    yield "schedules:"
    if not schedule:
        yield f"  {preset.name}: {{}}"
        return
    yield f"  {preset.name}:"
    yield from _entries(schedule, 4)


def _entries(mapping: dict[str, Any], indent: int) -> Iterator[str]:
    kind = str(mapping.get("type"))
    entry = catalog.schedulers().get(kind) or catalog.optimizers().get(kind)
    space = " " * indent
    for key, value in mapping.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            yield f"{space}{key}:"
            for item in value:
                first, *others = _entries(item, indent + 4)
                yield f"{space}  - {first.strip()}"
                yield from others
        elif isinstance(value, dict) and any(isinstance(item, dict) for item in value.values()):
            yield f"{space}{key}:"
            yield from _entries(value, indent + 2)
        else:
            argument = entry.argument(key) if entry else None
            about = argument.about if argument else _ABOUT.get(key, "")
            about = entry.about if entry and key == "type" else about
            yield _beside(f"{space}{key}: {_value(value)}", about)


_ABOUT = {
    "interval": "step it per update (step) or per epoch",
    "warmup": "LinearLR in front; or {length: 5%, start_factor: 0.01}",
    "monitor": "the metric it is given",
    "where": "constants of the expression; lengths count its calls",
    "optimizer": "this curve's own",
    "epochs": "of the run",
    "steps": "updates in the run",
    "steps_per_epoch": "updates",
    "tokens_per_step": "tokens that an update consumes",
    "dataset_size": "samples",
    "batch_size": "per device",
    "points": "where, and the LR there; straight lines between them",
    "between": "hold: the LR of the last point passed",
    "set": "hyperparameters besides the LR, update by update",
    "check": "what is meant here",
}


def _beside(line: str, comment: str) -> str:
    return f"{line:<{_COLUMN}}  # {comment}" if comment else line


def _value(value: Any) -> str:
    text: str = yaml.safe_dump(
        value, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _filled(node: Any, values: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        return {key: _filled(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, values) for value in node]
    if isinstance(node, str):
        return substituted(node, values)
    return node
