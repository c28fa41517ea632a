"""A frozen value behaves as one of ``dataclass(frozen=True)`` does."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest

from lrviz.errors import Place
from lrviz.frozen import frozen
from lrviz.spec.curve import Spec


@frozen
class Ours:
    """A value."""

    name: str
    sizes: tuple[int, ...] = (1,)
    names: list[str] = field(default_factory=list, compare=False)
    place: str = field(default="here", compare=False, repr=False)


@dataclass(frozen=True)
class Theirs:
    """A value."""

    name: str
    sizes: tuple[int, ...] = (1,)
    names: list[str] = field(default_factory=list, compare=False)
    place: str = field(default="here", compare=False, repr=False)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (("a",), {}),
        (("a", (2,)), {"place": "there"}),
        ((), {"name": "b", "names": ["c"]}),
        (("a", (), [], ""), {}),
    ],
)
def test_it_is_made_and_shown_alike(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    ours, theirs = Ours(*values, **named), Theirs(*values, **named)
    assert [getattr(ours, one.name) for one in fields(ours)] == [
        getattr(theirs, one.name) for one in fields(theirs)
    ]
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert hash(ours) == hash(theirs)
    assert repr(replace(ours, name="z")) == repr(replace(theirs, name="z")).replace("Theirs", "Ours")


@pytest.mark.parametrize(
    ("values", "named", "said"),
    [
        ((), {}, "Ours needs name"),
        (("a",), {"name": "b"}, "Ours takes name, sizes, names, place, each once, and not 'name'"),
        (("a",), {"size": 1}, "Ours takes name, sizes, names, place, each once, and not 'size'"),
        ((1, 2, 3, 4, 5), {}, "Ours takes name, sizes, names, place, each once, and not 5 values"),
    ],
)
def test_what_does_not_fit_is_a_type_error_in_both(
    values: tuple[Any, ...], named: dict[str, Any], said: str
) -> None:
    with pytest.raises(TypeError):
        Theirs(*values, **named)
    with pytest.raises(TypeError) as error:
        Ours(*values, **named)
    assert str(error.value) == said


def test_it_compares_by_what_compares() -> None:
    assert Ours("a", place="there") == Ours("a", names=["b"])
    assert Ours("a") != Ours("b")
    assert Ours("a") != Theirs("a")
    assert len({Ours("a"), Ours("a", place="there"), Ours("b")}) == 2


def test_no_two_share_a_default_that_is_made() -> None:
    assert Ours("a").names is not Ours("b").names


def test_it_cannot_be_changed() -> None:
    for value in (Ours("a"), Theirs("a")):
        with pytest.raises(FrozenInstanceError, match=r"^cannot assign to field 'name'$"):
            value.name = "b"  # type: ignore[misc]  # which is what is tested
        with pytest.raises(FrozenInstanceError, match=r"^cannot delete field 'name'$"):
            del value.name


def test_it_is_copied_and_sent_to_other_processes() -> None:
    place = Place("a.yaml", 1, 2, "run")
    assert pickle.loads(pickle.dumps(place)) == copy.deepcopy(place) == copy.copy(place) == place
    assert is_dataclass(Spec)


def test_its_own_methods_stay() -> None:
    @frozen
    class Named:
        name: str

        def __repr__(self) -> str:
            return self.name

    assert repr(Named("a")) == "a"
    assert Named("a") == Named("a")


def test_what_works_after_its_init_is_refused() -> None:
    class Late:
        def __post_init__(self) -> None: ...

    with pytest.raises(TypeError, match=r"^Late has a __post_init__; write @dataclass\(frozen=True\)$"):
        frozen(Late)
