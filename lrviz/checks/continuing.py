"""A case of a resumed run → what it should have been, and where it parts from that."""

from __future__ import annotations

from dataclasses import replace

from lrviz.analyze.partings import Parting, parting
from lrviz.checks.case import Case
from lrviz.spec.curve import Resume
from lrviz.trace import Trace

TOLERANCE = 1e-9  # of the peak: less than that is rounding


def resume_of(case: Case) -> Resume:
    """Tell how the run of a case was resumed."""
    resume = case.curve.resume
    assert resume is not None  # rules about resumed runs are asked of nothing else
    return resume


def uninterrupted(case: Case) -> Trace | None:
    """Find what the new run would have done from its first update; None if torch refuses it."""
    before = resume_of(case).before
    unchanged = replace(case.curve, name=before.name, resume=None, notes=before.notes) == before
    return case.again(before) if unchanged else case.again(resume=None)


def apart(one: Trace, other: Trace, since: int) -> Parting | None:
    """Find where one run parts from another after an update, but for rounding.

    Args:
        one: a run.
        other: another of the same groups.
        since: updates that do not count.
    """
    tails = (replace(trace, lr=trace.lr[since:]) for trace in (one, other))
    found = parting(*tails)
    if found is None or found.largest <= TOLERANCE * max(float(abs(one.lr).max()), 1e-300):
        return None
    return replace(found, update=found.update + since, largest_at=found.largest_at + since)
