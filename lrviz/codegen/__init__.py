"""A Curve → the Python that builds its optimizer and schedulers and steps them; one module per target.

What is written is laid out as ruff and black lay it out, and depends on the curve alone. Nothing here needs torch.
"""

from __future__ import annotations

from collections.abc import Callable

from lrviz.codegen import as_lightning, as_torch, as_transformers
from lrviz.codegen.printing import quoted
from lrviz.errors import LrvizError, suggestion
from lrviz.spec.curve import Curve, Recorded, Spec

TARGETS: dict[str, Callable[[Curve, list[str]], str]] = {
    "torch": as_torch.code,
    "lightning": as_lightning.code,
    "transformers": as_transformers.code,
}


def code_of(spec: Spec, target: str) -> str:
    """Write the Python of a spec's one curve.

    Args:
        spec: the curve.
        target: a key of TARGETS.

    Raises:
        LrvizError: if there are several curves, or something of it cannot be said in code for that target.
    """
    if target not in TARGETS:
        raise LrvizError(f"--for: {quoted(target)} is no target; {suggestion(target, TARGETS)}")
    if len(spec) != 1:
        named = [f"{spec.source}#{name}" for name in spec.names]
        raise LrvizError(
            f"{spec.source}: {len(spec)} curves, and code is written of one; {suggestion('', named)}"
        )
    curve = spec.curves[0]
    if isinstance(curve, Recorded):
        raise LrvizError(
            f"{curve.source}: a saved trace holds what a schedule did, not what it is; lrviz fit finds out which it was"
        )
    if any(spec.calls is not None for spec in curve.schedulers):
        raise LrvizError(
            f"{curve.place}: calls: a loop has no such end; accelerate's prepared schedulers have"
        )
    if curve.module is not None:
        made = "makes its optimizer and its schedulers in configure_optimizers: that is the code"
        raise LrvizError(f"{curve.place}: {curve.module.code} {made}")
    for scheduler in curve.schedulers:
        if scheduler.code is not None and scheduler.code.family == "lightning":
            why = "is what a callback of Lightning's Trainer does; write StochasticWeightAveraging in its callbacks"
            raise LrvizError(f"{scheduler.place}: {scheduler.code} {why}")
    told = curve.name.replace("\\", "/").replace('"', "'")
    return TARGETS[target](curve, [f'"""The optimizer and schedule of {told}, for {_FULL[target]}."""'])


_FULL = {"torch": "a plain loop of torch", "lightning": "Lightning", "transformers": "transformers' Trainer"}
