"""The ``[tool.lrviz]`` of a project's pyproject.toml → the options that are not given on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrviz.errors import LrvizError, shown, suggestion

if TYPE_CHECKING:
    from lrviz.checks.choice import Choice

TABLE = "[tool.lrviz]"
LISTS = ("select", "ignore")
KEYS = (*LISTS, "severity", "strict")


@dataclass(frozen=True)
class Settings:
    """What a project has set for ``lrviz check``.

    Args:
        file: the pyproject.toml; None where there is none.
        select, ignore: names or codes of rules; select None: all.
        severity: the least that is shown (``info``), and severities of rules (``lr-jump=error``).
        strict: whether warnings fail too.
    """

    file: str | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    strict: bool = False


def settings(start: Path | None = None) -> Settings:
    """Read the settings of the project that a folder (where you are) belongs to.

    Raises:
        LrvizError: if they are wrong, with everything that is.
    """
    start = (start or Path()).resolve()
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return _read(file)
    return Settings()


def project_choice(given: Settings | None = None) -> Choice:
    """Read which checks the project wants.

    Raises:
        LrvizError: if the settings are wrong.
    """
    from lrviz.checks.choice import choice_of

    found = given or settings()
    return choice_of(found.select, found.ignore, found.severity, f"{found.file}: {TABLE}")


def _read(file: Path) -> Settings:
    import tomllib

    name = "pyproject.toml"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LrvizError(f"{file}: cannot be read: {error}") from error
    tool = data.get("tool", {})
    table = tool.get("lrviz", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise LrvizError(
            f'{name}: {TABLE} is not a table; write {TABLE} and, below it, ignore = ["lr-zero-start"]'
        )
    wrong = [_wrong(key, value) for key, value in table.items()]
    told = [f"{name}: {TABLE} {message}" for message in wrong if message]
    if told:
        raise LrvizError("\n".join(told))
    return Settings(
        file=str(file),
        select=tuple(table["select"]) if "select" in table else None,
        ignore=tuple(table.get("ignore", ())),
        severity=_severities(table.get("severity", ())),
        strict=table.get("strict", False),
    )


def _wrong(key: str, value: Any) -> str | None:
    if key not in KEYS:
        return f"has no {key}; {suggestion(key, KEYS)}"
    if key in LISTS and not _are_texts(value):
        return f'{key}: {shown(value)} is not a list of checks; write ["lr-zero-start"]'
    if key == "strict" and not isinstance(value, bool):
        return f"strict: {shown(value)} is neither true nor false"
    texts = value.values() if isinstance(value, dict) else [value]
    if key == "severity" and not _are_texts(list(texts)):
        return f'severity: {shown(value)} is no severity; write "warning", or {{lr-jump = "error"}}'
    return None


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _severities(value: Any) -> tuple[str, ...]:
    if isinstance(value, dict):
        return tuple(f"{name}={severity}" for name, severity in value.items())
    return (value,) if isinstance(value, str) else ()
