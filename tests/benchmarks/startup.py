"""How long commands that compute nothing take: python tests/benchmarks/startup.py [ROUNDS].

Each is a process of its own, and is allowed 1.5 times ``python -c "import typer, rich, yaml"``; all take turns, and the
medians are compared. Python may keep its bytecode, as it does for an installed package.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from measuring import Row, interleaved, machine, table

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, ALLOWED = 11, 1.5
IMPORTS = "import typer, rich, yaml"
LRVIZ = "import sys; from lrviz.cli import main; sys.exit(main())"  # what the installed command does
TYPO = """
run: {epochs: 10}
schedules:
  typo: {type: CosineAnnealingLR, T_maxx: 10}
"""
SEVERAL = """
run: {epochs: ten, step: 4}
optimizer: {type: SDG, lr: 0.1}
schedules:
  a: {type: CosineAnealingLR, T_max: 10}
  b: {type: StepLR, step_size: ten, gama: 0.5}
  c: {type: ReduceLROnPlateau, monitor: loss, metrics: {lost: {values: []}}}
plot: {y: logarithmic}
"""
COMMANDS = {
    "--help": (["--help"], 0),
    "list": (["list"], 0),
    "list presets": (["list", "presets"], 0),
    "list published": (["list", "published"], 0),
    "explain cosine": (["explain", "cosine"], 0),
    "explain AdamW": (["explain", "AdamW"], 0),
    "explain llama3-405b": (["explain", "llama3-405b"], 0),
    "schema": (["schema"], 0),
    "init cosine": (["init", "cosine"], 0),
    "plot typo.yaml": (["plot", "typo.yaml"], 2),
    "plot several.yaml": (["plot", "several.yaml"], 2),
    "table typo.yaml": (["table", "typo.yaml"], 2),
    "compare cosin": (["compare", "cosin"], 2),
    "plot nowhere.yaml": (["plot", "nowhere.yaml"], 2),
}


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "typo.yaml").write_text(TYPO, encoding="utf-8")
        Path(folder, "several.yaml").write_text(SEVERAL, encoding="utf-8")
        run = partial(seconds, folder, environment)
        cases: dict[str, Callable[[], float]] = {IMPORTS: partial(run, [IMPORTS], 0)}
        cases |= {name: partial(run, [LRVIZ, *words], code) for name, (words, code) in COMMANDS.items()}
        interleaved(cases, 1)  # which also writes the bytecode
        found = interleaved(cases, rounds)
    bare = found[IMPORTS]
    print(f"{machine('typer', 'rich', 'PyYAML')}; medians of {rounds} turns")
    print("\n".join(f"{name:<{len(IMPORTS)}}  {1e3 * taken:6.0f} ms" for name, taken in found.items()))
    return table(Row(f"lrviz {name}", found[name] / bare, ALLOWED) for name in COMMANDS)


def seconds(folder: str, environment: dict[str, str], words: list[str], code: int) -> float:
    """Run Python once, and see that it ends as it should."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", *words], cwd=folder, env=environment, capture_output=True, check=False
    )
    taken = time.perf_counter() - start
    assert done.returncode == code, done.stderr.decode()
    return taken


if __name__ == "__main__":
    sys.exit(min(main(), 1))
