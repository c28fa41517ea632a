"""A scheduler of a family (``transformers.cosine``) → the library's own live object, stepped like torch's.

One module per library, named as it is, with ``make`` and ``parameters``: what ``make`` returns has a
``step()``, called as that of torch's schedulers, with the metric if there is one.
"""

from __future__ import annotations

import importlib
import warnings
from inspect import Parameter
from typing import Any, Protocol

from torch.optim import Optimizer

from lrviz.build.blame import trouble
from lrviz.build.code import arguments_of
from lrviz.build.rig import refusal
from lrviz.catalog.families import Family, families
from lrviz.errors import suggestion
from lrviz.spec.curve import Code, Curve, Scheduler

# What the libraries raise at arguments that they do not take.
REFUSALS = (TypeError, ValueError, KeyError, RuntimeError, AttributeError, ArithmeticError, AssertionError)


class Maker(Protocol):
    """A module that makes one library's schedulers."""

    def make(self, name: str, optimizer: Optimizer, arguments: dict[str, Any], /) -> Any:
        """Make the library's scheduler."""

    def parameters(self, name: str, /) -> list[Parameter]:
        """List what a scheduler takes besides the optimizer, as the installed library has it."""


def family_scheduler(
    spec: Scheduler, code: Code, optimizer: Optimizer, curve: Curve, last_epoch: int | None
) -> Any:
    """Build a scheduler of a family.

    Raises:
        CodeError: if its library is not installed, or does not know its arguments.
        RefusedByTorch: if the library refuses them.
    """
    assert code.family is not None
    family = families()[code.family]
    try:
        maker = _maker(family)
    except ImportError as error:
        missing = f"{code} is made by {family.name}, which cannot be imported ({error})"
        message = f"{missing}; pip install 'lrviz[{family.extra}]'"
        raise trouble(code.place, curve, message) from error
    except (RuntimeError, AttributeError, OSError) as error:  # it is there, and something under it is not
        text = " ".join(str(error).split())[:200]
        message = f"{code} is made by {family.name}, which does not load ({text})"
        raise trouble(code.place, curve, message) from error
    arguments = arguments_of(spec.arguments)
    if last_epoch is not None:
        arguments["last_epoch"] = last_epoch
    _check_names(maker.parameters(code.name), arguments, spec, code, curve)
    try:
        return maker.make(code.name, optimizer, arguments)
    except REFUSALS as error:
        raise refusal(error, str(code), curve, spec.place, spec.places, family.name) from error


def _maker(family: Family) -> Maker:
    """Import a library and what makes its schedulers; what it warns of meanwhile is none of the curve's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module(family.needs)
        maker: Maker = importlib.import_module(f"lrviz.build.families.{family.name}")
        return maker


def _check_names(
    parameters: list[Parameter], arguments: dict[str, Any], spec: Scheduler, code: Code, curve: Curve
) -> None:
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return
    known = [one.name for one in parameters]
    for name in arguments:
        if name not in known:
            place = dict(spec.places).get(name, code.place)
            raise trouble(place, curve, f"{code} takes no {name}; {suggestion(name, known)}")
    missing = [one.name for one in parameters if one.default is one.empty and one.name not in arguments]
    if missing:
        message = f"{code} needs {' and '.join(missing)}; write {missing[0]}: ..."
        raise trouble(code.place, curve, message)
