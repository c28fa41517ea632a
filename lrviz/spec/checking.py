"""The ``check:`` of a spec or a curve → the checks that a person allows to fire."""

from __future__ import annotations

from lrviz.errors import shown
from lrviz.spec.curve import Ignore
from lrviz.spec.document import Mapping, Problems, Sequence
from lrviz.spec.model import Check, validate


def ignores_of(owner: Mapping, problems: Problems, of_preset: tuple[str, ...] = ()) -> tuple[Ignore, ...]:
    """Read which checks may fire.

    Args:
        owner: the spec or the curve, which may have a ``check:``.
        problems: where what is wrong is noted.
        of_preset: checks that the curve's preset allows.
    """
    own = _own(owner, problems)
    place = owner.at("check")
    return (*own, *(Ignore(name, place, own=False) for name in of_preset))


def _own(owner: Mapping, problems: Problems) -> tuple[Ignore, ...]:
    found = owner.get("check")
    if found is None:
        return ()
    if not isinstance(found, Mapping):
        message = f"{shown(found)} is not a mapping; write {{ignore: [lr-zero-start]}}"
        problems.add(owner.at("check"), message)
        return ()
    given = validate(Check, found, "check", problems)
    written = found.get("ignore")
    names = () if given is None else given.get("ignore") or ()
    places = [
        written.at(index) if isinstance(written, Sequence) else found.at("ignore")
        for index in range(len(names))
    ]
    return tuple(Ignore(name, place) for name, place in zip(names, places, strict=True))
