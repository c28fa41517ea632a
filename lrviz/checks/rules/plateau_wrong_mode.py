"""A ReduceLROnPlateau waits for its metric to move the wrong way.

What it does
    Finds a `mode` that does not go with the metric: `min` (the default) on one that is better the higher, or `max` on
    one that is better the lower. Which it is, a metric says (`better: higher`) or its name does (val_acc, f1, bleu;
    val_loss, error, perplexity). What such a metric would do is then simulated: it improves at every call.

Why it matters
    Every improvement counts as a setback: a run that goes well has its LR cut again and again, until it learns
    nothing.

Use instead
    `mode: max` for what is better the higher, `mode: min` for a loss. If the name misleads, say what is better in the
    metric: `metrics: {val_acc: {better: lower, ...}}`.

Sources
    ViS4mer#4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrviz.checks.case import Case, given
from lrviz.checks.feeding import MOST_CALLS, alone, cuts, metric_of, plateaus, wait_of
from lrviz.checks.finding import Edit, Hit
from lrviz.checks.wording import counted, number
from lrviz.spec.reactions import Metric

BAD = """\
run: {epochs: 60, steps_per_epoch: 100}
optimizer: {type: Adam, lr: 0.001}
schedules:
  plateau:
    type: ReduceLROnPlateau
    monitor: val_acc
    patience: 5
    metrics: {val_acc: {expr: "0.9 - 0.8 * 0.9 ** epoch"}}
"""
GOOD = """\
run: {epochs: 60, steps_per_epoch: 100}
optimizer: {type: Adam, lr: 0.001}
schedules:
  plateau:
    type: ReduceLROnPlateau
    monitor: val_acc
    mode: max
    patience: 5
    metrics: {val_acc: {expr: "0.9 - 0.8 * 0.9 ** epoch"}}
"""
# Words of a metric's name that leave no doubt.
_HITS = ("acc", "accuracy", "top1", "top5", "auc", "auroc", "auprc", "ap", "map", "f1", "fscore", "precision")
_LIKENESS = (
    "recall",
    "bleu",
    "rouge",
    "meteor",
    "cider",
    "iou",
    "miou",
    "dice",
    "psnr",
    "ssim",
    "ndcg",
    "mrr",
)
_LOSSES = (
    "loss",
    "losses",
    "err",
    "error",
    "nll",
    "perplexity",
    "ppl",
    "wer",
    "cer",
    "bpc",
    "bpd",
    "bpb",
    "fid",
)
_DISTANCES = ("mse", "rmse", "mae", "mape")
HIGHER = frozenset((*_HITS, *_LIKENESS, "r2", "reward"))
LOWER = frozenset((*_LOSSES, *_DISTANCES))
WORD = {"higher": "max", "lower": "min"}


def check(case: Case) -> Iterator[Hit]:
    """Feed each plateau a metric that gets better at every call."""
    for plateau in plateaus(case):
        metric, mode, wait = metric_of(case, plateau), given(plateau, "mode"), wait_of(plateau)
        better = None if metric is None else direction(metric)
        if metric is None or better is None or mode == WORD[better] or wait + 1 > MOST_CALLS:
            continue
        rising = [float(call + 1) for call in range(wait + 1)]
        fed = alone(case, plateau, rising if better == "higher" else rising[::-1])
        if fed is None or (fed.lr[-1] == fed.lr[0]).all():
            continue
        done = cuts(case, plateau)
        where = case.at(plateau, "mode")
        if done:
            values = case.trace.metrics[metric.name].values
            went = f"{metric.name} goes from {number(float(values[0]))} to {number(float(values[-1]))}"
            lrs = f"from {number(float(case.lr[0].max()))} to {number(float(case.lr[-1].max()))}"
            outcome = f"while {went}, it cuts the LR {counted(len(done), 'time')}, {lrs}"
        else:
            outcome = f"if it improves at every call, the LR is cut after {counted(wait + 1, 'call')}"
        message = f"{metric.name} is better the {better}, and mode: {mode} waits for the opposite: {outcome}"
        certain = metric.better is not None and "mode" in dict(plateau.places)
        edit = Edit("set", where, WORD[better]) if certain else None
        yield Hit(message, f"write mode: {WORD[better]}", where, done[0] if done else None, edit=edit)


def direction(metric: Metric) -> str | None:
    """Tell whether higher or lower values of a metric are better: as said, else by its name; None if neither tells."""
    if metric.better is not None:
        return metric.better
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", metric.name)  # valAcc, and mIoU as it stands
    words = set(re.findall(r"[a-z]+[0-9]*", f"{spaced} {metric.name}".lower()))
    words |= {word.rstrip("0123456789") for word in words}  # acc5, bleu4
    found = {name for name, known in (("higher", HIGHER), ("lower", LOWER)) if words & known}
    return found.pop() if len(found) == 1 else None
