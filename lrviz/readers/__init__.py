"""What a person names (a file, one curve of it, a preset with changes, a saved trace) → a Spec.

A dialect of config files is one module with ``matches(document)`` and ``translate(document)``; DIALECTS lists them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lrviz import presets
from lrviz.errors import Place, Problem, SpecError, suggestion
from lrviz.readers import native, saved, words, yaml_file
from lrviz.spec.curve import Curve, Recorded, Spec
from lrviz.spec.document import Mapping, located
from lrviz.spec.expansion import suggestion_of
from lrviz.spec.optimizers import DEFAULT
from lrviz.spec.parse import spec_of

DIALECTS = (native,)  # in the order in which they are asked whether a document is theirs
DEFAULT_RUN = {"epochs": 100}
STDIN = "-"


def read(word: str, run: dict[str, Any] | None = None, optimizer: dict[str, Any] | None = None) -> Spec:
    """Read anything that can stand for curves.

    Args:
        word: ``spec.yaml``, ``spec.yaml#curve``, ``trace.json``, ``-`` (a spec on standard input), or a preset with
            changes such as ``steplr:gamma=0.5``.
        run: the ``run:`` section for presets, and for specs without one; None: 100 epochs of one update.
        optimizer: the ``optimizer:`` section for the same; None: SGD with lr 0.1.

    Raises:
        SpecError: with everything that is wrong.
    """
    file, _, wanted = word.partition("#")
    if not _names_file(word):
        defaults = Mapping((), Place(word))
        defaults.put("run", located(run or DEFAULT_RUN, word, "run"), Place(word))
        defaults.put("optimizer", located(optimizer or DEFAULT, word, "optimizer"), Place(word))
        _check_preset(word)
        return spec_of(words.document_of(word, defaults))
    given = Mapping((), Place("the command line"))
    for name, section in (("run", run), ("optimizer", optimizer)):
        if section is not None:
            given.put(name, located(section, "the command line", name), Place("the command line"))
    text, shown = _text(file)
    if Path(file).suffix.lower() == ".json" and f'"{saved.ONE}' in text[:200]:
        curves: tuple[Curve | Recorded, ...] = saved.recorded_curves(text, shown)
        return _chosen(Spec(curves, source=shown), wanted)
    return _chosen(spec_of(_translated(yaml_file.document_of(text, shown), shown), given), wanted)


def merged(specs: Iterable[Spec]) -> Spec:
    """Put several specs' curves side by side, each under a name of its own; the first spec's view wins."""
    specs = list(specs)
    curves: list[Curve | Recorded] = []
    taken: set[str] = set()
    for spec in specs:
        for curve in spec:
            name, again = curve.name, 2
            if name in taken:
                name = f"{curve.name} ({spec.source})"
            while name in taken:
                name, again = f"{curve.name} ({again})", again + 1
            taken.add(name)
            curves.append(replace(curve, name=name))
    return Spec(tuple(curves), specs[0].view, specs[0].source)


def names_its_own_run(word: str) -> bool:
    """Whether the word is a file, which brings a run of its own, rather than a preset."""
    return _names_file(word)


def _names_file(word: str) -> bool:
    file = word.partition("#")[0]
    known = (".yaml", ".yml", ".json", ".toml", ".py", ".csv")
    return file == STDIN or Path(file).suffix.lower() in known or "/" in file.partition(":")[0] or "#" in word


def _check_preset(word: str) -> None:
    name = word.partition(":")[0]
    if presets.find(name) is None:
        folder = "; to name a file, write its path with .yaml" if Path(name).exists() else ""
        raise SpecError([Problem(Place(word), f"{name!r} is no preset; {suggestion_of(name)}{folder}")])


def _text(file: str) -> tuple[str, str]:
    try:
        if file == STDIN:
            return sys.stdin.read(), "<stdin>"
        path = Path(file)
        if path.is_dir():
            raise SpecError([Problem(Place(file), "a folder; name the specs in it, such as folder/*.yaml")])
        if path.exists() and path.stat().st_size > 500_000_000:
            raise SpecError([Problem(Place(file), "larger than 500 MB; no spec or trace is")])
        return path.read_text(encoding="utf-8-sig"), file
    except UnicodeDecodeError as error:
        raise SpecError(
            [
                Problem(
                    Place(file), f"not UTF-8 text: byte {error.start:,} is 0x{error.object[error.start]:02x}"
                )
            ]
        ) from None
    except FileNotFoundError:
        raise SpecError([Problem(Place(file), f"no such file{_near(file)}")]) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SpecError([Problem(Place(file), f"cannot be read: {reason}")]) from None


def _near(file: str) -> str:
    folder = Path(file).parent
    try:
        there = sorted(str(p) for p in folder.iterdir() if p.suffix in (".yaml", ".yml", ".json"))
    except OSError:
        return f"; there is no folder {folder}"
    close = suggestion(file, there) if there else ""
    return f"; {close}" if close.startswith("did you mean") else ""


def _translated(document: Any, file: str) -> Mapping:
    if document is None:
        raise SpecError(
            [Problem(Place(file), "an empty file; lrviz init cosine writes a spec to start from")]
        )
    if not isinstance(document, Mapping):
        message = "a spec is a mapping; write run:, optimizer: and schedules:, or see lrviz init cosine"
        raise SpecError([Problem(Place(file, 1, 1), message)])
    document.place = Place(file)
    dialect = next((known for known in DIALECTS if known.matches(document)), native)
    return dialect.translate(document)


def _chosen(spec: Spec, name: str) -> Spec:
    if not name:
        return spec
    chosen = tuple(curve for curve in spec if curve.name == name)
    if not chosen:
        raise SpecError(
            [Problem(Place(spec.source), f"no schedule named {name!r}; {suggestion(name, spec.names)}")]
        )
    return replace(spec, curves=chosen)
