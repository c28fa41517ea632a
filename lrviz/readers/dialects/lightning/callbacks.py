"""The ``callbacks:`` of a LightningCLI config → what they do to the learning rate and to the updates."""

from __future__ import annotations

from lrviz.errors import Place, shown
from lrviz.frozen import frozen
from lrviz.readers.dialects.draft import Draft
from lrviz.spec.document import Mapping, Sequence

ACCUMULATION, AVERAGING = "GradientAccumulationScheduler", "StochasticWeightAveraging"
# They watch, save, draw or average; none of them touches the optimizer or the number of updates.
HARMLESS = (
    "ModelCheckpoint", "LearningRateMonitor", "RichProgressBar", "TQDMProgressBar", "ProgressBar", "ModelSummary",
    "RichModelSummary", "DeviceStatsMonitor", "GPUStatsMonitor", "XLAStatsMonitor", "ThroughputMonitor",
    "BasePredictionWriter", "Checkpoint", "OnExceptionCheckpoint", "AsyncCheckpoint", "ModelPruning",
    "WeightAveraging", "EMAWeightAveraging", "SaveConfigCallback",
)  # fmt: skip
STOPPING = (
    "EarlyStopping",
    "Timer",
    "SpikeDetection",
)  # they may end the run, and leave what was before as it is
CHANGING = {
    "LearningRateFinder": "looks for an LR of its own before the run",
    "BatchSizeFinder": "looks for a batch size of its own before the run",
    "BackboneFinetuning": "adds parameter groups during the run",
    "BaseFinetuning": "adds parameter groups during the run",
    "LambdaCallback": "is code",
}


@frozen
class Averaging:
    """The arguments of StochasticWeightAveraging, and where it was written."""

    arguments: Mapping
    place: Place


@frozen
class Callbacks:
    """What the callbacks change.

    Args:
        accumulate: (epoch, batches per update from then on); () where nothing accumulates by epoch.
        place: where that was written.
        averaging: weights averaged at an LR of their own.
        timed: whether time ends the run.
    """

    accumulate: tuple[tuple[int, int], ...] = ()
    place: Place = Place("<value>")
    averaging: Averaging | None = None
    timed: bool = False


def callbacks_of(trainer: Mapping, draft: Draft) -> Callbacks:
    """Read the callbacks of a Trainer; those that may change the LR in ways that lrviz does not follow are refused."""
    written = trainer.get("callbacks")
    if written is None:
        return Callbacks()
    if isinstance(written, Mapping):  # one alone, which Lightning takes too
        listed = [(written, trainer.at("callbacks"))]
    elif isinstance(written, Sequence):
        listed = [(item, written.at(index)) for index, item in enumerate(written)]
    else:
        draft.refuse(
            trainer.at("callbacks"), f"{shown(written)} is no list of callbacks; write [{{class_path: ...}}]"
        )
        return Callbacks()
    accumulate: tuple[tuple[int, int], ...] = ()
    where, averaging, timed = trainer.at("callbacks"), None, False
    for item, place in listed:
        path = item.get("class_path") if isinstance(item, Mapping) else item
        if not isinstance(path, str):
            draft.refuse(place, f"{shown(item)} is no callback; write {{class_path: ..., init_args: ...}}")
            continue
        name = path.rpartition(".")[2]
        arguments = item.get("init_args") if isinstance(item, Mapping) else None
        arguments = arguments if isinstance(arguments, Mapping) else Mapping((), place)
        if name == ACCUMULATION:
            accumulate, where = _scheduling(arguments, draft), place
        elif name == AVERAGING:
            averaging = Averaging(arguments, place)
        elif name in STOPPING:
            timed |= name == "Timer"
            draft.note(f"{name} is not followed: the run may end before its last update")
        elif name not in HARMLESS:
            why = CHANGING.get(name, "is not known to lrviz, and may change the LR")
            draft.refuse(place, f"{name} {why}; delete it to see the LR without it")
    return Callbacks(accumulate, where, averaging, timed)


def _scheduling(arguments: Mapping, draft: Draft) -> tuple[tuple[int, int], ...]:
    found, place = arguments.get("scheduling"), arguments.at("scheduling")
    example = "write {0: 1, 4: 2}: epochs from 0, and batches per update"
    wrong = f"{shown(found)} is no schedule of accumulation; {example}"
    if not isinstance(found, dict) or not found:
        draft.refuse(place, wrong)
        return ()
    pairs: dict[int, int] = {}
    for key, count in found.items():
        if not str(key).strip().isdigit() or type(count) is not int or count < 1:
            draft.refuse(place, wrong)
            return ()
        pairs[int(key)] = count
    return tuple(sorted({0: 1, **pairs}.items()))
