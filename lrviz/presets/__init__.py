"""Schedules by the names people use, and those of papers: one YAML file each, in the language of a spec.

A file's keys: ``about``, ``formula``, ``use_when``, ``strength``, ``weakness``, ``source`` (texts),
``aliases``, ``allows`` (checks that it may bring by design), ``parameters`` (name → {default, about};
``$name`` in the schedule stands for its value), ``schedule`` (a curve, as it would stand under
``schedules:``), and ``shape`` (its drawing, held current by a test).

A published schedule (in ``published/``) has instead of ``use_when``, ``strength`` and ``weakness`` a ``title``,
``year``, ``family``, ``run`` and ``optimizer`` (the sections of a spec: the paper's own), and perhaps ``notes``. It
runs as the paper did; on another run its lengths are scaled, so that they remain the same fractions of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Any

from lrviz.catalog import index, plain, yaml12
from lrviz.frozen import frozen

FOLDER = Path(__file__).parent
PUBLISHED = FOLDER / "published"
# The families of published schedules, in the order in which they are listed.
FAMILIES = ("vision", "transformers", "language models", "warm-up, stable, decay", "detection", "diffusion", "speech",
            "science", "reinforcement learning")  # fmt: skip
REFERENCE = re.compile(r"\$(\w+)")  # to a parameter, in a schedule


@frozen
class Parameter:
    """A number that a preset leaves open."""

    name: str
    default: Any
    about: str


@frozen
class Preset:
    """A named schedule.

    Args:
        name: its file's name, hyphens between words.
        about: one sentence.
        schedule: a curve in the language, ``$name`` standing for parameters.
        formula, use_when, strength, weakness, source: texts for ``lrviz explain``.
        parameters: what can be changed besides the arguments of its class.
        aliases: other names.
        allows: checks that fire on it by design: a range test rises to its end.
        shape: a drawing of it, a few lines of Unicode.
        title, year, family, notes: of a published one, for people.
        run, optimizer: of a published one, the sections of a spec that it was run with.
    """

    name: str
    about: str
    schedule: dict[str, Any]
    formula: str
    source: str
    use_when: str = ""
    strength: str = ""
    weakness: str = ""
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = ()
    allows: tuple[str, ...] = ()
    shape: str = field(default="", repr=False)
    title: str = ""
    year: int = 0
    family: str = ""
    notes: str = ""
    run: dict[str, Any] | None = None
    optimizer: dict[str, Any] | None = None


def names() -> list[str]:
    """Every preset's name, sorted, without opening a file."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def published_names() -> list[str]:
    """Every published schedule's name, sorted, without opening a file."""
    return sorted(path.stem for path in PUBLISHED.glob("*.yaml"))


@cache
def presets() -> dict[str, Preset]:
    """Every preset, by name, sorted."""
    return {name: _preset(name, data) for name, data in index.data_in(FOLDER).items()}


@cache
def published() -> dict[str, Preset]:
    """Every published schedule, by name, sorted."""
    return {name: _preset(name, data) for name, data in index.data_in(PUBLISHED).items()}


def find(word: str) -> Preset | None:
    """Find a preset by name or alias: any case, hyphens or underscores, with or without ``LR``."""
    wanted = plain(word)
    for folder in (FOLDER, PUBLISHED):  # a file's own name first: it needs no other file opened
        for file in sorted(folder.glob("*.yaml")):
            if plain(file.stem) == wanted:
                return _read(file)
    for kept in (presets, published):  # those of papers are read only if it is none of ours
        for preset in kept().values():
            known = {plain(preset.name), *(plain(alias) for alias in preset.aliases)}
            if wanted in known or wanted.removesuffix("lr") in {name.removesuffix("lr") for name in known}:
                return preset
    return None


def substituted(text: str, values: Mapping[str, Any]) -> Any:
    """Put values in the place of ``$name`` in a text of a schedule; a text that is one name alone becomes its value."""
    whole = REFERENCE.fullmatch(text)
    if whole:
        return values[whole[1]]
    return REFERENCE.sub(lambda found: _bracketed(str(values[found[1]])), text)


def _bracketed(text: str) -> str:
    # A sum put into a sum keeps its own sign.
    return f"({text})" if re.search(r"[-+*/ ]", text.strip()) else text


@cache
def _read(file: Path) -> Preset:
    return _preset(file.stem, yaml12.load(file.read_bytes()))


def _preset(name: str, data: dict[str, Any]) -> Preset:
    parameters = tuple(
        Parameter(key, known["default"], known["about"]) for key, known in data.pop("parameters", {}).items()
    )
    aliases, allows = (tuple(data.pop(key, ())) for key in ("aliases", "allows"))
    return Preset(name=name, parameters=parameters, aliases=aliases, allows=allows, **data)
