"""A Source and how it is rendered → a hash of everything that determines its artifacts."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from lrviz import __version__
from lrviz.artifacts.sources import Source
from lrviz.checks.choice import Choice
from lrviz.readers.files import opener

ROOT = Path(__file__).parent.parent
MAKERS = ("torch", "numpy", "matplotlib", "pillow")
PAGE = ".html"  # which Bokeh makes


def versions(figures: Sequence[str] = ()) -> dict[str, str]:
    """Name what makes artifacts with figures of some suffixes, without loading it."""
    makers = {name: metadata.version(name) for name in (*MAKERS, *(("bokeh",) if PAGE in figures else ()))}
    machine = f"{sys.platform}-{platform.machine()}"
    return {"lrviz": __version__, **makers, "python": platform.python_version(), "platform": machine}


def common_of(options: Mapping[str, Any], figures: Sequence[str], choice: Choice | None) -> str:
    """Hash what all specs of a run are rendered with: options, figures, checks, versions and lrviz's own code."""
    checks = None if choice is None else _checks(choice)
    told = {**options, "figures": list(figures)}
    return _hash({"options": told, "checks": checks, "versions": versions(figures), "code": _code()})


def input_of(
    source: Source,
    text: str | None,
    files: Mapping[str, str | None],
    common: str,
    before: str | None = None,
) -> str:
    """Hash what determines a spec's artifacts.

    Args:
        source: the spec.
        text: the text of its file; None for a preset.
        files: the texts of the files that it names.
        common: what all specs of a run share.
        before: the hash of what it is compared with; None where there is nothing.
    """
    named = {name: None if found is None else _digest(found) for name, found in files.items()}
    own = None if text is None else _digest(text)
    word = source.curve if source.file is not None else source.word
    return _hash([source.title, source.stem, word, own, named, common, before])


def named_text(source: Source, name: str) -> str | None:
    """Read a file that a spec names; None where there is none any more."""
    try:
        return opener(Path(source.file or ".").parent)(name)
    except ValueError:
        return None


def _checks(choice: Choice) -> list[Any]:
    select = None if choice.select is None else sorted(choice.select)
    return [select, sorted(choice.ignore), choice.least, sorted(choice.severities.items())]


def _code() -> str:
    digest = hashlib.sha256()
    for file in sorted(ROOT.rglob("*.*")):
        if file.suffix in (".py", ".yaml", ".json", ".js", ".css"):
            digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _hash(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
