"""Specs that mean harm, and a program that reads and steps them all, listening to whatever Python opens and runs.

``python hostile.py FOLDER SECONDS SEED`` takes the specs below, and then as many random ones as there is time for. It
prints JSON: for each spec what was said, how long it took, and what was heard; of the random ones those gone wrong.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HEARD = ("open", "import", "exec", "os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen")
HEARD += (
    "socket.connect",
    "os.listdir",
    "os.scandir",
    "os.remove",
    "os.rename",
    "ctypes.dlopen",
    "pickle.find_class",
)
OURS = Path(getattr(find_spec("lrviz"), "origin", "")).parent  # its own catalog and presets
ALLOWED = {("open", "c.yaml"), ("open", "hacked.py")}  # the last as data, where a metric's csv: names it
RUN = "run: {epochs: 3, steps_per_epoch: 2}\n"

TARGETS = (
    "./hacked.py:Scheduler",
    "hacked:Scheduler",
    "hacked.Scheduler",
    "./sub/../hacked.py:Scheduler",
    "../outside.py:Scheduler",
    "../../../../../../outside.py:Scheduler",
    "/etc/passwd.py:root",
    "./link.py:Scheduler",
    "./loop/hacked.py:Scheduler",
    "./hacked.py:__builtins__.eval",
    "./hacked.py:__class__.__base__.__subclasses__",
    "./hacked.py:",
    "./hacked.py",
    ":hacked",
    "os:system",
    "os.system",
    "builtins:eval",
    "builtins.exec",
    "subprocess:Popen",
    "importlib:import_module",
    "__main__:main",
    "torch.optim.lr_scheduler:os",
    "torch.optim.lr_scheduler.os.system",
    "torch.optim.SGD.__init__.__globals__",
    "lrviz.build.code:loaded",
    "ｏｓ:system",
    "оs.system",  # with a Cyrillic о
    "hacked\u2024Scheduler",
    "./hacked.py\\0:Scheduler",
    "file:///etc/passwd",
    "https://example.org/mine.py:Scheduler",
    "\\\\\\\\host\\\\share\\\\mine.py:Scheduler",
    "~/mine.py:Scheduler",
    "$HOME/mine.py:Scheduler",
    "`touch sentinel`",
    "$(touch sentinel)",
    "; touch sentinel",
    "{0.__class__}",
    "%(x)s",
    "../" * 300 + "mine.py:X",
    "a." * 5000 + "b:C",
)
EXPRESSIONS = (
    "__import__('os').system('touch sentinel')",
    "().__class__.__base__.__subclasses__()",
    "t.__class__",
    "t.real",
    "math.cos(t)",
    "globals()['os']",
    "t[0]",
    "[1][t]",
    "{1: 2}[t]",
    "(lambda: 1)()",
    "lambda t: 1",
    "[x for x in (1, 2)]",
    "sum(x for x in (1,))",
    "{x for x in (1,)}",
    "max(*(1, 2))",
    "max(1, 2, key=abs)",
    "open('sentinel', 'w')",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "getattr(t, 'real')",
    "breakpoint()",
    "input()",
    "exit()",
    "f'{t}'",
    "f'{t.__class__}'",
    "'{0.__class__}'.format(t)",
    "'%s' % t",
    "'a' * 10 ** 10",
    "b'a' * 10 ** 10",
    "(x := 1)",
    "await t",
    "yield t",
    "...",
    "1j ** t",
    "1 if t else __import__('os')",
    "t and __import__('os')",
    "t; import os",
    "import os",
    "t\\nimport os",
    "9 ** 9 ** 9 ** 9",
    "2 ** 10 ** 10",
    "10 ** 1000 ** 1000",
    "1 << 10 ** 10",
    "exp(exp(exp(exp(10))))",
    "9" * 900,
    "0x" + "f" * 900,
    "(" * 400 + "t" + ")" * 400,
    "-" * 900 + "t",
    "not " * 240 + "t",
    "+".join("t" * 300) + "+ x9",
    "max(" * 150 + "t" + ", 1)" * 150,
    "ｅｖａｌ('1')",
    "ℯval('1')",
    "__builtins__",
    "__debug__",
    "self",
    "epoch.__globals__",
    "t" * 1200,
    "\\x00",
    "\\ud800",
    "1_000_j",
    "None",
    "True",
    "nan",
    "inf - inf",
)
TAGS = (
    "!!python/object/apply:os.system ['touch sentinel']",
    "!!python/object/new:os.system ['touch sentinel']",
    "!!python/name:os.system ''",
    "!!python/module:hacked ''",
    "!!python/object:hacked.Scheduler {}",
    "!!python/tuple [1, 2]",
    "!<tag:yaml.org,2002:python/object/apply:os.system> ['touch sentinel']",
    "!include /etc/passwd",
    "!!binary aGFja2Vk",
    "!!timestamp 2026-01-01",
)
FILES = (
    "../outside.csv",
    "../../../../../../etc/passwd",
    "/etc/passwd",
    "/dev/zero",
    "/dev/stdin",
    "/proc/self/mem",
    "zero.csv",
    "link.csv",
    "loop/outside.csv",
    "pipe.csv",
    "endless.csv",
    ".",
    "",
    "sub",
    "sub/../../outside.csv",
    "a" * 5000,
    "\\0",
    "http://example.org/a.csv",
    "hacked.py",
)


def quoted(text: str) -> str:
    return text if text.startswith("!") else f'"{text}"'


CLASSES = (
    "schedules: {{a: {{type: {0}}}}}",
    "schedules: {{a: {{class_path: {0}, init_args: {{x: 1}}}}}}",
    "schedules: {{a: {{_target_: {0}}}}}",
    "schedules: {{a: {{schedulers: [{{type: {0}}}]}}}}",
    "schedules: {{a: {{type: SequentialLR, milestones: [1], schedulers: [{{type: {0}}}, {{type: {0}}}]}}}}",
    "optimizer: {{type: {0}, lr: 1}}\nschedules: {{a: cosine}}",
    "optimizer: {{type: SGD, model: {0}}}\nschedules: {{a: cosine}}",
    "optimizer: {{type: SGD, model: {{type: {0}}}}}\nschedules: {{a: cosine}}",
    "schedules: {{a: {{type: StepLR, step_size: 1, optimizer: {{type: {0}, lr: 1}}}}}}",
    "schedules: {{a: {{type: StepLR, step_size: 1, resume: {{at: 1ep, with: {{type: {0}}}}}}}}}",
    "schedules: {{a: {{type: StepLR, step_size: 1, resume: {{at: 1ep, with: {{optimizer: {{model: {0}}}}}}}}}}}",
    "schedules: {{a: {{preset: {0}}}}}",
    "schedules: {{a: {0}}}",
)
ARITHMETIC = (
    "schedules: {{a: {{type: LambdaLR, lr_lambda: {0}}}}}",
    "schedules: {{a: {{type: LambdaLR, lr_lambda: [{0}]}}}}",
    "schedules: {{a: {{type: CyclicLR, base_lr: 0, max_lr: 1, scale_fn: {0}}}}}",
    "schedules: {{a: {{type: ExponentialLR, gamma: {0}}}}}",
    "schedules: {{a: {{type: OneCycleLR, max_lr: {0}, total_steps: 100%}}}}",
    "schedules: {{a: {{type: LambdaLR, lr_lambda: n, where: {{n: {0}}}}}}}",
    "schedules: {{a: {{type: ReduceLROnPlateau, monitor: m, metrics: {{m: {{expr: {0}}}}}}}}}",
    "schedules: {{a: {{adjust: [{{when: {0}, lr: 1}}]}}}}",
    "schedules: {{a: {{adjust: [{{lr: {0}}}]}}}}",
    "schedules: {{a: {{type: StepLR, step_size: {0}}}}}",
    "schedules: {{a: {{type: StepLR, step_size: 1, warmup: {0}}}}}",
    "schedules: {{a: {{type: StepLR, step_size: 1, resume: {{at: {0}}}}}}}",
    "schedules: {{a: {{type: StepLR, step_size: 1, resume: {{at: 1ep, with: {{step_size: {0}}}}}}}}}",
)
CSV = "schedules: {{a: {{type: ReduceLROnPlateau, monitor: m, metrics: {{m: {{csv: {0}, column: x}}}}}}}}"
# Each piece in every third place, so that each place has its share of the pieces.
SPECS = [
    *(RUN + place.format(quoted(word)) for i, word in enumerate(TARGETS) for place in CLASSES[i % 3 :: 3]),
    *(RUN + place.format(quoted(word)) for word in TARGETS[:5] for place in ARITHMETIC[:3]),
    *(
        RUN + place.format(quoted(text))
        for i, text in enumerate(EXPRESSIONS)
        for place in ARITHMETIC[i % 3 :: 3]
    ),
    *(RUN + place.format(tag) for tag in TAGS for place in (*CLASSES[::4], *ARITHMETIC[::4], CSV)),
    *(RUN + CSV.format(quoted(file)) for file in FILES),
]
WORDS = (
    *TARGETS,
    *(f"cosine:T_max={text}" for text in EXPRESSIONS),
    *(f"./{target}:x=1" for target in TARGETS),
)


def furnish(folder: Path) -> None:
    """Put into a folder, and beside it, what hostile specs would have read or run."""
    spring = "import pathlib\npathlib.Path('sentinel').touch()\nclass Scheduler: ...\n"
    home = folder / "home"
    (home / "sub").mkdir(parents=True)
    (home / "hacked.py").write_text(spring)
    (folder / "outside.py").write_text(spring)
    (folder / "outside.csv").write_text("x\n1\n2\n3\n")
    (home / "link.py").symlink_to(folder / "outside.py")
    (home / "link.csv").symlink_to(folder / "outside.csv")
    (home / "loop").symlink_to(folder)
    (home / "zero.csv").symlink_to("/dev/zero")
    os.mkfifo(home / "pipe.csv")
    with (home / "endless.csv").open("wb") as sparse:
        sparse.truncate(10**12)


def random_spec(draw: random.Random) -> str:
    """Make a spec of pieces of the ones above, bent here and there."""
    pieces = (
        *TARGETS,
        *EXPRESSIONS,
        *FILES,
        "1",
        "t",
        "lr * 0.1",
        "3ep",
        "5%",
        "rest",
        "cosine",
        "StepLR",
        "1e400",
    )
    place = draw.choice((*CLASSES, *ARITHMETIC, CSV))
    text = draw.choice(pieces)
    for _ in range(draw.randrange(4)):
        other, at = draw.choice(pieces)[:300], draw.randrange(len(text) + 1)
        text = draw.choice(
            (
                text[:at] + other + text[at:],
                text[:at] + draw.choice("()[]{}:./\\\\+-*%=\t'# \x0b\u202e") + text[at:],
                text[:at] + text[at + 1 :],
                f"{text} {draw.choice(('+', '**', 'if', 'and', '<', ':=', '.', ','))} {other}",
            )
        )
    spec = RUN + place.format(
        draw.choice((quoted(text), text, f"[{quoted(text)}]", f"{{{quoted(text)}: 1}}"))
    )
    if draw.random() < 0.3:
        at = draw.randrange(len(spec))
        spec = (
            spec[:at]
            + draw.choice(("{", "}", "[", "&a ", "*a", "!!", "<<: ", '"', "\n", ": ", "é", "\x00"))
            + spec[at + 1 :]
        )
    return spec


def main(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Read and step every spec in a furnished folder."""
    os.chdir(folder / "home")
    sys.path.insert(0, os.getcwd())

    from lrviz import pipeline
    from lrviz.errors import LrvizError

    heard: list[tuple[str, str]] | None = None

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if heard is not None and event in HEARD:
            heard.append((event, str(arguments[0] if arguments else "")))

    sys.addaudithook(hear)
    primed = (
        RUN
        + "schedules: {a: {type: ReduceLROnPlateau, monitor: m, metrics: {m: {expr: 1/(t+1)}}, resume: {at: 1ep}}}"
    )
    wrong: list[dict[str, Any]] = []

    def one(name: str, text: str | None) -> dict[str, Any]:
        nonlocal heard
        if text is not None:
            Path("c.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
        heard = []
        began, told, kind = time.process_time(), "", "read"
        try:
            pipeline.simulate(pipeline.read(name), cache=False)
        except LrvizError as error:
            told, kind = str(error), "refused"
        except BaseException as error:
            told, kind = f"{type(error).__name__}: {error}", "crashed"
        taken, sounds, heard = time.process_time() - began, heard, None
        return {"spec": text or name, "kind": kind, "told": told, "seconds": taken, "heard": sounds}

    one("c.yaml", primed)
    one("lambda", None)
    one("c.yaml", RUN + "optimizer: nope")
    modules = set(sys.modules)
    results = [one("c.yaml", spec) for spec in SPECS] + [one(word, None) for word in WORDS]
    slowest = max(result["seconds"] for result in results)
    draw, count, end = random.Random(seed), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        result = one("c.yaml", random_spec(draw))
        count, slowest = count + 1, max(slowest, result["seconds"])
        if result["kind"] == "crashed" or suspicious(result) or result["seconds"] > 2:
            wrong.append(result)
    return {
        "count": count,
        "slowest": slowest,
        "results": results,
        "wrong": wrong,
        "peak": peak(),
        "modules": sorted(set(sys.modules) - modules),
        "sentinel": Path("sentinel").exists(),
    }


def peak() -> int:
    """Tell the most memory that this process has had, in bytes."""
    try:  # the kernel's other count, getrusage's, begins with what the parent had
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def suspicious(result: dict[str, Any]) -> list[Any]:
    """Pick from what was heard what reading a spec has no part in: all but opening it, and what lies beside it."""
    return [
        (event, what)
        for event, what in result["heard"]
        if not what.startswith(str(OURS)) and (event, os.path.basename(what)) not in ALLOWED
    ]


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))))
