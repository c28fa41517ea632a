"""A Spec that names LightningModules → the same with a curve for each optimizer that they make.

Only for code that is trusted: modules are imported, and their ``configure_optimizers`` is called.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lrviz.build.modules import curves_of, is_module
from lrviz.errors import CodeError, Problem
from lrviz.readers import words
from lrviz.spec.curve import Curve, Module, Recorded, Spec


def configured(spec: Spec, word: str, optimizer: dict[str, Any] | None = None) -> Spec:
    """Call the modules that a spec names.

    Args:
        spec: the spec.
        word: what it was read from: ``lit.yaml``, or ``./lit.py:LitModel:lr=0.1``.
        optimizer: what options beside it say of an optimizer.

    Raises:
        CodeError: if one makes no optimizer, or the size of its data is not known.
    """
    curves: list[Curve | Recorded] = []
    for curve in spec:
        found = _with_module(curve, word, optimizer) if isinstance(curve, Curve) else curve
        if isinstance(found, Curve) and found.module is not None:
            curves.extend(curves_of(found))
        else:
            curves.append(found)
    return replace(spec, curves=tuple(curves))


def _with_module(curve: Curve, word: str, optimizer: dict[str, Any] | None) -> Curve:
    """Read a word such as ``./lit.py:LitModel:lr=0.1``, which names a scheduler by its looks, as the module it is."""
    if curve.module is not None or len(curve.schedulers) != 1:
        return curve
    only = curve.schedulers[0]
    if only.code is None or only.code.family is not None or not is_module(only.code, curve):
        return curve
    place, own = only.code.place, words.own_settings(word, optimizer)
    if curve.clock.batches is None and (curve.clock.steps_per_epoch or 1) == 1:
        message = f"{only.code} is a LightningModule, and the batches of an epoch are not known"
        flags = "--batches-per-epoch 1000, or --dataset-size 50000 --batch-size 32"
        raise CodeError(Problem(place, f"{message}; add {flags}"))
    others = [key for key in own if key != "lr"]
    if others:
        raise CodeError(Problem(place, f"{only.code} makes its own optimizer; delete {' and '.join(others)}"))
    arguments = tuple(
        {**own, **dict(only.arguments)}.items()
    )  # an lr is the module's, which makes the optimizer
    return replace(curve, module=Module(only.code, arguments), schedulers=())
