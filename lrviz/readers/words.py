"""A curve as written on the command line (``steplr:step_size=10,gamma=0.5``) → a document."""

from __future__ import annotations

import re

from lrviz import catalog, presets
from lrviz.catalog import yaml12
from lrviz.catalog.families import family_of
from lrviz.errors import Place, shown
from lrviz.presets import Preset
from lrviz.readers.given import told
from lrviz.spec.document import Mapping, Problems, located
from lrviz.spec.model import Run
from lrviz.spec.optimizers import DEFAULT, with_lr

DEFAULT_RUN = {"epochs": 100}
RUN_KEYS = tuple(Run.keys)
SIZES = ("dataset_size", "batch_size", "batches_per_epoch", "devices")
EPOCHS = 1000  # of a Trainer that is told none
DEEPEST = 8  # lists in lists
_CODE = re.compile(  # a file, or a module with a dot in its name: no preset has one
    r"(?P<target>(?:[^:#]*\.py|[^\W\d]\w*(?:\.\w+)+):[^\W\d][\w.]*)(?::(?P<changes>.*))?"
)
LONGEST = 200  # characters of a word in a message


def document_of(word: str, defaults: Mapping) -> Mapping:
    """Read a preset's name and its changes, or an optimizer's, as the spec they stand for.

    ``lr`` and ``optimizer`` change the optimizer, ``train`` what is trained, the keys of ``run:`` the run, anything
    else the schedule. After an optimizer's name the others are its hyperparameters, and its LR is constant: the word's,
    else that of the defaults, else torch's own.

    Args:
        word: what was typed.
        defaults: the ``run``, ``optimizer`` and ``train`` sections that presets run on. Where there is no run, a
            published schedule has its own, and others 100 epochs of one update; with the optimizer likewise.

    Raises:
        SpecError: if a change is not ``name=value``.
    """
    curve, written = _named(word)
    changes = _changes(written, word)
    preset = presets.find(str(curve.get("preset", "")))
    run = _run(preset, changes, defaults, word)
    if "preset" in curve and names_optimizer(str(curve["preset"])):
        kept = {key: value for key, value in defaults.get("optimizer", {}).items() if key == "lr"}
        own = {key: value for key, value in changes.items() if key not in (*RUN_KEYS, "train")}
        optimizer: Mapping = located({"type": curve["preset"], **kept, **own}, word)
        changes = {key: value for key, value in changes.items() if key not in own}
        curve = {"preset": "constant"}
    else:
        optimizer = _optimizer(preset, changes, defaults, word)
    ours = (*RUN_KEYS, "lr", "optimizer")
    curve = {**curve, **{key: value for key, value in changes.items() if key not in ours}}
    if "type" in curve:
        run, curve = _with_told(run, curve, word, "epochs" in changes or "run" in defaults)
    document = Mapping((), Place(word))
    document.put("run", run, Place(word))
    document.put("optimizer", optimizer, Place(word))
    if "train" in defaults:
        document.put("train", defaults["train"], defaults.at("train"))
    schedules = Mapping((), Place(word))
    schedules.put(word, located(curve, word), Place(word))
    document.put("schedules", schedules, Place(word))
    return document


def _run(preset: Preset | None, changes: dict[str, object], defaults: Mapping, word: str) -> Mapping:
    own = preset.run if preset is not None and preset.run is not None else DEFAULT_RUN
    run: Mapping = defaults["run"] if "run" in defaults else located(own, word, "run")
    lengths = {key: value for key, value in changes.items() if key in RUN_KEYS}
    if "steps" in lengths:
        run = run.without("epochs", "steps_per_epoch")
    if "epochs" in lengths:
        run = run.without("steps")
    return run.updated(located(lengths, word, "run"))


def _optimizer(preset: Preset | None, changes: dict[str, object], defaults: Mapping, word: str) -> Mapping:
    published = preset.optimizer if preset is not None else None
    optimizer: Mapping = located(published or DEFAULT, word, "optimizer")
    chosen: Mapping = defaults.get("optimizer", Mapping())
    if "type" in chosen:
        optimizer = chosen
    elif "lr" in chosen:
        optimizer = with_lr(optimizer, chosen["lr"], chosen.at("lr"))
    if "optimizer" in changes:
        kept = {key: value for key, value in optimizer.items() if key == "lr"}
        optimizer = located({**kept, "type": changes["optimizer"]}, word, "optimizer")
    if "lr" in changes:
        lr = located(changes["lr"], word, "optimizer")
        optimizer = with_lr(optimizer, lr, Place(word, key="optimizer.lr"))
    return optimizer


def _with_told(
    run: Mapping, curve: dict[str, object], word: str, lasts: bool
) -> tuple[Mapping, dict[str, object]]:
    """Lay what is told beside a module by path over its run and its metrics; see ``readers.given``."""
    given = told()
    sizes = {name: getattr(given, name) for name in SIZES if getattr(given, name)}
    if "batches_per_epoch" in sizes:
        sizes = {name: size for name, size in sizes.items() if name in ("batches_per_epoch", "devices")}
    if sizes:
        if not lasts and "steps" not in run:
            sizes["epochs"] = EPOCHS
        run = run.without("steps_per_epoch").updated(located(sizes, word, "run"))
    if given.metrics:
        metrics = {name: {"values": list(values), "then": "hold"} for name, values in given.metrics.items()}
        curve = {**curve, "metrics": metrics}
    return run, curve


def own_settings(word: str, optimizer: dict[str, object] | None) -> dict[str, object]:
    """Tell what a word for code, and the options beside it, say of an optimizer: for a module, which makes its own."""
    code = _CODE.fullmatch(word)
    if code is None:
        return {}
    changes = _changes(code["changes"] or "", word)
    given: dict[str, object] = {
        **(optimizer or {}),
        **{key: changes[key] for key in ("lr", "optimizer") if key in changes},
    }
    return {"optimizer" if key == "type" else key: value for key, value in given.items()}


def names_optimizer(word: str) -> bool:
    """Whether a word without its changes is an optimizer's name; a preset of the same name wins."""
    return presets.find(word) is None and catalog.find(word, catalog.optimizers()) is not None


def names_member(word: str) -> bool:
    """Whether a word without its changes names a scheduler of another library, ``transformers.cosine``, or seems to."""
    return family_of(word.partition(":")[0]) is not None


def training_of(word: str) -> dict[str, object]:
    """Read a problem to train on as written on the command line: ``quadratic:condition=1000``.

    Raises:
        SpecError: if a change is not ``name=value``.
    """
    problem, _, written = word.partition(":")
    return {"problem": problem, **_changes(written, word)}


def names_code(word: str) -> bool:
    """Whether a word is a class by path, ``./mine.py:MyLR`` or ``package.module:MyLR``, with changes or without."""
    return _CODE.fullmatch(word) is not None


def _named(word: str) -> tuple[dict[str, object], str]:
    """Tell a preset, or a class by path, from its changes."""
    code = _CODE.fullmatch(word)
    if code is not None:
        return {"type": code["target"]}, code["changes"] or ""
    preset, _, written = word.partition(":")
    return {"type" if names_member(word) else "preset": preset}, written


def _changes(written: str, word: str) -> dict[str, object]:
    changes: dict[str, object] = {}
    problems = Problems()
    place, name_of = Place(shortened(word)), word.removesuffix(f":{written}")
    for part in _split(written):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if not name or not value:
            problems.add(place, f"{shown(part)} is no change; write name=value, such as {name_of}:lr=0.1")
        elif name in changes:
            problems.add(place, f"{shown(name)[1:-1]} is given twice; delete one")
        else:
            try:
                changes[name] = _value(value)
            except ValueError as error:
                problems.add(place, f"{shown(name)[1:-1]}: {error}")
    problems.raise_if_any()
    return changes


def shortened(word: str) -> str:
    """Cut a word to what a message has room for."""
    return word if len(word) <= LONGEST else f"{word[: LONGEST - 3]}..."


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


def _value(text: str, depth: int = 0) -> object:
    if depth > DEEPEST:
        raise ValueError(f"lists nested more than {DEEPEST} deep")
    if text.startswith("[") and text.endswith("]"):
        return [_value(part.strip(), depth + 1) for part in _split(text[1:-1])]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    try:
        return yaml12.scalar(text)
    except ValueError:  # more digits than Python reads
        raise ValueError(f"{shown(text)} cannot be read as a number") from None
