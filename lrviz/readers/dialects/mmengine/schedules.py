"""The ``param_scheduler`` of mmengine's Runner → the schedulers of a spec, each with the Runner's default end."""

from __future__ import annotations

from typing import Any

from lrviz.catalog.families import families, member_of
from lrviz.errors import shown, suggestion
from lrviz.readers.dialects.draft import Draft
from lrviz.readers.dialects.mmengine.clock import Loop, batches_of, schedulers_in
from lrviz.spec.document import Mapping, Sequence

CURVE = "mmengine"
NOTHING = ("type", "verbose", "_scope_")  # of a scheduler, what does not reach the class, or only prints


def put_schedules(draft: Draft, loop: Loop) -> None:
    """Write the schedulers, those that wait for a metric last: they are told after the others have had their say."""
    at = draft.config.at("param_scheduler")
    found = draft.config.get("param_scheduler")
    if isinstance(found, Mapping) and "type" not in found:
        draft.refuse(
            at, "schedulers of several optimizers are not supported; write a list of schedulers for one"
        )
        return
    made: list[tuple[bool, Mapping, Mapping]] = []
    for index, one in enumerate(schedulers_in(draft)):
        if not isinstance(one, Mapping):
            place = found.at(index) if isinstance(found, Sequence) else at
            draft.refuse(place, f"{shown(one)} is no scheduler; write {{type: LinearLR, begin: 0, end: 5}}")
            continue
        read = _scheduler(draft, loop, one)
        if read is not None:
            made.append((*read, one))
    draft.put(("schedules", CURVE), {}, at)
    written = Sequence((), at)
    if draft.config.get("val_dataloader") is None:
        made = [each for each in made if not _is_never_told(draft, *each)]
    for index, (waits, scheduler, own) in enumerate(sorted(made, key=lambda each: each[0])):
        written.append(scheduler)
        written.places.append(scheduler.place)
        if "end" not in own:
            path = ("schedules", CURVE, "schedulers", str(index), "end")
            draft.comments[path] = "where the Runner ends it"
        if waits:
            _put_metric(draft, scheduler, own)
    if made:
        draft.document["schedules"][CURVE].put("schedulers", written, at)


def _scheduler(draft: Draft, loop: Loop, found: Mapping) -> tuple[bool, Mapping] | None:
    """Write one scheduler; None, and a problem, if it is none of mmengine's."""
    word = str(found.get("type")).rpartition(".")[2]
    member = member_of(f"mmengine.{word}")
    if member is None or member.name != word:
        known = [one.name for one in families()["mmengine"].members]
        draft.refuse(found.at("type"), f"mmengine has no scheduler {shown(word)}; {suggestion(word, known)}")
        return None
    written = Mapping((), found.place)
    written.put("type", f"mmengine.{word}", found.at("type"))
    for key in found:
        if key not in NOTHING:
            written.put(key, found[key], found.at(key))
    by_epoch, converted = bool(found.get("by_epoch", True)), bool(found.get("convert_to_iter_based"))
    if converted:
        batches = batches_of(draft)
        if batches is None:
            return None
        written.put("epoch_length", batches[0], found.at("convert_to_iter_based"))
    if "end" not in found:
        end = loop.end(by_epoch)
        if end is None:
            batches = batches_of(draft)
            end = None if batches is None else loop.length * batches[0]
        if end is None:
            return None
        written.put("end", end, found.at("type"))
    if member.metric and not loop.by_epoch:
        draft.refuse(
            found.at("type"), f"{word} in a loop of iterations is not supported; write by_epoch: true there"
        )
        return None
    return bool(member.metric), written


def _is_never_told(draft: Draft, waits: bool, _: Mapping, found: Mapping) -> bool:
    if waits:
        why = "the config has no val_dataloader, and nothing is evaluated"
        draft.note(f"{found['type']} is left out, since it never gets a metric: {why}")
    return waits


def _put_metric(draft: Draft, scheduler: Mapping, found: Mapping) -> None:
    """Write the metric that a scheduler waits for, with the epochs at which the loop evaluates."""
    name = str(found.get("monitor", "loss"))
    loop: Any = draft.config["train_cfg"]
    every, begin = loop.get("val_interval", 1), loop.get("val_begin", 1)
    place = found.at("monitor")
    for key, value in (("val_interval", every), ("val_begin", begin)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            draft.refuse(loop.at(key), f"{shown(value)} is no count; write 1 or more")
            return
    if loop.get("dynamic_intervals") or begin > every:
        key = "dynamic_intervals" if loop.get("dynamic_intervals") else "val_begin"
        draft.refuse(
            loop.at(key), f"{key} is not supported beside {found['type']}: it changes when that is told"
        )
        return
    values = draft.given.metrics.get(name)
    if values is None:
        message = f"{found['type']} is given the {name} of every evaluation; add --metric {name}=0.9,0.8,..."
        draft.refuse(place, f"{message} (in Python metrics={{'{name}': [0.9, 0.8]}})")
        return
    wanted = loop["max_epochs"] // every
    if len(values) < wanted:
        draft.refuse(place, f"{len(values)} values of {name} for {wanted} evaluations; tell as many")
        return
    scheduler.put("monitor", name, place)
    metric = ("schedules", CURVE, "metrics", name)
    draft.put((*metric, "values"), list(values), place, "told beside the config")
    if every > 1:
        draft.put((*metric, "every"), f"{every}ep", loop.at("val_interval"), "val_interval")
