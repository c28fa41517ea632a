"""What a folder of artifacts holds ↔ its manifest.json: from what each spec was made, and a hash of every file."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lrviz.render.exhibits import Exhibit, exhibit_from

NAME = "manifest.json"
FORMAT, FORMAT_VERSION = "lrviz-manifest", 1
LARGEST = 200_000_000  # bytes; more is none of ours
# A name of a file in the folder: nothing that leads elsewhere.
_SAFE = re.compile(r"(?!\.)[\w.-]{1,150}\.(png|svg|pdf|csv|json|html|md)")
_SHA256 = re.compile("[0-9a-f]{64}")
CHUNK = 1 << 20


@dataclass(frozen=True)
class Artifact:
    """A file: the hash of its bytes, and how many they are."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Entry:
    """One spec as it was rendered.

    Args:
        input: a hash of everything that determines its artifacts; "" where nothing can tell: it runs code, or is wrong.
        files: the files that the spec names, as it names them.
        artifacts: its files in the folder, by name.
        exhibit: what pages tell of it.
    """

    input: str
    files: tuple[str, ...]
    artifacts: Mapping[str, Artifact]
    exhibit: Exhibit


@dataclass(frozen=True)
class Manifest:
    """A folder of artifacts.

    Args:
        versions: of what made them.
        entries: the specs, by title.
        pages: the files that show them all, by name.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, Entry] = field(default_factory=dict)
    pages: Mapping[str, Artifact] = field(default_factory=dict)

    def files(self) -> dict[str, Artifact]:
        """List every file but the manifest itself, by name."""
        every = [*(entry.artifacts for entry in self.entries.values()), self.pages]
        return {name: artifact for some in every for name, artifact in some.items()}

    def to_json(self) -> str:
        """Write the manifest, the same for the same content."""
        data = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "versions": dict(self.versions),
            "specs": {title: _entry_data(self.entries[title]) for title in sorted(self.entries)},
            "pages": _artifacts_data(self.pages),
        }
        return json.dumps(data, indent=1) + "\n"


def manifest_in(folder: str) -> Manifest:
    """Read a folder's manifest; an empty one where there is none, or it is damaged: then nothing there is known."""
    try:
        with open(os.path.join(folder, NAME), "rb") as file:
            text = file.read(LARGEST + 1)
        return _manifest_of(json.loads(text)) if len(text) <= LARGEST else Manifest()
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Manifest()


def artifact_at(path: str) -> Artifact | None:
    """Hash a file; None where there is none, or it is a link or anything else that is no file."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        digest, size = hashlib.sha256(), 0
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError:
        return None
    return Artifact(digest.hexdigest(), size)


def is_unchanged(path: str, artifact: Artifact) -> bool:
    """Tell whether a file is as it was written."""
    try:
        if os.lstat(path).st_size != artifact.size:
            return False
    except OSError:
        return False
    return artifact_at(path) == artifact


def are_unchanged(folder: str, artifacts: Mapping[str, Artifact], names: Iterable[str]) -> bool:
    """Tell whether a spec's artifacts are those with some names, and all as they were written."""
    wanted = set(names)
    return set(artifacts) == wanted and all(
        is_unchanged(str(Path(folder, name)), artifact) for name, artifact in artifacts.items()
    )


def _entry_data(entry: Entry) -> dict[str, Any]:
    return {
        "input": entry.input,
        "files": list(entry.files),
        "artifacts": _artifacts_data(entry.artifacts),
        "shown": entry.exhibit.data(),
    }


def _artifacts_data(artifacts: Mapping[str, Artifact]) -> dict[str, Any]:
    return {name: {"sha256": one.sha256, "size": one.size} for name, one in sorted(artifacts.items())}


def _manifest_of(data: Any) -> Manifest:
    if (data["format"], data["version"]) != (FORMAT, FORMAT_VERSION):
        raise ValueError("another format")
    versions = {str(name): str(version) for name, version in data["versions"].items()}
    entries = {str(title): _entry_of(entry) for title, entry in data["specs"].items()}
    return Manifest(versions, entries, _artifacts_of(data["pages"]))


def _entry_of(data: Any) -> Entry:
    files = tuple(map(str, data["files"]))
    return Entry(str(data["input"]), files, _artifacts_of(data["artifacts"]), exhibit_from(data["shown"]))


def _artifacts_of(data: Any) -> dict[str, Artifact]:
    found = {}
    for name, one in data.items():
        if not (_SAFE.fullmatch(name) and _SHA256.fullmatch(one["sha256"]) and isinstance(one["size"], int)):
            raise ValueError("no artifact")
        found[name] = Artifact(one["sha256"], one["size"])
    return found
