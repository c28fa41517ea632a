"""Optimizers of torch without the compiler of torch, which nothing here needs, and which takes a second to import.

``Optimizer.add_param_group`` and a few others are wrapped so that ``torch.compile`` leaves them alone; the first call
of one imports the compiler to find out how. Each keeps what it found as an attribute: given one, it imports nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch.optim import Optimizer

FOUND = "__dynamo_disable"
WRAPPED = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")


@contextmanager
def uncompiled() -> Iterator[None]:
    """Call what is wrapped for the compiler without importing it, unless somebody has."""
    own: list[Any] = [getattr(getattr(Optimizer, name, None), "__wrapped__", None) for name in WRAPPED]
    spared = [function for function in own if function is not None and not hasattr(function, FOUND)]
    if "torch._dynamo" in sys.modules:
        spared = []
    for function in spared:
        setattr(function, FOUND, function)
    try:
        yield
    finally:
        for function in spared:
            delattr(function, FOUND)
