"""``lrviz compare``: curves side by side in the terminal, and as a figure if asked."""

from __future__ import annotations

import sys

from lrviz import pipeline
from lrviz.commands import options
from lrviz.commands.given import taking_given
from lrviz.commands.options import (
    Columns,
    Curves,
    Epochs,
    Logged,
    Lr,
    NoCache,
    NoCheck,
    Normalize,
    OptimizerName,
    Outputs,
    Steps,
    StepsPerEpoch,
    TensorBoard,
    Train,
    Trust,
    X,
    Y,
)
from lrviz.commands.running import errors_in, simulated, told
from lrviz.commands.showing import show_beside
from lrviz.spec.logs import logs_of


@taking_given
def compare(
    curves: Curves,
    output: Outputs = [],  # noqa: B006  # Typer reads the default and never hands it out
    epochs: Epochs = None,
    steps_per_epoch: StepsPerEpoch = None,
    steps: Steps = None,
    lr: Lr = None,
    optimizer: OptimizerName = None,
    train: Train = None,
    x: X = None,
    y: Y = None,
    normalize: Normalize = False,
    no_check: NoCheck = False,
    no_cache: NoCache = False,
    tensorboard: TensorBoard = None,
    trust: Trust = False,
    columns: Columns = None,
    logged: Logged = None,
) -> None:
    """Put curves side by side: facts, learning rates along the run, and a drawing, in the terminal.

    Piped, or under NO_COLOR, the tables are plain text, and there is no drawing.

    \b
    Examples:
      lrviz compare steplr cosine onecycle
      lrviz compare steplr:step_size=30ep,gamma=0.2 cosine --epochs 90 --steps-per-epoch 5004 --lr 0.4
      lrviz compare configs/quickstart.yaml wsd -o compared.png
      lrviz compare adagrad rmsprop adam adam:amsgrad=true sgd:momentum=0.9 --train mlp
    """
    pipeline.check_outputs(output, tensorboard)
    view = options.view_options(x=x, y=y, normalize=normalize)
    specs = options.specs_of(
        curves, epochs, steps_per_epoch, steps, lr, optimizer, train, trust, logs=logs_of(columns, logged)
    )
    spec = pipeline.merge(specs)
    traces = simulated(spec, no_cache)
    found = errors_in(spec, traces, no_check, no_cache)
    report = pipeline.report(spec, traces, spec.view.with_options(**view), findings=found)
    from lrviz.render.terminal import is_plain

    show_beside(report, traces)
    told(report, sys.stderr if is_plain(sys.stdout) else sys.stdout)
    pipeline.write(report, output, tensorboard)
    for path in (*output, *([tensorboard] if tensorboard else [])):
        print(f"wrote {path}", file=sys.stderr)
