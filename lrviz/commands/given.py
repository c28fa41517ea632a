"""Options that tell beside a trainer's config what it does not hold → what its reader is given."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from lrviz import loading
from lrviz.errors import LrvizError

_FOR = "For a trainer's config"
METRIC = "--metric: {found} is no metric; write NAME=0.9,0.8,0.7, one value per evaluation"


def taking_given(run: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command; while it runs, what they tell holds for every config that is read."""

    @wraps(run)
    def command(
        *args: Any,
        dataset_size: int | None,
        batch_size: int | None,
        batches_per_epoch: int | None,
        devices: int | None,
        metric: list[str],
        trainer: str | None,
        **rest: Any,
    ) -> None:
        told = {
            "dataset_size": dataset_size,
            "batch_size": batch_size,
            "batches_per_epoch": batches_per_epoch,
            "devices": devices,
            "metrics": metrics_of(metric),
            "trainer": trainer,
        }
        told = {name: value for name, value in told.items() if value}
        if not told:
            return run(*args, **rest)
        with loading.telling(told) as telling:
            run(*args, **rest)
            if not telling.asked:
                named = ", ".join(f"--{name.replace('_', '-')}" for name in told).replace(
                    "--metrics", "--metric"
                )
                print(f"note: {named} told nothing: no trainer's config was read", file=sys.stderr)
        return None

    hints = get_type_hints(run, include_extras=True)  # Typer reads no names of another module
    own = [one.replace(annotation=hints[name]) for name, one in inspect.signature(run).parameters.items()]
    extra = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in OPTIONS.items()
    ]
    command.__signature__ = inspect.Signature([*own, *extra])  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in (*own, *extra)}
    return command


def metrics_of(words: list[str]) -> dict[str, tuple[float, ...]]:
    """Read ``NAME=0.9,0.8`` each.

    Raises:
        LrvizError: if one is something else.
    """
    found: dict[str, tuple[float, ...]] = {}
    for word in words:
        name, _, values = word.partition("=")
        try:
            found[name.strip()] = tuple(float(value) for value in values.split(","))
        except ValueError:
            raise LrvizError(METRIC.format(found=repr(word))) from None
    return found


def _count(flag: str, about: str) -> Any:
    return Annotated[int | None, typer.Option(flag, metavar="N", min=1, help=f"{_FOR}: {about}.")]


OPTIONS: dict[str, tuple[Any, Any]] = {
    "dataset_size": (_count("--dataset-size", "samples in the training set"), None),
    "batch_size": (_count("--batch-size", "samples per batch and device, where it does not say"), None),
    "batches_per_epoch": (
        _count("--batches-per-epoch", "batches per epoch, in place of the two above"),
        None,
    ),
    "devices": (_count("--devices", "processes that share an epoch's data"), None),
    "metric": (
        Annotated[
            list[str],
            typer.Option(
                "--metric", metavar="NAME=V,V,...", help=f"{_FOR}: a metric, a value per evaluation."
            ),
        ],
        (),
    ),
    "trainer": (
        Annotated[
            str | None,
            typer.Option(
                "--trainer", metavar="VERSION", help=f"{_FOR}: the trainer's version, such as 4.44."
            ),
        ],
        None,
    ),
}
