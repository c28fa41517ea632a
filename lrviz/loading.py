"""A word, and what is told beside it → a Spec; a trainer's config → the same in our language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrviz import pipeline
from lrviz.errors import LrvizError
from lrviz.spec.curve import Spec
from lrviz.spec.logs import logs_of

if TYPE_CHECKING:
    from lrviz.readers.given import Telling


def load(
    curve: str | Path,
    *,
    trust: bool = False,
    columns: str | None = None,
    logged: str | None = None,
    dataset_size: int | None = None,
    batch_size: int | None = None,
    batches_per_epoch: int | None = None,
    devices: int | None = None,
    metrics: Mapping[str, Sequence[float]] | None = None,
    trainer: str | None = None,
) -> Spec:
    """Read anything the command line takes as a curve.

    Args:
        curve: ``spec.yaml``, ``spec.yaml#curve``, ``trace.json``, a run's folder or log (``runs/version_3``), a preset
            with changes (``steplr:gamma=0.5``), or a trainer's config.
        trust: whether code that it names (``./mine.py:WarmupCosineLR``) may run.
        columns: of a log, its columns or tags: ``step=Step,lr=train/lr``.
        logged: of a log, whether it holds the LR that an update ``used``, or that of the ``next``.
        dataset_size: for a trainer's config, as what follows: samples in the training set.
        batch_size: samples per batch and device, where the config does not say.
        batches_per_epoch: batches per epoch on each device, in place of these two.
        devices: processes that share an epoch's data.
        metrics: values by name, one per evaluation, for schedulers that are given one.
        trainer: the trainer's version whose rules hold, such as ``"4.44"``; None: the newest known.

    Raises:
        SpecError: with everything that is wrong, or missing.
    """
    told = {
        "dataset_size": dataset_size,
        "batch_size": batch_size,
        "batches_per_epoch": batches_per_epoch,
        "devices": devices,
        "metrics": {name: _values(name, values) for name, values in (metrics or {}).items()},
        "trainer": None if trainer is None else str(trainer),
    }
    with telling({name: value for name, value in told.items() if value not in (None, {})}):
        return pipeline.read(str(curve), trust=trust, logs=logs_of(columns, logged))


def _values(name: str, values: Sequence[float]) -> tuple[float, ...]:
    try:
        return tuple(map(float, values))
    except (TypeError, ValueError):
        example = f"metrics={{{name!r}: [0.9, 0.8]}}, one value per evaluation"
        raise LrvizError(f"{values!r} are no values of {name}; write {example}") from None


def telling(told: Mapping[str, Any]) -> AbstractContextManager[Telling]:
    """Let what is told beside configs hold while they are read.

    Args:
        told: as the keywords of ``load``.

    Raises:
        LrvizError: if one of them is no count.
    """
    from lrviz.readers.given import Given
    from lrviz.readers.given import telling as held

    for name, value in told.items():
        if name not in ("metrics", "trainer") and (type(value) is not int or value < 1):
            raise LrvizError(f"{name}={value!r} is no count; write 1 or more")
    return held(Given(**told))


def imported(file: str, *, trust: bool = False) -> str:
    """Translate a trainer's config into our language, as YAML text.

    Args:
        file: the config's path, or ``-`` for standard input.
        trust: whether code that it names may run.

    Raises:
        LrvizError: if it is a spec of ours already.
        SpecError: with everything that is wrong with it, or missing.
    """
    from lrviz import readers
    from lrviz.readers.dialects.writing import text_of

    draft = readers.draft_of(file, trust)
    if not draft.dialect:
        raise LrvizError(f"{file}: a spec of lrviz already; lrviz plot {file} draws it")
    return text_of(draft)
