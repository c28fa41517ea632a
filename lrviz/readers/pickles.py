"""A file that only unpickling could read (``training_args.bin``) → why it is not read, and what to give instead."""

from __future__ import annotations

from pathlib import PurePath

from lrviz.errors import Place, Problem, SpecError

SUFFIXES = (".bin", ".pt", ".pth", ".pkl", ".ckpt")
INSTEAD = "give the config that the run was started from, YAML or JSON"
OF_TRAINER = f"{INSTEAD}, or write one: open('args.json', 'w').write(args.to_json_string())"


def refuse_pickle(file: str, place: Place) -> None:
    """Refuse a file by its suffix, before it is opened.

    Raises:
        SpecError: if its suffix is that of a pickle.
    """
    path = PurePath(file)
    if path.suffix.lower() in SUFFIXES:
        why = "a pickle, and reading one can run code that it holds, so lrviz opens none"
        instead = OF_TRAINER if path.name == "training_args.bin" else INSTEAD
        raise SpecError([Problem(place, f"{why}; {instead}")])
