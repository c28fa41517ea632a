"""Epochs, batches and steps of TrainingArguments, and what is told beside them → our ``run:``, and Trainer's total."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrviz.errors import Place, shown
from lrviz.readers.dialects.huggingface.rules import Rules
from lrviz.readers.dialects.huggingface.values import Arguments


@dataclass(frozen=True)
class Length:
    """How long a run is.

    Args:
        total: what Trainer computes, and gives its scheduler.
        updates: how many it makes.
        per_epoch: updates in an epoch; None if that is not known.
        uneven: whether epochs differ in updates.
    """

    total: int
    updates: int
    per_epoch: int | None = None
    uneven: bool = False


@dataclass(frozen=True)
class Loader:
    """The batches of an epoch, on each device.

    Args:
        batches: how many there are.
        accumulate: batches per update.
    """

    batches: int
    accumulate: int

    @property
    def updates(self) -> int:
        """Count the updates of an epoch, the short one at its end too."""
        return -(-self.batches // self.accumulate)


def put_run(arguments: Arguments, rules: Rules) -> Length | None:
    """Write the run.

    Returns:
        Its length; None where something is wrong, or missing.
    """
    before = len(arguments.draft.problems.found)
    max_steps = arguments.count("max_steps", -1)
    accumulate = arguments.count("gradient_accumulation_steps", 1)
    if accumulate < 1:
        arguments.refuse("gradient_accumulation_steps", f"{accumulate} is no count; write 1 or more")
        return None
    if len(arguments.draft.problems.found) > before:
        return None
    unset = max_steps < 0 or (max_steps == 0 and rules.zero_steps_is_unset)
    loader = _loader(arguments, accumulate, needed=unset)
    if loader is None and unset:
        return None
    epochs = arguments.number("num_train_epochs", 3.0)
    if not unset:
        return _counted_in_steps(arguments, rules, loader, max_steps, epochs)
    assert loader is not None  # it is needed, or asked for
    counted = loader.updates if rules.counts_short_updates else loader.batches // accumulate
    counted = max(counted, 1)
    total = math.ceil(epochs * counted)
    if total < 1:
        arguments.refuse("num_train_epochs", f"{epochs:g} epochs train nothing; write 1 or more")
        return None
    place = arguments.place("num_train_epochs")
    if epochs == int(epochs) and counted == loader.updates:
        arguments.draft.put(("run", "epochs"), int(epochs), place, arguments.called("num_train_epochs"))
    else:
        how = "ceil" if counted == loader.updates else "floor"
        comment = f"ceil({epochs:g} x {counted}), an epoch counted as {how}({loader.batches} / {accumulate})"
        arguments.draft.put(("run", "steps"), total, place, comment)
    return Length(total, total, loader.updates, _carry(arguments, rules, loader))


def _counted_in_steps(
    arguments: Arguments, rules: Rules, loader: Loader | None, max_steps: int, epochs: float
) -> Length | None:
    place = arguments.place("max_steps")
    if max_steps == 0:
        if math.ceil(epochs) < 1:
            arguments.refuse("max_steps", "0 steps and no epoch train nothing; write -1 to count epochs")
            return None
        arguments.draft.note(
            "max_steps: 0 is not unset: one update is made, with a total of 0; write -1 for unset"
        )
    arguments.draft.put(("run", "steps"), max(max_steps, 1), place, arguments.called("max_steps"))
    if "num_train_epochs" in arguments:
        name = arguments.called("num_train_epochs")
        arguments.draft.note(f"{arguments.called('max_steps')} is given, so {name} does not count")
    uneven = loader is not None and _carry(arguments, rules, loader)
    return Length(max_steps, max(max_steps, 1), loader.updates if loader else None, uneven)


def _carry(arguments: Arguments, rules: Rules, loader: Loader) -> bool:
    """Let batches left at the end of an epoch wait for the next, where this trainer does; say whether it matters."""
    if (
        not rules.carries_batches
        or loader.batches % loader.accumulate == 0
        or loader.batches <= loader.accumulate
    ):
        return False
    place = arguments.place("gradient_accumulation_steps")
    arguments.draft.put(("run", "accumulate_across_epochs"), True, place, f"as {rules} does")
    return True


def _loader(arguments: Arguments, accumulate: int, *, needed: bool) -> Loader | None:
    """Count the batches of an epoch, and write what they follow from."""
    draft, given = arguments.draft, arguments.draft.given
    place, told = arguments.place("per_device_train_batch_size"), Place(draft.config.place.file)
    batch = arguments.count("per_device_train_batch_size", 8)
    if batch < 1:
        arguments.refuse("per_device_train_batch_size", f"{batch} is no count; write 1 or more")
        return None
    name = arguments.called("per_device_train_batch_size")
    if given.batch_size is not None and "per_device_train_batch_size" in arguments:
        draft.note(f"the batch size is the config's {name}: {batch}")
    elif given.batch_size is not None:
        batch = given.batch_size
    devices, split = given.devices or 1, _splits(arguments)
    if given.batches_per_epoch is not None:
        batches = given.batches_per_epoch
        draft.put(("run", "batches_per_epoch"), batches, told, "told beside the config")
    elif given.dataset_size is not None:
        each = batch * (1 if split else devices)
        dropped = arguments.flag("dataloader_drop_last")
        if not isinstance(arguments.any("dataloader_drop_last", False), bool):
            found = shown(arguments.any("dataloader_drop_last"))
            arguments.refuse(
                "dataloader_drop_last", f"{found} is neither true nor false, and torch fails with it"
            )
            return None
        batches = given.dataset_size // each if dropped else -(-given.dataset_size // each)
        draft.put(("run", "dataset_size"), given.dataset_size, told, "told beside the config")
        written = name if "per_device_train_batch_size" in arguments else "its default"
        draft.put(("run", "batch_size"), batch, place, f"per device: {written}")
        if devices > 1 and not split:
            draft.put(("run", "devices"), devices, told, "told beside the config")
        if dropped:
            draft.put(
                ("run", "drop_last"), True, arguments.place("dataloader_drop_last"), "dataloader_drop_last"
            )
        if batches == 0:
            message = f"{given.dataset_size:,} samples make no whole batch of {each:,}; write false"
            arguments.refuse("dataloader_drop_last", message)
            return None
    else:
        if needed:
            draft.ask("dataset_size", "the size of the training set")
        return None
    if given.devices is None and needed and not given.batches_per_epoch:
        draft.note("one device; --devices 8 (in Python devices=8) tells of more")
    if accumulate > 1:
        draft.put(
            ("run", "accumulate"),
            accumulate,
            arguments.place("gradient_accumulation_steps"),
            arguments.called("gradient_accumulation_steps"),
        )
    return Loader(batches, accumulate)


def _splits(arguments: Arguments) -> bool:
    """Whether a batch is split between devices, rather than each having one."""
    config = arguments.any("accelerator_config")
    if arguments.flag("split_batches") or (isinstance(config, dict) and config.get("split_batches")):
        name = "split_batches" if "split_batches" in arguments else "accelerator_config"
        arguments.draft.note(
            f"{arguments.called(name)}: batches are split between devices, so these do not count"
        )
        return True
    return False
