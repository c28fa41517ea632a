"""Two options → a Tolerance: how far values may be apart and still be equal."""

from __future__ import annotations

from lrviz.errors import LrvizError
from lrviz.frozen import frozen

# Builds of torch for other machines round otherwise in the last digits, and nobody's LR differs there. Between versions
# of torch more may differ: 1e-6 of the value, and 1e-8 of the base LR.
RTOL, ATOL = 1e-9, 1e-12


@frozen
class Tolerance:
    """How far two values may be apart: ``atol`` plus ``rtol`` times the larger of them."""

    rtol: float = RTOL
    atol: float = ATOL


def tolerance_of(rtol: float | None, atol: float | None) -> Tolerance:
    """Settle what counts as equal; None is the default.

    Raises:
        LrvizError: if it is no tolerance.
    """
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value is not None and not 0 <= value < float("inf"):
            raise LrvizError(f"{name}: {value} is no tolerance; write a number from 0, such as 1e-6")
    return Tolerance(RTOL if rtol is None else rtol, ATOL if atol is None else atol)
