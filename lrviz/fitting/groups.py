"""One group's schedule, and the LRs of all → the schedule of all groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.fitting.points import Array
from lrviz.fitting.proposal import Proposal


@dataclass(frozen=True)
class Grouped:
    """A scheduler as a spec writes it, and the LR of each group."""

    scheduler: dict[str, Any] | None
    lrs: tuple[float, ...]


def grouped(proposal: Proposal, values: Array) -> Grouped:
    """Give each group the LR that its curve's ratio to the first one's asks for.

    Args:
        proposal: the first group's, its numbers rounded.
        values: the LR of each group at each update, (updates, groups).
    """
    scheduler = proposal.scheduler(proposal.values)
    lr = proposal.values.get("lr", proposal.values.get("max_lr", 0.0))
    floor = proposal.values.get("eta_min", 0.0)  # which all groups share
    first = values[:, 0] - floor
    at = int(np.argmax(np.abs(first)))
    ratios = [
        (float(values[at, group]) - floor) / float(first[at]) if first[at] else 1.0
        for group in range(values.shape[1])
    ]
    lrs = tuple(_neat(floor + (lr - floor) * ratio, lr) for ratio in ratios)
    if scheduler is not None and "max_lr" in scheduler and len(set(lrs)) > 1:
        scheduler = {**scheduler, "max_lr": list(lrs)}
    return Grouped(scheduler, lrs)


def _neat(value: float, like: float) -> float:
    """Round an LR to the digits that a person wrote, as far as nothing is lost."""
    for digits in range(1, 17):
        neat = float(f"{value:.{digits - 1}e}")
        if abs(neat - value) <= 2e-14 * max(abs(value), 1e-3 * abs(like)):
            return neat
    return value
