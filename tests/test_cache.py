"""Traces are kept by everything that determines them; whatever is wrong with the cache, the numbers are right."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import lrviz
from lrviz import Trace, cache, loop, pipeline
from lrviz.cli import app
from lrviz.spec.curve import Curve

BASE = {
    "run": "{epochs: 4, steps_per_epoch: 3}",
    "optimizer": "{type: SGD, lr: 0.1, momentum: 0.9, groups: [{name: a, lr: 0.1}, {name: b, lr: 0.2}]}",
    "curve": "{type: OneCycleLR, max_lr: 0.3, total_steps: 12}",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a cache of its own."""
    own = tmp_path / "cache"
    monkeypatch.setenv("LRVIZ_CACHE_DIR", str(own))
    return own


def curve_of(tmp_path: Path, name: str = "only", **parts: str) -> Curve:
    said = {**BASE, **parts}
    file = tmp_path / "spec.yaml"
    text = f"run: {said['run']}\noptimizer: {said['optimizer']}\nschedules:\n  {name}: {said['curve']}\n"
    file.write_text(text, encoding="utf-8")
    (curve,) = lrviz.load(file)
    assert isinstance(curve, Curve)
    return curve


def kept_curve(tmp_path: Path) -> Curve:
    curve = curve_of(tmp_path)
    cache.keep(curve, loop.simulate(curve))
    return curve


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def assert_equal(found: Trace | None, expected: Trace) -> None:
    assert found is not None
    assert found.head() == expected.head()
    assert found.clock == expected.clock
    for name in ("lr", "momentum", "weight_decay"):
        a, b = getattr(found, name), getattr(expected, name)
        assert (a is None) == (b is None)
        assert b is None or (a.shape == b.shape and a.tobytes() == b.tobytes() and not a.flags.writeable)
    for name, series in expected.metrics.items():
        assert found.metrics[name].updates.tobytes() == series.updates.tobytes()
        assert found.metrics[name].values.tobytes() == series.values.tobytes()


# What is kept comes back.


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"optimizer": "{type: Rprop}", "curve": "{type: ExponentialLR, gamma: 0.5}"},  # no momentum, no decay
        {"optimizer": "{type: AdamW}", "curve": "constant"},
        {
            "curve": "{type: ReduceLROnPlateau, patience: 0, monitor: m, "
            "metrics: {m: {values: [1, .nan, .inf, -0.0]}}}"
        },
        {
            "curve": "{type: SequentialLR, milestones: [2], "
            "schedulers: [{type: LinearLR}, {type: StepLR, step_size: 1}]}"
        },
    ],
    ids=["one cycle", "Rprop", "constant", "plateau", "sequential"],
)
def test_a_trace_comes_back_to_the_last_bit(parts: dict[str, str], tmp_path: Path) -> None:
    curve = curve_of(tmp_path, **parts)
    assert cache.find(curve) is None
    trace = loop.simulate(curve)
    cache.keep(curve, trace)
    assert_equal(cache.find(curve), trace)


def test_warnings_come_back(tmp_path: Path) -> None:
    curve = curve_of(tmp_path)
    warned = replace(loop.simulate(curve), events=(lrviz.Event(3, "warning", "torch says: ↓ no"),))
    cache.keep(curve, warned)
    assert_equal(cache.find(curve), warned)


def test_a_curve_found_is_not_stepped(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = lrviz.load("steplr:epochs=7")
    first = lrviz.simulate(spec)
    monkeypatch.setattr("lrviz.parallel.simulate_all", lambda *_: pytest.fail("stepped again"))
    again = lrviz.simulate(spec)
    assert [t.to_json() for t in again.values()] == [t.to_json() for t in first.values()]


def test_only_what_is_missing_is_stepped(monkeypatch: pytest.MonkeyPatch) -> None:
    stepped: list[str] = []
    real = loop.simulate

    def noted(curve: Curve, progress: Any) -> Trace:
        stepped.append(curve.name)
        return real(curve, progress)

    monkeypatch.setattr("lrviz.parallel.simulate", noted)
    pipeline.simulate(pipeline.merge([lrviz.load("steplr"), lrviz.load("cosine")]))
    traces = pipeline.simulate(
        pipeline.merge([lrviz.load("steplr"), lrviz.load("wsd"), lrviz.load("cosine")])
    )
    assert stepped == ["steplr", "cosine", "wsd"]
    assert list(traces) == ["steplr", "wsd", "cosine"]


SECOND_TIME = """
import sys
from lrviz.cli import main
sys.argv = ["lrviz", "plot", "spec.yaml", "-o", "spec.png", "--theme", "dark"]
try:
    main()
finally:
    print("torch" in sys.modules)
"""


def test_the_second_plot_loads_no_torch(tmp_path: Path) -> None:
    kept_curve(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", SECOND_TIME], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["wrote", "spec.png", "False"]


# The key.


@pytest.mark.parametrize(
    "parts",
    [
        {"run": "{epochs: 5, steps_per_epoch: 3}"},
        {"run": "{epochs: 3, steps_per_epoch: 4}"},
        {"run": "{steps: 12}"},
        {"run": "{epochs: 4, steps_per_epoch: 3, tokens_per_step: 7}"},
        {"optimizer": BASE["optimizer"].replace("SGD", "RMSprop")},
        {"optimizer": BASE["optimizer"].replace("0.9", "0.8")},
        {"optimizer": BASE["optimizer"].replace("lr: 0.2", "lr: 0.20000000000000004")},
        {"optimizer": BASE["optimizer"].replace("name: b", "name: c")},
        {"optimizer": "{type: SGD, lr: 0.1, momentum: 0.9}"},
        {"curve": "{type: OneCycleLR, max_lr: 0.3, total_steps: 13}"},
        {"curve": "{type: OneCycleLR, max_lr: 0.3, total_steps: 12, pct_start: 0.30000000000000004}"},
        {"curve": "{type: OneCycleLR, max_lr: 0.3, total_steps: 12, interval: epoch}"},
        {"curve": "{type: OneCycleLR, max_lr: 0.3, total_steps: 12, frequency: 2}"},
        {"curve": "{type: OneCycleLR, max_lr: 0.3, total_steps: 12, three_phase: true}"},
        {"curve": "{type: CosineAnnealingLR, T_max: 12}"},
        {"curve": "{type: LambdaLR, lr_lambda: 1 / (1 + t)}"},
        {"curve": "{type: LambdaLR, lr_lambda: 1 / (1 + t / w), where: {w: 3}}"},
        {"curve": "{type: LambdaLR, lr_lambda: 1 / (1 + t / w), where: {w: 4}}"},
        {"curve": "{type: ReduceLROnPlateau, monitor: m, metrics: {m: {values: [1, 2, 3, 4]}}}"},
        {"curve": "{type: ReduceLROnPlateau, monitor: m, metrics: {m: {values: [1, 2, 3, 5]}}}"},
        {"curve": "{type: ReduceLROnPlateau, monitor: n, metrics: {n: {values: [1, 2, 3, 5]}}}"},
        {"curve": "constant"},
    ],
    ids=str,
)
def test_whatever_changes_a_trace_makes_another_key(parts: dict[str, str], tmp_path: Path) -> None:
    kept_curve(tmp_path)
    others = [{}, {"curve": "{type: LambdaLR, lr_lambda: 1 / (1 + t / w), where: {w: 5}}"}]
    keys = {cache._file(curve_of(tmp_path, **other)) for other in others}
    curve = curve_of(tmp_path, **parts)
    assert cache._file(curve) not in keys
    assert cache.find(curve) is None


@pytest.fixture
def _fresh_makers() -> Any:
    cache._makers.cache_clear()
    yield
    cache._makers.cache_clear()


@pytest.mark.usefixtures("_fresh_makers")
@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setattr(cache, "__version__", "99.0"),
        lambda patch: patch.setattr(cache.metadata, "version", lambda name: f"{name} 99.0"),
        lambda patch: patch.setattr(np, "__version__", "99.0"),
        lambda patch: patch.setattr(cache.platform, "python_version", lambda: "99.0"),
        lambda patch: patch.setattr(cache.platform, "machine", lambda: "abacus"),
        lambda patch: patch.setattr(cache, "_code", lambda: "other code"),
    ],
    ids=["lrviz", "torch", "numpy", "python", "machine", "code"],
)
def test_another_version_of_what_makes_a_trace_makes_another_key(
    change: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    curve = kept_curve(tmp_path)
    assert cache.find(curve) is not None
    cache._makers.cache_clear()
    change(monkeypatch)
    assert cache.find(curve) is None


def test_every_file_that_makes_numbers_is_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    read: set[str] = set()
    root = Path(cache.__file__).parent
    real = Path.read_bytes

    def noted(self: Path) -> bytes:
        read.add(self.relative_to(root).as_posix())
        return real(self)

    monkeypatch.setattr(Path, "read_bytes", noted)
    before = cache._code()
    needed = {
        "loop.py",
        "trace/__init__.py",
        "build/schedulers.py",
        "build/stepping.py",
        "spec/expressions.py",
    }
    assert needed <= read
    # All that `loop` loads of lrviz, but for what only tells of errors, or reads words before it.
    code = "import sys, lrviz.loop; print(*[m.__file__ for n, m in sys.modules.items() if n.startswith('lrviz')])"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    ).stdout
    modules = {Path(file).relative_to(root).as_posix() for file in loaded.split()}
    without_a_say = {"__init__.py", "errors.py", "frozen.py", "notebook.py", "presets/__init__.py"}
    assert modules - read <= without_a_say
    monkeypatch.setattr(Path, "read_bytes", lambda self: real(self) + b" ")
    assert cache._code() != before


def test_the_name_and_what_is_told_to_people_are_the_asking_curves_own(tmp_path: Path) -> None:
    kept = kept_curve(tmp_path)
    asking = replace(
        kept, name="another", notes=("rounded",), clock=replace(kept.clock, note="counted otherwise")
    )
    trace = cache.find(asking)
    assert trace is not None
    assert trace.name == "another"
    assert trace.clock.note == "counted otherwise"
    assert trace.lr.tobytes() == loop.simulate(kept).lr.tobytes()


def test_the_name_of_a_resumed_curve_is_no_part_of_its_key(tmp_path: Path) -> None:
    curves = []
    for name in ("one", "two"):
        file = tmp_path / f"{name}.yaml"
        text = (
            f"run: {{steps: 9}}\nschedules: {{{name}: {{type: StepLR, step_size: 2, resume: {{at: 5st}}}}}}\n"
        )
        file.write_text(text, encoding="utf-8")
        curves += [curve for curve in lrviz.load(file) if isinstance(curve, Curve) and curve.resume]
    assert len(curves) == 2
    cache.keep(curves[0], loop.simulate(curves[0]))
    found = cache.find(curves[1])
    assert found is not None
    assert found.name == curves[1].name


def test_a_curve_of_another_name_is_found_on_the_command_line(tmp_path: Path, folder: Path) -> None:
    pipeline.simulate(lrviz.Spec((curve_of(tmp_path, name="one"),)))
    pipeline.simulate(lrviz.Spec((curve_of(tmp_path, name="two"),)))
    assert len(files(folder)) == 1


# Whatever is wrong with it.


class Trap:
    """What a pickle would do to whoever opens it."""

    def __reduce__(self) -> Any:
        return os.mkdir, (os.environ["LRVIZ_CACHE_DIR"] + "/sprung",)


def with_arrays(**changed: Any) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        with np.load(file) as kept:
            arrays = {**kept, **changed}
        with open(file, "wb") as opened:
            np.savez(opened, **{name: array for name, array in arrays.items() if array is not None})

    return damage


def with_head(**changed: Any) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        with np.load(file) as kept:
            head = json.loads(kept["head"].tobytes()) | changed
        with_arrays(head=np.frombuffer(json.dumps(head).encode(), dtype=np.uint8))(file)

    return damage


def npy(array: Any) -> bytes:
    written = io.BytesIO()
    np.save(written, array)
    return written.getvalue()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "empty": lambda file: file.write_bytes(b""),
    "half of it": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "all but the end": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "random bytes": lambda file: file.write_bytes(np.random.default_rng(0).bytes(5000)),
    "bytes changed in the middle": lambda file: file.write_bytes(
        (data := file.read_bytes())[:300] + b"?" * 40 + data[340:]
    ),
    "text": lambda file: file.write_text("lr,momentum\n0.1,0.9\n", encoding="utf-8"),
    "a pickle": lambda file: file.write_bytes(pickle.dumps(Trap())),
    "an array of pickles": with_arrays(lr=np.array([Trap()], dtype=object)),
    "a lone array": lambda file: file.write_bytes(npy(np.zeros((2, 12)))),
    "no lr": with_arrays(lr=None),
    "no head": with_arrays(head=None),
    "a head of words": with_arrays(head=np.frombuffer(b"momentum", dtype=np.uint8)),
    "a head that is a list": with_arrays(head=np.frombuffer(b"[1, 2]", dtype=np.uint8)),
    "too few updates": with_arrays(lr=np.zeros((2, 5))),
    "too few groups": with_arrays(lr=np.zeros((1, 12))),
    "a dimension too many": with_arrays(lr=np.zeros((2, 12, 1))),
    "integers": with_arrays(lr=np.zeros((2, 12), dtype=np.int64)),
    "words": with_arrays(lr=np.full((2, 12), "0.1")),
    "too few final values": with_head(final_lr=[0.1]),
    "no final values": with_head(final_lr=None),
    "too many groups": with_head(groups=["a", "b", "c"]),
    "events of another form": with_head(events=[1, 2]),
    "a clock of another run": with_head(clock={"steps": 0}),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_damaged_file_is_passed_over_and_written_anew(
    damage: Callable[[Path], None], tmp_path: Path, folder: Path
) -> None:
    curve = kept_curve(tmp_path)
    (file,) = files(folder)
    expected = cache.find(curve)
    assert expected is not None
    damage(file)
    assert cache.find(curve) is None
    assert not (folder / "sprung").exists()
    (trace,) = pipeline.simulate(lrviz.Spec((curve,))).values()
    assert_equal(trace, expected)
    assert_equal(cache.find(curve), expected)
    assert files(folder) == [file]


def test_a_folder_in_a_files_place_is_no_trouble(tmp_path: Path) -> None:
    curve = curve_of(tmp_path)
    cache._file(curve).mkdir(parents=True)
    (trace,) = pipeline.simulate(lrviz.Spec((curve,))).values()
    assert trace.lr.tobytes() == loop.simulate(curve).lr.tobytes()
    assert files(cache.folder()) == [cache._file(curve)]


def test_a_file_in_the_folders_place_is_no_trouble(tmp_path: Path, folder: Path) -> None:
    folder.write_text("not a folder", encoding="utf-8")
    curve = curve_of(tmp_path)
    (trace,) = pipeline.simulate(lrviz.Spec((curve,))).values()
    assert trace.lr.tobytes() == loop.simulate(curve).lr.tobytes()
    assert folder.read_text(encoding="utf-8") == "not a folder"
    assert cache.info().traces == 0


@pytest.mark.parametrize("fails", ["mkdir", "open", "replace"])
def test_a_folder_that_may_not_be_written_to_is_no_trouble(
    fails: str, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    curve = curve_of(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    if fails == "mkdir":
        monkeypatch.setattr(Path, "mkdir", refuse)
    elif fails == "replace":
        monkeypatch.setattr(os, "replace", refuse)
    else:
        monkeypatch.setattr(cache, "open", refuse, raising=False)
    (trace,) = pipeline.simulate(lrviz.Spec((curve,))).values()
    assert trace.lr.shape == (12, 2)
    assert not folder.exists() or files(folder) == []


def test_two_processes_may_write_at_once(tmp_path: Path, folder: Path) -> None:
    curve = kept_curve(tmp_path)
    code = (
        "import sys, lrviz; from lrviz import cache\n"
        "(curve,) = lrviz.load('spec.yaml'); trace = cache.find(curve)\n"
        "for _ in range(60):\n"
        "    cache.keep(curve, trace)\n"
        "    assert cache.find(curve).to_json() == trace.to_json()\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.PIPE) for _ in range(2)
    ]
    assert [process.communicate()[1] for process in both] == [b"", b""]
    assert_equal(cache.find(curve), loop.simulate(curve))
    assert len(files(folder)) == 1  # and no half-written one


# Its size.


def test_what_was_not_used_for_longest_is_dropped_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    curves = [curve_of(tmp_path, curve=f"{{type: StepLR, step_size: {size}}}") for size in (1, 2, 3, 4)]
    for age, curve in enumerate(curves[:3]):
        cache.keep(curve, loop.simulate(curve))
        os.utime(cache._file(curve), (1000 + age, 1000 + age))
    assert cache.find(curves[0]) is not None  # used now
    size = cache.info().size // 3
    monkeypatch.setattr(cache, "LARGEST", int(3.5 * size))
    cache.keep(curves[3], loop.simulate(curves[3]))
    assert [cache._file(curve).exists() for curve in curves] == [True, False, True, True]
    assert cache.info().size <= cache.LARGEST


def test_a_trace_larger_than_the_cache_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGEST", 100)
    curve = kept_curve(tmp_path)
    assert cache.find(curve) is None
    assert cache.info().traces == 0


def test_a_constant_column_takes_no_room(tmp_path: Path) -> None:
    curve = curve_of(
        tmp_path,
        run="{steps: 100000}",
        optimizer="{type: AdamW}",
        curve="{type: ExponentialLR, gamma: 0.9999}",
    )
    trace = loop.simulate(curve)
    cache.keep(curve, trace)
    assert cache.info().size < 8 * 100_000 * 1.01
    assert_equal(cache.find(curve), trace)


# Whether, and where.


def invoked(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_no_cache_neither_reads_nor_writes(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["plot"], ["compare"], ["table"]):
        invoked(*command, "steplr", "--no-cache")
        assert not folder.exists()
    invoked("table", "steplr")
    (file,) = files(folder)
    written = file.stat().st_mtime_ns
    monkeypatch.setattr(cache, "find", lambda _: pytest.fail("read"))
    invoked("table", "steplr", "--no-cache")
    assert [f.stat().st_mtime_ns for f in files(folder)] == [written]


def test_simulate_keeps_traces_unless_told_not_to(folder: Path) -> None:
    lrviz.simulate("steplr", cache=False)
    assert not folder.exists()
    lrviz.simulate("steplr")
    assert len(files(folder)) == 1


def test_the_folder_is_the_users_own_unless_one_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache.folder() == folder
    monkeypatch.delenv("LRVIZ_CACHE_DIR")
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_CACHE_HOME", "/home/me/.my-cache")
        assert cache.folder() == Path("/home/me/.my-cache/lrviz")
    monkeypatch.setenv("LRVIZ_CACHE_DIR", "")
    assert cache.folder().name != ""


def test_cache_info_tells_what_is_kept(folder: Path) -> None:
    assert invoked("cache", "info") == f"folder  {folder}\ntraces  0\nsize    0.0 MB of at most 537 MB\n"
    lrviz.simulate("steplr")
    lrviz.simulate("cosine")
    (folder / "somebody else's file.txt").write_text("x" * 1_000_000, encoding="utf-8")
    assert invoked("cache", "info") == f"folder  {folder}\ntraces  2\nsize    0.0 MB of at most 537 MB\n"


def test_cache_clear_removes_traces_and_nothing_else(folder: Path) -> None:
    assert invoked("cache", "clear") == "removed 0 traces, 0.0 MB\n"
    lrviz.simulate("steplr")
    lrviz.simulate("cosine")
    theirs = folder / "somebody else's file.txt"
    theirs.write_text("theirs", encoding="utf-8")
    assert invoked("cache", "clear") == "removed 2 traces, 0.0 MB\n"
    assert files(folder) == [theirs]


def test_what_a_killed_process_left_half_written_goes(tmp_path: Path, folder: Path) -> None:
    curve = kept_curve(tmp_path)
    left = folder / f".0123456789abcdef{cache.PART}"
    left.write_bytes(b"half")
    cache.keep(curve, loop.simulate(curve))
    assert left.exists()  # it may yet be finished
    os.utime(left, (0, 0))
    cache.keep(curve, loop.simulate(curve))
    assert files(folder) == [cache._file(curve)]
    left.write_bytes(b"half")
    invoked("cache", "clear")
    assert files(folder) == []


def test_no_single_byte_changed_brings_wrong_numbers_or_an_error(tmp_path: Path) -> None:
    curve = kept_curve(tmp_path)
    expected, file = loop.simulate(curve), cache._file(curve)
    whole = file.read_bytes()
    for at in range(0, len(whole), 3):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        found = cache.find(curve)
        if found is not None:  # a byte that says nothing, such as the time of writing
            assert_equal(found, expected)
