"""``lrviz plot``: specs → figures, and any other format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrviz import pipeline
from lrviz.commands import options
from lrviz.commands.given import taking_given
from lrviz.commands.options import (
    Columns,
    Curves,
    Dpi,
    Epochs,
    Layout,
    Logged,
    Lr,
    NoCache,
    NoCheck,
    Normalize,
    OptimizerName,
    Outputs,
    Show,
    Size,
    Steps,
    StepsPerEpoch,
    TensorBoard,
    Theme,
    Title,
    Train,
    Trust,
    X,
    Y,
)
from lrviz.commands.running import errors_in, simulated, told
from lrviz.spec.logs import logs_of

if TYPE_CHECKING:
    from lrviz.checks.finding import Finding
    from lrviz.spec.curve import Spec
    from lrviz.trace import Trace


@taking_given
def plot(
    curves: Curves,
    output: Outputs = [],  # noqa: B006  # Typer reads the default and never hands it out
    x: X = None,
    y: Y = None,
    layout: Layout = None,
    show: Show = None,
    size: Size = None,
    dpi: Dpi = None,
    theme: Theme = None,
    title: Title = None,
    normalize: Normalize = False,
    epochs: Epochs = None,
    steps_per_epoch: StepsPerEpoch = None,
    steps: Steps = None,
    lr: Lr = None,
    optimizer: OptimizerName = None,
    train: Train = None,
    no_check: NoCheck = False,
    no_cache: NoCache = False,
    tensorboard: TensorBoard = None,
    trust: Trust = False,
    columns: Columns = None,
    logged: Logged = None,
) -> None:
    """Draw the curves of specs.

    Without -o each spec is drawn into a PNG of its own name, in the folder where you are. With -o FILE everything
    goes into that one file; with -o FOLDER/ each spec goes into a PNG of its own name there.

    \b
    Examples:
      lrviz plot config.yaml                         writes config.png
      lrviz plot config.yaml -o lr.svg -o lr.csv     the same curves as vectors and as numbers
      lrviz plot config.yaml -o report.html          a page to look into: hover, zoom, facts
      lrviz plot config.yaml --y log --x epoch --theme dark
      lrviz plot configs/*.yaml -o gallery/          a figure for each
    """
    view = options.view_options(x, y, layout, show, size, dpi, theme, title, normalize)
    folders = [path for path in output if path.is_dir() and path.suffix != ".tb"]
    files = [path for path in output if path not in folders]
    specs = options.specs_of(
        curves, epochs, steps_per_epoch, steps, lr, optimizer, train, trust, logs=logs_of(columns, logged)
    )
    each = folders or ([] if files or tensorboard else [Path()])
    named = [[folder / f"{_stem(word)}.png" for folder in each] for word in curves]
    pipeline.check_outputs([*files, *(path for paths in named for path in paths)], tensorboard)
    traces = [simulated(spec, no_cache) for spec in specs]
    for spec, found, paths in zip(specs, traces, named, strict=True):
        _write(spec, found, paths, view, errors_in(spec, found, no_check, no_cache) if paths else [])
    if files or tensorboard:
        merged = pipeline.merge(specs)
        renamed = [trace for found in traces for trace in found.values()]
        every = dict(zip(merged.names, renamed, strict=True))
        _write(merged, every, files, view, errors_in(merged, every, no_check, no_cache), tensorboard)


def _write(
    spec: Spec,
    traces: dict[str, Trace],
    paths: list[Path],
    view: dict[str, Any],
    findings: list[Finding],
    tensorboard: Path | None = None,
) -> None:
    if not (paths or tensorboard):
        return
    report = pipeline.report(spec, traces, spec.view.with_options(**view), findings=findings)
    pipeline.write(report, paths, tensorboard)
    told(report, sys.stderr)
    for path in (*paths, *([tensorboard] if tensorboard else [])):
        print(f"wrote {path}")


def _stem(word: str) -> str:
    file, _, curve = word.partition("#")
    name = Path(file).name if "." in Path(file).name and "=" not in file else file
    stem = Path(name).stem if name.endswith((".yaml", ".yml", ".json")) else name
    plain = (
        "".join(c if c.isalnum() or c in "-_.=" else "-" for c in f"{stem}-{curve}" if c) if curve else stem
    )
    return "".join(c if c.isalnum() or c in "-_.=" else "-" for c in plain).strip("-") or "lrviz"
