"""Diff → Markdown for a comment on a pull request: a row per curve that is not what it was."""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.analyze.comparison import Comparison, Diff, Group
from lrviz.render.as_markdown import code, prose
from lrviz.render.diff.wording import FACTS, change, length, listed, rows_of, sets_of_groups, summary
from lrviz.render.number import lr_text, where_text
from lrviz.render.shown import visible

HEADINGS = ("", "spec", "curve", "parts at", "by up to", *FACTS, "length")
ARROW = "→"
MOST_ROWS = 8  # sets of groups of one curve


def render(diff: Diff, suffix: str = ".md") -> str:  # noqa: ARG001 - every format is called alike
    """Write a GitHub table of what became of curves, and what else is to be said."""
    pieces = [f"**{prose(summary(diff))}** (before: {_name(diff.before)}, after: {_name(diff.after)})\n"]
    rows = [row for one in diff.having("changed", "added", "removed") for row in _rows(one, diff)]
    if rows:
        rule = ("---",) * len(HEADINGS)
        pieces.append("".join(f"| {' | '.join(row)} |\n" for row in (HEADINGS, rule, *rows)))
    said = [line for one in diff.having("changed") for line in _besides(one, diff)]
    said += [f"- {prose(str(problem))}\n" for problem in diff.problems]
    return "\n".join([*pieces, *(["".join(said)] if said else [])])


def _rows(one: Comparison, diff: Diff) -> Iterator[tuple[str, ...]]:
    if one.status != "changed":
        blank = [""] * (len(HEADINGS) - 4)
        yield (f"**{one.status}**", _name(one.source), _name(one.name), *blank, length(one))
        return
    sets = sets_of_groups(one)
    for groups in sets[:MOST_ROWS]:
        whose = "" if len(sets) == 1 else f" · {prose(listed([group.name for group in groups]))}"
        facts = [change(groups[0], fact, diff.tolerance, ARROW) for fact in FACTS]
        where = _parting(one, groups)
        yield (
            "**changed**",
            _name(one.source),
            f"{_name(one.name)}{whose}",
            *where,
            *facts,
            length(one, ARROW),
        )
    if len(sets) > MOST_ROWS or not sets:
        blank = [""] * (len(HEADINGS) - 4)
        more = f"and {len(sets) - MOST_ROWS} more sets of groups" if sets else _name(one.name)
        yield ("**changed**", _name(one.source), more, *blank, length(one, ARROW))


def _parting(one: Comparison, groups: list[Group]) -> tuple[str, str]:
    """Say where the LR of some groups parts first, and how far they go apart."""
    names = {group.name for group in groups}
    found = [d.parting for d in one.divergences if d.quantity == "lr" and d.group in names]
    if not found or one.after is None:
        return "-", "-"
    first, largest = min(p.update for p in found), max(found, key=lambda p: p.largest)
    where = f"{lr_text(largest.largest)} at {where_text(largest.largest_at, one.after.clock)}"
    return where_text(first, one.after.clock), where


def _besides(one: Comparison, diff: Diff) -> Iterator[str]:
    for label, said in rows_of(one, diff.tolerance):
        if label in ("momentum", "weight decay", "besides", "explained by", "do", "note"):
            what = (
                ""
                if label == "besides"
                else f"{label} "
                if " decay" in label or label == "momentum"
                else f"{label}: "
            )
            yield f"- {_name(one.source)} {_name(one.name)}: {what}{prose(said)}\n"


def _name(name: str) -> str:
    # A table's cells are parted before anything else in it is read, code included.
    return code(visible(name)).replace("|", r"\|")
