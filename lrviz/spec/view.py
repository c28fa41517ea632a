"""How a person wants a figure to look: the ``plot:`` section, with options of the command line over it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Literal

from lrviz.frozen import frozen

Axis = Literal["step", "epoch", "tokens", "run"]
Scale = Literal["linear", "log"]
Layout = Literal["overlay", "grid"]
Theme = Literal["light", "dark"]
Quantity = Literal["lr", "momentum", "weight_decay", "loss", "step_size", "effective_lr"]


@frozen
class View:
    """What to draw and how; None leaves the choice to the renderer.

    Args:
        x: what runs along the x axis; ``run``: the share of each curve's own run.
        y: scale of the LR axis.
        layout: all curves in one panel, or a panel for each.
        show: the quantities drawn, top to bottom; None: the LR, whatever else moves, and what a
            training run makes of it.
        size: width and height in inches.
        dpi: pixels per inch, for PNG.
        theme: dark ink on white, or light ink on black.
        title: a line above the figure.
        normalize: draw shapes: each LR over the peak of its curve, along the share of its own run.
    """

    x: Axis | None = None
    y: Scale = "linear"
    layout: Layout = "overlay"
    show: tuple[Quantity, ...] | None = None
    size: tuple[float, float] | None = None
    dpi: int = 150
    theme: Theme = "light"
    title: str | None = None
    normalize: bool = False

    def with_options(self, **options: Any) -> View:
        """Lay the options that were given (those that are not None) over this view."""
        known = {f.name for f in fields(self)}
        return replace(
            self, **{name: value for name, value in options.items() if name in known and value is not None}
        )
