"""``lrviz record``: what a training script really uses, update by update."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz import pipeline
from lrviz.commands.options import Outputs
from lrviz.errors import LrvizError

if TYPE_CHECKING:
    from lrviz.record.recorder import Track
    from lrviz.report import Report
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

    def keep() -> None:
        """Write what there is, for the case that no more comes; what goes wrong is told at the end."""
        with suppress(LrvizError):
            if os.getpid() == process and is_first and (found := recorder.so_far()):
                pipeline.write(_report(found, program.name, steps_per_epoch), traces)

    traces = [path for path in paths if path.suffix == ".json"]
    recorder = Recorder(max_updates, keep if traces else None)
    with hooked(recorder):
        ended = run(program)
    tracks = recorder.close()
    code = 0
    if os.getpid() == process and is_first:  # not in what the script has forked
        try:
            code = 0 if _kept(tracks, program.name, steps_per_epoch, output, paths, ended.enough) else 1
        except LrvizError as error:
            print(error, file=sys.stderr)
            code = 2
    sys.exit(code if ended.well else ended.code)


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
    report = _report(tracks, name, steps_per_epoch)
    pipeline.write(report, paths)
    if not output:
        from lrviz.render import as_table, terminal

        terminal.console(stderr=True).print(as_table.facts_table(report, terminal.is_plain(sys.stderr)))
    wrote = f"; wrote {', '.join(map(str, output))}" if output else ""
    stopped = "; stopped there, as --max-updates says" if enough else ""
    print(f"recorded {_counted([curve.trace for curve in report.curves])}{stopped}{wrote}", file=sys.stderr)
    return True


def _report(tracks: list[Track], name: str, steps_per_epoch: int | None) -> Report:
    from lrviz.record.traces import traces_of

    traces = traces_of(tracks, name, steps_per_epoch)
    return pipeline.report(pipeline.spec_of_traces(traces.values()), traces)


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
