"""What ``diff`` and ``accept`` share: words read with the command line's options, and a Diff shown and written."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz import comparing
from lrviz.commands.options import chosen_of, run_of
from lrviz.commands.running import attempted
from lrviz.errors import LrvizError, RefusedByTorch, suggestion

if TYPE_CHECKING:
    from lrviz.abreast import Stepper
    from lrviz.analyze.comparison import Diff
    from lrviz.comparing import Simulate
    from lrviz.render.diff import Format
    from lrviz.spec.curve import Spec
    from lrviz.spec.logs import Logs
    from lrviz.trace import Trace


def read(
    word: str,
    epochs: int | None,
    steps_per_epoch: int | None,
    steps: int | None,
    lr: float | None,
    optimizer: str | None,
    trust: bool,
    logs: Logs | None = None,
) -> Spec:
    """Read one word with the options of the command line.

    Raises:
        SpecError: with everything that is wrong in it.
    """
    run, chosen = run_of(epochs, steps_per_epoch, steps), chosen_of(lr, optimizer)
    return comparing.read(word, run, chosen, trust=trust, logs=logs)


def simulating(no_cache: bool, stepper: Stepper | None = None) -> Simulate:
    """Make the function that steps the curves of a spec, or takes the traces that are there of it already."""

    def simulate(spec: Spec) -> Mapping[str, Trace | RefusedByTorch]:
        known = None if stepper is None else stepper.taken(spec)
        return next(attempted([spec], no_cache))[1] if known is None else known

    return simulate


def format_of(name: str) -> Format:
    """Find a format for standard output.

    Raises:
        LrvizError: if there is none of that name.
    """
    from lrviz.render.diff import PRINTED

    found = next((row for row in PRINTED if row.name == name), None)
    if found is None:
        hint = suggestion(name, [row.name for row in PRINTED])
        raise LrvizError(f"--format: {name!r} is no format; {hint}")
    return found


def check_outputs(output: list[Path]) -> None:
    """Find out before a long run whether a diff can be written.

    Raises:
        OutputError: for every file that cannot be.
    """
    if output:
        from lrviz.render.diff import FORMATS
        from lrviz.render.write import check_suffixes

        check_suffixes(output, [row.suffix for row in FORMATS], "a diff")


def write(diff: Diff, output: list[Path]) -> None:
    """Write a diff to files, the suffix choosing the format."""
    from lrviz.render.diff import FORMATS, PRINTED
    from lrviz.render.write import write_pieces

    for path in output:
        form = next(row for row in FORMATS if row.suffix == path.suffix.lower())
        if form not in PRINTED and not diff.comparisons:
            print(f"{path}: not written, as there is nothing to draw", file=sys.stderr)
            continue
        write_pieces(path, [form.render(diff)])
        print(f"wrote {path}", file=sys.stderr)


def show(diff: Diff, form: Format) -> None:
    """Print a diff; what is wrong with specs on standard error."""
    from lrviz.render.terminal import console, is_plain

    if form.name == "text":
        from lrviz.render.diff import as_text

        if diff.comparisons:
            as_text.printed(diff, console(), is_plain(sys.stdout))
    else:
        sys.stdout.write(form.render(diff).decode())
    sys.stdout.flush()
    for problem in diff.problems:
        print(problem, file=sys.stderr)


def summary(diff: Diff) -> str:
    """Write a diff for the summary of a step."""
    from lrviz.render.diff import as_markdown

    return as_markdown.render(diff)
