"""What a schedule reacts to, as sections of the language: metrics, edits by hand, a stop and a resume, training."""

from __future__ import annotations

from lrviz.spec.fields import Boolean, LengthType, Text
from lrviz.spec.sections import Field, Section
from lrviz.spec.values import (
    AnyText,
    Batches,
    Better,
    Condition,
    Integer,
    Kind,
    Mapped,
    MetricValues,
    Number,
    Order,
    Pace,
    Parts,
    ProblemName,
    Texts,
    Then,
    True_,
)

FORMS = ("values", "expr", "csv", "random", "loss")  # of a metric: where its values come from


class Metric(Section):
    """A named number that schedulers and rules react to: one of values, expr, csv, random or loss."""

    values: MetricValues = Field(None, description="one value per evaluation")
    then: Then = Field(
        "error", description="what follows the last value: hold it, repeat the list, or refuse"
    )
    expr: AnyText = Field(None, description="arithmetic over epoch, step, t (evaluations so far) and lr")
    csv: Text = Field(None, description="a CSV file beside the spec or below it, with a header")
    column: Text = Field(None, description="the column of the CSV file; the metric's name where not given")
    step_column: Text = Field(None, description="the column with the updates done when each value was known")
    random: Mapped = Field(
        None, description="seeded random numbers: {kind: uniform|normal|decay, seed: 0, ...}"
    )
    loss: True_ = Field(
        None, description="the training loss: its mean since the last evaluation; for a run that trains"
    )
    every: LengthType = Field(
        None, description="evaluate every so many updates; once per epoch where not given"
    )
    better: Better = Field(None, description="whether a higher or a lower value is better, for lrviz check")


class Uniform(Section):
    """Random numbers between two bounds."""

    kind: Kind = Field("uniform", description="uniform, normal or decay")
    seed: Integer = Field(0, description="where the random numbers start")
    low: Number = Field(0.0, description="smallest value")
    high: Number = Field(1.0, description="largest value")


class Normal(Section):
    """Random numbers around a mean."""

    kind: Kind = Field("uniform", description="uniform, normal or decay")
    seed: Integer = Field(0, description="where the random numbers start")
    mean: Number = Field(0.0, description="mean")
    std: Number = Field(1.0, description="standard deviation")


class Decay(Section):
    """An exponential decay with noise on it: floor + (start - floor) * rate ** t + noise * normal."""

    kind: Kind = Field("uniform", description="uniform, normal or decay")
    seed: Integer = Field(0, description="where the random numbers start")
    start: Number = Field(1.0, description="first value, without noise")
    rate: Number = Field(0.95, description="factor from one value to the next")
    floor: Number = Field(0.0, description="what it decays to")
    noise: Number = Field(0.02, description="standard deviation of the noise")


class Rule(Section):
    """An edit of param_groups by hand."""

    when: AnyText = Field(
        None, description="the condition, over epoch, step, lr, metrics, ...; always where not given"
    )
    lr: AnyText = Field(None, description="the new LR, such as lr * 0.1")
    momentum: AnyText = Field(None, description="the new momentum (or beta1)")
    weight_decay: AnyText = Field(None, description="the new weight decay")
    groups: Texts = Field(None, description="names of the groups that are edited; all where not given")
    interval: Pace = Field(None, description="look at the rule per epoch, or per update")
    once: Boolean = Field(False, description="edit a group only the first time the condition holds")


class Resume(Section):
    """A stop, and how the run goes on from what was saved."""

    at: LengthType = Field(description="where the run stops: 40ep, 500st, 50%")
    order: Order = Field(
        "build-then-load", description="whether the new schedulers are built before the state is loaded"
    )
    restore: Parts = Field(None, description="what is loaded; both where not given")
    last_epoch: Integer = Field(None, description="passed to the new schedulers")
    replay: Boolean = Field(
        False, description="call the new schedulers as often as the old ones, instead of loading"
    )


class Train(Section):
    """A small problem that every update of the run really trains on."""

    problem: ProblemName = Field(description="what is trained: data, a model and a loss")
    seed: Integer = Field(0, description="where the data and the model's first weights start")
    batches: Batches = Field(
        None,
        description="different batches of 32 in the data, taken in turn; where not given: 1 for mlp, else 32",
    )
    condition: Condition = Field(
        None, description="of quadratic: largest over smallest curvature; 100 where not given"
    )
