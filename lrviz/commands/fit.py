"""``lrviz fit``: which schedule made this curve?"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lrviz import pipeline
from lrviz.commands.options import NoCache, One, Trust
from lrviz.commands.running import simulated
from lrviz.errors import LrvizError

if TYPE_CHECKING:
    from lrviz.fitting import Fitted
    from lrviz.trace import Trace


class Format(StrEnum):
    """What a fit can be told as."""

    text = "text"
    json = "json"


def fit(
    curve: One,
    format_: Annotated[
        Format, typer.Option("--format", help="text: a spec, with what is to be said in comments; or json.")
    ] = Format.text,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write the spec to a file: spec.yaml."),
    ] = None,
    no_cache: NoCache = False,
    trust: Trust = False,
) -> None:
    """Find the schedule that made a curve: its family, and the numbers that somebody wrote.

    Constant, linear, cosine, exponential, step, multi-step, polynomial, one-cycle, inverse square root, and warm-up,
    stable, decay, each also after a warm-up, and with a floor. What is found is a spec, whose real torch objects have
    been stepped and compared with the curve; the residual is theirs.

    \b
    Examples:
      lrviz fit run.json -o spec.yaml
      lrviz fit run.json --format json

    \b
    Exit codes: 0 a schedule fits, 1 none does, 2 the input is wrong.
    """
    spec = pipeline.read(curve, trust=trust)
    if len(spec) != 1:
        raise LrvizError(
            f"{spec.source}: {len(spec)} curves, and one is fitted; write {spec.source}#{spec.names[0]}"
        )
    trace = next(iter(simulated(spec, no_cache).values()))
    found = _fitted(trace)
    text = f"{_comments(found, trace)}{found.text}" if found.fits else f"{_nothing(found)}\n"
    if output is not None and found.fits:
        from lrviz.render.write import write_pieces

        write_pieces(output, [text.encode()])
    if format_ is Format.json:
        import json

        print(json.dumps(_data(found), indent=2))
    elif output is None or not found.fits:
        print(text, end="")
    else:
        print(_comments(found, trace).replace("# ", ""), end="")
    sys.stdout.flush()
    raise typer.Exit(0 if found.fits else 1)


def _fitted(trace: Trace) -> Fitted:
    from lrviz import catalog
    from lrviz.fitting import fit_trace

    entry = catalog.optimizers().get(trace.optimizer)
    known = entry is not None and (entry.takes_groups or len(trace.groups) == 1)

    def simulate(text: str) -> Any:
        try:
            spec = pipeline.read("fitted.yaml", text=text)
            return pipeline.simulate(spec, cache=False)["fitted"].lr
        except LrvizError as error:
            raise ValueError(str(error)) from error

    return fit_trace(trace, trace.optimizer if known else "SGD", simulate)


def _comments(found: Fitted, trace: Trace) -> str:
    pace = "update" if found.interval == "step" else "epoch"
    return f"# {trace.name}: {found.family}, stepped per {pace}.\n# {_residual(found)}\n"


def _residual(found: Fitted) -> str:
    left = found.residual
    if left.exact == left.count:
        return f"Residual: none; all {left.count:,} learning rates are equal to the last bit."
    most = f"at most {left.relative:.2g} relative, {left.absolute:.2g} absolute, at update {left.update:,}"
    return f"Residual: {most}; {left.exact:,} of {left.count:,} are equal to the last bit."


def _nothing(found: Fitted) -> str:
    share = found.residual.share
    off = f"{100 * share:.2g} % of the peak"
    return f"nothing fits: nearest is {found.family}, off by {off} at update {found.residual.farthest:,}"


def _data(found: Fitted) -> dict[str, Any]:
    left = found.residual
    return {
        "fits": found.fits,
        "family": found.family,
        "interval": found.interval,
        "spec": found.text,
        "residual": {"relative": left.relative, "absolute": left.absolute, "update": left.update},
        "equal_to_the_last_bit": left.exact,
        "learning_rates": left.count,
    }
