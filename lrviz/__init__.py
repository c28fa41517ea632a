"""See the learning rate that a PyTorch training run will really use, before paying for it.

    import lrviz

    spec = lrviz.load("config.yaml")          # or "steplr:step_size=10,gamma=0.5", "config.yaml#cosine", "trace.json"
    traces = lrviz.simulate(spec)             # {name: Trace}: real optimizers and schedulers of torch, stepped
    traces["cosine"].lr                       # float64, shape (updates, groups): the LR each update used
    traces["cosine"].momentum                 # the same for momentum or beta1; None where there is none
    traces["cosine"].epoch                    # the epoch of each update
    traces["cosine"].events                   # hand-overs, milestones, restarts, plateau cuts, torch's warnings
    lrviz.check(spec)                         # [Finding]: what looks like a mistake, and what to write instead
    lrviz.draw(spec, "config.png")            # one line that draws; in a notebook, a Spec or a Trace shows itself

``lrviz.check_scheduler(optimizer, scheduler, steps=...)`` does the same with objects that are built already, on copies
of them: the first second of a training script. ``lrviz.assert_schedule_ok(...)`` is either of the two in a test.
``lrviz.diff(before, after)`` tells what became of curves, and ``lrviz.assert_matches(spec, "baseline.json")`` fails a
test if anything did.
``with lrviz.recording() as run: ...`` records what optimizers really use within: ``run.trace``, ``run.traces``.
Code that a spec names (``type: ./mine.py:WarmupCosineLR``) runs only with ``lrviz.load("config.yaml", trust=True)``.
A wrong spec raises ``lrviz.SpecError`` with everything that is wrong in it. The command line (``lrviz --help``) does
the same in the terminal. How the code is laid out: ``files, names → readers → Spec → build → simulate → Trace →
analyze → Report → render``, one package or module each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrviz.errors import CodeError, LrvizError, OutputError, RefusedByTorch, SpecError

if TYPE_CHECKING:
    from lrviz.analyze.comparison import Comparison, Diff
    from lrviz.api import (
        assert_matches,
        assert_schedule_ok,
        check,
        check_scheduler,
        diff,
        draw,
        simulate,
    )
    from lrviz.checks.finding import Finding
    from lrviz.loading import load
    from lrviz.record.recording import recording
    from lrviz.spec.curve import Spec
    from lrviz.trace import Event, Trace

__version__ = "0.1.0"

__all__ = [
    "CodeError",
    "Comparison",
    "Diff",
    "Event",
    "Finding",
    "LrvizError",
    "OutputError",
    "RefusedByTorch",
    "Spec",
    "SpecError",
    "Trace",
    "assert_matches",
    "assert_schedule_ok",
    "check",
    "check_scheduler",
    "diff",
    "draw",
    "load",
    "recording",
    "simulate",
]

_HOMES = {
    "Comparison": "lrviz.analyze.comparison",
    "Diff": "lrviz.analyze.comparison",
    "Event": "lrviz.trace",
    "Finding": "lrviz.checks.finding",
    "Spec": "lrviz.spec.curve",
    "Trace": "lrviz.trace",
    "assert_matches": "lrviz.api",
    "assert_schedule_ok": "lrviz.api",
    "check": "lrviz.api",
    "check_scheduler": "lrviz.api",
    "diff": "lrviz.api",
    "draw": "lrviz.api",
    "load": "lrviz.loading",
    "recording": "lrviz.record.recording",
    "simulate": "lrviz.api",
}


def __getattr__(name: str) -> Any:
    # `import lrviz` stays cheap: what a name needs is loaded when the name is first used.
    if name not in _HOMES:
        raise AttributeError(f"module 'lrviz' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
