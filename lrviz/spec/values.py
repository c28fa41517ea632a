"""What the keys of ``plot:``, ``warmup:`` and ``metrics:`` may hold, as kinds with messages."""

from __future__ import annotations

from typing import Any

from lrviz.errors import shown
from lrviz.spec import fields
from lrviz.spec.fields import choices, list_of, reading
from lrviz.spec.problems import PROBLEMS

QUANTITIES = ("lr", "momentum", "weight_decay", "loss", "step_size", "effective_lr")
MOST_BATCHES = 10_000


def _size(found: Any) -> tuple[float, float]:
    if not isinstance(found, list) or len(found) != 2:
        raise ValueError(f"{shown(found)} is not a size; write [width, height] in inches, such as [7, 4]")
    width, height = (float(fields.number(side)) for side in found)
    if not (1 <= width <= 50 and 1 <= height <= 50):
        raise ValueError(f"[{width:g}, {height:g}] is no size for a figure; write 1 to 50 inches each way")
    return width, height


def _dpi(found: Any) -> int:
    dpi = fields.integer(found, 30)
    if dpi > 600:
        raise ValueError(f"{dpi} pixels per inch is too fine; write 600 or less")
    return dpi


def _show(found: Any) -> tuple[str, ...]:
    names = [found] if isinstance(found, str) else found
    if not isinstance(names, list) or not names:
        what = "an empty list" if isinstance(found, list) else f"{shown(found)} is not a list"
        raise ValueError(f"{what}; write [{', '.join(QUANTITIES)}] or fewer")
    return tuple(dict.fromkeys(fields.choice(name, QUANTITIES) for name in names))


def _start_factor(found: Any) -> float:
    factor = fields.number(found)
    if not 0 < factor <= 1:
        raise ValueError(f"{found} is no start for a warm-up; write a factor above 0, up to 1")
    return factor


def _metric_value(found: Any) -> float:
    if isinstance(found, float):  # a metric may well be NaN or infinite: schedulers must live with it
        return found
    return float(fields.number(found))


def _true(found: Any) -> bool:
    if found is not True:
        raise ValueError(f"{shown(found)}; write true, or leave it out")
    return True


def _condition(found: Any) -> float:
    condition = fields.number(found)
    if condition < 1:
        raise ValueError(f"{found} is no condition number; write 1 or more")
    return condition


def _batches(found: Any) -> int:
    batches = fields.integer(found, 1)
    if batches > MOST_BATCHES:
        raise ValueError(f"{batches:,} batches of data are too many; write {MOST_BATCHES:,} or fewer")
    return batches


def _accumulate(found: Any) -> tuple[tuple[int, int], ...]:
    if not isinstance(found, dict):
        return ((0, fields.integer(found, 1)),)
    if not all(str(epoch).isdigit() for epoch in found) or "0" not in found:
        raise ValueError(f"{shown(found)} does not say from which epochs on; write {{0: 1, 10: 4}}")
    return tuple(sorted((int(epoch), fields.integer(count, 1)) for epoch, count in found.items()))


def _names(found: Any) -> tuple[str, ...]:
    names = [found] if isinstance(found, str) else found
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"{shown(found)} is not a list of checks; write [lr-zero-start]")
    return tuple(names)


def _match(found: Any) -> tuple[str, ...]:
    patterns = [found] if isinstance(found, str) else found
    if not isinstance(patterns, list) or not patterns or not all(isinstance(p, str) and p for p in patterns):
        raise ValueError(f"{shown(found)} is no pattern of names; write for example backbone.*")
    return tuple(fields.text(pattern) for pattern in patterns)


XAxis = choices("step", "epoch", "tokens", "run")
Scale = choices("linear", "log")
Layout = choices("overlay", "grid")
Theme = choices("light", "dark")
Show = reading(
    _show,
    {
        "anyOf": [
            {"enum": list(QUANTITIES)},
            {"type": "array", "minItems": 1, "items": {"enum": list(QUANTITIES)}},
        ]
    },
)
Size = reading(_size, {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2})
Dpi = reading(_dpi, {"type": "integer", "minimum": 30, "maximum": 600})
StartFactor = reading(_start_factor, {"type": "number", "exclusiveMinimum": 0, "maximum": 1})
MetricValues = list_of(reading(_metric_value, {"type": "number"}), least=1)
Then = choices("hold", "repeat", "error")
Number = reading(fields.number, {"type": "number"})
Integer = reading(fields.integer, {"type": "integer"})
AnyText = reading(fields.arithmetic, {"type": ["string", "number"]})
Mapped = reading(fields.anything_of(dict, "a mapping; write {kind: uniform, seed: 0}"), {"type": "object"})
ProblemName = choices(*PROBLEMS)
Condition = reading(_condition, {"type": "number", "minimum": 1})
Accumulate = reading(
    _accumulate,
    {
        "anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
        ]
    },
)
Batches = reading(_batches, {"type": "integer", "minimum": 1, "maximum": MOST_BATCHES})
True_ = reading(_true, {"const": True})
Kind = choices("uniform", "normal", "decay")
Better = choices("higher", "lower")
Pace = choices("epoch", "step")
Match = reading(
    _match, {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": "string"}}]}
)
Names = reading(_names, {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
ModelType = reading(lambda found: found, {"type": ["string", "object"]})
Order = choices("build-then-load", "load-then-build")
Parts = list_of(choices("optimizer", "scheduler"))
Texts = list_of(fields.Text)
