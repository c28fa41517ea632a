"""The Python interface: load, simulate and draw, over the same stages as the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrviz import notebook, pipeline
from lrviz.spec.curve import Spec
from lrviz.trace import Trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Drawable = str | Path | Spec | Trace | Iterable[Trace] | Mapping[str, Trace]


def load(curve: str | Path, *, trust: bool = False) -> Spec:
    """Read anything the command line takes as a curve.

    Args:
        curve: ``spec.yaml``, ``spec.yaml#curve``, ``trace.json``, or a preset with changes (``steplr:gamma=0.5``).
        trust: whether code that it names (``./mine.py:WarmupCosineLR``) may run when it is simulated.

    Raises:
        SpecError: with everything that is wrong.
    """
    return pipeline.read(str(curve), trust=trust)


def simulate(spec: Spec | str | Path, *, cache: bool = True, trust: bool = False) -> dict[str, Trace]:
    """Step every curve of a spec through its run; several long ones each in a process of its own.

    Args:
        spec: a Spec, or a word that ``load`` takes.
        cache: whether to use, and add to, the traces kept from earlier runs (``lrviz cache info``).
        trust: whether code that the word names may run; for a Spec, ``load`` was told.

    Returns:
        The traces by the curves' names, in the spec's order.

    Raises:
        RefusedByTorch: if a torch class does not take what the spec gives it.
        CodeError: if code that the spec names goes wrong.
    """
    spec = spec if isinstance(spec, Spec) else load(spec, trust=trust)
    return pipeline.simulate(spec, cache=cache)


def draw(curves: Drawable, to: str | Path | None = None, **view: Any) -> Figure:
    """Draw curves as a figure.

    Args:
        curves: a Spec, a word that ``load`` takes, a Trace, or several Traces.
        to: a file to write, its suffix choosing the format; None writes none.
        view: options of the figure, as under ``plot:`` (``x="epoch"``, ``y="log"``, ``theme="dark"``, ...).

    Raises:
        OutputError: if ``to`` cannot be written.
    """
    from lrviz.render.as_figure import figure

    if to is not None:
        pipeline.check_outputs([Path(to)])
    spec, traces = _traces(curves)
    result = pipeline.report(spec, traces, spec.view.with_options(**view))
    if to is not None:
        pipeline.write(result, [Path(to)])
    return figure(result)


def _traces(curves: Drawable) -> tuple[Spec, Mapping[str, Trace]]:
    if isinstance(curves, (str, Path)):
        curves = load(curves)
    if isinstance(curves, Spec):
        return curves, pipeline.simulate(curves)
    if isinstance(curves, Trace):
        curves = [curves]
    traces = {trace.name: trace for trace in (curves.values() if isinstance(curves, Mapping) else curves)}
    return pipeline.spec_of_traces(traces.values()), traces


def _png(value: Spec | Trace) -> bytes:
    from lrviz.render.as_figure import render

    spec, traces = _traces(value)
    return render(pipeline.report(spec, traces), ".png")


notebook.register(_png)
