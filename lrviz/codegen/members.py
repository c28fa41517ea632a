"""A scheduler of another library (``transformers.cosine``) → the call that makes it, or why none is written."""

from __future__ import annotations

from collections.abc import Callable

from lrviz.codegen.printing import Call, Item, Items, Raw
from lrviz.errors import LrvizError
from lrviz.spec.curve import Code, Scheduler

LENGTHS = ("num_warmup_steps", "num_training_steps")  # which get_scheduler takes itself


def member_call(spec: Scheduler, code: Code, imported: Callable[[str, str], object]) -> Call:
    """Write the call.

    Args:
        spec: the scheduler.
        code: its library and name.
        imported: takes note of a module and what is imported of it.

    Raises:
        LrvizError: if the library steps it by a clock of its own, and not by a call of ``step()`` after an update.
    """
    if code.family != "transformers":
        why = "its library steps it by a clock of its own, and lrviz code does not write that yet"
        raise LrvizError(f"{code.place}: {code}: {why}")
    imported("transformers", "get_scheduler")
    lengths = [Item(value, name) for name, value in spec.arguments if name in LENGTHS]
    own = [
        Item(list(value) if isinstance(value, tuple) else value, name)
        for name, value in spec.arguments
        if name not in LENGTHS
    ]
    rest = [Item(Items(tuple(own), "{}"), "scheduler_specific_kwargs")] if own else []
    return Call("get_scheduler", (Item(code.name), Item(Raw("optimizer")), *lengths, *rest))
