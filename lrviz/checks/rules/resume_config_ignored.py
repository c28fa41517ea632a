"""A run is resumed with changed arguments, and the loaded state sets the old ones in again.

What it does
    Finds every argument of a scheduler or an optimizer that a resumed run changes (`resume: {with: ...}`, or a length
    that follows a run made longer) and that has no effect: with the old value in its place the run goes on to the last
    bit in the same way, while a run with the new value from its start would not.

Why it matters
    A state_dict holds the hyperparameters too: load_state_dict restores the T_max, milestones or lr of the old run over
    the ones just written. The run goes on as if nothing had been changed, and torch says nothing. Only functions
    (lr_lambda) are not saved, and stay as they are.

Use instead
    Load no scheduler state: build the schedulers anew and call step() as often as the old ones were called
    (`resume: {replay: true}`), which gives the LR of the new arguments exactly. Or load the state and set the argument
    again afterwards, if the schedule computes its LR from the start (`scheduler.milestones`, `scheduler.step_size`).

Sources
    vortex#70, traiNNer-redux#325, insightface#2143, fast-reid#167, composer#3154, lightning#20552, Megatron-LM#1284.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrviz.checks.case import Case, given
from lrviz.checks.continuing import apart, resume_of, uninterrupted
from lrviz.checks.finding import Hit
from lrviz.checks.wording import counted, number
from lrviz.errors import Place
from lrviz.spec.curve import Curve, Optimizer, Scheduler
from lrviz.trace import Trace

BAD = """\
run: {epochs: 60, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  cosine:
    type: CosineAnnealingLR
    T_max: 100%
    resume: {at: 50ep, with: {run: {epochs: 100}}}
"""
GOOD = """\
run: {epochs: 60, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1}
schedules:
  cosine:
    type: CosineAnnealingLR
    T_max: 100%
    resume: {at: 50ep, replay: true, with: {run: {epochs: 100}}}
"""


@dataclass(frozen=True)
class Change:
    """One argument that the new run changes, and the curve in which it alone is as it was."""

    name: str
    old: Any
    new: Any
    place: Place
    undone: Curve


def check(case: Case) -> Iterator[Hit]:
    """Set back what was changed, and see whether that makes a difference."""
    resume = resume_of(case)
    changes = [*_of_schedulers(case), *_of_optimizer(case)] if resume.restore else []
    if not changes:
        return
    meant = uninterrupted(case)
    if meant is None or (case.happened and not apart(meant, case.happened, resume.at)):
        return
    ignored = [change for change in changes if _same(case.happened, case.again(change.undone))]
    if not ignored:
        return
    outcome = _outcome(case, meant, resume.at)
    first = ignored[0]
    names = ", ".join(dict.fromkeys(change.name for change in ignored))
    if names == first.name:
        what = f"{names} is {_shown(first.new)} in the new run, but load_state_dict brings back {_shown(first.old)}"
    else:
        what = f"{names} of the new run are ignored, since load_state_dict brings back the old ones"
    calls = max(
        (case.clock.calls_in(resume.at, s.interval, s.frequency) for s in case.curve.schedulers), default=0
    )
    advice = (
        f"write replay: true, and in the training script call step() of the new scheduler {counted(calls, 'time')} "
        "instead of loading its state"
    )
    yield Hit(f"{what}: {outcome}", advice, first.place, resume.at)


def _outcome(case: Case, meant: Trace, at: int) -> str:
    end = number(float(meant.lr[-1].max()))
    if case.happened is None:
        return f"torch stops the run, which would end at {end}"
    last, found = number(float(case.lr[-1].max())), apart(meant, case.happened, at)
    if last != end or found is None:
        return f"the LR ends at {last} instead of {end}"
    return f"the LR of update {found.update:,} is {number(found.after)} instead of {number(found.before)}"


def _of_schedulers(case: Case) -> Iterator[Change]:
    before, curve = resume_of(case).before, case.curve
    if "scheduler" not in resume_of(case).restore or len(before.schedulers) != len(curve.schedulers):
        return
    for index, (old, new) in enumerate(zip(before.schedulers, curve.schedulers, strict=True)):
        for scheduler, name, undone in _differences(old, new):
            tops = (*curve.schedulers[:index], undone[1], *curve.schedulers[index + 1 :])
            place = case.at(scheduler, name)
            yield Change(name, undone[0], given(scheduler, name), place, replace(curve, schedulers=tops))


def _differences(old: Scheduler, new: Scheduler) -> Iterator[tuple[Scheduler, str, tuple[Any, Scheduler]]]:
    """Find what differs: the scheduler, the argument, its old value and the outermost scheduler with that set back."""
    if old.type != new.type or old.code or new.code or len(old.children) != len(new.children):
        return
    before, after = dict(old.arguments), dict(new.arguments)
    for name in {**before, **after}:
        if name != "schedulers" and given(old, name) != given(new, name):
            kept = {key: before.get(key) if key == name else value for key, value in after.items()}
            if name in before:
                kept[name] = before[name]
            else:
                del kept[name]
            yield new, name, (given(old, name), replace(new, arguments=tuple(kept.items())))
    for index, (one, other) in enumerate(zip(old.children, new.children, strict=True)):
        for scheduler, name, (value, undone) in _differences(one, other):
            children = (*new.children[:index], undone, *new.children[index + 1 :])
            arguments = tuple((k, children if k == "schedulers" else v) for k, v in new.arguments)
            yield scheduler, name, (value, replace(new, arguments=arguments))


def _of_optimizer(case: Case) -> Iterator[Change]:
    before, after = resume_of(case).before.optimizer, case.curve.optimizer
    if "optimizer" not in resume_of(case).restore:
        return
    undone = replace(case.curve, optimizer=before)
    for name, old, new in _settings(before, after):
        place = dict(after.places).get(name, after.place)
        yield Change(name, old, new, place, undone)
        return  # they are loaded all together


def _settings(before: Optimizer, after: Optimizer) -> Iterator[tuple[str, Any, Any]]:
    pairs = [(before.settings, after.settings)]
    pairs += [(o.settings, n.settings) for o, n in zip(before.groups, after.groups, strict=True)]
    for one, other in pairs:
        old, new = dict(one), dict(other)
        for name in {**old, **new}:
            if old.get(name) != new.get(name):
                yield name, old.get(name), new.get(name)


def _same(one: Trace | None, other: Trace | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(
        np.array_equal(a, b)
        for a, b in (
            (one.lr, other.lr),
            (one.momentum, other.momentum),
            (one.weight_decay, other.weight_decay),
        )
        if a is not None and b is not None
    )


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, float):
        return number(value)
    return "its default" if value is None else f"{value:,}" if type(value) is int else str(value).lower()
