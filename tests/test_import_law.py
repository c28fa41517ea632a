"""The law of imports: who may see whom, where foreign libraries live, and what a module may be called."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "lrviz"
FILES = sorted(ROOT.rglob("*.py"))

# presets, catalog ← spec ← trace ← analyze ← checks ← report ← render; each sees all to its left.
CHAIN = ("catalog", "presets", "spec", "trace", "analyze", "checks", "report", "render")
EVERYONE_SEES = {"errors", "notebook", "frozen", "__version__"}
LAW: dict[str, set[str]] = {
    **{layer: set(CHAIN[:index]) for index, layer in enumerate(CHAIN)},
    "errors": set(),
    "notebook": set(),
    "frozen": set(),
    "readers": {"catalog", "presets", "spec"},
    "build": {"catalog", "spec", "trace"},
    "loop": {"catalog", "spec", "trace", "build"},
    "folding": set(),
    "processes": set(),
    "workers": {"processes"},
    "parallel": {"spec", "trace", "loop", "folding", "processes"},
    "cache": {"spec", "trace", "folding"},
    "live": {"catalog", "spec", "trace", "checks", "build", "loop"},
    "configured": {"spec", "build", "readers"},
    "record": {"spec", "trace"},
    "pipeline": {*CHAIN, "readers", "parallel", "cache", "live", "configured"},
    "loading": {*CHAIN, "readers", "pipeline"},
    "comparing": {*CHAIN, "readers", "pipeline", "explaining"},
    "explaining": {"catalog", "spec", "trace", "analyze"},
    "accepting": {*CHAIN, "readers", "pipeline", "comparing"},
    "artifacts": {*CHAIN, "readers", "pipeline", "parallel", "processes", "workers"},
    "watching": {*CHAIN, "readers"},
    "codegen": {"catalog", "spec"},
    "fitting": {"spec", "trace"},
    "commands": {
        *CHAIN,
        "readers",
        "pipeline",
        "comparing",
        "accepting",
        "cache",
        "artifacts",
        "loading",
        "record",
        "abreast",
        "watching",
        "codegen",
        "fitting",
    },
    "api": {*CHAIN, "readers", "pipeline", "comparing", "loading"},
    "abreast": {"spec", "trace", "pipeline", "parallel", "processes", "workers"},
    "cli": {"pipeline", "commands"},
    "__main__": {"cli"},
    "lrviz": {"api", "loading", "spec", "trace", "analyze", "checks", "record"},
}
HOMES = {
    "torch": {"build", "loop"},
    **{
        library: {"build"}
        for library in ("transformers", "timm", "mmengine", "ignite", "lightning", "pytorch_lightning")
    },
    "yaml": {"readers", "presets", "catalog"},
    "ruamel": {"readers"},
    "matplotlib": {"render"},
    "tensorboard": {"render"},
    "bokeh": {"render"},
    "numpy": {
        "trace",
        "analyze",
        "checks",
        "report",
        "render",
        "build",
        "loop",
        "cache",
        "folding",
        "live",
        "record",
        "explaining",
        "fitting",
    },
}
LAZY = {
    "lrviz",
    "pipeline",
    "loading",
    "comparing",
    "accepting",
    "api",
    "commands",
    "render",
    "artifacts",
    "abreast",
}
BY_NAME = {
    "lrviz",
    "render",
    "build",
    "checks",
    "commands",
    "readers",
}  # where a table of names says what is imported
NO_NAMES = {"utils", "common", "helpers", "core", "base"}
LONGEST = 300  # lines


@dataclass(frozen=True)
class Import:
    """One import: what is imported, and whether inside a function or for the type checker alone."""

    target: str
    line: int
    lazy: bool
    typing: bool


def imports_in(source: str) -> list[Import]:
    """Read every import of a module, wherever it stands."""
    return list(_imports(ast.parse(source), lazy=False, typing=False))


def _imports(node: ast.AST, *, lazy: bool, typing: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for name in node.names:
            yield Import(name.name, node.lineno, lazy, typing)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"line {node.lineno}: imports are written in full"
        for name in node.names:
            yield Import(f"{node.module}.{name.name}", node.lineno, lazy, typing)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for child in node.body:
            yield from _imports(child, lazy=lazy, typing=True)
        for child in node.orelse:
            yield from _imports(child, lazy=lazy, typing=typing)
    else:
        inside = lazy or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            yield from _imports(child, lazy=inside, typing=typing)


def layer_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def breaches(module: str, source: str) -> list[str]:
    """Say where a module breaks the law.

    Args:
        module: its full name, such as ``lrviz.spec.model``.
        source: its text.
    """
    layer, found = layer_of(module), []
    if layer not in LAW:
        found.append(f"{module} stands in no layer of the law")
    for part in module.split("."):
        if part in NO_NAMES:
            found.append(f"{module}: {part} says nothing; name a module by what it turns into what")
    if source.count("\n") > LONGEST:
        found.append(
            f"{module}: {source.count(chr(10))} lines; a file of more than {LONGEST} asks to become two"
        )
    for one in imports_in(source):
        top = one.target.split(".")[0]
        at = f"{module}:{one.line}"
        if top == "lrviz":
            seen = layer_of(one.target)
            if seen not in {layer, *EVERYONE_SEES, *LAW.get(layer, ())}:
                found.append(f"{at}: {layer} may not see {seen}")
        elif not one.typing and layer not in HOMES.get(top, {layer}):
            found.append(f"{at}: {top} has no home in {layer}")
        if one.lazy and layer not in LAZY:
            found.append(f"{at}: {layer} imports at the top of the file")
        if one.target in ("importlib.import_module", "importlib") and layer not in BY_NAME:
            found.append(f"{at}: {layer} imports nothing by a computed name")
    return found


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_there_is_something_to_hold_the_law_over() -> None:
    assert len(FILES) > 50
    assert {"lrviz", "lrviz.spec.parse", "lrviz.loop"} <= {module_of(file) for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=[module_of(file) for file in FILES])
def test_every_module_keeps_the_law(file: Path) -> None:
    assert breaches(module_of(file), file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("library", ["torch", "yaml", "ruamel", "matplotlib", "tensorboard", "bokeh"])
def test_every_library_is_at_home_somewhere(library: str) -> None:
    homes = {
        layer_of(module_of(file))
        for file in FILES
        for one in imports_in(file.read_text(encoding="utf-8"))
        if one.target.split(".")[0] == library and not one.typing
    }
    assert homes == HOMES[library]


@pytest.mark.parametrize(
    ("module", "source", "breach"),
    [
        ("lrviz.spec.planted", "import torch\n", "lrviz.spec.planted:1: torch has no home in spec"),
        ("lrviz.spec.planted", "import yaml.nodes\n", "lrviz.spec.planted:1: yaml has no home in spec"),
        ("lrviz.spec.planted", "import numpy as np\n", "lrviz.spec.planted:1: numpy has no home in spec"),
        ("lrviz.api", "from matplotlib import pyplot\n", "lrviz.api:1: matplotlib has no home in api"),
        ("lrviz.pipeline", "import torch\n", "lrviz.pipeline:1: torch has no home in pipeline"),
        (
            "lrviz.spec.planted",
            "from lrviz.trace import Trace\n",
            "lrviz.spec.planted:1: spec may not see trace",
        ),
        ("lrviz.trace", "from lrviz import loop\n", "lrviz.trace:1: trace may not see loop"),
        ("lrviz.catalog", "\nimport lrviz.spec.model\n", "lrviz.catalog:2: catalog may not see spec"),
        (
            "lrviz.render.as_x",
            "from lrviz.build import build\n",
            "lrviz.render.as_x:1: render may not see build",
        ),
        (
            "lrviz.commands.x",
            "from lrviz.loop import simulate\n",
            "lrviz.commands.x:1: commands may not see loop",
        ),
        ("lrviz.errors", "from lrviz.spec import fields\n", "lrviz.errors:1: errors may not see spec"),
        (
            "lrviz.loop",
            "from lrviz.pipeline import read\n",
            "lrviz.loop:1: loop may not see pipeline",
        ),
        (
            "lrviz.trace",
            "if TYPE_CHECKING:\n    from lrviz.report import Report\n",
            "lrviz.trace:2: trace may not see report",
        ),
        ("lrviz.trace", "def f():\n    import json\n", "lrviz.trace:2: trace imports at the top of the file"),
        (
            "lrviz.build.x",
            "class A:\n    def f(self):\n        import json\n",
            "lrviz.build.x:3: build imports at the top of the file",
        ),
        (
            "lrviz.spec.x",
            "from importlib import import_module\n",
            "lrviz.spec.x:1: spec imports nothing by a computed name",
        ),
        ("lrviz.planted", "", "lrviz.planted stands in no layer of the law"),
        (
            "lrviz.spec.utils",
            "",
            "lrviz.spec.utils: utils says nothing; name a module by what it turns into what",
        ),
        (
            "lrviz.trace",
            "x = 1\n" * 301,
            "lrviz.trace: 301 lines; a file of more than 300 asks to become two",
        ),
    ],
)
def test_a_planted_breach_is_found(module: str, source: str, breach: str) -> None:
    assert breaches(module, source) == [breach]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "lrviz.build.planted",
            "import torch\nfrom lrviz.trace import Event\nfrom lrviz.errors import Problem\n",
        ),
        ("lrviz.pipeline", "def f():\n    from lrviz.parallel import simulate_all\n"),
        ("lrviz.api", "if TYPE_CHECKING:\n    from matplotlib.figure import Figure\n"),
        ("lrviz.loop", "from lrviz import __version__, catalog\n"),
        ("lrviz.spec.planted", "from lrviz.spec.fields import shown\nimport re\n"),
        ("lrviz.trace", "x = 1\n" * 300),
    ],
)
def test_what_the_law_allows_is_allowed(module: str, source: str) -> None:
    assert breaches(module, source) == []
