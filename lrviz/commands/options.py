"""The options that commands share: what presets run on, where results go, how figures look."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lrviz import pipeline
from lrviz.errors import LrvizError, Problem, SpecError

if TYPE_CHECKING:
    from lrviz.spec.curve import Spec
    from lrviz.spec.logs import Logs


def complete_curve(incomplete: str) -> list[str]:
    """Complete a curve: preset names, and spec files."""
    folder, _, start = incomplete.rpartition("/")
    found = sorted(Path(folder or ".").glob("*")) if "\0" not in incomplete else []
    files = [
        f"{path}/" if path.is_dir() else str(path)
        for path in found
        if path.name.startswith(start) and (path.is_dir() or path.suffix in (".yaml", ".yml", ".json"))
    ]
    return complete_preset(incomplete) + complete_member(incomplete) + files


def complete_member(incomplete: str) -> list[str]:
    """Complete the name of another library's scheduler: the library's, then its schedulers'."""
    from lrviz.catalog.families import families

    if "." in incomplete:
        members = [member.word for family in families().values() for member in family.members]
        return [word for word in members if word.startswith(incomplete)]
    return [f"{name}." for name in families() if incomplete and name.startswith(incomplete)]


def complete_preset(incomplete: str) -> list[str]:
    """Complete a preset's name, those of published schedules after our own."""
    from lrviz.presets import names, published_names

    return [name for name in (*names(), *published_names()) if name.startswith(incomplete.lower())]


def complete_name(incomplete: str) -> list[str]:
    """Complete the name of a preset, a scheduler, an optimizer or a check."""
    from lrviz.checks import RULES

    folder = Path(__file__).parent.parent / "catalog"
    classes = sorted(
        file.stem for kind in ("schedulers", "optimizers") for file in folder.glob(f"{kind}/*.yaml")
    )
    known = [*complete_preset(incomplete), *classes, *complete_member(incomplete), *RULES]
    return [name for name in known if name.lower().startswith(incomplete.lower())]


CURVE_HELP = (
    "A preset or an optimizer with changes (steplr:step_size=10,gamma=0.5), a spec file, one curve of it "
    "(spec.yaml#name), a saved trace (.json), a run's folder or log, or - for a spec on standard input."
)
Curves = Annotated[
    list[str], typer.Argument(metavar="CURVE...", help=CURVE_HELP, autocompletion=complete_curve)
]
One = Annotated[str, typer.Argument(metavar="CURVE", help=CURVE_HELP, autocompletion=complete_curve)]
Outputs = Annotated[
    list[Path],
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Write to a file; may be repeated. The suffix picks the format: .png .svg .pdf .csv .json .md .html .tb.",
    ),
]

_RUN = "What presets run on"
Epochs = Annotated[
    int | None, typer.Option("--epochs", metavar="N", help=f"{_RUN}: epochs (100 where nothing is given).")
]
StepsPerEpoch = Annotated[
    int | None,
    typer.Option("--steps-per-epoch", metavar="N", help=f"{_RUN}: updates per epoch (1 where not given)."),
]
Steps = Annotated[
    int | None, typer.Option("--steps", metavar="N", help=f"{_RUN}: updates, instead of epochs.")
]
Lr = Annotated[
    float | None,
    typer.Option("--lr", metavar="LR", help=f"{_RUN}: the optimizer's learning rate (0.1 where not given)."),
]
OptimizerName = Annotated[
    str | None,
    typer.Option("--optimizer", metavar="NAME", help=f"{_RUN}: the optimizer (SGD where not given)."),
]
Train = Annotated[
    str | None,
    typer.Option(
        "--train",
        metavar="PROBLEM",
        help="Really train, where a spec does not say: mlp, quadratic, rosenbrock, classification or embedding.",
    ),
]

X = Annotated[
    str | None,
    typer.Option(
        "--x", metavar="step|epoch|tokens|run", help="What runs along the x axis; run: the share of each run."
    ),
]
Y = Annotated[str | None, typer.Option("--y", metavar="linear|log", help="Scale of the learning-rate axis.")]
Layout = Annotated[
    str | None,
    typer.Option("--layout", metavar="overlay|grid", help="All curves in one panel, or a panel for each."),
]
Show = Annotated[
    str | None,
    typer.Option(
        "--show",
        metavar="lr,momentum,weight_decay,loss,step_size,effective_lr",
        help="Quantities to draw; else the LR, whatever else moves, and loss and effective LR of a training.",
    ),
]
Size = Annotated[
    str | None, typer.Option("--size", metavar="WxH", help="Size of the figure in inches, such as 7x4.")
]
Dpi = Annotated[int | None, typer.Option("--dpi", metavar="N", help="Pixels per inch of a PNG (150).")]
Normalize = Annotated[
    bool,
    typer.Option(
        "--normalize", help="Shapes: each LR over its curve's peak, along the share of its own run."
    ),
]
Theme = Annotated[
    str | None,
    typer.Option("--theme", metavar="light|dark", help="Dark ink on white, or light ink on black."),
]
Title = Annotated[str | None, typer.Option("--title", metavar="TEXT", help="A line above the figure.")]

TensorBoard = Annotated[
    Path | None,
    typer.Option(
        "--tensorboard",
        metavar="DIR",
        help="Write event files for TensorBoard, a run per curve; as -o DIR.tb.",
    ),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust", help="Run the code that curves name (./mine.py:MyLR, package.module:MyLR); read it first."
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="step=..,lr=..",
        help="The columns or tags of a run's log that hold the step, the LR (epoch, momentum, weight_decay).",
    ),
]
Logged = Annotated[
    str | None,
    typer.Option(
        "--logged",
        metavar="used|next",
        help="Whether a log holds the LR that an update used, or after it that of the next.",
    ),
]
NoCheck = Annotated[
    bool, typer.Option("--no-check", help="Look for no mistakes (lrviz check looks for all of them).")
]
Rtol = Annotated[
    float | None,
    typer.Option("--rtol", metavar="R", help="Equal up to this share of the larger value (1e-9)."),
]
Atol = Annotated[
    float | None, typer.Option("--atol", metavar="A", help="Equal up to this difference besides (1e-12).")
]
SkipOthers = Annotated[
    bool,
    typer.Option(
        "--skip-others", help="Pass over files that are no specs and no saved traces, as in folders."
    ),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Step every curve anew, and keep nothing.")]


def specs_of(
    words: list[str],
    epochs: int | None,
    steps_per_epoch: int | None,
    steps: int | None,
    lr: float | None,
    optimizer: str | None,
    train: str | None = None,
    trust: bool = False,
    text: str | None = None,
    opened: dict[str, str] | None = None,
    logs: Logs | None = None,
) -> list[Spec]:
    """Read curves from the command line, all their problems at once; a text stands for the file of a single word.

    The texts of the files that they name are noted in ``opened``.

    Raises:
        SpecError: with everything that is wrong in any of them.
    """
    run, chosen = run_of(epochs, steps_per_epoch, steps), chosen_of(lr, optimizer)
    specs: list[Spec] = []
    problems: list[Problem] = []
    for word in words:
        try:
            specs.append(
                pipeline.read(word, run, chosen, train, trust=trust, text=text, opened=opened, logs=logs)
            )
        except SpecError as error:
            problems.extend(error.problems)
    if problems:
        raise SpecError(problems)
    return specs


def specs_among(paths: list[str]) -> list[str]:
    """Pass over the files that would be passed over in a folder; what is no file stays, to be told if it is wrong."""
    from lrviz.readers.folder import is_ours

    return [path for path in paths if not Path(path).is_file() or is_ours(Path(path))]


def run_of(epochs: int | None, steps_per_epoch: int | None, steps: int | None) -> dict[str, Any] | None:
    """Lay out the ``run:`` section that the command line gives; None where it gives none."""
    run = {"epochs": epochs, "steps_per_epoch": steps_per_epoch, "steps": steps}
    run = {name: value for name, value in run.items() if value is not None}
    if run and not {"epochs", "steps"} & set(run):
        run = {"epochs": 100, **run}
    return run or None


def chosen_of(lr: float | None, optimizer: str | None) -> dict[str, Any] | None:
    """Lay out the ``optimizer:`` section that the command line gives; None where it gives none."""
    chosen = {"type": optimizer, "lr": lr}
    return {name: value for name, value in chosen.items() if value is not None} or None


def view_options(
    x: str | None = None,
    y: str | None = None,
    layout: str | None = None,
    show: str | None = None,
    size: str | None = None,
    dpi: int | None = None,
    theme: str | None = None,
    title: str | None = None,
    normalize: bool = False,
) -> dict[str, Any]:
    """Check the options of a figure as the ``plot:`` section is checked.

    Raises:
        SpecError: with everything that is wrong in them.
    """
    from lrviz.errors import Place
    from lrviz.spec.document import Mapping, Problems, located
    from lrviz.spec.model import Plot, validate

    if size is not None and not re.fullmatch(r"\d+(\.\d+)?x\d+(\.\d+)?", size):
        raise LrvizError(f"--size: {size!r} is not a size; write WIDTHxHEIGHT in inches, such as 7x4")
    options = {
        "x": x,
        "y": y,
        "layout": layout,
        "dpi": dpi,
        "theme": theme,
        "title": title,
        "normalize": normalize or None,
        "show": None if show is None else [name.strip() for name in show.split(",")],
        "size": None if size is None else [float(side) for side in size.split("x")],
    }
    given = Mapping((), Place("the command line"))
    for name, value in options.items():
        if value is not None:
            given.put(name, located(value, "the command line"), Place("the command line", key=f"--{name}"))
    problems = Problems()
    checked = validate(Plot, given, "plot", problems)
    problems.raise_if_any()
    return checked or {}
