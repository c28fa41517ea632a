"""What lrviz knows about each scheduler and optimizer class, as data: one YAML file per class.

A class's file holds its name, aliases, arguments (kind, default, meaning), formula, and when to use it. The
language's models, the builder, ``lrviz explain`` and the JSON Schema all read it, and a test holds it against
the signatures of the installed torch.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lrviz.catalog import index
from lrviz.frozen import frozen

REQUIRED: Any = ...  # the default of an argument that has none

KINDS = (
    "length",  # calls of the scheduler, with or without a unit
    "number",  # a finite float
    "lr",  # a finite float, not negative
    "integer",
    "boolean",
    "text",  # one of `choices`
    "expression",  # arithmetic in a string
    "schedulers",  # a list of schedulers
)


@frozen
class Argument:
    """One argument of a class.

    Args:
        name: torch's name.
        kind: one of KINDS.
        about: what it does, in a phrase.
        default: torch's default; REQUIRED where there is none.
        listed: the argument is a list (milestones, betas, schedulers).
        per_group: one value, or a list with one for each parameter group.
        size: the length a list must have, where it is fixed.
        position: a length that is a point of the run rather than a span.
        minimum: the smallest value that makes sense.
        choices: allowed values of a text.
    """

    name: str
    kind: str
    about: str
    default: Any = REQUIRED
    listed: bool = False
    per_group: bool = False
    size: int | None = None
    position: bool = False
    minimum: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether torch has no default for it."""
        return self.default is REQUIRED


@frozen
class Entry:
    """One class: where it lives, what it is for, and its arguments.

    Args:
        name: the class's name.
        path: its full Python path.
        about: one sentence.
        arguments: in torch's order, without the optimizer or the parameters.
        aliases: other names people use, in lower case.
        formula: in plain Unicode.
        use_when, strength, weakness: a sentence each.
        effective_lr: of an optimizer, what one sees in its effective LR: the size of its steps over that of gradients.
        interval: ``epoch`` or ``step``, as torch documents its use; None where it leaves it open.
        needs_one_of: sets of arguments of which one must be given whole.
        parameter: what an optimizer steps: ``dense``, ``matrix`` (2-D alone) or ``sparse`` gradients.
        takes_groups: whether an optimizer takes parameter groups.
        preset: the preset whose drawing shows a scheduler's shape.
        source: documentation or paper.
    """

    name: str
    path: str
    about: str
    arguments: tuple[Argument, ...]
    aliases: tuple[str, ...] = ()
    formula: str = ""
    use_when: str = ""
    strength: str = ""
    weakness: str = ""
    effective_lr: str = ""
    interval: str | None = None
    needs_one_of: tuple[tuple[str, ...], ...] = ()
    parameter: str = "dense"
    takes_groups: bool = True
    preset: str | None = None
    source: str = ""

    @property
    def default_lr(self) -> float:
        """An optimizer's default LR."""
        known = self.argument("lr")
        assert known is not None  # every optimizer has an lr: the catalog's test
        return float(known.default)

    def argument(self, name: str) -> Argument | None:
        """Find an argument by its name."""
        return next((argument for argument in self.arguments if argument.name == name), None)


@cache
def schedulers() -> dict[str, Entry]:
    """Every scheduler class, by name, sorted."""
    return _read("schedulers")


@cache
def optimizers() -> dict[str, Entry]:
    """Every optimizer class, by name, sorted."""
    return _read("optimizers")


def find(word: str, entries: dict[str, Entry]) -> Entry | None:
    """Find a class by name, alias or path: any case, hyphens or underscores, with or without ``LR``."""
    wanted = plain(word.rpartition(".")[2]) if _is_path_of(word, entries) else plain(word)
    for entry in entries.values():
        names = {plain(entry.name), *(plain(alias) for alias in entry.aliases)}
        if wanted in names or wanted.removesuffix("lr") in {name.removesuffix("lr") for name in names}:
            return entry
    return None


def _is_path_of(word: str, entries: dict[str, Entry]) -> bool:
    # torch.optim.AdamW and torch.optim.adamw.AdamW are the same class; anything else with a dot is not ours.
    return word.startswith("torch.optim.") and word.rpartition(".")[2] in entries


def plain(name: str) -> str:
    """Strip a name of what people write differently: case, hyphens, underscores, spaces."""
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


def _read(folder: str) -> dict[str, Entry]:
    return {name: _entry(data) for name, data in index.data_in(Path(__file__).parent / folder).items()}


def _entry(data: dict[str, Any]) -> Entry:
    arguments = tuple(_argument(name, known) for name, known in (data.pop("arguments", None) or {}).items())
    aliases = tuple(data.pop("aliases", ()))
    needs = tuple(tuple(names) for names in data.pop("needs_one_of", ()))
    return Entry(arguments=arguments, aliases=aliases, needs_one_of=needs, **data)


def _argument(name: str, known: dict[str, Any]) -> Argument:
    if isinstance(known.get("default"), list):
        known["default"] = tuple(known["default"])
    return Argument(name=name, choices=tuple(known.pop("choices", ())), **known)
