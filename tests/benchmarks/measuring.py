"""Figures that are measured → one table: what, measured, allowed, ok."""

from __future__ import annotations

import gc
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """A figure, and the most it may be; None where it is only told."""

    what: str
    measured: float
    allowed: float | None = None
    unit: str = "×"

    @property
    def ok(self) -> bool:
        return self.allowed is None or self.measured <= self.allowed


def interleaved(cases: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Measure every case once per round, so that a slow moment of the machine meets them all; give the medians."""
    measured: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, measure in cases.items():
            gc.collect()
            measured[name].append(measure())
    return {name: median(values) for name, values in measured.items()}


def machine(*modules: str) -> str:
    """Say where, and with what, it was measured."""
    from importlib.metadata import version

    versions = ", ".join(f"{module} {version(module)}" for module in ("lrviz", "torch", *modules))
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def table(rows: Iterable[Row]) -> int:
    """Print the rows; return how many are above what is allowed."""
    rows = list(rows)
    width = max(len(row.what) for row in rows)
    print(f"\n{'what':<{width}}  {'measured':>10}  {'allowed':>10}  ok")
    for row in rows:
        allowed = "" if row.allowed is None else f"{row.allowed:.2f} {row.unit}"
        mark = "" if row.allowed is None else "yes" if row.ok else "NO"
        print(f"{row.what:<{width}}  {f'{row.measured:.2f} {row.unit}':>10}  {allowed:>10}  {mark}")
    return sum(not row.ok for row in rows)
