"""What a person names (a file, one curve of it, a preset with changes, a saved trace) → a Spec.

Configs of trainers are translated into our language first (see ``dialects``).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from lrviz import presets
from lrviz.errors import Place, Problem, SpecError, nearest, shown, suggestion
from lrviz.readers import saved, words, yaml_file
from lrviz.readers.dialects import translated
from lrviz.readers.dialects.draft import Draft
from lrviz.readers.files import opener
from lrviz.readers.python_file import python_document
from lrviz.readers.remarks import remarks_of
from lrviz.spec.curve import Curve, Recorded, Spec
from lrviz.spec.document import Mapping, located
from lrviz.spec.expansion import suggestion_of
from lrviz.spec.foreign import UNTRUSTED, Trust
from lrviz.spec.metrics import Open
from lrviz.spec.parse import no_files, spec_of

STDIN, STDIN_SHOWN = "-", "<stdin>"
SUFFIXES = (".yaml", ".yml", ".json", ".toml", ".py", ".csv")  # of a word that names a file
LARGEST, LARGEST_TRACE = 4_000_000, 500_000_000  # bytes of a file, and of one that may be a saved trace
CHUNK = 1_000_000  # bytes read at once


def read(
    word: str,
    run: dict[str, Any] | None = None,
    optimizer: dict[str, Any] | None = None,
    train: str | None = None,
    trust: bool = False,
    text: str | None = None,
    opened: dict[str, str] | None = None,
) -> Spec:
    """Read anything that can stand for curves.

    Args:
        word: ``spec.yaml``, ``spec.yaml#curve``, ``trace.json``, ``-`` (a spec on standard input), or a
            preset or an optimizer with changes such as ``steplr:gamma=0.5``, or code with its arguments
            (``./mine.py:MyLR:gamma=0.5``).
        run: the ``run:`` section for presets, and for specs without one; None: 100 epochs of one update.
        optimizer: the ``optimizer:`` section for the same; None: SGD with lr 0.1.
        train: what to train on, where a spec does not say: ``mlp``, ``quadratic:condition=1000``.
        trust: whether the code that is named may run.
        text: what to read in the place of the file's own text.
        opened: where the texts of the files that the spec names are noted.

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
    return spec.noted(draft.notes)


def draft_of(file: str, trust: bool = False) -> Draft:
    """Read a file in our language, with what was assumed and where its values came from.

    Raises:
        SpecError: with everything that is wrong with it, or missing.
    """
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
    return Spec(tuple(curves), specs[0].view, specs[0].source)


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
    in_folder = "/" in file.partition(":")[0]
    return file == STDIN or in_folder or "#" in word or Path(file).suffix.lower() in SUFFIXES


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
    if presets.find(name) is None and not words.names_optimizer(name):
        hint = f"to name the file, write ./{name}" if _is_file(name) else suggestion_of(name)
        raise SpecError([Problem(Place(words.shortened(word)), f"{shown(name)} is no preset; {hint}")])


def _text(file: str) -> tuple[str, str]:
    """Read a file, and say how it is called in messages."""
    place = Place(words.shortened(STDIN_SHOWN if file == STDIN else file))
    largest = LARGEST_TRACE if file.lower().endswith(".json") else LARGEST
    try:
        raw = _head(sys.stdin.buffer, largest) if file == STDIN else _bytes(Path(file), largest, place)
        if len(raw) > largest:
            raise SpecError([Problem(place, f"larger than {largest // 10**6} MB; no spec or trace is")])
        return raw.decode("utf-8-sig"), place.file
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        column = error.start - error.object.rfind(b"\n", 0, error.start)
        message = f"the byte 0x{error.object[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise SpecError([Problem(replace(place, line=line, column=column), message)]) from None
    except FileNotFoundError:
        raise SpecError([Problem(place, f"no such file{_near(file)}")]) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SpecError([Problem(place, f"cannot be read: {reason}")]) from None


def _bytes(path: Path, largest: int, place: Place) -> bytes:
    if path.is_dir():
        raise SpecError([Problem(place, "a folder; name the specs in it, such as folder/*.yaml")])
    with path.open("rb") as stream:
        return _head(stream, largest)


def _head(stream: BinaryIO, largest: int) -> bytes:
    """Read a stream, but little more than a limit: a pipe or a device may have no end."""
    chunks: list[bytes] = []
    size = 0
    while size <= largest and (chunk := stream.read(CHUNK)):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


def _near(file: str) -> str:
    folder = Path(file).parent
    try:
        there = sorted(str(p) for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    except OSError:
        return f"; there is no folder {folder}"
    close = nearest(file, there)
    return f"; did you mean {close}?" if close else ""


def _chosen(spec: Spec, name: str) -> Spec:
    if not name:
        return spec
    chosen = tuple(curve for curve in spec if curve.name == name)
    if not chosen:
        message = f"no schedule is named {shown(name)}; {suggestion(name, spec.names)}"
        raise SpecError([Problem(Place(spec.source), message)])
    return replace(spec, curves=chosen)
