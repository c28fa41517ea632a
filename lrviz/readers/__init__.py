"""What a person names (a file, one curve of it, a preset with changes, a saved trace, a run's log) → a Spec.

Configs of trainers are translated into our language first (see ``dialects``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lrviz import presets
from lrviz.errors import Place, Problem, SpecError, shown, suggestion
from lrviz.readers import runs, saved, words, yaml_file
from lrviz.readers.dialects import translated
from lrviz.readers.dialects.draft import Draft
from lrviz.readers.files import opener
from lrviz.readers.python_file import python_document
from lrviz.readers.remarks import remarks_of
from lrviz.readers.runs import pickled
from lrviz.readers.texts import STDIN as STDIN
from lrviz.readers.texts import SUFFIXES
from lrviz.readers.texts import text_of as _text
from lrviz.spec.curve import Curve, Recorded, Spec
from lrviz.spec.document import Mapping, located
from lrviz.spec.expansion import suggestion_of
from lrviz.spec.foreign import UNTRUSTED, Trust
from lrviz.spec.logs import Logs
from lrviz.spec.metrics import Open
from lrviz.spec.parse import no_files, spec_of


def read(
    word: str,
    run: dict[str, Any] | None = None,
    optimizer: dict[str, Any] | None = None,
    train: str | None = None,
    trust: bool = False,
    text: str | None = None,
    opened: dict[str, str] | None = None,
    logs: Logs | None = None,
) -> Spec:
    """Read anything that can stand for curves.

    Args:
        word: ``spec.yaml``, ``spec.yaml#curve``, ``trace.json``, a run's folder or log (``runs/version_3``), ``-`` (a
            spec on standard input), or a preset or an optimizer with changes such as ``steplr:gamma=0.5``, or code
            with its arguments (``./mine.py:MyLR:gamma=0.5``).
        run: the ``run:`` section for presets, and for specs without one; None: 100 epochs of one update.
        optimizer: the ``optimizer:`` section for the same; None: SGD with lr 0.1.
        train: what to train on, where a spec does not say: ``mlp``, ``quadratic:condition=1000``.
        trust: whether the code that is named may run.
        text: what to read in the place of the file's own text.
        opened: where the texts of the files that the spec names are noted.
        logs: how to read the log of a run.

    Raises:
        SpecError: with everything that is wrong.
    """
    trained = None if train is None else words.training_of(train)
    if words.names_code(word) or not _names_file(word):
        if not words.names_code(word):
            _check_preset(word)
        document = words.document_of(word, _defaults(word, run, optimizer, trained))
        return spec_of(document, trust=Trust(trust))
    file, wanted = _split(word)
    if text is None and file != STDIN and runs.is_run(file):
        return _chosen(Spec((runs.recorded(file, logs or Logs()),), source=words.shortened(file)), wanted)
    text, name = _text(file) if text is None else (text, words.shortened(file))
    if saved.is_saved(text, file):
        return _chosen(Spec(saved.recorded_curves(text, name), source=name), wanted)
    chosen = None if optimizer is None else {"type": "SGD", **optimizer}
    given = _defaults("the command line", run, chosen, trained)
    folder = Path(file).parent
    open_file = no_files if file == STDIN else opener(folder, opened)
    return _chosen(read_text(text, name, given, open_file, Trust(trust, str(folder))), wanted)


def read_text(
    text: str,
    name: str,
    given: Mapping | None = None,
    open_file: Open = no_files,
    trust: Trust = UNTRUSTED,
) -> Spec:
    """Read a spec's text.

    Args:
        text: the text.
        name: what it is called in messages.
        given: ``run``, ``optimizer`` and ``train`` sections for a spec that has none of its own.
        open_file: opens a file that it names.
        trust: whether code that it names may run.

    Raises:
        SpecError: with everything that is wrong.
    """
    draft = drafted(text, name, trust)
    spec = spec_of(draft.document, given, open_file, trust, remarks_of(text, name))
    return replace(spec.noted(draft.notes), texts=((name, text),))


def draft_of(file: str, trust: bool = False) -> Draft:
    """Read a file in our language, with what was assumed and where its values came from.

    Raises:
        SpecError: with everything that is wrong with it, or missing.
    """
    if pickled.matches(Path(file).name):
        pickled.read([Path(file)], Place(words.shortened(file)), Logs())
    text, name = _text(file)
    return drafted(text, name, Trust(trust, str(Path(file).parent)))


def drafted(text: str, name: str, trust: Trust = UNTRUSTED) -> Draft:
    """Read the text of a spec, or of a trainer's config, in our language; see ``read_text``."""
    if name.endswith(".py"):
        return translated(python_document(text, name, trust), name, text, trust)
    return translated(yaml_file.document_of(text, name), name, text, trust)


def read_at(
    text: str,
    name: str,
    wanted: str,
    open_file: Open,
    run: dict[str, Any] | None = None,
    optimizer: dict[str, Any] | None = None,
    refusal: str = UNTRUSTED.refusal,
) -> Spec:
    """Read the text of a spec or of saved traces that is no file of the working tree; code that it names never runs.

    Args:
        text: the text.
        name: what it is called in messages, with the suffix of its file.
        wanted: the curve that is wanted of it, or nothing.
        open_file: opens a file that it names.
        run: as in ``read``.
        optimizer: as in ``read``.
        refusal: why code that it names does not run.

    Raises:
        SpecError: with everything that is wrong.
    """
    if saved.is_saved(text, name):
        return _chosen(Spec(saved.recorded_curves(text, name), source=name), wanted)
    chosen = None if optimizer is None else {"type": "SGD", **optimizer}
    given = _defaults("the command line", run, chosen, None)
    return _chosen(read_text(text, name, given, open_file, Trust(refusal=refusal)), wanted)


def _defaults(
    source: str,
    run: dict[str, Any] | None,
    optimizer: dict[str, Any] | None,
    train: dict[str, object] | None,
) -> Mapping:
    defaults = Mapping((), Place(source))
    for name, section in (("run", run), ("optimizer", optimizer), ("train", train)):
        if section is not None:
            defaults.put(name, located(section, source, name), Place(source, key=name))
    return defaults


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
    return replace(specs[0], curves=tuple(curves), texts=tuple(text for spec in specs for text in spec.texts))


def names_its_own_run(word: str) -> bool:
    """Whether the word is a file, which brings a run of its own, rather than a preset."""
    return _names_file(word) and not words.names_code(word)


def file_of(word: str) -> str | None:
    """Find the file that a word names; None for presets, and for standard input."""
    file = _split(word)[0] if names_its_own_run(word) else STDIN
    return None if file == STDIN else file


def called(file: str) -> str:
    """Tell what the places of a file's problems call it."""
    return words.shortened(file)


def parts_of(word: str) -> tuple[str, str] | None:
    """Tell the file that a word names from the curve wanted of it; None for presets and code."""
    return _split(word) if names_its_own_run(word) else None


def text_of(file: str) -> str:
    """Read the text of a file that a word names.

    Raises:
        SpecError: if it cannot be read.
    """
    return _text(file)[0]


def _names_file(word: str) -> bool:
    file = word.partition("#")[0]
    if not file:
        return False
    in_folder = "/" in file.partition(":")[0] or file in (".", "..")
    known = Path(file).suffix.lower() in SUFFIXES or pickled.matches(file)
    return file == STDIN or in_folder or "#" in word or known


def _split(word: str) -> tuple[str, str]:
    """Tell a file from the curve wanted of it: ``file.yaml#curve``; a file's own name may hold a # too."""
    file, _, wanted = word.partition("#")
    return (word, "") if wanted and _is_file(word) else (file, wanted)


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except (OSError, ValueError):
        return False


def _check_preset(word: str) -> None:
    if not word.strip():
        raise SpecError(
            [Problem(Place("a curve"), "nothing is named; write a preset or a file, such as cosine")]
        )
    name = word.partition(":")[0]
    if presets.find(name) is None and not words.names_optimizer(name) and not words.names_member(name):
        hint = (
            f"to name the {'file' if _is_file(name) else 'run'}, write ./{name}"
            if _is_file(name) or runs.is_run(name)
            else suggestion_of(name)
        )
        raise SpecError([Problem(Place(words.shortened(word)), f"{shown(name)} is no preset; {hint}")])


def _chosen(spec: Spec, name: str) -> Spec:
    if not name:
        return spec
    chosen = tuple(curve for curve in spec if curve.name == name)
    if not chosen:
        message = f"no schedule is named {shown(name)}; {suggestion(name, spec.names)}"
        raise SpecError([Problem(Place(spec.source), message)])
    return replace(spec, curves=chosen)
