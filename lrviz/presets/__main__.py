"""``python -m lrviz.presets``: the YAML files of the presets and the catalog → their indexes, written anew."""

from __future__ import annotations

from pathlib import Path

from lrviz.catalog import index

PACKAGE = Path(__file__).parent.parent
FOLDERS = (
    PACKAGE / "presets",
    PACKAGE / "presets" / "published",
    PACKAGE / "catalog" / "schedulers",
    PACKAGE / "catalog" / "optimizers",
)


def main() -> None:
    """Write them."""
    for folder in FOLDERS:
        (folder / index.NAME).write_text(index.index_of(folder), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
