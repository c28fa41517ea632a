"""Lightning's ``metrics.csv`` (CSVLogger) → a Log.

LearningRateMonitor logs before a batch, under the number of updates done: the index, from 0, of the update that uses
the value. Rows of other metrics have the same step, an epoch, and an empty cell here.
"""

from __future__ import annotations

from pathlib import Path

from lrviz.errors import Place
from lrviz.readers.runs.csv_file import read_table
from lrviz.readers.runs.log import Log
from lrviz.spec.logs import Logs


def matches(name: str) -> bool:
    """Whether a file of this name is such a log."""
    return name == "metrics.csv"


def read(files: list[Path], place: Place, logs: Logs) -> Log:
    """Read LearningRateMonitor's columns, or those that a module has logged itself.

    Raises:
        SpecError: if there are none.
    """
    return read_table(files[0], place, logs, kind="a Lightning metrics.csv", first=0)
