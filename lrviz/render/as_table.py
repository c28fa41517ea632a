"""Report → tables for the terminal: facts side by side, learning rates along the run, all of some updates."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from itertools import repeat

import numpy as np
from rich.style import Style

from lrviz.render.cells import Cells
from lrviz.render.grid import Column, Grid
from lrviz.render.number import count_text, epochs_text, lr_text
from lrviz.render.palette import colour
from lrviz.render.shown import Line, lines_of, moves, visible
from lrviz.report import Report
from lrviz.trace import Array, Series, Trace

USED = "lr used"
AFTER = "get_last_lr() after"
ABOUT_USED = "Learning rates are those with which optimizer.step() ran."
ABOUT_AFTER = "get_last_lr() after an update is the learning rate of the next."
ABOUT_TRAINED = "step size: RMS of the parameters' change; effective LR: that over the RMS of the gradient."
BEFORE, BETWEEN = -1, "; "


def facts_table(report: Report, plain: bool = False) -> Grid:
    """Lay the facts of each curve, and of groups that differ, beside each other: a row per fact."""
    lines = lines_of(report)
    rows = fact_rows(lines, plain)
    names = Column("fact" if plain else "", list(rows), words=True)
    columns = [
        Column(line.label, [cells[line.index] for cells in rows.values()], words=True, style=style_of(line))
        for line in lines
    ]
    return Grid((names,), tuple((column,) for column in columns), plain=plain)


def samples_table(report: Report, updates: Sequence[int], plain: bool = False) -> Grid:
    """Lay the learning rates that some updates used beside each other: a row per update."""
    lines = lines_of(report)
    what = USED if plain else ""
    units = tuple(
        (Column(line.label, _at(line.lr, updates, line.curve.trace), what, style=style_of(line)),)
        for line in lines
    )
    return Grid(_clock_columns(report, updates, plain), units, note=ABOUT_USED, plain=plain)


def shares_table(report: Report, shares: Sequence[int], plain: bool = False) -> Grid:
    """Lay shapes beside each other: the LR over its peak, at some percentages of each curve's own run."""
    lines = lines_of(report)
    units = []
    for line in lines:
        trace = line.curve.trace
        cells = [_at(line.lr, [_at_share(line, share)], trace)[0] for share in shares]
        units.append((Column(line.label, cells, "lr / peak" if plain else "", style=style_of(line)),))
    clock = Column("% of the run", [str(share) for share in shares])
    return Grid((clock,), tuple(units), note="Learning rates over the peak of their curve.", plain=plain)


def _at_share(line: Line, share: int) -> int:
    return min(len(line.lr) * share // 100, len(line.lr) - 1)


def curve_table(report: Report, updates: Sequence[int], plain: bool = False, last_lr: bool = False) -> Grid:
    """Lay out all that is known of some updates: LR, momentum, weight decay, metrics and events.

    Args:
        report: the curves.
        updates: the updates to show, ascending.
        plain: as text for other programs.
        last_lr: also show what ``get_last_lr()`` says after each update: the LR of the next.
    """
    lines = lines_of(report)
    alone = len(lines) == 1
    units = []
    for line in lines:
        name, style, trace = ("" if alone else line.label), style_of(line), line.curve.trace
        unit = [Column(name, _at(line.lr, updates, trace), USED, style=style)]
        if last_lr and trace.logged is None:
            after = np.append(line.lr[1:], trace.final_lr[line.group])
            unit.append(Column(name, _at(after, updates, trace), AFTER, style=style))
        for quantity in ("momentum", "weight_decay"):
            values = line.quantity(quantity)
            if values is not None and moves(values):
                unit.append(
                    Column(name, _at(values, updates, trace), quantity.replace("_", " "), style=style)
                )
        for quantity, heading in (("step_size", "step size"), ("effective_lr", "effective LR")):
            values = line.quantity(quantity)
            if values is not None:
                unit.append(Column(name, _at(values, updates, trace), heading, style=style))
        units.append(tuple(unit))
    alone = len(report.curves) == 1
    for curve in report.curves:
        name = "" if alone else visible(curve.name)
        if curve.trace.loss is not None:
            units.append((Column(name, _at(curve.trace.loss, updates, curve.trace), "loss"),))
        units += [
            (Column(name, _known(series, curve.trace, updates), visible(metric)),)
            for metric, series in curve.trace.metrics.items()
        ]
    happened = _events(report, updates, name_curves=not alone)
    if happened:
        units.append((Column("", happened, "events", words=True, room=30),))
    trained = any(curve.trace.loss is not None for curve in report.curves)
    note = "\n".join([ABOUT_USED, *([ABOUT_AFTER] if last_lr else []), *([ABOUT_TRAINED] if trained else [])])
    return Grid(_clock_columns(report, updates, plain), tuple(units), note=note, plain=plain)


def fact_rows(lines: Sequence[Line], plain: bool = False) -> dict[str, list[str]]:
    """Write each fact of each line; facts that no line has are left out."""
    count: Callable[[int], str] = str if plain else count_text
    rows: dict[str, list[str]] = {}
    for line in lines:
        trace, facts = line.curve.trace, line.curve.facts[line.group]
        per_epoch = trace.clock.steps_per_epoch
        written = {
            "optimizer": visible(trace.optimizer) if trace.optimizer else "",
            "scheduler": ", ".join(visible(str(stepped)) for stepped in trace.schedulers),
            "updates": count(len(trace)) if _ended(trace) else f"at least {count(len(trace))}",
            "logged": "" if trace.logged is None else str(trace.logged),
            "epochs": epochs_text(trace.clock) if _ended(trace) else "",
            "start": lr_text(facts.start),
            "peak": lr_text(facts.peak),
            "peak at update": count(facts.peak_at),
            "peak at epoch": "" if per_epoch is None else count(facts.peak_at // per_epoch),
            "end": lr_text(facts.end),
            "mean": lr_text(facts.mean),
            "warm-up updates": count(facts.warmup) if _dense(trace) else "",
            "rises": count(facts.rises),
            "drops": count(facts.drops),
            "momentum": _range_text(line.quantity("momentum"), trace),
            "weight decay": _range_text(line.quantity("weight_decay"), trace),
            "final loss": _text(facts.final_loss),
            "lowest loss": _text(facts.lowest_loss),
        }
        for fact, text in written.items():
            rows.setdefault(fact, []).append(text)
    still = {
        quantity.replace("_", " ")
        for quantity in ("momentum", "weight_decay")
        if not any(moves(line.quantity(quantity)) for line in lines)
    }
    return {fact: cells for fact, cells in rows.items() if any(cells) and fact not in still}


def style_of(line: Line) -> Style:
    """Choose the style of a line's name: its colour in the drawing, bold."""
    return colour_of(line) + Style(bold=True)


def colour_of(line: Line) -> Style:
    """Choose the colour of a line in the terminal."""
    chosen = colour(line.index)
    # Ink is the terminal's own: lrviz cannot know whether its ground is dark.
    return Style() if chosen != colour(line.index, "dark") else Style(color=chosen)


def _text(value: float | None) -> str:
    return "" if value is None else lr_text(value)


def _ended(trace: Trace) -> bool:
    """Whether it is known how long the run was."""
    return trace.logged is None or trace.logged.ended


def _dense(trace: Trace) -> bool:
    return trace.logged is None or trace.logged.gap == 1


def _range_text(values: Array | None, trace: Trace) -> str:
    if values is None:
        return ""
    values = values[trace.known]
    low, high = float(np.min(values)), float(np.max(values))
    return lr_text(low) if low == high else f"{lr_text(low)} to {lr_text(high)}"


def _at(values: Array, updates: Sequence[int], trace: Trace) -> Sequence[str]:
    """Write the value at each update; nothing beyond the end of a shorter run, and nothing that a log does not know."""

    def write(some: Sequence[int]) -> list[str]:
        there = some[: bisect_left(some, len(values))]
        at = np.asarray(there, dtype=np.int64)
        texts = list(map(lr_text, values[at].tolist()))
        if trace.logged is not None:
            known = np.isin(at, trace.known).tolist()
            texts = [text if here else "" for text, here in zip(texts, known, strict=True)]
        return [*texts, *repeat("", len(some) - len(there))]

    return Cells(updates, write)


def _clock_columns(report: Report, updates: Sequence[int], plain: bool) -> tuple[Column, ...]:
    """Write the epoch and the index of each update; an epoch per clock where the curves' clocks differ."""
    count: Callable[[int], str] = str if plain else count_text
    clocks: dict[int, list[Trace]] = {}
    for curve in report.curves:
        if curve.trace.clock.steps_per_epoch is not None:
            clocks.setdefault(curve.trace.clock.steps_per_epoch, []).append(curve.trace)
    columns = []
    for per_epoch, traces in clocks.items():
        names = "" if len(clocks) == 1 else ", ".join(visible(trace.name) for trace in traces)
        columns.append(Column(names, Cells(updates, partial(_epochs, per_epoch, traces, count)), "epoch"))
    return (*columns, Column("", Cells(updates, lambda some: list(map(count, some))), "update"))


def _epochs(
    per_epoch: int, traces: Sequence[Trace], count: Callable[[int], str], updates: Sequence[int]
) -> list[str]:
    end = max(map(len, traces))
    return [count(update // per_epoch) if update < end else "" for update in updates]


def _known(series: Series, trace: Trace, updates: Sequence[int]) -> Sequence[str]:
    """Write the metric last known when each update was over."""

    def write(some: Sequence[int]) -> list[str]:
        last = np.searchsorted(series.updates, np.asarray(some, dtype=np.int64), side="right") - 1
        values = series.values[last].tolist() if len(series.values) else repeat(0.0)
        return [
            lr_text(value) if at >= 0 and update < len(trace) else ""
            for update, at, value in zip(some, last.tolist(), values, strict=False)
        ]

    return Cells(updates, write)


def _events(report: Report, updates: Sequence[int], name_curves: bool) -> Sequence[str]:
    """Write what happened at each update shown, and between it and the next; nothing where nothing did."""
    told: dict[int, list[str]] = {}
    for curve in report.curves:
        for event in curve.trace.events:
            shown = updates[max(0, bisect_right(updates, event.update) - 1)]
            text = visible(event.text)
            if event.update not in (shown, BEFORE):
                text = f"at {count_text(event.update)}: {text}"
            if name_curves:
                text = f"{visible(curve.name)}: {text}"
            told.setdefault(shown, []).append(text)
    if not told:
        return ()
    return Cells(updates, lambda some: [BETWEEN.join(told.get(update, ())) for update in some])
