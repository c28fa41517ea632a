"""A curve as written on the command line (``steplr:step_size=10,gamma=0.5``) → a document."""

from __future__ import annotations

from lrviz.catalog import yaml12
from lrviz.errors import Place, Problem, SpecError
from lrviz.spec.document import Mapping, located
from lrviz.spec.model import Run

RUN_KEYS = tuple(Run.model_fields)


def document_of(word: str, defaults: Mapping) -> Mapping:
    """Read a preset's name and its changes as the spec they stand for.

    ``lr`` and ``optimizer`` change the optimizer, the keys of ``run:`` the run, and anything else the schedule.

    Args:
        word: what was typed.
        defaults: the ``run`` and ``optimizer`` sections that presets run on.

    Raises:
        SpecError: if a change is not ``name=value``.
    """
    preset, _, written = word.partition(":")
    changes = _changes(written, word)
    run: Mapping = defaults["run"]
    lengths = {key: value for key, value in changes.items() if key in RUN_KEYS}
    if "steps" in lengths:
        run = run.without("epochs", "steps_per_epoch")
    if "epochs" in lengths:
        run = run.without("steps")
    run = run.updated(located(lengths, word, "run"))
    optimizer: Mapping = defaults["optimizer"]
    if "optimizer" in changes:
        kept = {key: value for key, value in optimizer.items() if key == "lr"}
        optimizer = located({**kept, "type": changes["optimizer"]}, word, "optimizer")
    if "lr" in changes:
        optimizer = optimizer.updated(located({"lr": changes["lr"]}, word, "optimizer"))
    ours = (*RUN_KEYS, "lr", "optimizer")
    curve = {"preset": preset, **{key: value for key, value in changes.items() if key not in ours}}
    document = Mapping((), Place(word))
    document.put("run", run, Place(word))
    document.put("optimizer", optimizer, Place(word))
    schedules = Mapping((), Place(word))
    schedules.put(word, located(curve, word), Place(word))
    document.put("schedules", schedules, Place(word))
    return document


def _changes(written: str, word: str) -> dict[str, object]:
    changes: dict[str, object] = {}
    for part in _split(written):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            message = f"{part!r} is no change; write name=value, such as {word.partition(':')[0]}:lr=0.1"
            raise SpecError([Problem(Place(word), message)])
        if name.strip() in changes:
            raise SpecError([Problem(Place(word), f"{name.strip()} is given twice; delete one")])
        changes[name.strip()] = _value(value.strip())
    return changes


def _split(written: str) -> list[str]:
    """Split at the commas that stand in no brackets."""
    parts, depth = [""], 0
    for character in written:
        depth += (character in "[({") - (character in "])}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part.strip()]


def _value(text: str) -> object:
    if text.startswith("[") and text.endswith("]"):
        return [_value(part.strip()) for part in _split(text[1:-1])]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return yaml12.scalar(text)
