"""Code that a spec names (``./mine.py:WarmupCosineLR``) → a Code, if it is trusted; nothing here looks for it.

A class by path takes what is written beside ``type``: values as they are, and texts that are lengths (``30ep``, ``5%``,
``rest``) counted in calls; what stands under ``args:`` (or ``init_args:``) is passed as it is written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from lrviz import catalog
from lrviz.catalog import Entry
from lrviz.catalog.families import Member, family_of, member_of
from lrviz.errors import Place, shown, suggestion
from lrviz.frozen import frozen
from lrviz.spec.curve import Code, Model
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.durations import Length, length_of
from lrviz.spec.reactions import Settings
from lrviz.spec.spelling import HYDRA

CLASS_KEYS = ("type", "class_path", "_target_")
ARGUMENT_KEYS = ("args", "init_args")
EXAMPLE = "./mine.py:Name or package.module:Name"
_TARGET = re.compile(r"(?P<source>.*\.py|[^:/\\]+):(?P<name>[^:]+)", re.DOTALL)


@frozen
class Trust:
    """Whether the code that a spec names may run, the folder that its files start from, and what is said if not."""

    given: bool = False
    folder: str = "."
    refusal: str = (
        "code runs only where it is trusted; read it, and add --trust (in Python trust=True) if it may run"
    )


UNTRUSTED = Trust()


@frozen
class Foreign:
    """A class by path as written.

    Args:
        code: the class.
        beside: what stands beside it, the class under ``type``.
        verbatim: what stands under ``args:``.
    """

    code: Code
    beside: Mapping
    verbatim: Mapping


def is_target(word: object) -> bool:
    """Whether a text can only be the name of code: ``./file.py:name`` or ``package.module:name``."""
    return isinstance(word, str) and _split(word) is not None


def member_word(found: Mapping, problems: Problems) -> tuple[str, Member | None] | None:
    """Find the key under which a mapping names a scheduler of another library, and that scheduler.

    Returns:
        None if it names none; the scheduler is None, and a problem noted, if its library has no such one.
    """
    for key in CLASS_KEYS:
        word = found.get(key)
        if not isinstance(word, str) or ":" in word:
            continue
        family = family_of(word)
        if family is None:
            continue
        member = member_of(word)
        if (
            member is None and word.count(".") > 1
        ):  # a class of the library's own that is none of its schedulers
            continue
        if member is None:
            known = [member.name for member in family.members]
            message = f"{family.name} has no scheduler {shown(word.partition('.')[2])}"
            problems.add(found.at(key), f"{message}; {suggestion(word.partition('.')[2], known)}")
        return key, member
    return None


def class_word(found: Mapping, entries: dict[str, Entry]) -> str | None:
    """Find the key under which a mapping names a class by path, if it does."""
    for key in CLASS_KEYS:
        word = found.get(key)
        if isinstance(word, str) and catalog.find(word, entries) is None and _names_code(word):
            return key
    return None


def code_of(word: str, place: Place, trust: Trust, problems: Problems) -> Code | None:
    """Read the name of code; None, and a problem, if it is none or is not trusted."""
    target = _split(word) or (None if ":" in word else _split(":".join(word.rpartition(".")[::2])))
    if target is None:
        problems.add(place, f"{shown(word)} is no name of code; write {EXAMPLE}")
        return None
    if not trust.given:
        problems.add(place, f"{shown(word)} names code, and {trust.refusal}")
        return None
    source, name = target
    if source.endswith(".py"):
        return Code(os.path.abspath(os.path.join(trust.folder, source)), name, place=place)
    return Code(source, name, os.path.abspath(trust.folder), place)


def foreign_of(found: Mapping, key: str, code: Code | None, problems: Problems) -> Foreign | None:
    """Tell apart what stands beside a class by path and what stands under ``args:``; None if something is wrong."""
    beside = found.without(*CLASS_KEYS, *ARGUMENT_KEYS, *(HYDRA if key == "_target_" else ()))
    beside.put("type", found[key], found.at(key))
    for other in CLASS_KEYS:
        if other in found and other != key:
            problems.add(found.at(other), f"{key} is given too; delete one of them")
    verbatim = Mapping((), found.place)
    for argument_key in ARGUMENT_KEYS:
        arguments = found.get(argument_key)
        if isinstance(arguments, Mapping):
            verbatim = verbatim.updated(arguments)
        elif arguments is not None:
            message = f"{shown(arguments)} is not a mapping of arguments; write {{name: value}}"
            problems.add(found.at(argument_key), message)
            code = None
    return None if code is None else Foreign(code, beside, verbatim)


def arguments_of(
    foreign: Foreign, ours: tuple[str, ...], count: Callable[[Length, Place], Any], problems: Problems
) -> Settings:
    """Settle the arguments of a class by path.

    Args:
        foreign: the class.
        ours: keys beside it that are not its arguments.
        count: makes of a length what is passed for it, noting what is wrong with it.
        problems: where what is wrong is noted.
    """

    def counted(value: Any, place: Place) -> Any:
        if isinstance(value, Sequence):
            return tuple(counted(item, value.at(index)) for index, item in enumerate(value))
        length = _length(value)
        return inert(value) if length is None else count(length, place)

    beside = foreign.beside.without("type", *ours)
    for name in foreign.verbatim:
        if name in beside:
            problems.add(foreign.verbatim.at(name), f"{name} is given twice; delete one")
    settled = {name: counted(value, beside.at(name)) for name, value in beside.items()}
    return (*settled.items(), *((name, inert(value)) for name, value in foreign.verbatim.items()))


def model_of(found: Any, place: Place, trust: Trust, problems: Problems) -> Model | None:
    """Read the ``model:`` of an optimizer: a name of code, or a mapping of ``type`` and arguments."""
    if isinstance(found, str):
        code = code_of(found, place, trust, problems)
        return None if code is None else Model(code)
    key = class_word(found, {}) if isinstance(found, Mapping) else None
    if key is None:
        problems.add(place, f"{shown(found)} is no model; write {EXAMPLE}")
        return None
    foreign = foreign_of(found, key, code_of(found[key], found.at(key), trust, problems), problems)
    if foreign is None:
        return None
    everything = foreign.beside.without("type").updated(foreign.verbatim)
    return Model(foreign.code, tuple((name, inert(value)) for name, value in everything.items()))


def inert(value: Any) -> Any:
    """Copy plain data without its places; lists become tuples."""
    if isinstance(value, Sequence):
        return tuple(inert(item) for item in value)
    if isinstance(value, Mapping):
        return {name: inert(item) for name, item in value.items()}
    return value


def _names_code(word: str) -> bool:
    return ":" in word or "/" in word or ("." in word and not word.startswith("torch."))


def _split(word: str) -> tuple[str, str] | None:
    """Take a target apart; None if it is none."""
    found = _TARGET.fullmatch(word)
    if found is None or not word.isprintable() or len(word) > 1000:
        return None
    source, name = found["source"], found["name"]
    dotted = name if source.endswith(".py") else f"{source}.{name}"
    return (source, name) if all(part.isidentifier() for part in dotted.split(".")) else None


def _length(value: object) -> Length | None:
    if not isinstance(value, str):
        return None
    try:
        length = length_of(value)
    except ValueError:
        return None
    return None if length.bare else length
