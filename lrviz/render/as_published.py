"""Published schedules → the list of them, by family and year, and what ``lrviz explain`` prints of one."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from lrviz import catalog, presets
from lrviz.presets import FAMILIES, Preset
from lrviz.render.as_cards import aligned, card_of, shown
from lrviz.render.number import short_text
from lrviz.render.spark import spark

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 10  # columns of a drawing in the list


def published_listing(plain: bool = False) -> RenderableType:
    """List them, a table for each family; one line each when plain."""
    known = sorted(presets.published().values(), key=_order)
    if plain:
        return aligned((preset.name, str(preset.year), preset.family, preset.title) for preset in known)
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    longest = max(len(preset.name) for preset in known)
    parts: list[RenderableType] = []
    for family, members in groupby(known, key=lambda preset: preset.family):
        table = Table.grid(padding=(0, 2))
        for style, width in (("dim", 4), ("bold cyan", longest), ("cyan", WIDTH), ("", None)):
            table.add_column(style=style, width=width, no_wrap=width is not None)
        for preset in members:
            row = (str(preset.year), preset.name, spark(preset.shape, WIDTH), preset.title)
            table.add_row(*map(Text, row))
        parts += [Text(family, style="bold underline"), table, Text()]
    return Group(*parts, Text("lrviz explain NAME tells more of each, lrviz compare NAME NAME draws them."))


def published_card(preset: Preset, plain: bool = False) -> RenderableType:
    """Explain one."""
    entry = catalog.schedulers().get(str(preset.schedule.get("type")))
    made_of = (
        f"{entry.name} (lrviz explain {entry.name})" if entry else "points (a LambdaLR goes through them)"
    )
    facts = {
        "formula": preset.formula,
        "run": _run(preset.run or {}),
        "optimizer": _optimizer(preset.optimizer or {}),
        "made of": made_of,
        "published": f"{preset.year} ({preset.family})",
        "source": preset.source,
        "notes": preset.notes.strip(),
        "try it": f"lrviz compare {preset.name} constant",
        "on your run": f"lrviz compare {preset.name}:{_scaling(preset)}",
    }
    return card_of(f"{preset.name}: {preset.title}", preset.about, preset.shape, facts, [], plain)


def _order(preset: Preset) -> tuple[int, int, str]:
    family = FAMILIES.index(preset.family) if preset.family in FAMILIES else len(FAMILIES)
    return family, preset.year, preset.name


def _run(run: dict[str, Any]) -> str:
    epochs, per_epoch, tokens = (run.get(key) for key in ("epochs", "steps_per_epoch", "tokens_per_step"))
    if "steps" in run:
        told, steps = f"{run['steps']:,} updates", run["steps"]
    else:
        told, steps = f"{shown(epochs)} epochs", (epochs or 0) * (per_epoch or 1)
    if per_epoch is not None:
        told += f" of {per_epoch:,} updates" if "steps" not in run else f", {per_epoch:,} an epoch"
    elif "dataset_size" in run:
        told += f" of {run['dataset_size']:,} samples, in batches of {run.get('batch_size', 1):,}"
    if tokens is None:
        return told
    return f"{told} of {tokens:,} tokens, {_amount(round(tokens * steps))} in all"


def _amount(tokens: int) -> str:
    return f"{tokens / 10**12:.3g}T" if tokens >= 10**12 else short_text(float(f"{tokens:.3g}"))


def _optimizer(optimizer: dict[str, Any]) -> str:
    settings = {key: value for key, value in optimizer.items() if key not in ("type", "groups")}
    told = f"{optimizer.get('type')}: {_settings(settings)}"
    groups = [
        f"{group.get('name', index)}"
        + (f": {of}" if (of := _settings({k: v for k, v in group.items() if k != "name"})) else "")
        for index, group in enumerate(optimizer.get("groups", ()))
    ]
    return told + (f"; groups {'; '.join(groups)}" if groups else "")


def _settings(settings: dict[str, Any]) -> str:
    return ", ".join(
        f"{key} {shown(tuple(value) if isinstance(value, list) else value)}"
        for key, value in settings.items()
    )


def _scaling(preset: Preset) -> str:
    lr = (preset.optimizer or {}).get("lr", 0.1)
    length = "epochs=30" if "epochs" in (preset.run or {}) else "steps=20000"
    return f"{length},lr={2 * lr:g}"
