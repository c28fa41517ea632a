"""The families of schedulers beside torch's: libraries that bring their own, as data, one YAML file per library.

A member is named by its library (``transformers.cosine``), by its class (``timm.scheduler.CosineLRScheduler``), or by
an alias. Its arguments are the library's own, checked against its signature when it is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lrviz.catalog import index, plain
from lrviz.frozen import frozen

METRIC: dict[object, bool | None] = {True: True, False: False, "optional": None}


@frozen
class Member:
    """One scheduler of a library.

    Args:
        family: the library's import name.
        name: the member's name.
        about: one sentence.
        aliases: other names people use: functions and classes of the library.
        interval: how it is stepped where nobody says; None: as others are.
        defaults: arguments that lrviz fills in, since they follow from the run: name to length.
        metric: whether it is given a metric; None: if one is named.
        arguments: its other arguments, for people: name, default, and what it does.
        paces: (argument, value, interval): how else it is stepped, where an argument has a value.
        unless: an argument beside which the defaults do not hold.
    """

    family: str
    name: str
    about: str
    aliases: tuple[str, ...] = ()
    interval: str | None = None
    defaults: tuple[tuple[str, int | str], ...] = ()
    metric: bool | None = False
    arguments: tuple[tuple[str, Any, str], ...] = ()
    paces: tuple[tuple[str, object, str], ...] = ()
    unless: str = ""

    @property
    def word(self) -> str:
        """Its full name."""
        return f"{self.family}.{self.name}"

    def missing(self, arguments: Mapping[str, Any]) -> tuple[tuple[str, int | str], ...]:
        """Tell the defaults that these arguments leave to lrviz."""
        if arguments.get(self.unless):
            return ()
        return tuple((name, length) for name, length in self.defaults if name not in arguments)

    def pace(self, arguments: Mapping[str, Any]) -> str | None:
        """Tell how it is stepped, given these arguments, where nobody says."""
        told = (interval for name, value, interval in self.paces if arguments.get(name) is value)
        return next(told, self.interval)


@frozen
class Family:
    """One library.

    Args:
        name: its import name.
        extra: what ``pip install 'lrviz[...]'`` calls it.
        about: one sentence: whose schedulers, and when they are stepped.
        members: its schedulers, in the order of the file.
        source: documentation.
        needs: what must be there to make them; the library, where not said.
    """

    name: str
    extra: str
    about: str
    members: tuple[Member, ...]
    source: str = ""
    needs: str = ""


@cache
def families() -> dict[str, Family]:
    """Every family, by name, sorted."""
    found = index.data_in(Path(__file__).parent / "families")
    return {name: _family(name, data) for name, data in found.items()}


def family_of(word: str) -> Family | None:
    """Find the family that a word such as ``timm.cosine`` names."""
    prefix = word.partition(".")[0]
    return families().get(prefix) if "." in word and prefix in _NAMES else None


def member_of(word: str) -> Member | None:
    """Find a member by its full name; None if there is none."""
    family = family_of(word)
    if family is None:
        return None
    wanted = plain(word.rpartition(".")[2])
    for member in family.members:
        if wanted in {plain(member.name), *map(plain, member.aliases)}:
            return member
    return None


def words() -> list[str]:
    """List every member's full name."""
    return [member.word for family in families().values() for member in family.members]


# Known without reading a file: most words name no library.
_NAMES = tuple(sorted(file.stem for file in (Path(__file__).parent / "families").glob("*.yaml")))


def _family(name: str, data: dict[str, Any]) -> Family:
    members = tuple(
        Member(
            name,
            called,
            own["about"],
            tuple(own.get("aliases", ())),
            own.get("interval", data.get("interval")),
            tuple(own.get("defaults", data.get("defaults", {})).items()),
            METRIC[own.get("metric", False)],
            tuple((key, default, told) for key, (default, told) in (own.get("arguments") or {}).items()),
            tuple((key, value, pace) for key, value, pace in own.get("paces", data.get("paces", ()))),
            data.get("unless", ""),
        )
        for called, own in data["members"].items()
    )
    return Family(
        name, data["extra"], data["about"], members, data.get("source", ""), data.get("needs", name)
    )
