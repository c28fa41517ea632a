"""Lines and a panel's size → where each line's name stands beside it; None where only a legend is clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lrviz.render.lettering import LABEL, fitted, line_height, width
from lrviz.render.lines import Line
from lrviz.render.scales import Scale
from lrviz.trace import Array

CELLS = 100  # the panel is searched at this many cells per inch
GAP = 0.05  # inches between a line and its name
MOST = 8  # beyond this many names a legend is quicker to read
FAR = 1e6
LONGEST = 1.9  # inches of one line of a name within the panel

Box = tuple[float, float, float, float]  # left, bottom, right, top; inches from the panel's lower left corner


@dataclass(frozen=True)
class Label:
    """A name beside its line: its lower left corner, in inches from the panel's lower left corner."""

    line: Line
    text: str
    left: float
    bottom: float


def end_labels(
    lines: Sequence[Line], scale: Scale, end: float, wide: float, height: float
) -> tuple[Label, ...] | None:
    """Place the names to the right of a panel, each where its line ends; None where they would collide."""
    named = [line for line in lines if line.label]
    if not 0 < len(named) <= MOST or any(line.x[-1] < end * 0.995 for line in lines):
        return None
    texts = [_text(line) for line in named]
    ends = np.array([float(scale.fraction(line.y[-1:])[0]) * height for line in named])
    if None in texts or not np.all((ends >= -0.01) & (ends <= height + 0.01)):
        return None
    order = np.argsort(ends)
    tall = np.array([line_height(LABEL) * (str(text).count("\n") + 1) for text in texts])
    if np.any(np.diff(ends[order]) < (tall[order][1:] + tall[order][:-1]) / 2 * 0.95):
        return None
    return tuple(
        Label(line, str(text), wide + 0.08, at - high / 2)
        for line, text, at, high in zip(named, texts, ends, tall, strict=True)
    )


def inside_labels(
    lines: Sequence[Line], scale: Scale, end: float, size: tuple[float, float], taken: Sequence[Box] = ()
) -> tuple[Label, ...] | None:
    """Place the names within the panel, each nearest to its own line; None where one has no clear place.

    Args:
        lines: every line of the panel, with and without a name.
        scale: the y axis.
        end: where the x axis ends.
        size: width and height of the panel, in inches.
        taken: boxes that must stay clear.
    """
    named = [(at, line) for at, line in enumerate(lines) if line.label]
    if not 0 < len(named) <= MOST or min(size) < 0.5:
        return None
    wide, tall = (round(inches * CELLS) for inches in size)
    spans = [_span(line, scale, end, wide, tall) for line in lines]
    found = []
    for at, line in named:
        text = _text(line)
        if text is None:
            return None
        found.append((line, text, _candidates(at, spans, text, wide, tall)))
    found.sort(key=lambda place: len(place[2]))
    boxes = list(taken)
    labels = []
    for line, text, places in found:
        box = next((place for place in places if not any(_overlap(place, other) for other in boxes)), None)
        if box is None:
            return None
        boxes.append(box)
        labels.append(Label(line, text, box[0], box[1]))
    return tuple(labels)


def _text(line: Line) -> str | None:
    text = fitted(line.label or "", LONGEST, LABEL, lines=2)
    return None if "…" in text and "…" not in (line.label or "") else text


Span = tuple[Array, Array]


def _span(line: Line, scale: Scale, end: float, wide: int, tall: int) -> Span:
    """Find the lowest and the highest cell of a line in each column of cells; NaN where it is not."""
    y = scale.fraction(line.y) * tall
    x = line.x / end * wide
    edges = np.arange(wide + 1, dtype=np.float64)
    at_edges = np.interp(edges, x, y, left=np.nan, right=np.nan)
    low, high = np.fmin(at_edges[:-1], at_edges[1:]), np.fmax(at_edges[:-1], at_edges[1:])
    column = np.clip(x.astype(np.int64), 0, wide - 1)
    seen = np.isfinite(y)
    np.fmin.at(low, column[seen], y[seen])
    np.fmax.at(high, column[seen], y[seen])
    if line.band:
        return low * np.nan, high * np.nan
    return low, high


def _candidates(own: int, spans: Sequence[Span], text: str, wide: int, tall: int) -> list[Box]:
    """List where a name fits above or below its own line and away from all others, best first."""
    w = int(width(text, LABEL) * CELLS) + 2
    h = line_height(LABEL) * CELLS * (text.count("\n") + 1)
    gap, clear, edge = GAP * CELLS, 0.75 * line_height(LABEL) * CELLS, 6
    starts = np.arange(edge, wide - w - edge, max(1, wide // 120))
    if not len(starts):
        return []
    low, high = (_windows(side, w, starts) for side in spans[own])
    # What stands beside a name counts as much as what stands over it.
    around = [[_windows(side, w + 8, starts - 4) for side in span] for span in spans]
    here = np.isfinite(low).all(axis=1)
    bottom, top = low.min(axis=1), high.max(axis=1)
    places: list[tuple[float, Box]] = []
    for lower, cost in ((top + gap, 0.0), (bottom - gap - h, 0.3)):
        near = _apart(low, high, lower, h).mean(axis=1)
        fits = here & (lower >= 4) & (lower + h <= tall - 5) & (near <= 2.5 * h)
        room = np.full(len(starts), 3.0 * h)
        for at, (other_low, other_high) in enumerate(around):
            apart = _apart(other_low, other_high, lower, h)
            if at == own:
                fits &= apart.min(axis=1) > 0
                continue
            room = np.minimum(room, apart.min(axis=1))
            fits &= apart.mean(axis=1) > 1.3 * near
        fits &= room >= clear
        # Best: room all around, and a flat piece of line by the name.
        score = room / h - 0.6 * np.minimum((top - bottom) / h, 6) - cost
        places += [
            (-float(score[at]), (x / CELLS, y / CELLS, (x + w) / CELLS, (y + h) / CELLS))
            for at, x, y in zip(
                np.flatnonzero(fits), starts[fits].tolist(), lower[fits].tolist(), strict=True
            )
        ]
    return [box for _, box in sorted(places)]


def _apart(low: Array, high: Array, lower: Array, h: float) -> Array:
    """Measure the free height between box and line, column by column; a line that is not there is far off."""
    apart = np.maximum(low - (lower + h)[:, None], lower[:, None] - high)
    return np.where(np.isnan(apart), FAR, apart)


def _windows(values: Array, length: int, starts: NDArray[np.int64]) -> Array:
    return sliding_window_view(values, length)[starts]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] + 0.08 and other[0] < one[2] + 0.08 and one[1] < other[3] and other[1] < one[3]
