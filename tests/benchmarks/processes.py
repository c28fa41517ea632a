"""What whole runs cost: start-up, the second time, two curves at once, memory; each in processes of its own."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measuring import Row, interleaved, machine, table

MILLION = """
run: {steps: 1000000}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 100%}
"""
TWO = MILLION + "  steps: {type: StepLR, step_size: 30%}\n"
THREE = TWO + "  one cycle: {type: OneCycleLR, max_lr: 0.4, total_steps: 100%}\n"
THOUSAND = THREE.replace("1000000", "1000")
SHORT = """
run: {epochs: 90, steps_per_epoch: 100}
optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
schedules:
  cosine: {type: CosineAnnealingLR, T_max: 100%}
  steps: {type: StepLR, step_size: 30%}
"""
REFUSED = "run: {epochs: 10}\nschedules: {typo: {type: CosineAnealingLR, T_max: ten}}\n"
SPECS = {
    "million": MILLION,
    "two": TWO,
    "three": THREE,
    "thousand": THOUSAND,
    "short": SHORT,
    "refused": REFUSED,
}

ONE_OPTION = """
import typer, rich.console, yaml
app = typer.Typer()
@app.command()
def only(word: str):
    print(word)
app(standalone_mode=False)
"""
DRAWING = "import torch, matplotlib.figure, matplotlib.backends.backend_agg, typer, rich, yaml, pydantic"
SIMULATE = """
import time, lrviz
from lrviz import loop, parallel
curves = list(lrviz.load("two.yaml"))
begun = time.perf_counter()
{how}
print(time.perf_counter() - begun)
"""
TOGETHER = SIMULATE.format(how="parallel.simulate_all(curves)")
IN_TURN = SIMULATE.format(how="for curve in curves: loop.simulate(curve)")

LRVIZ = [sys.executable, "-m", "lrviz"]
PYTHON = [sys.executable, "-c"]


def ran(command: list[str]) -> str:
    """Run a command to its end; give what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 2), done.stderr
    return done.stdout


def seconds(*command: str) -> Callable[[], float]:
    """Make the measurement of a whole process's time."""

    def measure() -> float:
        begun = time.perf_counter()
        ran(list(command))
        return time.perf_counter() - begun

    return measure


def told(code: str) -> Callable[[], float]:
    """Make the measurement that a program takes of itself."""
    return lambda: float(ran([*PYTHON, code]))


def megabytes(*command: str) -> Callable[[], float]:
    """Make the measurement of the most memory that a process, and those it starts, had at once each."""

    def measure() -> float:
        # Children are counted by the largest, so a process in between counts this one alone.
        code = (
            "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        unit = 1 if sys.platform == "darwin" else 1024
        return float(ran([*PYTHON, code, *command])) * unit / 1e6

    return measure


def first_plot(spec: str) -> Callable[[], float]:
    """Make the measurement of a plot of which nothing is kept."""
    plot = seconds(*LRVIZ, "plot", spec, "-o", "first.png")

    def measure() -> float:
        ran([*LRVIZ, "cache", "clear"])
        return plot()

    return measure


def start_up(rounds: int) -> list[Row]:
    """Commands that compute nothing."""
    commands = {
        "list": ["list"],
        "explain": ["explain", "cosine"],
        "schema": ["schema"],
        "init": ["init", "cosine"],
        "a refused spec": ["plot", "refused.yaml"],
    }
    found = interleaved(
        {
            "typer, rich": seconds(*PYTHON, "import typer, rich"),
            "typer, rich, yaml": seconds(*PYTHON, "import typer, rich, yaml"),
            "one option": seconds(*PYTHON, ONE_OPTION, "word"),
            "--help": seconds(*LRVIZ, "--help"),
            **{name: seconds(*LRVIZ, *command) for name, command in commands.items()},
        },
        rounds * 2,
    )
    imports = found["typer, rich, yaml"]
    return [
        Row("--help, against `import typer, rich`", found["--help"] / found["typer, rich"], 2.0),
        Row("--help, against `import typer, rich, yaml`", found["--help"] / imports, 1.5),
        # Typer imports pydantic to read an argument: no command of any program can be faster than that.
        *(Row(f"{name}, against `import typer, rich, yaml`", found[name] / imports) for name in commands),
        *(
            Row(f"{name}, against a Typer program of one argument", found[name] / found["one option"], 1.5)
            for name in commands
        ),
    ]


def whole_runs(rounds: int) -> list[Row]:
    """Commands that simulate and draw."""
    compare = seconds(*LRVIZ, "compare", "steplr", "cosine", "onecycle", "-o", "compared.png", "--no-cache")
    found = interleaved(
        {
            "floor": seconds(*PYTHON, DRAWING),
            "compare": compare,
            "first": first_plot("short.yaml"),
            "second": seconds(*LRVIZ, "plot", "short.yaml", "-o", "second.png"),
            "recolored": seconds(*LRVIZ, "plot", "short.yaml", "-o", "second.png", "--theme", "dark"),
        },
        rounds,
    )
    return [
        Row("compare -o, against the imports that it needs", found["compare"] / found["floor"], 1.25),
        Row("the second plot, against the first", found["second"] / found["first"], 0.5),
        Row("a plot in other colors, against the first", found["recolored"] / found["first"], 0.5),
    ]


def long_runs(rounds: int) -> list[Row]:
    """Runs of a million updates."""
    at_once = interleaved({"together": told(TOGETHER), "in turn": told(IN_TURN)}, rounds)
    first = interleaved({"first": first_plot("three.yaml")}, max(rounds // 2, 1))["first"]
    ran([*LRVIZ, "plot", "thousand.yaml", "-o", "thousand.png"])
    drawn = interleaved(
        {
            "million": seconds(*LRVIZ, "plot", "three.yaml", "-o", "million.png"),
            "thousand": seconds(*LRVIZ, "plot", "thousand.yaml", "-o", "thousand.png"),
        },
        rounds,
    )
    ratio = at_once["together"] / at_once["in turn"]
    return [
        Row("two curves of a million at once, against in turn", ratio, 0.65),
        Row("three curves of a million, the first plot", first, None, "s"),
        Row("three curves of a million, the second plot", drawn["million"], None, "s"),
        Row("the second plot of a million, against the first", drawn["million"] / first, 0.5),
        Row("drawing a million, against drawing a thousand", drawn["million"] / drawn["thousand"], 1.5),
    ]


def memory(rounds: int) -> list[Row]:
    """Peaks, above what the imports take."""
    found = interleaved(
        {
            "floor": megabytes(*PYTHON, DRAWING),
            "one": megabytes(*LRVIZ, "plot", "million.yaml", "-o", "one.png", "--no-cache"),
            "three": megabytes(*LRVIZ, "plot", "three.yaml", "-o", "three.png", "--no-cache"),
        },
        rounds,
    )
    return [
        Row("peak memory of a million updates, above the imports", found["one"] - found["floor"], 100, "MB"),
        Row(
            "peak memory of 3 × a million updates, above the imports",
            found["three"] - found["floor"],
            120,
            "MB",
        ),
    ]


def main() -> int:
    """Measure, print, and tell by the exit code whether all is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(
        f"median of {rounds} interleaved rounds; {machine('numpy', 'matplotlib', 'typer', 'rich', 'pydantic')}"
    )
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LRVIZ_CACHE_DIR"] = str(Path(folder) / "cache")
        # Compiled files are kept, as they are where a package is installed; here for the time being.
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.chdir(folder)
        for name, text in SPECS.items():
            Path(f"{name}.yaml").write_text(text, encoding="utf-8")
        ran(
            [*LRVIZ, "compare", "short.yaml", "-o", "first.png", "--no-cache"]
        )  # and compiles, and finds fonts
        parts = (start_up, whole_runs, long_runs, memory)
        return table([row for part in parts for row in part(rounds)])


if __name__ == "__main__":
    sys.exit(main() > 0)
