"""The names that a log holds → those of the learning rate, of momentum and weight decay, and of the groups."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lrviz.errors import Place, Problem, SpecError, shown, suggestion
from lrviz.frozen import frozen
from lrviz.spec.logs import Logs

# What trainers call the learning rate, the last or first part of a tag: train/learning_rate, lr/group0, Train/LR.
LR = ("lr", "learning_rate", "learningrate", "learning-rate", "learning rate", "base_lr", "last_lr")
_MONITOR = re.compile(r"(lr-[A-Za-z_]\w*(?:-\d+)?)(?:/(.+?))?(-momentum|-weight_decay)?")
_OTHERS = {"-momentum": "momentum", "-weight_decay": "weight_decay"}
_SHOWN = 8


@frozen
class Chosen:
    """The names that hold quantities, a parameter group each.

    Args:
        lr, momentum, weight_decay: the names; () where there are none.
        groups: the groups' names.
        optimizer: the optimizer's class, where the names tell it.
        monitored: whether Lightning's LearningRateMonitor wrote them.
    """

    lr: tuple[str, ...]
    momentum: tuple[str, ...] = ()
    weight_decay: tuple[str, ...] = ()
    groups: tuple[str, ...] = ("0",)
    optimizer: str = ""
    monitored: bool = False


def chosen(names: Iterable[str], logs: Logs, place: Place, what: str = "tag") -> Chosen:
    """Find the learning rate among the names of a log: those asked for, or those that are known.

    Args:
        names: what the log holds.
        logs: what was asked for.
        place: the log.
        what: what a name is called: a tag, or a column.

    Raises:
        SpecError: if there is none, or more than one.
    """
    listed = list(dict.fromkeys(names))
    families = _families(listed)
    wanted = logs.column("lr")
    if wanted is not None:
        family = families.get(wanted) or ((wanted,) if wanted in listed else None)
        if family is None:
            message = f"holds no {what} {shown(wanted)}; {suggestion(wanted, _few(listed))}"
            raise SpecError([Problem(place, message)])
    elif len(families) == 1:
        ((wanted, family),) = families.items()
    elif families:
        one = next(iter(families))
        message = (
            f"holds {len(families)} learning rates, {', '.join(_few(list(families)))}; "
            f"choose one: --columns lr={_quoted(one)}"
        )
        raise SpecError([Problem(place, message)])
    else:
        holds = ", ".join(_few(listed)) or "nothing"
        message = (
            f"no {what} of a known name holds a learning rate; name it, --columns lr=NAME; it holds {holds}"
        )
        raise SpecError([Problem(place, message)])
    return _with_others(family, listed, logs)


def _families(names: list[str]) -> dict[str, tuple[str, ...]]:
    """Put together the learning rates of one optimizer: a name for each parameter group."""
    found: dict[str, list[str]] = {}
    for name in names:
        match = _MONITOR.fullmatch(_last(name))
        if match is not None:
            if match[3] is None:
                found.setdefault(match[1], []).append(name)
            continue
        parts = name.split("/")
        if parts[-1].lower() in LR:
            found.setdefault(name, []).append(name)
        elif len(parts) > 1 and parts[-2].lower() in LR:
            found.setdefault("/".join(parts[:-1]), []).append(name)
    return {family: tuple(members) for family, members in found.items()}


def _with_others(family: tuple[str, ...], names: list[str], logs: Logs) -> Chosen:
    matches = [_MONITOR.fullmatch(_last(name)) for name in family]
    groups = tuple(
        (match[2] or "0") if match else name.rpartition("/")[2] if len(family) > 1 else "0"
        for match, name in zip(matches, family, strict=True)
    )
    found: dict[str, tuple[str, ...]] = {}
    for suffix, quantity in _OTHERS.items():
        column = logs.column("momentum" if quantity == "momentum" else "weight_decay")
        theirs = (column,) if column and len(family) == 1 else tuple(f"{name}{suffix}" for name in family)
        if all(name in names for name in theirs):
            found[quantity] = theirs
    monitored = all(matches)
    optimizer = re.sub(r"^lr-|-\d+$", "", matches[0][1]) if monitored and matches[0] and matches[0][1] else ""
    return Chosen(
        family,
        found.get("momentum", ()),
        found.get("weight_decay", ()),
        groups,
        optimizer if _is_class(optimizer) else "",
        monitored,
    )


def _is_class(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Z][A-Za-z0-9]*", name))


def _last(name: str) -> str:
    """Take off what loggers put before LearningRateMonitor's names: a prefix, as in ``train/lr-SGD``."""
    at = name.find("lr-")
    return name[at:] if at > 0 and name[at - 1] in "/-" else name


def _few(names: list[str]) -> list[str]:
    return names if len(names) <= _SHOWN else [*names[:_SHOWN], f"{len(names) - _SHOWN:,} others"]


def _quoted(name: str) -> str:
    return f"'{name}'" if re.search(r"[^\w./-]", name) else name
