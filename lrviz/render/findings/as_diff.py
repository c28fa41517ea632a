"""A file's text before and after → a unified diff, as ``patch`` takes it, or coloured for the terminal."""

from __future__ import annotations

import difflib

from rich.text import Text

from lrviz.errors import visible

STYLES = {"---": "bold", "+++": "bold", "@@": "cyan", "-": "red", "+": "green"}


def render(name: str, before: str, after: str) -> str:
    """Write a unified diff with three lines of context; the lines keep their own ends."""
    lines = difflib.unified_diff(_lines(before), _lines(after), visible(name), visible(name))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def shown(name: str, before: str, after: str) -> Text:
    """Make the diff for a terminal: what goes in red, what comes in green."""
    text = Text()
    for line in render(name, before, after).splitlines():
        style = next((style for start, style in STYLES.items() if line.startswith(start)), "")
        text.append(f"{visible(line.expandtabs())}\n", style)
    return text


def _lines(text: str) -> list[str]:
    """Split at line feeds alone, as ``patch`` does."""
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])
