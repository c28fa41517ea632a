"""What ``lrviz render`` of 100 specs of 10,000 updates costs: all cores against one process, and each past start-up.

Run it on a machine that does nothing else: ``python tests/benchmarks/rendering.py``.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SPEC = """run: {{epochs: 100, steps_per_epoch: 100}}
optimizer: {{type: SGD, lr: {lr}}}
schedules:
  warm-up and cosine: {{type: CosineAnnealingLR, interval: step, T_max: rest, warmup: 5%}}
"""


def seconds(specs: Path, out: Path, *options: str) -> float:
    """Time one run into a new folder."""
    command = [sys.executable, "-m", "lrviz", "render", str(specs), "-o", str(out), "--no-cache", *options]
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    taken: dict[str, list[float]] = {"start-up": [], "in turn": [], "all cores": [], "unchanged": []}
    with tempfile.TemporaryDirectory() as folder:
        specs = Path(folder, "specs")
        specs.mkdir()
        for index in range(wanted.specs):
            (specs / f"{index:03}.yaml").write_text(SPEC.format(lr=0.1 + index / 1000))
        for number in range(wanted.rounds):
            out = Path(folder, f"out{number}")
            taken["start-up"].append(seconds(specs / "000.yaml", Path(f"{out}-one")))
            taken["in turn"].append(seconds(specs, Path(f"{out}-turn"), "--jobs", "1"))
            taken["all cores"].append(seconds(specs, out))
            taken["unchanged"].append(seconds(specs, out))
    found = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in found.items():
        print(f"{name:10} {median:8.2f} s")
    each = (found["all cores"] - found["start-up"]) / (wanted.specs - 1) * 1000
    print(
        f"all cores over in turn {found['all cores'] / found['in turn']:.2f}; each past start-up {each:.0f} ms"
    )


if __name__ == "__main__":
    main()
