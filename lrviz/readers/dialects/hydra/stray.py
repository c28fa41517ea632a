"""Keys of a Hydra config that nothing has read → those that may change the learning rate, refused by name."""

from __future__ import annotations

import re

from lrviz.readers.dialects.draft import Draft
from lrviz.readers.dialects.hydra.interpolation import Path, Resolver
from lrviz.readers.dialects.hydra.length import SECTIONS
from lrviz.spec.document import Mapping

# What an application's own code would make a learning rate of.
TELLING = re.compile(
    r"(^|_)(lr|lrs|learning_rate|warmup|warm_up|cooldown|decay_steps|min_lr|max_lr|llrd|layer_decay)(_|$)|accumulat|grad_accum",
    re.IGNORECASE,
)
FALSE = (None, False, 0, 0.0, "", "none")
ELSEWHERE = ("callbacks", "logger", "hydra", "paths", "extras")
MONITORS = re.compile(
    r"monitor|log_|find|tune|finder", re.IGNORECASE
)  # watching an LR, or looking for one beforehand


def refuse_stray(document: Mapping, read: list[Path], resolver: Resolver, draft: Draft) -> None:
    """Refuse what looks as if it bears on the learning rate, and has led to nothing that was read."""
    holders: list[tuple[Path, Mapping]] = [((), document)]
    holders += [
        ((key,), document[key])
        for key in (*SECTIONS, "model", "module")
        if isinstance(document.get(key), Mapping)
    ]
    for path, holder in holders:
        for key, value in holder.items():
            here = (*path, key)
            seen = here in resolver.reached or any(
                one[: len(here)] == here for one in (*read, *resolver.reached)
            )
            if seen or not TELLING.search(key) or MONITORS.search(key) or key in ELSEWHERE:
                continue
            if not isinstance(value, (dict, list)) and value in FALSE:
                continue
            message = "looks as if it bears on the LR, and only the application's code knows how"
            draft.refuse(holder.at(key), f"{message}; delete it to see the LR without it")
