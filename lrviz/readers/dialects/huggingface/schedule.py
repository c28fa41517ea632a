"""``lr_scheduler_type`` and what stands beside it → our schedule, one of get_scheduler's."""

from __future__ import annotations

import math
from typing import Any

from lrviz.catalog.families import families
from lrviz.errors import suggestion
from lrviz.readers.dialects.huggingface.lengths import Length
from lrviz.readers.dialects.huggingface.metrics import put_metric
from lrviz.readers.dialects.huggingface.rules import Rules, Version
from lrviz.readers.dialects.huggingface.values import Arguments, Written

SINCE: dict[str, Version] = {"cosine_warmup_with_min_lr": (4, 54), "greedy": (5, 1)}
DROP_ARGUMENTS = ("constant", "constant_with_warmup")
NO_WARMUP = ("constant", "reduce_lr_on_plateau", "greedy")
REACTING = ("reduce_lr_on_plateau", "greedy")
LENGTHS = ("num_warmup_steps", "num_training_steps")
# The first warmup_stable_decay, in the order in which it computes.
FIRST_WSD = (
    "t / max(1, w) if t < w else 1 if t < w + s else (1 - r) * max(0, 0.5 * (1 + cos(pi * c * 2 * "
    "((t - w - s) / max(1, d))))) + r if t < w + s + d else r"
)


def put_schedule(arguments: Arguments, rules: Rules, length: Length | None, default: str = "linear") -> None:
    """Write the schedule."""
    name = arguments.text("lr_scheduler_type", default)
    if name is None:
        arguments.refuse("lr_scheduler_type", f"an empty value is no schedule of {rules}; write {default}")
        return
    if not _known(name, arguments, rules):
        return
    warmup = warmup_of(arguments, rules, length)
    given = arguments.mapping("lr_scheduler_kwargs")
    arguments.check_numbers(given)
    place = arguments.place("lr_scheduler_type")
    draft = arguments.draft
    called = arguments.called("lr_scheduler_type")
    for key in LENGTHS:
        if key in given:
            message = f"Trainer gives {key} itself, and fails with a second one; delete it"
            draft.refuse(given[key].place, message)
    if length is None or warmup is None or draft.problems.found:
        return
    if name in DROP_ARGUMENTS and given:
        draft.note(f"{name} drops lr_scheduler_kwargs: {', '.join(given)} counts for nothing")
        given = {}
    if name == "warmup_stable_decay" and rules.simple_wsd:
        _put_first_wsd(arguments, rules, given, warmup)
        return
    put = draft.put
    put(("schedules", name, "type"), f"transformers.{name}", place, called)
    member = next(one for one in families()["transformers"].members if one.name == name)
    lengths = dict(member.defaults)
    if "num_warmup_steps" in lengths:
        put(("schedules", name, "num_warmup_steps"), *warmup)
    elif warmup[0]:
        draft.note(f"{name} ignores the warm-up of {warmup[0]} updates")
    if "num_training_steps" in lengths and length.total != length.updates:
        put(("schedules", name, "num_training_steps"), length.total, place, "the total that Trainer computes")
    for key, one in given.items():
        put(("schedules", name, "args", key), one.value, one.place, "lr_scheduler_kwargs")
    if name in REACTING:
        put_metric(arguments, name, length)


def warmup_of(arguments: Arguments, rules: Rules, length: Length | None) -> tuple[int, Any, str] | None:
    """Count the updates of the warm-up.

    Returns:
        Their number, where it comes from, and how; None where something is wrong, or the run's length is not known.
    """
    steps, ratio = arguments.number("warmup_steps", 0), arguments.any("warmup_ratio")
    name, total = arguments.called("warmup_steps"), length.total if length else 0
    if not rules.warmup_steps_takes_shares and type(steps) is not int:
        wanted = "write warmup_ratio for a share of the run" if steps < 1 else f"write {int(steps)}"
        arguments.refuse("warmup_steps", f"{rules} takes whole numbers here; {wanted}")
        return None
    if steps < 0:
        arguments.refuse("warmup_steps", f"{steps:g} is below 0; write 0 or more")
        return None
    if ratio is not None:
        share = arguments.number("warmup_ratio", 0.0)
        if not rules.warmup_steps_takes_shares and not 0 <= share <= 1:
            arguments.refuse("warmup_ratio", f"{share:g} is no share of the run; write 0.1, or warmup_steps")
            return None
        if rules.warmup_steps_takes_shares:  # 5.0 and 5.1 put it in the place of warmup_steps
            return _counted(share, total, arguments, "warmup_ratio")
        if steps == 0:
            how = f"ceil({share:g} x {total})"
            return math.ceil(total * share), arguments.place("warmup_ratio"), how
        arguments.draft.note(f"{name} is given, so {arguments.called('warmup_ratio')} does not count")
    return _counted(steps, total, arguments, "warmup_steps")


def _counted(wanted: float, total: int, arguments: Arguments, key: str) -> tuple[int, Any, str] | None:
    place, name = arguments.place(key), arguments.called(key)
    if wanted < 0:
        arguments.refuse(key, f"{wanted:g} is below 0; write 0 or more")
        return None
    if wanted >= 1:
        return int(wanted), place, name
    return math.ceil(total * wanted), place, f"ceil({wanted:g} x {total})" if wanted else name


def _known(name: str, arguments: Arguments, rules: Rules) -> bool:
    known = [
        member.name
        for member in families()["transformers"].members
        if SINCE.get(member.name, (0, 0)) <= rules.version
    ]
    if name in known:
        return True
    whose = f"{name!r} is no schedule of {rules}"
    arguments.refuse("lr_scheduler_type", f"{whose}; {suggestion(name, known)}")
    return False


def _put_first_wsd(
    arguments: Arguments, rules: Rules, given: dict[str, Written], warmup: tuple[int, Any, str]
) -> None:
    """Write the first warmup_stable_decay as an expression: the installed transformers may have the second."""
    draft, place = arguments.draft, arguments.place("lr_scheduler_type")
    known = ("num_stable_steps", "num_decay_steps", "min_lr_ratio", "num_cycles")
    for key in given:
        if key not in known:
            draft.refuse(
                given[key].place, f"warmup_stable_decay of {rules} takes no {key}; {suggestion(key, known)}"
            )
    for key in known[:2]:
        if key not in given:
            message = f"warmup_stable_decay of {rules} needs {key}; write it in lr_scheduler_kwargs"
            arguments.refuse("lr_scheduler_kwargs", message)
    if draft.problems.found:
        return
    name = "warmup_stable_decay"
    draft.put(("schedules", name, "type"), "LambdaLR", place, f"warmup_stable_decay as {rules} computes it")
    draft.put(("schedules", name, "interval"), "step", place)
    draft.put(("schedules", name, "lr_lambda"), FIRST_WSD, place)
    draft.put(("schedules", name, "where", "w"), *warmup)
    for letter, key, usual in (
        ("s", known[0], 0),
        ("d", known[1], 0),
        ("r", known[2], 0),
        ("c", known[3], 0.5),
    ):
        one = given.get(key)
        draft.put(
            ("schedules", name, "where", letter),
            one.value if one else usual,
            one.place if one else place,
            key,
        )
    draft.note(f"warmup_stable_decay is computed as in {rules}: later ones start at min_lr_ratio, not at 0")
