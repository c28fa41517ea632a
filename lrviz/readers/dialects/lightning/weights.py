"""StochasticWeightAveraging beside a scheduler → a scheduler that hands over to SWALR when the averaging begins."""

from __future__ import annotations

from lrviz.errors import shown
from lrviz.readers.dialects.draft import Draft
from lrviz.readers.dialects.lightning.callbacks import Averaging
from lrviz.readers.dialects.lightning.trainer import Loop
from lrviz.spec.document import Mapping

TAKEN = ("swa_lrs", "swa_epoch_start", "annealing_epochs", "annealing_strategy")
HARMLESS = ("avg_fn", "device")


def averaged(name: str, averaging: Averaging, run: Loop, draft: Draft) -> None:
    """Put the averaging's own scheduler around the one that is written already."""
    arguments, place = averaging.arguments, averaging.place
    for key in arguments:
        if key not in (*TAKEN, *HARMLESS):
            draft.refuse(arguments.at(key), f"StochasticWeightAveraging takes no {key}")
    if "swa_lrs" not in arguments:
        draft.refuse(place, "StochasticWeightAveraging needs swa_lrs; write swa_lrs: 0.01")
        return
    lrs = arguments["swa_lrs"]
    each = lrs if isinstance(lrs, list) else [lrs]
    if not all(isinstance(lr, float) and lr > 0 for lr in each):  # whole numbers are refused too
        message = "Lightning takes a positive float, or a list of them"
        draft.refuse(arguments.at("swa_lrs"), f"{shown(lrs)}: {message}; write 0.01")
        return
    start, first = arguments.get("swa_epoch_start", 0.8), 0
    if isinstance(start, float) and 0 <= start <= 1:
        if run.max_epochs == -1:
            message = "a share of the epochs, which needs max_epochs; write a whole number"
            draft.refuse(arguments.at("swa_epoch_start"), f"{start:g} is {message}")
            return
        first = int(run.max_epochs * start)
    elif type(start) is int and start >= 1:
        first = start
    else:
        message = "is neither a whole number of epochs nor a share of them; write 8 or 0.8"
        draft.refuse(arguments.at("swa_epoch_start"), f"{shown(start)} {message}")
        return
    found = draft.document.get("schedules", {}).get(name)
    if not isinstance(found, Mapping):
        return  # its scheduler is wrong, which has been said
    if draft.problems.found:
        return
    kept = found.without("interval", "monitor", "metrics")
    at = ("schedules", name)
    schedule = Mapping((), found.place)
    for key in ("monitor", "metrics"):
        if key in found:
            schedule.put(key, found[key], found.at(key))
    draft.document["schedules"].put(name, schedule, found.place)
    draft.put((*at, "type"), "lightning.swa", place, "StochasticWeightAveraging")
    draft.put((*at, "interval"), "epoch", place)
    draft.put((*at, "args", "start"), max(first - 1, 0), place, "the epoch, from 0, that begins it")
    for key in ("swa_lrs", "annealing_epochs", "annealing_strategy"):
        if key in arguments:
            draft.put((*at, "args", key), arguments[key], arguments.at(key))
    draft.put((*at, "args", "max_epochs"), run.max_epochs, place, "where Lightning starts SWALR's own count")
    if kept:
        draft.document["schedules"][name]["args"].put("before", kept, found.place)
