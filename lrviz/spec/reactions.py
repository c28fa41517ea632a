"""What a curve reacts to, as inert values: metrics, and edits by hand."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal

from lrviz.errors import Place
from lrviz.frozen import frozen
from lrviz.spec.expressions import Expression

Interval = Literal["epoch", "step", "batch"]
Settings = tuple[tuple[str, Any], ...]


@frozen
class Given:
    """A metric's values as written, or as read from a file.

    Args:
        values: one for each time the metric is evaluated.
        then: what follows the last one; None where there are enough.
        steps: for each value, the updates done when it was known; () for one value per evaluation.
    """

    values: tuple[float, ...]
    then: Literal["hold", "repeat"] | None = None
    steps: tuple[int, ...] = ()


@frozen
class Formula:
    """A metric as arithmetic over ``epoch``, ``step``, ``t`` (evaluations before this one) and ``lr``."""

    expression: Expression


@frozen
class Noise:
    """A metric of seeded random numbers: ``uniform``, ``normal``, or a noisy ``decay``."""

    kind: Literal["uniform", "normal", "decay"]
    seed: int
    settings: Settings = ()


@frozen
class Loss:
    """A metric that is the training loss: its mean over the updates since it was last evaluated."""


@frozen
class Metric:
    """A named number that schedulers and rules react to.

    Args:
        name: its name.
        source: where its values come from.
        every: updates between two evaluations; None: once per epoch.
        better: which of its values are better; None: not said.
    """

    name: str
    source: Given | Formula | Noise | Loss
    every: int | None = None
    better: Literal["higher", "lower"] | None = None


@frozen
class Course:
    """A hyperparameter that follows an expression: it is set before every update.

    Args:
        quantity: ``momentum`` (beta1, where the optimizer has betas) or ``weight_decay``.
        expressions: over ``step`` and ``epoch``; one for each parameter group.
    """

    quantity: str
    expressions: tuple[Expression, ...]


@frozen
class Rule:
    """An edit of ``param_groups`` by hand, as people write it at the end of an epoch or an update.

    Args:
        when: the condition; None: always.
        changes: (quantity, new value) pairs; quantities are lr, momentum and weight_decay.
        groups: indices of the groups that it edits.
        interval: when it is looked at.
        once: whether it edits a group only the first time its condition holds.
        place: where it was written.
    """

    when: Expression | None
    changes: tuple[tuple[str, Expression], ...]
    groups: tuple[int, ...]
    interval: Interval
    once: bool = False
    place: Place = field(default=Place("<value>"), compare=False, repr=False)
