"""The values of a metric that are told, one per validation → one for each time that a scheduler is given it."""

from __future__ import annotations

from typing import Any

from lrviz.errors import Place
from lrviz.readers.dialects.draft import Draft
from lrviz.readers.dialects.lightning.trainer import Loop
from lrviz.spec.document import Mapping


def put_metric(
    at: tuple[str, ...], name: str, place: Place, trainer: Mapping, run: Loop, draft: Draft
) -> None:
    """Write the values of a metric as Lightning gives them to a scheduler that is stepped per epoch.

    Of several validations in an epoch only the last counts; in an epoch without one the value before is given again.

    Args:
        at: the keys of the curve.
        name: the metric.
        place: where it is asked for.
        trainer: the Trainer's settings.
        run: what they come to.
        draft: what is being written.
    """
    values = draft.given.metrics.get(name)
    if not values:
        names = ", ".join(draft.given.metrics)
        told = f"; what is told is {names}" if names else ""
        message = f"the LR depends on {name}, whose values the run decides{told}"
        draft.refuse(
            place, f"{message}; add --metric {name}=0.9,0.8,0.7 (in Python metrics={{'{name}': [0.9, 0.8]}})"
        )
        return
    if trainer.get("limit_val_batches") in (0, 0.0) and not name.startswith("train"):
        message = f"nothing is validated, so Lightning finds no {name}, and raises MisconfigurationException"
        draft.refuse(trainer.at("limit_val_batches"), f"{message}; delete limit_val_batches")
        return
    every, times = _pace(name, trainer, run, draft)
    epochs = run.epochs
    if epochs is None and run.batches is not None:
        epochs = -(-run.max_steps // max(1, -(-run.batches // run.accumulate)))
    wanted = len(values) * every if epochs is None else epochs
    if wanted and every > 1:
        message = (
            f"Lightning finds no {name} at the end of epoch 0: the first validation is in epoch {every - 1}"
        )
        draft.refuse(
            trainer.at("check_val_every_n_epoch"), f"{message}; it raises MisconfigurationException there"
        )
        return
    fed = [values[min((epoch + 1) * times - 1, len(values) - 1)] for epoch in range(wanted)]
    if len(values) < wanted * times:
        some = f"{len(values)} value{'s' * (len(values) > 1)} of {name} for {wanted * times:,} validations"
        draft.note(f"{some}: the last holds from then on")
    told = f"--metric {name}" + (f", the last of {times} validations per epoch" if times > 1 else "")
    draft.put((*at, "metrics", name, "values"), fed or list(values), place, told)


def _pace(name: str, trainer: Mapping, run: Loop, draft: Draft) -> tuple[int, int]:
    """Tell how many epochs lie between validations, and how many validations in an epoch."""
    if name.startswith("train"):  # logged by training_step, once per epoch
        return 1, 1
    every: Any = trainer.get("check_val_every_n_epoch", 1)
    if type(every) is not int or every < 1:
        message = "validation that does not go by epochs is not followed for a ReduceLROnPlateau"
        draft.refuse(trainer.at("check_val_every_n_epoch"), message)
        return 1, 1
    interval: Any = trainer.get("val_check_interval")
    if interval is None or run.batches is None or trainer.get("fast_dev_run"):
        return every, 1
    if isinstance(interval, bool) or not isinstance(interval, (int, float)) or interval <= 0:
        draft.refuse(
            trainer.at("val_check_interval"), "validation that does not go by batches is not followed"
        )
        return every, 1
    batches = interval if isinstance(interval, int) else max(1, int(run.batches * interval))
    return every, max(1, run.batches // batches)
