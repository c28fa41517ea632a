"""When Trainer evaluates, and the values told beside the config → the metric that a schedule is given."""

from __future__ import annotations

import math

from lrviz.errors import Place
from lrviz.readers.dialects.huggingface.lengths import Length
from lrviz.readers.dialects.huggingface.trainers import BY_TIME
from lrviz.readers.dialects.huggingface.values import Arguments


def put_metric(arguments: Arguments, name: str, length: Length) -> None:
    """Write the metric, and let the schedule of that name be stepped after each evaluation."""
    draft = arguments.draft
    period = _period(arguments, name, length)
    if period is None:
        return
    metric = arguments.text("metric_for_best_model", None) or "loss"
    metric = metric if metric.startswith("eval_") else f"eval_{metric}"
    place, beside = arguments.place("lr_scheduler_type"), Place(draft.config.place.file)
    told = draft.given.metrics
    values = told.get(metric, told.get(metric.removeprefix("eval_")))
    wanted = (length.updates - 1) // period  # the one after the last update changes no LR
    if values is None or len(values) < wanted:
        some = "no value" if values is None else f"{len(values)} value{'s' * (len(values) != 1)}"
        times = f"{wanted:,} evaluation{'s' * (wanted != 1)}"
        flag = f"add --metric {metric}=0.9,0.8 (in Python metrics={{{metric!r}: [0.9, 0.8]}})"
        message = f"{name} follows {metric}, which has {some} for {times} before the last update; {flag}"
        arguments.refuse("lr_scheduler_type", message)
        return
    by_epoch = arguments.any("eval_strategy") == "epoch"
    source = arguments.place("eval_strategy" if by_epoch else "eval_steps")
    path = ("schedules", name)
    draft.put((*path, "interval"), "epoch" if by_epoch else "step", source, "eval_strategy")
    if not by_epoch:
        draft.put((*path, "frequency"), period, source, "eval_steps")
    draft.put((*path, "monitor"), metric, place, "metric_for_best_model")
    draft.put((*path, "metrics", metric, "values"), list(values), beside, "told beside the config")
    if not by_epoch:
        draft.put((*path, "metrics", metric, "every"), f"{period}st", source, "eval_steps")
    draft.put((*path, "metrics", metric, "then"), "hold", place)
    if arguments.flag("eval_on_start"):
        draft.note(f"eval_on_start: {name} never sees that evaluation; {metric} begins with the next")
    if arguments.flag("greater_is_better") or "acc" in metric:
        mode = arguments.mapping("lr_scheduler_kwargs").get("mode")
        if mode is None or mode.value == "min":
            draft.note(
                f"{name} takes a smaller {metric} for the better one: greater_is_better does not reach it"
            )


def _period(arguments: Arguments, name: str, length: Length) -> int | None:
    strategy = arguments.any("eval_strategy", "no")
    if strategy not in BY_TIME:
        return None  # which is told with the other strategies
    if strategy == "no":
        arguments.refuse(
            "lr_scheduler_type", f"{name} is stepped after evaluations; write eval_strategy: epoch"
        )
        return None
    if arguments.number("eval_delay", 0):
        arguments.refuse(
            "eval_delay", f"lrviz evaluates from the start, and {name} depends on it; delete eval_delay"
        )
        return None
    if strategy == "epoch":
        if length.per_epoch is None:
            arguments.draft.ask("dataset_size", "the size of the training set")
        elif length.uneven:
            message = (
                "epochs of this trainer differ in updates, so evaluations after epochs are not supported"
            )
            arguments.refuse("eval_strategy", f"{message}; write steps, with eval_steps")
            return None
        return length.per_epoch
    steps = arguments.number("eval_steps", 0) or arguments.number("logging_steps", 500)
    steps = math.ceil(length.total * steps) if steps < 1 else steps
    if steps != int(steps) or steps < 1:
        arguments.refuse("eval_steps", f"{steps:g} is no whole number of updates; write 500")
        return None
    return int(steps)
