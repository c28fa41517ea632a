"""Catalog and presets → what ``lrviz list`` and ``lrviz explain`` print. Nothing here is simulated: it is all data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lrviz import catalog, checks, presets
from lrviz.catalog import Argument, Entry
from lrviz.catalog.families import Member, families, member_of, words
from lrviz.errors import LrvizError, one_of, suggestion
from lrviz.presets import Preset

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

KINDS = ("presets", "schedulers", "optimizers")
FAMILIES = "families"  # schedulers of other libraries
PACE = {
    "step": "per batch: call its step() after every update",
    "epoch": "per epoch: call its step() after every epoch",
    None: "at the pace of the schedulers inside it",
}


def listing(kinds: Iterable[str] | None = None, plain: bool = False) -> RenderableType:
    """List names and what they are, a table for each kind; one line each when plain.

    Args:
        kinds: what to list; where not given everything, and how many published schedules there are.
        plain: one line each.
    """
    count = len(presets.published_names())
    more = [
        (
            FAMILIES,
            f"{len(words())} schedulers of {one_of(families())} (lrviz list families)".replace(
                " or ", " and "
            ),
        ),
        ("published", f"{count} schedules of papers (lrviz list published)"),
    ]
    more = more if kinds is None else []
    kinds = KINDS if kinds is None else list(kinds)
    if plain:
        return aligned([*(row for kind in kinds for row in _rows(kind)), *more])
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = []
    for kind in kinds:
        parts += [Text(kind, style="bold underline"), _grid(_rows(kind), ("bold cyan", "")), Text()]
    parts += [Text(f"{name}: {what}.") for name, what in more]
    return Group(*parts, Text("lrviz explain NAME tells more of each."))


def card(name: str, plain: bool = False) -> RenderableType:
    """Explain one preset, scheduler, optimizer or check.

    Raises:
        LrvizError: if there is none of that name.
    """
    entries = {**catalog.schedulers(), **catalog.optimizers()}
    exact = next((entry for entry in entries.values() if entry.name.lower() == name.lower()), None)
    if exact is not None:
        return _class_card(exact, plain)
    preset = presets.find(name)
    if preset is not None and preset.run is not None:
        from lrviz.render.as_published import published_card  # which imports this module for its tables

        return published_card(preset, plain)
    if preset is not None:
        return _preset_card(preset, plain)
    entry = catalog.find(name, catalog.schedulers()) or catalog.find(name, catalog.optimizers())
    if entry is not None:
        return _class_card(entry, plain)
    member = member_of(name)
    if member is not None:
        return _member_card(member, plain)
    rule = checks.find(name)
    if rule is not None:
        from lrviz.render.as_rule import rule_card  # which imports this module for its tables

        return rule_card(rule, plain)
    known = [
        *presets.names(),
        *presets.published_names(),
        *checks.RULES,
        *entries,
        *(alias for entry in entries.values() for alias in entry.aliases),
        *words(),
    ]
    close = suggestion(name, known)
    raise LrvizError(f"{name!r} is unknown; " + (close if "mean" in close else "lrviz list shows every name"))


def _rows(kind: str) -> list[tuple[str, str]]:
    if kind == "presets":
        return [(preset.name, preset.about) for preset in presets.presets().values()]
    if kind == FAMILIES:
        members = (member for family in families().values() for member in family.members)
        return [(member.word, member.about) for member in members]
    entries = catalog.schedulers() if kind == "schedulers" else catalog.optimizers()
    return [(entry.name, entry.about) for entry in entries.values()]


def _preset_card(preset: Preset, plain: bool) -> RenderableType:
    kind = preset.schedule.get("type")
    entry = catalog.schedulers().get(str(kind))
    warmed = " after a linear warm-up" if "warmup" in preset.schedule else ""
    pace = preset.schedule.get("interval") or (entry.interval if entry else None)
    facts = {
        "also called": ", ".join(preset.aliases),
        "formula": preset.formula,
        "made of": f"{entry.name}{warmed} (lrviz explain {entry.name})" if entry else f"no scheduler{warmed}",
        "stepped": PACE[pace] if entry else "",
        "use it when": preset.use_when,
        "strength": preset.strength,
        "weakness": preset.weakness,
        "source": preset.source,
        "try it": f"lrviz compare {preset.name} constant",
    }
    own = [Argument(p.name, "", p.about, p.default) for p in preset.parameters]
    preset_values = {k: v for k, v in preset.schedule.items() if not isinstance(v, (dict, list))}
    arguments = [
        a
        for a in (entry.arguments if entry else ())
        if a.name not in preset.schedule or a.name in preset_values
    ]
    rows = [*_arguments(own), *_arguments(arguments, preset_values)]
    if "warmup" in preset.schedule:
        rows.insert(0, ("warmup", shown(preset.schedule["warmup"]), "length of the warm-up"))
    return card_of(f"{preset.name}: a preset", preset.about, preset.shape, facts, rows, plain)


def _class_card(entry: Entry, plain: bool) -> RenderableType:
    scheduler = entry.name in catalog.schedulers()
    preset = presets.find(entry.preset) if entry.preset else None
    facts = {
        "also called": ", ".join(entry.aliases),
        "class": entry.path,
        "formula": entry.formula,
        "effective LR": entry.effective_lr,
        "stepped": PACE[entry.interval] if scheduler else "",
        "use it when": entry.use_when,
        "strength": entry.strength,
        "weakness": entry.weakness,
        "source": entry.source,
        "try it": "" if scheduler else _trial(entry),
        "preset": f"{preset.name} (lrviz explain {preset.name})" if preset else "",
    }
    what = "a scheduler" if scheduler else "an optimizer"
    shape = preset.shape if preset else ""
    return card_of(
        f"{entry.name}: {what} of torch",
        entry.about,
        shape,
        facts,
        list(_arguments(entry.arguments)),
        plain,
    )


def _member_card(member: Member, plain: bool) -> RenderableType:
    family = families()[member.family]
    needed = "".join(f":{name}=10%" for name, default, _ in member.arguments if default == "required")
    facts = {
        "also called": ", ".join(member.aliases),
        "made by": f"{family.name} (pip install 'lrviz[{family.extra}]')",
        "stepped": PACE[member.interval],
        "is given": "a metric: write monitor" if member.metric else "",
        "source": family.source,
        "try it": "" if member.metric else f"lrviz compare {member.word}{needed} constant",
    }
    lengths = [
        (name, shown(value), "as the run gives it, where it is not written")
        for name, value in member.defaults
    ]
    rows = [*lengths, *((name, shown(default), about) for name, default, about in member.arguments)]
    return card_of(f"{member.word}: a scheduler of {family.name}", member.about, "", facts, rows, plain)


def _trial(entry: Entry) -> str:
    problem = "embedding" if entry.parameter == "sparse" else "quadratic" if not entry.takes_groups else "mlp"
    return f"lrviz compare {entry.name.lower()} sgd:lr=0.1 --train {problem}"


def _arguments(
    arguments: Iterable[Argument], given: dict[str, object] | None = None
) -> Iterator[tuple[str, str, str]]:
    given = given or {}
    for argument in arguments:
        default = "required" if argument.required else shown(argument.default)
        about = argument.about + (f" ({', '.join(argument.choices)})" if argument.choices else "")
        yield argument.name, shown(given[argument.name]) if argument.name in given else default, about


def shown(value: object) -> str:
    """Write a value of an argument as YAML would, numbers in six significant digits."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, tuple):
        return f"[{', '.join(shown(item) for item in value)}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def card_of(
    title: str,
    about: str,
    shape: str,
    facts: dict[str, str],
    arguments: list[tuple[str, str, str]],
    plain: bool,
) -> RenderableType:
    """Lay out what is told of one thing: its drawing, facts by name, and a table of its arguments."""
    told = [(name, fact) for name, fact in facts.items() if fact]
    head = ("argument", "default", "meaning")
    if plain:
        rows = [aligned(told), *([aligned([head, *arguments])] if arguments else [])]
        return "\n".join((title, about, *(part for row in rows for part in ("", row))))
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = [Text(title, style="bold"), Text(about), Text()]
    if shape:
        parts += [Padding(Text(shape, style="cyan", no_wrap=True), (0, 0, 1, 2))]
    parts.append(_grid(told, ("bold", "")))
    if arguments:
        parts += [Text(), _grid([head, *arguments], ("cyan", "", ""), header=True)]
    return Group(*parts)


def _grid(rows: Iterable[tuple[str, ...]], styles: tuple[str, ...], header: bool = False) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for index, style in enumerate(styles):
        table.add_column(style=style, no_wrap=index == 0, overflow="fold")
    for index, row in enumerate(rows):
        table.add_row(*(Text(cell, style="bold" if header and index == 0 else "") for cell in row))
    return table


def aligned(rows: Iterable[tuple[str, ...]]) -> str:
    """Set rows as plain lines, their columns aligned."""
    rows = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines)
