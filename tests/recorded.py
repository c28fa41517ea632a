"""A script → what `lrviz record` makes of it, in a process of its own: output, exit code, traces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

from lrviz import Trace

ROOT = Path(__file__).parent.parent

# Sixteen batches of a tiny regression, and a model for it.
TINY = """
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import ExponentialLR, LinearLR, StepLR

torch.manual_seed(0)
model = nn.Linear(2, 1)

def backward(model=model):
    model(torch.ones(4, 2)).square().mean().backward()
"""


@dataclass(frozen=True)
class Run:
    """What a recorded script came to."""

    code: int
    out: str
    err: str
    traces: dict[str, Trace]

    @property
    def trace(self) -> Trace:
        (only,) = self.traces.values()
        return only


def started(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with some words, as a user does."""
    kept = {k: v for k, v in os.environ.items() if k not in ("RANK", "SLURM_PROCID", "LOCAL_RANK")}
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": path, "PYTHONWARNINGS": "", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def recorded(folder: Path, source: str, *options: str, args: tuple[str, ...] = (), **environment: str) -> Run:
    """Record a script.

    Args:
        folder: where it is written and run.
        source: its text.
        options: those of ``lrviz record``.
        args: those of the script.
        environment: what is set in it besides.
    """
    (folder / "train.py").write_text(textwrap.dedent(source), encoding="utf-8")
    words = ["-m", "lrviz", "record", "-o", "run.json", *options, "--", "train.py", *args]
    done = started(folder, *words, **environment)
    return Run(done.returncode, done.stdout, done.stderr, traces_in(folder / "run.json"))


def traces_in(file: Path) -> dict[str, Trace]:
    """Read the traces of a file; none where it was not written."""
    if not file.exists():
        return {}
    data = json.loads(file.read_text(encoding="utf-8"))
    return {one["name"]: Trace.from_data(one) for one in data.get("traces", [data])}
