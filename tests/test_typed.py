"""Words of the command line give what Typer gives: the same values, the same refusals, plain words or not."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from lrviz.cli import app_of
from lrviz.commands import COMMANDS
from lrviz.commands.typed import Command, Group


class Form(StrEnum):
    text = "text"
    csv = "csv"


def command(
    words: Annotated[list[str], typer.Argument()],
    output: Annotated[list[Path], typer.Option("-o")] = [],  # noqa: B006  # as the commands have it
    count: Annotated[int | None, typer.Option("--count", min=1, max=9_999)] = None,
    whole: Annotated[int, typer.Option("--whole")] = 3,
    lr: Annotated[float | None, typer.Option("--lr")] = None,
    form: Annotated[Form, typer.Option("--form")] = Form.text,
    folder: Annotated[Path | None, typer.Option("--folder")] = None,
    name: Annotated[str | None, typer.Option("--name")] = None,
    flag: Annotated[bool, typer.Option("--flag")] = False,
) -> None:
    given = (words, output, count, whole, lr, form, folder, name, flag)
    print(*(f"{type(value).__name__} {value!r}" for value in given), sep="\n")


def other(word: Annotated[str, typer.Argument()] = "cosine") -> None:
    print(repr(word))


def app(command_class: Any, group_class: Any) -> typer.Typer:
    made = typer.Typer(cls=group_class, rich_markup_mode=None)
    made.command("command", cls=command_class)(command)
    made.command("other", cls=command_class)(other)
    return made


OURS, TYPERS = app(Command, Group), app(None, None)


def both(arguments: list[str]) -> tuple[tuple[int, str], tuple[int, str]]:
    def told(made: typer.Typer) -> tuple[int, str]:
        result = CliRunner().invoke(made, arguments)
        return result.exit_code, result.output

    return told(OURS), told(TYPERS)


PLAIN = [
    ["command", "cosine"],
    ["command", "a", "b", "-o", "a.png", "-o", "b/c.svg", "--count", "1", "--whole", "-20", "--flag"],
    ["command", "a", "--lr", "0.1", "--form", "csv", "--folder", "runs", "--name", ""],
    ["command", "a", "--lr", "1e-3", "--count", "9999", "--whole", "0"],
    ["command", "a", "--lr", "-5", "--whole", "123456789012345678"],
    ["command", "", "-o", ""],
    ["other"],
    ["other", "steplr"],
]
NOT_PLAIN = [
    ["command", "a", "--lr", ".5", "--whole", "+7", "--form", "text"],
    ["command", "a", "--lr", "nan", "--whole", "007"],
    ["command", "a", "--lr", "1_000.5", "--whole", "1_000"],
    ["command", "a", "--lr", " 2 ", "--whole", " 2 "],
    ["command", "a", "--lr", "inf", "--whole", "3.0"],
    ["command", "a", "--whole", "9" * 30],
]
WRONG = [
    [],
    ["command"],
    ["command", "a", "--count", "0"],
    ["command", "a", "--count", "10000"],
    ["command", "a", "--count", "x"],
    ["command", "a", "--whole", "1.5"],
    ["command", "a", "--whole", "٣٣.١"],
    ["command", "a", "--lr", "x"],
    ["command", "a", "--lr", ""],
    ["command", "a", "--form", "CSV"],
    ["command", "a", "--form", "md"],
    ["command", "a", "--nope"],
    ["command", "a", "--count"],
    ["other", "a", "b"],
    ["others"],
]


@pytest.mark.parametrize("arguments", [*PLAIN, *NOT_PLAIN], ids=" ".join)
def test_a_good_word_gives_what_typer_gives(arguments: list[str]) -> None:
    ours, typers = both(arguments)
    assert ours == typers
    assert ours[0] == 0 or "Invalid value" in ours[1]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_a_wrong_word_is_refused_as_typer_refuses_it(arguments: list[str]) -> None:
    ours, typers = both(arguments)
    assert ours == typers
    assert ours[0] == 2


def test_a_file_that_is_there_and_one_that_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "away.png").symlink_to("nowhere")
    ours, typers = both(["command", "a", "-o", "a.png", "-o", "folder", "--folder", "away.png"])
    assert ours == typers
    assert "[PosixPath('a.png'), PosixPath('folder')]" in ours[1]


@pytest.mark.parametrize("arguments", PLAIN, ids=" ".join)
def test_a_plain_word_is_not_given_to_typer(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.core import TyperArgument, TyperOption

    def refuse(*_: Any) -> Callable[..., Any]:
        raise AssertionError("a plain word was given to Typer")

    for kind in (TyperArgument, TyperOption):
        monkeypatch.setattr(kind, "process_value", refuse)
    assert CliRunner().invoke(OURS, arguments).exit_code == 0


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("words", [["--help"], ["--nope"], [], ["a", "--format", "zzz"]], ids=" ".join)
def test_a_command_alone_says_what_it_says_among_all(name: str, words: list[str]) -> None:
    if not words and name not in ("plot", "table", "compare", "explain", "cache"):
        pytest.skip("it needs no argument")
    alone, among = (CliRunner().invoke(app_of(names), [name, *words]) for names in ([name], COMMANDS))
    assert (alone.exit_code, alone.output) == (among.exit_code, among.output)
    assert str(alone.exception) == str(among.exception)
