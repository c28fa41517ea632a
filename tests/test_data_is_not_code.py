"""A spec is data: reading one runs nothing of it, and opens and imports nothing that it names.

What happens while a spec is read is heard through an audit hook: every file opened, module imported, text compiled
for running, code executed and process started, by whatever means.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lrviz import catalog, pipeline, presets, readers
from lrviz.catalog.families import families
from lrviz.errors import SpecError

PACKAGE = Path(readers.__file__).parents[1]
CODE = ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "socket.connect", "exec")

_heard: list[tuple[str, tuple[Any, ...]]] | None = None


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _heard is not None and event in ("open", "import", "compile", *CODE):
        _heard.append((event, arguments))


sys.addaudithook(_hear)  # which can never be taken away again; it is deaf outside `listening`


@contextmanager
def listening() -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    global _heard
    _heard = heard = []
    try:
        yield heard
    finally:
        _heard = None


EXPRESSIONS = (
    "__import__('os').system('touch hacked')",
    "().__class__.__base__.__subclasses__()",
    "open('hacked', 'w')",
    "exec('import os')",
    "eval('1')",
    "[x for x in ().__class__.__mro__]",
    "(lambda: 1)()",
    "f'{t.__class__}'",
    "t.__globals__['os']",
    "globals()",
    "getattr(t, 'x')",
    "breakpoint()",
    "(" * 400 + "t" + ")" * 400,
)
NAMES = (
    "os.system",
    "torch.optim.lr_scheduler.os",
    "torch.optim.SGD.__init__",
    "torch.optim.lr_scheduler.LRScheduler",
    "builtins.eval",
    "subprocess:Popen",
    "hacked:Scheduler",
    "./hacked.py:Scheduler",
    "/etc/passwd",
    "../../etc/passwd",
    "antigravity",
    "__import__('os')",
)
TAGS = (
    "!!python/object/apply:os.system ['touch hacked']",
    "!!python/object/new:os.system ['touch hacked']",
    "!!python/name:os.system ''",
    "!!python/module:antigravity ''",
    "!!python/object:os.system {}",
    "!<tag:yaml.org,2002:python/object/apply:os.system> ['touch hacked']",
    "!include /etc/passwd",
    "!!binary aGFja2Vk",
)
RUN = "run: {epochs: 3}\n"
PLACES = (
    "schedules: {{a: {{type: {0}}}}}",
    "schedules: {{a: {{class_path: {0}, init_args: {{x: 1}}}}}}",
    "schedules: {{a: {{_target_: {0}}}}}",
    "schedules: {{a: {{preset: {0}}}}}",
    "schedules: {{a: {{schedulers: [{{type: {0}}}]}}}}",
    "schedules: {{a: {0}}}",
    "optimizer: {{type: {0}}}\nschedules: {{a: cosine}}",
    "optimizer: {0}\nschedules: {{a: cosine}}",
)
SPECS = {
    **{
        f"{name} in place {i}": RUN + place.format(f'"{name}"') + "\n"
        for name in NAMES
        for i, place in enumerate(PLACES)
    },
    **{
        f"{tag} in place {i}": RUN + place.format(tag) + "\n"
        for tag in TAGS
        for i, place in enumerate(PLACES)
    },
    **{
        f"{key}: {text[:40]}": RUN + f'schedules: {{a: {{type: {kind}, {rest}{key}: "{text}"}}}}\n'
        for text in EXPRESSIONS
        for kind, rest, key in (
            ("LambdaLR", "", "lr_lambda"),
            ("CyclicLR", "base_lr: 0, max_lr: 1, ", "scale_fn"),
            ("ExponentialLR", "", "gamma"),
        )
    },
    **{
        f"where: {text[:40]}": RUN
        + f'schedules: {{a: {{type: LambdaLR, lr_lambda: n, where: {{n: "{text}"}}}}}}\n'
        for text in EXPRESSIONS
    },
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # What lrviz itself opens and imports, it does now: what is opened later is opened for the spec.
    for table in (
        catalog.schedulers(),
        catalog.optimizers(),
        families(),
        presets.presets(),
        presets.published(),
    ):
        assert table
    Path("good.yaml").write_text("run: {epochs: 3}\nschedules: {a: cosine}\n")
    readers.read("good.yaml")
    Path("hacked.py").write_text("raise AssertionError('a spec had this run')\n")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_the_specs_are_many() -> None:
    assert len(SPECS) > 200


def test_a_hostile_spec_opens_itself_and_runs_nothing() -> None:
    before = set(sys.modules)
    for title, spec in SPECS.items():
        path = Path("c.yaml")
        path.write_text(spec)
        with listening() as heard, pytest.raises(SpecError) as caught:
            readers.read("c.yaml")
        assert {str(arguments[0]) for event, arguments in heard if event == "open"} == {"c.yaml"}, title
        assert not [event for event, _ in heard if event in ("import", *CODE)], title
        message = str(caught.value)
        assert len(message) < 2000, title
        assert all(character.isprintable() or character == "\n" for character in message), title
    assert not [path for path in Path().iterdir() if path.name not in ("c.yaml", "good.yaml", "hacked.py")]
    assert set(sys.modules) == before


def test_an_expression_is_parsed_and_never_compiled_for_running() -> None:
    Path("c.yaml").write_text(RUN + 'schedules: {a: {type: LambdaLR, lr_lambda: "0.9 ** t"}}\n')
    made = []

    def note(source: object, *rest: Any, **options: Any) -> object:
        made.append(rest[2] if len(rest) > 2 else options.get("flags", 0))
        return compile(source, *rest, **options)  # type: ignore[call-overload]

    patch = pytest.MonkeyPatch()
    patch.setattr(ast, "compile", note, raising=False)
    with listening() as heard:
        spec = readers.read("c.yaml")
        function = dict(next(iter(spec)).schedulers[0].arguments)["lr_lambda"].function()  # type: ignore[union-attr]
        assert function({"t": 2.0}) == 0.81
    patch.undo()
    assert made
    assert all(flags & ast.PyCF_ONLY_AST for flags in made)
    assert not [event for event, _ in heard if event in ("import", *CODE)]


def test_stepping_an_expression_runs_none_of_its_text() -> None:
    Path("c.yaml").write_text(RUN + 'schedules: {a: {type: LambdaLR, lr_lambda: "0.9 ** t"}}\n')
    spec = readers.read("c.yaml")
    pipeline.simulate(readers.read("constant"))  # torch is imported now, with all it opens and compiles
    with listening() as heard:
        pipeline.simulate(spec)
    assert not [arguments for event, arguments in heard if event == "exec" and "<unknown>" in str(arguments)]
    assert not [event for event, _ in heard if event in CODE and event != "exec"]


@pytest.mark.parametrize(
    "word", ["../../etc/passwd:gamma=1", "os.system", "hacked:lr=1", "__import__('os')", "a\x1b[31mb"]
)
def test_a_hostile_word_opens_nothing(word: str) -> None:
    with listening() as heard, pytest.raises(SpecError) as caught:
        readers.read(word)
    opened = [str(arguments[0]) for event, arguments in heard if event == "open"]
    assert [name for name in opened if not name.startswith(str(PACKAGE)) and name != word] == []
    assert not [event for event, _ in heard if event in ("import", *CODE)]
    assert str(caught.value).isprintable()


def test_control_characters_are_shown_as_escapes_in_values_keys_and_file_names() -> None:
    name = "\x1b[2Jc\u202e.yaml"
    Path(name).write_text(RUN + 'schedules: {a: {type: "\\e[31mred\\u2028\\u202e", "[bold]": 1}}\n')
    with pytest.raises(SpecError) as caught:
        readers.read(name)
    assert str(caught.value) == (
        "\\x1b[2Jc\\u202e.yaml:2:17: schedules.a.type: '\\x1b[31mred\\u2028\\u202e' is no scheduler of torch; "
        "lrviz list schedulers shows them"
    )


@pytest.mark.parametrize(
    "character", ["\\e", "\\0", "\\r", "\\n", "\\x9b", "\\u202e", "\\u2066", "\\u2028", "\\ud800"]
)
def test_a_name_that_would_steer_a_terminal_is_refused_wherever_it_is_shown(character: str) -> None:
    specs = (
        f'{RUN}schedules: {{"a{character}": cosine}}\n',
        f'{RUN}optimizer: {{type: SGD, groups: [{{name: "a{character}"}}]}}\nschedules: {{a: cosine}}\n',
        f'{RUN}schedules: {{a: cosine}}\nplot: {{title: "a{character}"}}\n',
        f'{RUN}schedules: {{a: {{preset: plateau, monitor: "a{character}"}}}}\n',
        f'{RUN}schedules: {{a: {{preset: plateau, metrics: {{"a{character}": {{values: [1]}}}}}}}}\n',
    )
    for spec in specs:
        Path("c.yaml").write_text(spec)
        with pytest.raises(SpecError) as caught:
            readers.read("c.yaml")
        assert all(c.isprintable() or c == "\n" for c in str(caught.value))


def test_names_in_any_script_are_read() -> None:
    names = ("Abkühlung", "学習率", "скорость", "lr ↓", "🔥", "a[bold]b", "50% warm-up")
    Path("c.yaml").write_text(
        RUN + "schedules:\n" + "".join(f'  "{name}": cosine\n' for name in names), encoding="utf-8"
    )
    assert readers.read("c.yaml").names == names


def test_a_long_value_is_cut_in_a_message() -> None:
    long = "x" * 100_000
    specs = (
        f"{RUN}schedules: {{a: {long}}}\n",
        f"{RUN}schedules: {{a: {{type: {long}}}}}\n",
        f"{RUN}schedules: {{a: {{type: StepLR, step_size: {long}}}}}\n",
        f"{RUN}schedules: {{a: {{type: ExponentialLR, gamma: {long}}}}}\n",
        f"{RUN}schedules: {{a: {{type: LambdaLR, lr_lambda: {long}}}}}\n",
        f"{RUN}schedules: {{a: {{preset: wsd, decay: {long}}}}}\n",
        f"{RUN}schedules: {{a: {{preset: plateau, monitor: {long}}}}}\n",
        f"{RUN}schedules: {{a: cosine}}\nplot: {{x: {long}}}\n",
        f"run: {{epochs: {long}}}\nschedules: {{a: cosine}}\n",
        f"run: *{long}\n",
        f"run: !{long} 1\n",
        long,
    )
    for spec in specs:
        Path("c.yaml").write_text(spec)
        with pytest.raises(SpecError) as caught:
            readers.read("c.yaml")
        assert len(str(caught.value)) < 400
