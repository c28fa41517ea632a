"""What a person tells beside a trainer's config: what the config does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields


@dataclass(frozen=True)
class Given:
    """What trainers' configs leave to the data, the launcher and the run.

    Args:
        dataset_size: samples of the training set.
        batch_size: samples per batch and device.
        batches_per_epoch: batches per epoch on each device, in place of the two above.
        devices: processes that share an epoch's data.
        metrics: values of metrics by name, one per evaluation.
        trainer: the version of the trainer whose rules hold, such as 4.44; None: the newest known.
    """

    dataset_size: int | None = None
    batch_size: int | None = None
    batches_per_epoch: int | None = None
    devices: int | None = None
    metrics: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    trainer: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What of it is told."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name) not in (None, {}))


class Telling:
    """What is given, and whether a config has asked for it."""

    def __init__(self, given: Given) -> None:
        self.given, self.asked = given, False


# For a whole command, or a call of ``lrviz.load``: what is told holds for every config that is read in it.
_TOLD: ContextVar[Telling | None] = ContextVar("given", default=None)


def told() -> Given:
    """Tell a config what has been given."""
    telling = _TOLD.get()
    if telling is None:
        return Given()
    telling.asked = True
    return telling.given


def given_now() -> Given:
    """Tell what has been given, whether or not a config asks for it."""
    telling = _TOLD.get()
    return Given() if telling is None else telling.given


@contextmanager
def telling(given: Given) -> Iterator[Telling]:
    """Let something hold for the configs that are read meanwhile."""
    now = Telling(given)
    before = _TOLD.set(now)
    try:
        yield now
    finally:
        _TOLD.reset(before)
