"""``lrviz record``: a script run as Python runs it, and what its optimizers used."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recorded import ROOT, TINY, recorded, started, traces_in

from lrviz.api import diff

STAIRS = (
    TINY
    + """
optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
scheduler = StepLR(optimizer, 3)
for epoch in range(9):
    for batch in range(4):
        optimizer.zero_grad()
        backward()
        optimizer.step()
    scheduler.step()
"""
)
FIRST = 'import os, sys, json, torch\nsys.stdout.write("out\\n"); sys.stderr.write("err\\n")\n'


def stairs(updates: int) -> list[float]:
    """The LR of each update of STAIRS: a tenth after every 12, multiplied as StepLR does."""
    lrs, lr = [], 0.1
    for update in range(updates):
        lr = lr * 0.1 if update and update % 12 == 0 else lr
        lrs.append(lr)
    return lrs


def test_a_run_is_recorded_update_by_update_and_equals_its_plan(tmp_path: Path) -> None:
    run = recorded(tmp_path, STAIRS, "--steps-per-epoch", "4")
    assert (run.code, run.out) == (0, "")
    assert run.err == "recorded 36 updates of SGD; wrote run.json\n"
    assert run.trace.name == "train"
    assert run.trace.optimizer == "SGD"
    assert run.trace.groups == ("group 0",)
    assert run.trace.lr[:, 0].tolist() == stairs(36)
    assert run.trace.momentum is not None
    assert run.trace.momentum[:, 0].tolist() == [0.9] * 36
    assert run.trace.weight_decay is not None
    assert run.trace.weight_decay[:, 0].tolist() == [1e-4] * 36
    assert run.trace.final_lr == (0.1 * 0.1 * 0.1 * 0.1,)
    assert run.trace.epoch.tolist() == [update // 4 for update in range(36)]
    assert run.trace.events == ()
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "run: {epochs: 9, steps_per_epoch: 4}\n"
        "optimizer: {type: SGD, lr: 0.1, momentum: 0.9, weight_decay: 1e-4}\n"
        "schedules: {stairs: {type: StepLR, step_size: 3}}\n"
    )
    assert diff(plan, tmp_path / "run.json").equal


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    recorded(tmp_path, STAIRS)
    first = (tmp_path / "run.json").read_bytes()
    recorded(tmp_path, STAIRS)
    assert (tmp_path / "run.json").read_bytes() == first


SEEN = """
import sys
print(sys.argv, __name__, __file__, __spec__ and __spec__.name, __package__, sys.path[0])
print(sys.modules["__main__"].__dict__ is globals())
print(sorted(name for name in globals() if not name.startswith("_")), sys.stdin.read())
"""


@pytest.mark.parametrize("words", [["train.py"], ["-m", "pkg.train"], ["-m", "pkg"]], ids=" ".join)
def test_a_script_sees_what_it_sees_under_python(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    for file in ("train.py", "pkg/train.py", "pkg/__main__.py"):
        (tmp_path / file).write_text(SEEN)

    def output(*before: str) -> str:
        command = [sys.executable, *before, *words, "--lr", "1", "--", "-o", "x"]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            input="typed",
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    assert "typed" in output()
    assert output("-m", "lrviz", "record", "--") == output()


def test_options_after_the_script_are_its_own_without_a_double_dash_too(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import sys; print(sys.argv[1:])")
    done = started(tmp_path, "-m", "lrviz", "record", "train.py", "-o", "x.json", "--max-updates", "--help")
    assert done.stdout == "['-o', 'x.json', '--max-updates', '--help']\n"


def test_the_script_is_the_first_to_import_torch_and_numpy(tmp_path: Path) -> None:
    source = "import sys\nprint([n for n in ('torch', 'numpy', 'matplotlib') if n in sys.modules])\n" + STAIRS
    run = recorded(tmp_path, source)
    assert run.out == "[]\n"
    assert len(run.trace) == 36


@pytest.mark.parametrize(
    "ending",
    [
        "sys.exit(3)",
        "sys.exit('a reason')",
        "sys.exit()",
        "raise ValueError('wrong') from KeyError('key')",
        "def f():\n    raise RuntimeError('deep')\nf()",
        "class Own(BaseException): pass\nraise Own",
        "sys.excepthook = lambda *found: print('own hook', found[0].__name__)\n1 / 0",
        "import atexit\natexit.register(print, 'at exit')\nraise KeyboardInterrupt",
    ],
)
def test_a_script_ends_as_under_python_and_what_it_did_is_kept(ending: str, tmp_path: Path) -> None:
    source = FIRST + STAIRS + ending
    run = recorded(tmp_path, source)
    bare = started(tmp_path, "train.py")
    assert run.code == bare.returncode
    assert run.out == bare.stdout
    told = "recorded 36 updates of SGD; wrote run.json\n"
    assert told in run.err
    assert run.err.replace(told, "") == bare.stderr
    assert run.trace.lr[:, 0].tolist() == stairs(36)


def test_a_script_that_is_no_python_is_told_as_python_tells_it(tmp_path: Path) -> None:
    run = recorded(tmp_path, "import torch\nfor\n")
    bare = started(tmp_path, "train.py")
    assert run.code == bare.returncode == 1
    assert run.err.startswith(bare.stderr)


def test_an_exception_halfway_keeps_the_updates_before_it(tmp_path: Path) -> None:
    source = STAIRS.replace("        backward()\n", "        assert epoch < 5\n        backward()\n")
    run = recorded(tmp_path, source)
    assert run.code == 1
    assert "AssertionError" in run.err
    assert "lrviz" not in run.err.partition("recorded")[0]
    assert run.trace.lr[:, 0].tolist() == stairs(20)


def test_a_run_is_stopped_after_so_many_updates_even_where_every_exception_is_caught(tmp_path: Path) -> None:
    source = STAIRS.replace(
        "        optimizer.step()", "        try: optimizer.step()\n        except Exception: pass"
    )
    run = recorded(tmp_path, source + "print('not reached')", "--max-updates", "14")
    assert (run.code, run.out) == (0, "")
    assert run.err == "recorded 14 updates of SGD; stopped there, as --max-updates says; wrote run.json\n"
    assert run.trace.lr[:, 0].tolist() == stairs(14)


def test_as_many_updates_as_the_run_has_are_no_reason_to_stop_it(tmp_path: Path) -> None:
    run = recorded(tmp_path, STAIRS + "print('reached')", "--max-updates", "36")
    assert (run.out, run.err) == ("reached\n", "recorded 36 updates of SGD; wrote run.json\n")


@pytest.mark.parametrize(
    ("source", "code", "why"),
    [
        ("print(1)", 1, "the script did not import torch"),
        ("import sys; sys.exit(5)", 5, "the script did not import torch"),
        (
            "import torch",
            1,
            "no optimizer.step() was called in this process; in those that a script starts itself nothing is recorded",
        ),
    ],
)
def test_a_run_without_updates_says_why_nothing_was_recorded(
    source: str, code: int, why: str, tmp_path: Path
) -> None:
    run = recorded(tmp_path, source)
    assert (run.code, run.err, run.traces) == (code, f"recorded nothing: {why}\n", {})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.py"], "nowhere.py: no such file"),
        (["."], ".: a folder; name the script in it"),
        (
            ["python", "train.py"],
            "python: no such file; lrviz runs it itself: write lrviz record -- train.py",
        ),
        (["--", "-m"], "-m: which module is missing; write lrviz record -- -m package.module"),
        (
            ["--", "-m", "pkg.nowhere"],
            "pkg.nowhere: no such module here; -m takes one that python -m would run",
        ),
        (["-o", "no/run.json", "x.py"], "no/run.json: the folder no does not exist; create it first"),
    ],
)
def test_what_cannot_be_run_is_refused(words: list[str], message: str, tmp_path: Path) -> None:
    done = started(tmp_path, "-m", "lrviz", "record", *words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{message}\n")


def test_without_a_file_the_facts_are_shown_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(STAIRS)
    done = started(tmp_path, "-m", "lrviz", "record", "train.py")
    assert (done.returncode, done.stdout) == (0, "")
    assert [line.split() for line in done.stderr.splitlines()][:4] == [
        ["fact", "train"],
        ["optimizer", "SGD"],
        ["updates", "36"],
        ["start", "0.1"],
    ]
    assert done.stderr.endswith("recorded 36 updates of SGD\n")


def test_the_file_is_written_where_the_command_was_started(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    run = recorded(tmp_path, STAIRS + "import os; os.chdir('elsewhere')")
    assert len(run.trace) == 36


def test_a_recording_of_a_recording_gives_both_the_same(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(STAIRS)
    inner = ("-m", "lrviz", "record", "-o", "inner.json", "--", "train.py")
    run = started(tmp_path, "-m", "lrviz", "record", "-o", "outer.json", "--", *inner)
    wrote = "recorded 36 updates of SGD; wrote {}.json\n"
    assert (run.returncode, run.stderr) == (0, wrote.format("inner") + wrote.format("outer"))
    for name in ("inner", "outer"):
        (trace,) = traces_in(tmp_path / f"{name}.json").values()
        assert trace.lr[:, 0].tolist() == stairs(36)


def test_what_ends_the_process_at_once_leaves_what_was_kept_until_then(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(STAIRS + "import os\nos._exit(7)")
    impatient = (
        "import lrviz.record.recorder as r; r.PATIENCE = r.SHARE = 0; from lrviz.cli import main; main()"
    )
    done = started(tmp_path, "-c", impatient, "record", "-o", "run.json", "train.py")
    assert (done.returncode, done.stderr) == (7, "")
    assert traces_in(tmp_path / "run.json")["train"].lr[:, 0].tolist() == stairs(35)


def test_a_result_that_can_no_more_be_written_is_told_and_a_failure_of_the_script_is_not_hidden(
    tmp_path: Path,
) -> None:
    gone = STAIRS + "import os, sys\nos.mkdir('run.json')\nsys.exit(int(sys.argv[1]))"
    (tmp_path / "train.py").write_text(gone)
    for code, expected in (("0", 2), ("5", 5)):
        done = started(tmp_path, "-m", "lrviz", "record", "-o", "run.json", "train.py", code)
        assert done.returncode == expected
        assert done.stderr == f"{tmp_path / 'run.json'}: a folder; name a file in it\n"
        (tmp_path / "run.json").rmdir()


def test_ranks_but_the_first_write_nothing(tmp_path: Path) -> None:
    run = recorded(tmp_path, STAIRS, RANK="1")
    assert (run.code, run.err, run.traces) == (0, "", {})


WORKERS = """
if __name__ == "__main__":
    import os
    from torch.utils.data import DataLoader
    for how in ("fork", "spawn"):
        loader = DataLoader(range(4), num_workers=1, multiprocessing_context=how)
        print([batch.item() for batch in loader], flush=True)  # else the process forked below has it to print too
    if os.fork() == 0:
        optimizer.step()  # in a process of its own
    else:
        os.wait()
"""


def test_processes_that_a_script_starts_write_nothing(tmp_path: Path) -> None:
    run = recorded(tmp_path, STAIRS + WORKERS)
    assert run.out == "[0, 1, 2, 3]\n" * 2
    assert run.err == "recorded 36 updates of SGD; wrote run.json\n"
    assert len(run.trace) == 36


def test_the_end_of_main_is_the_end_of_its_optimizer_and_its_last_lr_is_known(tmp_path: Path) -> None:
    body = "".join(f"    {line}\n" for line in STAIRS.splitlines())
    run = recorded(tmp_path, f"def main():\n{body}main()\nimport gc\ngc.collect()\n")
    assert run.trace.final_lr == (0.1 * 0.1 * 0.1 * 0.1,)


GAN = (
    TINY
    + """
import json
generator, critic = nn.Linear(2, 1), nn.Linear(2, 1)
opt_g = Adam(generator.parameters(), lr=1e-4, betas=(0.5, 0.9))
opt_c = Adam(critic.parameters(), lr=4e-4, betas=(0.0, 0.9))
decay = ExponentialLR(opt_g, 0.5)

def update(optimizer, model):
    backward(model)
    optimizer.step()

for _ in range(3):
    for _ in range(5):
        update(opt_c, critic)
    update(opt_g, generator)
    decay.step()
"""
)


def test_several_optimizers_have_a_trace_each_named_as_the_script_names_them(tmp_path: Path) -> None:
    run = recorded(tmp_path, GAN)
    assert run.err == ("recorded opt_c (15 updates of Adam), opt_g (3 updates of Adam); wrote run.json\n")
    assert list(run.traces) == ["opt_c", "opt_g"]
    assert run.traces["opt_g"].lr[:, 0].tolist() == [1e-4, 1e-4 * 0.5, 1e-4 * 0.5 * 0.5]
    assert run.traces["opt_c"].lr[:, 0].tolist() == [4e-4] * 15
    momenta = [trace.momentum[0, 0] for trace in run.traces.values() if trace.momentum is not None]
    assert momenta == [0.0, 0.5]


def test_the_first_optimizer_that_has_its_updates_ends_the_run(tmp_path: Path) -> None:
    run = recorded(tmp_path, GAN, "--max-updates", "7")
    assert [len(trace) for trace in run.traces.values()] == [7, 1]


def test_every_command_reads_what_was_recorded(tmp_path: Path) -> None:
    recorded(tmp_path, GAN)
    for words in (["plot", "run.json"], ["check", "run.json"], ["table", "run.json#opt_g"]):
        done = started(tmp_path, "-m", "lrviz", *words)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals as POSIX has them")
def test_ctrl_c_ends_the_script_as_under_python_and_keeps_what_was_recorded(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        STAIRS + "print('ready', flush=True)\nimport time\ntime.sleep(60)\n", encoding="utf-8"
    )
    command = [sys.executable, "-m", "lrviz", "record", "-o", "run.json", "train.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert err.endswith("KeyboardInterrupt\nrecorded 36 updates of SGD; wrote run.json\n")
    assert len(traces_in(tmp_path / "run.json")["train"]) == 36


def test_two_processes_of_torchrun_make_one_file(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import os, torch.distributed as dist\ndist.init_process_group('gloo')\n"
        + STAIRS.replace("nn.Linear(2, 1)", "nn.parallel.DistributedDataParallel(nn.Linear(2, 1))")
        + "dist.destroy_process_group()\n"
    )
    words = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "29517"]
    command = [*words, "-m", "lrviz", "record", "-o", "run.json", "train.py"]
    for _ in range(5):  # torch's gloo aborts now and then as a process ends, with the bare script as well
        done = started(tmp_path, *command, OMP_NUM_THREADS="1")
        if "terminate called without an active exception" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("recorded 36 updates of SGD; wrote run.json\n") == 1
    assert json.loads((tmp_path / "run.json").read_text())["groups"] == ["group 0"]
