"""What Hugging Face and torch pickle (``training_args.bin``, ``optimizer.pt``) → a refusal: no pickle is opened."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from lrviz.errors import Place, Problem, SpecError
from lrviz.spec.logs import Logs

_NAMES = ("training_args.bin",)
_INSTEAD = "name trainer_state.json beside it, or the YAML or JSON that the run was started from"
_SUFFIXES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle")


def matches(name: str) -> bool:
    """Whether a file of this name is a pickle."""
    return name in _NAMES or name.lower().endswith(_SUFFIXES)


def read(files: list[Path], place: Place, logs: Logs) -> NoReturn:  # noqa: ARG001 - every kind is read alike
    """Refuse.

    Raises:
        SpecError: always.
    """
    beside = f"; {_INSTEAD}" if files[0].name in _NAMES else ""
    message = f"a pickle, and to open a pickle is to run the code in it; lrviz opens none{beside}"
    raise SpecError([Problem(place, message)])
