"""``lrviz record``: what a training script really uses, update by update."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz import pipeline
from lrviz.commands.options import Outputs
from lrviz.errors import LrvizError, one_of

if TYPE_CHECKING:
    from lrviz.record.recorder import Track
    from lrviz.trace import Trace

RANKS = ("RANK", "SLURM_PROCID")  # of torchrun, accelerate launch and srun


def record(
    script: Annotated[
        list[str],
        typer.Argument(metavar="SCRIPT [ARGS]", help="The script and its arguments, or -m MODULE [ARGS]."),
    ],
    output: Outputs = [],  # noqa: B006  # Typer reads the default and never hands it out
    max_updates: Annotated[
        int | None,
        typer.Option(
            "--max-updates", metavar="N", min=1, help="Stop before an optimizer's update after the N-th."
        ),
    ] = None,
    steps_per_epoch: Annotated[
        int | None,
        typer.Option("--steps-per-epoch", metavar="N", min=1, help="Updates per epoch, to count epochs."),
    ] = None,
) -> None:
    """Run a training script and record the LR, momentum and weight decay that every update used.

    The script is not changed, and its output, exceptions and exit code stay its own. Every optimizer has a curve; in
    a run of several processes, that of rank 0 is recorded. -o run.json keeps the curves for every other command;
    without -o their facts are shown on standard error. Of a script that fails, what it did until then is kept.

    \b
    Examples:
      lrviz record -o run.json -- train.py --lr 0.1
      lrviz record -o run.json --max-updates 500 -- train.py
      lrviz record -o run.json -- -m package.train config.yaml
      torchrun --nproc-per-node 2 -m lrviz record -o run.json -- train.py
      lrviz diff plan.yaml run.json
    """
    from lrviz.record.arrival import hooked
    from lrviz.record.recorder import Recorder
    from lrviz.record.script import program_of, run

    pipeline.check_outputs(output)
    program = program_of(script)
    process, is_first = os.getpid(), _rank() == 0
    paths = [Path(os.path.abspath(path)) for path in output]  # the script may go elsewhere
    recorder = Recorder(max_updates)
    with hooked(recorder):
        ended = run(program)
    tracks = recorder.close()
    failed = False
    if os.getpid() == process and is_first:  # not in what the script has forked
        try:
            failed = not _kept(tracks, program.name, steps_per_epoch, output, paths, ended.enough)
        except LrvizError as error:
            print(error, file=sys.stderr)
            failed = True
    sys.exit(1 if failed and ended.well else ended.code)


def _kept(
    tracks: list[Track],
    name: str,
    steps_per_epoch: int | None,
    output: list[Path],
    paths: list[Path],
    enough: bool,
) -> bool:
    """Write or show what was recorded; whether there is any."""
    if not tracks:
        print(f"recorded nothing: {_why_nothing()}", file=sys.stderr)
        return False
    from lrviz.record.traces import traces_of

    traces = traces_of(tracks, name, steps_per_epoch)
    report = pipeline.report(pipeline.spec_of_traces(traces.values()), traces)
    pipeline.write(report, paths)
    if not output:
        from lrviz.render import as_table, terminal

        terminal.console(stderr=True).print(as_table.facts_table(report, terminal.is_plain(sys.stderr)))
    wrote = f"; wrote {one_of(map(str, output)).replace(' or ', ' and ')}" if output else ""
    stopped = "; stopped there, as --max-updates says" if enough else ""
    print(f"recorded {_counted(list(traces.values()))}{stopped}{wrote}", file=sys.stderr)
    return True


def _counted(traces: list[Trace]) -> str:
    """Count the updates, as ``30 updates of SGD`` or ``generator (30 updates of Adam), ...``."""
    counts = [f"{len(trace):,} update{'s' * (len(trace) > 1)} of {trace.optimizer}" for trace in traces]
    if len(traces) == 1:
        return counts[0]
    return ", ".join(f"{trace.name} ({count})" for trace, count in zip(traces, counts, strict=True))


def _why_nothing() -> str:
    if "torch.optim" not in sys.modules:
        return "the script did not import torch"
    return "no optimizer.step() was called in this process; in those that a script starts itself nothing is recorded"


def _rank() -> int:
    """Tell which process of a run of several this is."""
    found = next((os.environ[name] for name in RANKS if name in os.environ), "0")
    return int(found) if found.isdecimal() else 0
