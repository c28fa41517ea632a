"""The families that a curve may be of: one module each, with ``proposals(points)``; BODIES lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lrviz.fitting.families import (
    constant,
    cosine,
    exponential,
    inverse_sqrt,
    linear,
    multistep,
    one_cycle,
    polynomial,
    step,
    wsd,
)
from lrviz.fitting.points import Points
from lrviz.fitting.proposal import Proposal

Body = Callable[[Points], Iterator[Proposal]]

BODIES: tuple[Body, ...] = (
    constant.proposals,
    exponential.proposals,
    linear.proposals,
    cosine.proposals,
    step.proposals,
    polynomial.proposals,
    inverse_sqrt.proposals,
    wsd.proposals,
    multistep.proposals,
)
WHOLE: tuple[Body, ...] = (
    one_cycle.proposals,
    inverse_sqrt.with_its_own_warmup,
)  # nothing stands in front of them
