"""One curve on the loop's fast path and on the plain one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import lrviz
from lrviz import Trace, loop
from lrviz.build import stepping
from lrviz.spec.curve import Curve


def curves_of(tmp_path: Path, text: str) -> list[Curve]:
    file = tmp_path / "spec.yaml"
    file.write_text(text, encoding="utf-8")
    return list(lrviz.load(file))


def curve_of(
    tmp_path: Path, curve: str, run: str = "run: {steps: 20}", optimizer: str = "{type: SGD, lr: 0.1}"
) -> Curve:
    text = f"{run}\noptimizer: {optimizer}\nschedules:\n  only: {{{curve}}}\n"
    (only,) = curves_of(tmp_path, text)
    return only


@contextmanager
def plain() -> Iterator[None]:
    """Step every optimizer through the ``step`` that a training loop calls."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loop, "bare_step", stepping.plain_step)
        yield


def assert_same(curve: Curve) -> Trace:
    """Bit for bit, events and all."""
    fast = loop.simulate(curve)
    with plain():
        slow = loop.simulate(curve)
    for name in ("lr", "momentum", "weight_decay"):
        found, expected = getattr(fast, name), getattr(slow, name)
        assert (found is None) == (expected is None)
        assert expected is None or found.tobytes() == expected.tobytes()
    assert fast.final_lr == slow.final_lr
    assert fast.head() == slow.head()
    return fast
