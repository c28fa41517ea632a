"""A Spec that names LightningModules → the same with a curve for each optimizer that they make.

Only for code that is trusted: modules are imported, and their ``configure_optimizers`` is called.
"""

from __future__ import annotations

from dataclasses import replace

from lrviz.build.modules import curves_of, is_module
from lrviz.errors import CodeError, Problem
from lrviz.spec.curve import Curve, Module, Recorded, Spec


def configured(spec: Spec) -> Spec:
    """Call the modules that a spec names.

    Raises:
        CodeError: if one makes no optimizer, or the size of its data is not known.
    """
    curves: list[Curve | Recorded] = []
    for curve in spec:
        with_module = _with_module(curve) if isinstance(curve, Curve) else curve
        if isinstance(with_module, Curve) and with_module.module is not None:
            curves.extend(curves_of(with_module))
        else:
            curves.append(curve)
    return replace(spec, curves=tuple(curves))


def _with_module(curve: Curve) -> Curve:
    """Read a word such as ``./lit.py:LitModel:lr=0.1``, which names a scheduler by its looks, as the module it is."""
    if curve.module is not None or len(curve.schedulers) != 1:
        return curve
    only = curve.schedulers[0]
    if only.code is None or only.code.family is not None or not is_module(only.code, curve):
        return curve
    if curve.clock.batches is None and (curve.clock.steps_per_epoch or 1) == 1:
        message = f"{only.code} is a LightningModule, and the batches of an epoch are not known"
        flags = "--batches-per-epoch 1000, or --dataset-size 50000 --batch-size 32"
        raise CodeError(Problem(only.code.place, f"{message}; add {flags}"))
    return replace(curve, module=Module(only.code, only.arguments), schedulers=())
