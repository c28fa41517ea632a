"""The words of ``lrviz check`` → a Review: folders listed, specs read and stepped, mistakes found and mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz import pipeline
from lrviz.commands.running import attempted
from lrviz.errors import Place, Problem, SpecError

if TYPE_CHECKING:
    from lrviz.checks.choice import Choice
    from lrviz.checks.finding import Finding
    from lrviz.checks.review import Review
    from lrviz.commands.mending import Mender
    from lrviz.spec.curve import Spec

LOG = "the log of a run, in which no mistake can be placed; hold it against its plan: lrviz diff PLAN {}"
Reader = Callable[[str, str | None], "Spec"]  # reads a word, from a text in the place of its file's own


def words_of(paths: list[str]) -> tuple[list[str], list[Problem]]:
    """Put the specs in the place of the folders that hold them."""
    from lrviz.readers.runs import is_run

    words: list[str] = []
    problems: list[Problem] = []
    for path in paths:
        found = pipeline.specs_in(path) if Path(path).is_dir() else [path]
        if not found and is_run(path):
            found = [path]
        words += found
        if not found:
            message = "a folder without specs; lrviz init cosine writes one to start from"
            problems.append(Problem(Place(path), message))
    return list(dict.fromkeys(words)), problems


def review(paths: list[str], read: Reader, choice: Choice, no_cache: bool, mender: Mender | None) -> Review:
    """Check every spec; one that is wrong does not keep the others from being checked.

    Args:
        paths: specs, and folders of specs.
        read: reads one.
        choice: which rules count.
        no_cache: whether every curve is stepped anew.
        mender: mends what is found, if it is to be mended.
    """
    from lrviz.checks.review import Checked, review_of
    from lrviz.readers.written import Texts
    from lrviz.spec.curve import Recorded

    words, problems = words_of(paths)
    specs: list[tuple[str, Spec]] = []
    for word in words:
        try:
            spec = read(word, None)
            if any(isinstance(curve, Recorded) and "logged" in curve.data for curve in spec):
                raise SpecError([Problem(Place(word), LOG.format(word))])
            specs.append((word, spec))
        except SpecError as error:
            problems += error.problems
    found: list[Finding] = []
    checked: list[Checked] = []
    for (word, _), (spec, traces) in zip(
        specs, attempted([spec for _, spec in specs], no_cache), strict=True
    ):
        try:
            texts = Texts() if mender is None else mender.texts
            own, refused = pipeline.check(spec, traces, choice, cache=not no_cache, texts=texts)
            own = pipeline.certain(own, texts)
            if mender is not None:
                own, refused = mender.mended(word, own, refused)
        except SpecError as error:
            problems += error.problems
            continue
        found += own
        checked += [Checked(spec.source, curve.name) for curve in spec]
        problems += [error.problem for error in refused]
    return review_of(found, checked, problems, choice)
