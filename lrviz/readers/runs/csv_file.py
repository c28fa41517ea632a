"""A CSV (an export of W&B, a logger's own file) → a Log; ``--columns`` names what its header does not tell."""

from __future__ import annotations

import csv
import io
import re
import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from lrviz.errors import Place, Problem, SpecError, shown, suggestion
from lrviz.readers.runs.log import MOST_STEPS, Log, Points
from lrviz.readers.runs.names import Chosen, chosen
from lrviz.readers.texts import text_of
from lrviz.spec.logs import Logs

# Before W&B's own Step, which counts what it was sent, those of the trainers.
STEPS = (
    *(
        "trainer/global_step",
        "train/global_step",
        "global_step",
        "global step",
        "step",
        "update",
        "iteration",
    ),
    *("iter", "_step"),
)
FIRST = {"trainer/global_step": 0, "train/global_step": 1}  # what Lightning and Hugging Face count from
EPOCHS = ("epoch", "trainer/epoch", "train/epoch")
_EXTREMES = ("__MIN", "__MAX")  # of the updates that W&B puts into one row
_OWN = {"curve", "update", "group"}
_EMPTY = ("", "nan", "null", "none", "-")


def matches(name: str) -> bool:
    """Whether a file of this name is a CSV."""
    return name.lower().endswith(".csv")


def read(files: list[Path], place: Place, logs: Logs) -> Log:
    """Read the columns that count.

    Raises:
        SpecError: if there is none, or what they hold is no number.
    """
    return read_table(files[0], place, logs, kind="a CSV")


def read_table(file: Path, place: Place, logs: Logs, kind: str, first: int | None = None) -> Log:
    """Read a CSV whose first update is logged under a certain step, or nobody knows which; as ``read``."""
    rows = _rows(text_of(str(file))[0], place)
    _, header = next(rows, (0, []))
    if set(header) >= _OWN:
        message = "a table that lrviz wrote, of any number of curves; save a trace instead: lrviz plot SPEC -o it.json"
        raise SpecError([Problem(place, message)])
    asked = {column for _, column in logs.columns}
    columns = [name for name in header if name in asked or not name.endswith(_EXTREMES)]
    step = _column(header, logs.column("step"), STEPS, place)
    if step is None:
        message = f"no column of a known name counts the steps; name it, --columns step=NAME; it has {_few(columns)}"
        raise SpecError([Problem(place, message)])
    epoch = _column(header, logs.column("epoch"), EPOCHS, place)
    if step in (logs.column("lr"), epoch):
        message = f"the column {shown(step)} counts the steps, and can be nothing else; name another"
        raise SpecError([Problem(place, message)])
    found, family = _chosen([name for name in columns if name not in (step, epoch)], logs, place)
    wanted = [*family.lr, *family.momentum, *family.weight_decay]
    at = {name: header.index(name) for name in (step, *wanted, *([epoch] if epoch else []))}
    for name in at:
        if header.count(name) > 1:
            message = f"{header.count(name)} columns are called {shown(name)}; rename all but one of them"
            raise SpecError([Problem(Place(place.file, 1, 1), message)])
    series: dict[str, Points] = {name: [] for name in wanted}
    epochs: list[tuple[int, float]] = []
    for line, row in rows:
        count = _number(row, at[step], step, line, place)
        if count is None:
            continue
        if count != int(count) or not 0 <= count <= MOST_STEPS:
            beyond = f"; a log has at most {MOST_STEPS:,}" if count > MOST_STEPS else ""
            raise SpecError([Problem(Place(place.file, line, 1), f"{step}: {count:.12g} is no step{beyond}")])
        for name in wanted:
            value = _number(row, at[name], name, line, place)
            if value is not None:
                series[name].append((int(count), value))
        if epoch and (value := _number(row, at[epoch], epoch, line, place)) is not None:
            epochs.append((int(count), value))
    return Log(
        kind=kind,
        series={name: _ascending(points) for name, points in series.items()},
        lr=family.lr,
        momentum=family.momentum,
        weight_decay=family.weight_decay,
        groups=family.groups,
        first=FIRST.get(step.lower(), first),
        after=False if family.monitored else None,
        epochs=tuple(epochs),
        optimizer=family.optimizer,
        single=_single(value for name in family.lr for _, value in series[name]),
        notes=found,
    )


def _chosen(columns: list[str], logs: Logs, place: Place) -> tuple[tuple[str, ...], Chosen]:
    """Find the columns of the LR; W&B writes the run's name before them: ``run - train/lr``."""
    bare = {name: name.rpartition(" - ")[2] for name in columns}
    if len(set(bare.values())) == len(bare) and logs.column("lr") not in bare:
        family = chosen(bare.values(), logs, place, "column")
        whole = {short: name for name, short in bare.items()}
        named = (
            tuple(whole[n] for n in names) for names in (family.lr, family.momentum, family.weight_decay)
        )
        lr, momentum, weight_decay = named
        return (), Chosen(lr, momentum, weight_decay, family.groups, family.optimizer, family.monitored)
    runs = {name.rpartition(" - ")[0] for name in columns if " - " in name}
    if len(runs) > 1 and logs.column("lr") is None:
        one = next(name for name in columns if " - " in name)
        message = f"holds {len(runs)} runs; choose a column of one: --columns 'lr={one}'"
        raise SpecError([Problem(place, message)])
    return (), chosen(columns, logs, place, "column")


def _rows(text: str, place: Place) -> Iterator[tuple[int, list[str]]]:
    sample = text[:10_000]
    delimiter = max(",;\t", key=lambda mark: sample.partition("\n")[0].count(mark))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise SpecError([Problem(Place(place.file, reader.line_num, 1), f"not CSV: {error}")]) from None


def _column(header: list[str], wanted: str | None, known: Iterable[str], place: Place) -> str | None:
    if wanted is not None:
        if wanted not in header:
            message = f"holds no column {shown(wanted)}; {suggestion(wanted, header)}"
            raise SpecError([Problem(place, message)])
        return wanted
    lowered = {name.lower(): name for name in reversed(header)}
    return next((lowered[name] for name in known if name in lowered), None)


def _number(row: list[str], at: int, name: str, line: int, place: Place) -> float | None:
    cell = row[at].strip() if at < len(row) else ""
    if cell.lower() in _EMPTY:
        return None
    tensor = re.fullmatch(r"tensor\(([^,()]+)[^()]*\)", cell)
    try:
        value = float(tensor[1] if tensor else cell)
    except ValueError:
        raise SpecError(
            [Problem(Place(place.file, line, 1), f"{name}: {shown(cell)} is no number")]
        ) from None
    if value - value != 0:
        raise SpecError([Problem(Place(place.file, line, 1), f"{name}: {shown(cell)} is not finite")])
    return value


def _ascending(points: Points) -> Points:
    """Turn a table round that begins with its last step."""
    falls = sum(later[0] < earlier[0] for earlier, later in pairwise(points))
    return points[::-1] if falls and falls == len(points) - 1 and len(points) > 2 else points


def _single(values: Iterable[float]) -> bool:
    """Whether values can only have been float32: all of them fit, and some has more digits than a person writes."""
    long = False
    for value in values:
        try:
            fits = struct.unpack("f", struct.pack("f", value))[0] == value
        except OverflowError:
            return False
        if not fits:
            return False
        long = long or len(repr(value).partition("e")[0]) > 11
    return long


def _few(names: list[str]) -> str:
    return (", ".join(names[:8]) or "nothing") + (f" and {len(names) - 8:,} others" if len(names) > 8 else "")
